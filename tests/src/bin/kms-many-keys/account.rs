//! An account with keys, aliases and grants, and the calls that are timed.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use hsm_tests::{
    Daemon,
    signed::{Kms, Request, Signer},
};
use serde_json::{Value, json};

/// Connections that make keys, aliases and grants.
const THREADS: usize = 32;

/// Users that grants are made for.
const GRANTEES: usize = 20;

/// The most grants of one key in the busiest of them.
const GRANTS_OF_ONE_MAX: usize = 40_000;

pub(crate) struct Account {
    signer: Signer,
    keys: Vec<String>,
    /// A user who may use the first key by a grant alone.
    reader: Signer,
    reader_arn: String,
    grantees: Vec<String>,
}

/// What a call is, and what makes it.
type Call<'a> = (&'static str, Box<dyn FnMut() + 'a>);

impl Account {
    /// Makes keys, an alias for each, and grants: a twentieth of these on the first key, the others on all alike.
    pub(crate) fn fill(daemon: &Daemon, signer: Signer, keys: usize, grants: usize) -> Self {
        let mut iam = Kms::signed_by(daemon, &signer);
        "iam".clone_into(&mut iam.signer.service);
        let grantees = (0..GRANTEES).map(|number| user(&mut iam, &format!("grantee-{number}")));
        let grantees: Vec<String> = grantees.collect();
        let reader_arn = user(&mut iam, "reader");
        let made = form(&mut iam, "CreateAccessKey", "reader");
        let reader = Signer {
            key_id: element(&made, "AccessKeyId"),
            secret: element(&made, "SecretAccessKey"),
            ..signer.clone()
        };
        let keys: Vec<String> = on_threads(keys, || {
            let mut kms = Kms::signed_by(daemon, &signer);
            move |number| {
                let made = kms.call("CreateKey", &json!({})).succeeded();
                let key = text(&made["KeyMetadata"]["KeyId"]);
                let alias = json!({"AliasName": alias(number), "TargetKeyId": key});
                let _ = kms.call("CreateAlias", &alias).succeeded();
                key
            }
        });
        let of_first = (grants / 20).clamp(1, GRANTS_OF_ONE_MAX);
        let _ = on_threads(grants, || {
            let mut kms = Kms::signed_by(daemon, &signer);
            let (keys, grantees, reader_arn) = (&keys, &grantees, &reader_arn);
            move |number| {
                let key = if number < of_first {
                    &keys[0]
                } else {
                    &keys[number % keys.len()]
                };
                let grantee = if number == 0 {
                    reader_arn
                } else {
                    &grantees[number % GRANTEES]
                };
                let _ = kms.call("CreateGrant", &grant(key, grantee)).succeeded();
            }
        });
        Self {
            signer,
            keys,
            reader,
            reader_arn,
            grantees,
        }
    }

    /// The calls that are timed, in an order that is the same for every account.
    pub(crate) fn calls<'a>(&'a self, daemon: &'a Daemon) -> Vec<Call<'a>> {
        let first = self.keys[0].as_str();
        let call = |operation: &'static str, body: Value| -> Box<dyn FnMut() + 'a> {
            let mut kms = Kms::signed_by(daemon, &self.signer);
            Box::new(move || drop(kms.call(operation, &body).succeeded()))
        };
        let encrypt = json!({"KeyId": first, "Plaintext": "AAAA"});
        let mut reader = Kms::signed_by(daemon, &self.reader);
        let by_grant = encrypt.clone();
        let (mut describing, mut number) = (Kms::signed_by(daemon, &self.signer), 0);
        let (mut granting, mut aliasing) = (
            Kms::signed_by(daemon, &self.signer),
            Kms::signed_by(daemon, &self.signer),
        );
        vec![
            (
                "DescribeKey, another each time",
                Box::new(move || {
                    number = (number + 7_919) % self.keys.len();
                    let body = json!({"KeyId": self.keys[number]});
                    let _ = describing.call("DescribeKey", &body).succeeded();
                }),
            ),
            (
                "DescribeKey by alias",
                call("DescribeKey", json!({"KeyId": alias(self.keys.len() / 2)})),
            ),
            ("ListKeys, 10", call("ListKeys", json!({"Limit": 10}))),
            ("ListAliases, 10", call("ListAliases", json!({"Limit": 10}))),
            (
                "ListAliases of a key",
                call("ListAliases", json!({"KeyId": first})),
            ),
            (
                "ListGrants, 5",
                call("ListGrants", json!({"KeyId": first, "Limit": 5})),
            ),
            (
                "ListGrants to one grantee",
                call(
                    "ListGrants",
                    json!({"KeyId": first, "Limit": 5, "GranteePrincipal": self.reader_arn}),
                ),
            ),
            ("Encrypt, allowed by a policy", call("Encrypt", encrypt)),
            (
                "Encrypt, allowed by a grant",
                Box::new(move || drop(reader.call("Encrypt", &by_grant).succeeded())),
            ),
            (
                "CreateGrant and RevokeGrant",
                Box::new(move || {
                    let made = granting.call("CreateGrant", &grant(first, &self.grantees[0]));
                    let id = text(&made.succeeded()["GrantId"]);
                    let revoked = json!({"KeyId": first, "GrantId": id});
                    let _ = granting.call("RevokeGrant", &revoked).succeeded();
                }),
            ),
            (
                "CreateAlias and DeleteAlias",
                Box::new(move || {
                    let name = "alias/one-more";
                    let made = json!({"AliasName": name, "TargetKeyId": first});
                    let _ = aliasing.call("CreateAlias", &made).succeeded();
                    let gone = json!({"AliasName": name});
                    let _ = aliasing.call("DeleteAlias", &gone).succeeded();
                }),
            ),
        ]
    }
}

fn alias(number: usize) -> String {
    format!("alias/key-{number}")
}

fn grant(key: &str, grantee: &str) -> Value {
    json!({"KeyId": key, "GranteePrincipal": grantee, "Operations": ["Encrypt", "Decrypt"]})
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

/// Makes a user of IAM, and gives its ARN.
fn user(iam: &mut Kms, name: &str) -> String {
    element(&form(iam, "CreateUser", name), "Arn")
}

/// A call of IAM about a user. Gives the answer's XML.
fn form(iam: &mut Kms, action: &str, user: &str) -> String {
    let answer = iam.send(Request {
        method: "POST",
        path: "/".to_owned(),
        headers: vec![(
            "content-type".to_owned(),
            "application/x-www-form-urlencoded".to_owned(),
        )],
        body: format!("Action={action}&Version=2010-05-08&UserName={user}").into_bytes(),
    });
    let text = String::from_utf8(answer.body).expect("XML is text");
    assert_eq!(answer.status, 200, "{text}");
    text
}

/// What stands in the first element of this name.
fn element(xml: &str, name: &str) -> String {
    let inner = xml.split_once(&format!("<{name}>"));
    let inner = inner.and_then(|(_, rest)| rest.split_once(&format!("</{name}>")));
    inner.expect("an element of this name").0.to_owned()
}

/// Does something for the numbers below `count`, on several threads. Gives what it gave, by number.
fn on_threads<T: Send, F: FnMut(usize) -> T>(
    count: usize,
    worker: impl Fn() -> F + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut work = worker();
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return done;
            }
            done.push((number, work(number)));
        }
    };
    let mut all: Vec<(usize, T)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS.min(count)).map(|_| scope.spawn(work)).collect();
        let done = threads
            .into_iter()
            .map(|thread| thread.join().expect("it ends"));
        done.flatten().collect()
    });
    all.sort_unstable_by_key(|(number, _)| *number);
    all.into_iter().map(|(_, made)| made).collect()
}
