//! `hsm policy explain` against a daemon: the same decisions as the door's, with their reasons.

use hsm_tests::{Daemon, Outcome};
use serde_json::{Value, json};

use crate::records::outcomes;
use crate::signed::{Answer, Kms, Request, Signer};

/// The explanation of what these arguments say, and whether it says that the request is allowed.
fn explained(daemon: &Daemon, arguments: &[&str]) -> (bool, Value) {
    let mut words = vec!["policy", "explain", "--json"];
    words.extend(arguments);
    let outcome: Outcome = daemon.hsm(&words);
    assert!(matches!(outcome.code, Some(0 | 5)), "{outcome}");
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(report["allowed"], outcome.code == Some(0), "{outcome}");
    (outcome.code == Some(0), report)
}

/// The id of the last record of an operation.
fn last_event(daemon: &Daemon, operation: &str) -> String {
    let last = outcomes(daemon, operation).pop().unwrap();
    last["eventID"].as_str().unwrap().to_owned()
}

#[test]
fn a_refused_request_is_explained_by_its_event_and_so_is_one_that_was_not_made() {
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    let account = daemon.variable("HSM_ACCOUNT_ID");
    let admin = format!("arn:aws:iam::{account}:user/admin");
    let key = kms.call("CreateKey", &json!({})).succeeded()["KeyMetadata"].clone();
    let arn = key["Arn"].as_str().unwrap();
    let _ = kms
        .call(
            "CreateAlias",
            &json!({"AliasName": "alias/orders", "TargetKeyId": arn}),
        )
        .succeeded();
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Account", "Effect": "Allow", "Principal": {"AWS": account}, "Action": "kms:*", "Resource": "*"},
        {"Sid": "Closed", "Effect": "Deny", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*",
         "Condition": {"StringEquals": {"kms:EncryptionContext:stage": "closed"}}},
    ]});
    let put = json!({"KeyId": arn, "PolicyName": "default", "Policy": policy.to_string()});
    let _ = kms.call("PutKeyPolicy", &put).succeeded();

    let closed = json!({"KeyId": "alias/orders", "Plaintext": "aGVsbG8=", "EncryptionContext": {"stage": "closed"}});
    let _ = kms.call("Encrypt", &closed).failed("AccessDeniedException");
    let event = last_event(&daemon, "Encrypt");
    let (is_allowed, report) = explained(&daemon, &["--event", &event]);
    assert!(!is_allowed);
    assert!(report["event"].as_str().unwrap().contains("AccessDenied"));
    let permission = &report["permissions"][0];
    assert_eq!(permission["permission"], "kms:Encrypt");
    assert_eq!(permission["resource"], arn);
    let statements = permission["policies"][0]["statements"].as_array().unwrap();
    assert_eq!(statements[1]["sid"], "Closed");
    assert_eq!(statements[1]["applies"], true);
    assert!(
        permission["decision"]
            .as_str()
            .unwrap()
            .contains("statement 2 of the key policy"),
        "{permission}"
    );

    // The same by hand, and what would be allowed: by which policy, by name.
    let by_hand = [
        "--principal",
        &admin,
        "--action",
        "kms:encrypt",
        "--key",
        "alias/orders",
        "--region",
        "us-east-1",
    ];
    let (is_allowed, report) = explained(&daemon, &by_hand);
    assert!(is_allowed, "{report}");
    let policies = report["permissions"][0]["policies"].as_array().unwrap();
    let names: Vec<_> = policies
        .iter()
        .map(|policy| policy["policy"].as_str().unwrap())
        .collect();
    assert_eq!(names[0], "key policy");
    assert!(names[1].starts_with("identity policy 1 ("), "{names:?}");
    let with_context = [&by_hand[..], &["--encryption-context", "stage=closed"]].concat();
    assert!(!explained(&daemon, &with_context).0);

    // What comes after policies counts too.
    let _ = kms.call("DisableKey", &json!({"KeyId": arn})).succeeded();
    let (is_allowed, report) = explained(&daemon, &by_hand);
    assert!(!is_allowed);
    assert_eq!(report["permissions"][0]["allowed"], true);
    assert_eq!(report["outcome"], format!("{arn} is disabled."));

    // Explaining asks for nothing: no use is recorded.
    assert_eq!(last_event(&daemon, "Encrypt"), event);
}

#[test]
fn grants_and_other_accounts_are_explained() {
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    let mut other = Kms::signed_by(&daemon, &Signer::second_of(&daemon));
    let stranger = format!(
        "arn:aws:iam::{}:user/admin",
        daemon.variable("HSM_SECOND_ACCOUNT_ID")
    );
    let key = kms.call("CreateKey", &json!({})).succeeded()["KeyMetadata"].clone();
    let arn = key["Arn"].as_str().unwrap();
    let asked = [
        "--principal",
        &stranger,
        "--action",
        "kms:GenerateDataKey",
        "--key",
        arn,
    ];
    let (is_allowed, report) = explained(&daemon, &asked);
    assert!(!is_allowed, "{report}");
    let granted =
        json!({"KeyId": arn, "GranteePrincipal": stranger, "Operations": ["GenerateDataKey"]});
    let grant = kms.call("CreateGrant", &granted).succeeded();
    let (is_allowed, report) = explained(&daemon, &asked);
    assert!(is_allowed, "{report}");
    let grants = &report["permissions"][0]["grants"];
    assert_eq!(
        grants,
        &json!([{"id": grant["GrantId"], "outcome": "allows"}])
    );
    let data_key = json!({"KeyId": arn, "KeySpec": "AES_256"});
    let _ = other.call("GenerateDataKey", &data_key).succeeded();
}

/// Asks IAM or STS, and gives the answer's text.
fn query(kms: &mut Kms, service: &str, parameters: &[(&str, &str)]) -> String {
    query_in(kms, None, service, parameters)
}

/// The same with the token of a session.
fn query_in(
    kms: &mut Kms,
    token: Option<&str>,
    service: &str,
    parameters: &[(&str, &str)],
) -> String {
    let escaped = |text: &str| -> String {
        let bytes = text.bytes();
        let each = bytes.map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        });
        each.collect()
    };
    let pairs = parameters.iter();
    let pairs = pairs.map(|(name, value)| format!("{name}={}", escaped(value)));
    let form = "application/x-www-form-urlencoded".to_owned();
    let mut request = Request {
        method: "POST",
        path: "/".to_owned(),
        headers: vec![("content-type".to_owned(), form)],
        body: pairs.collect::<Vec<_>>().join("&").into_bytes(),
    };
    if let Some(token) = token {
        request = request.with_header("x-amz-security-token", token);
    }
    let signer = Signer {
        service: service.to_owned(),
        ..kms.signer.clone()
    };
    signer.sign(&mut request, &kms.connection.host());
    let answer = kms.connection.send(&request);
    let text = String::from_utf8(answer.body).unwrap();
    assert_eq!(answer.status, 200, "{text}");
    text
}

/// A client with the credentials of a new session of a role, which is given this besides its name.
fn session(kms: &mut Kms, daemon: &Daemon, role: &str, given: &[(&str, &str)]) -> SessionKms {
    let answer = query(kms, "sts", &assuming(role, given));
    SessionKms::of(daemon, &answer)
}

fn assuming<'a>(role: &'a str, given: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let asked = [
        ("Action", "AssumeRole"),
        ("Version", "2011-06-15"),
        ("RoleArn", role),
        ("RoleSessionName", "night"),
    ];
    [&asked[..], given].concat()
}

/// A client whose requests need a session token.
struct SessionKms {
    kms: Kms,
    token: String,
}

impl SessionKms {
    /// With the credentials in an answer of `AssumeRole`.
    fn of(daemon: &Daemon, answer: &str) -> Self {
        let member = |name: &str| {
            let (_, rest) = answer.split_once(&format!("<{name}>")).unwrap();
            rest.split('<').next().unwrap().to_owned()
        };
        let mut session = Kms::of(daemon);
        session.signer.key_id = member("AccessKeyId");
        session.signer.secret = member("SecretAccessKey");
        Self {
            kms: session,
            token: member("SessionToken"),
        }
    }

    /// The session of a role that this one assumes.
    fn assume(&mut self, daemon: &Daemon, role: &str) -> Self {
        let asked = assuming(role, &[]);
        Self::of(
            daemon,
            &query_in(&mut self.kms, Some(&self.token), "sts", &asked),
        )
    }

    fn call(&mut self, operation: &str, body: &Value) -> Answer {
        let request = Request::call(operation, body.to_string());
        self.kms
            .send(request.with_header("x-amz-security-token", &self.token))
    }
}

const IAM: (&str, &str) = ("Version", "2010-05-08");

/// Makes a role that the whole account may assume: its ARN.
fn writer(kms: &mut Kms, account: &str) -> String {
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": account},
        "Action": ["sts:AssumeRole", "sts:TagSession"]}});
    let role = [
        ("Action", "CreateRole"),
        IAM,
        ("RoleName", "writer"),
        ("AssumeRolePolicyDocument", &trust.to_string()),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "red"),
    ];
    let _ = query(kms, "iam", &role);
    format!("arn:aws:iam::{account}:role/writer")
}

/// Gives that role this policy, in the place of the one before.
fn let_writer(kms: &mut Kms, policy: &Value) {
    let policy = [
        ("Action", "PutRolePolicy"),
        IAM,
        ("RoleName", "writer"),
        ("PolicyName", "all"),
        ("PolicyDocument", &policy.to_string()),
    ];
    let _ = query(kms, "iam", &policy);
}

#[test]
fn sessions_are_explained_with_what_they_were_given() {
    const PROVIDED: &str = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    let account = daemon.variable("HSM_ACCOUNT_ID").to_owned();
    let key = kms.call("CreateKey", &json!({})).succeeded()["KeyMetadata"].clone();
    let arn = key["Arn"].as_str().unwrap();
    let everything = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}});
    let role = writer(&mut kms, &account);
    let_writer(&mut kms, &everything);
    let blue = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": "blue"}}}});
    let blue = blue.to_string();

    // A session with a policy and a tag: what its records tell is enough.
    let tag = [
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "blue"),
    ];
    let given = [&tag[..], &[("Policy", blue.as_str())]].concat();
    let mut night = session(&mut kms, &daemon, &role, &given);
    let hello = json!({"KeyId": arn, "Plaintext": "aGVsbG8="});
    let _ = night.call("Encrypt", &hello).succeeded();
    let _ = night
        .call("DescribeKey", &json!({"KeyId": arn}))
        .failed("AccessDeniedException");
    let (is_allowed, report) = explained(&daemon, &["--event", &last_event(&daemon, "Encrypt")]);
    assert!(is_allowed, "{report}");
    let described = last_event(&daemon, "DescribeKey");
    let (is_allowed, report) = explained(&daemon, &["--event", &described]);
    assert!(!is_allowed, "{report}");
    assert!(
        report["permissions"][0]["decision"]
            .as_str()
            .unwrap()
            .contains("session polic"),
        "{report}"
    );

    // The same by hand.
    let file = daemon.scratch().join("blue.json");
    std::fs::write(&file, &blue).unwrap();
    let file = file.to_str().unwrap();
    let night = format!("arn:aws:sts::{account}:assumed-role/writer/night");
    let by_hand = [
        "--principal",
        &night,
        "--action",
        "kms:Encrypt",
        "--key",
        arn,
    ];
    let explain = |more: &[&str]| explained(&daemon, &[&by_hand[..], more].concat()).0;
    assert!(explain(&[]));
    assert!(!explain(&["--session-policy", file]));
    assert!(explain(&[
        "--session-policy",
        file,
        "--session-tag",
        "team=blue"
    ]));
    assert!(!explain(&["--session-policy-arn", PROVIDED]));

    // A managed policy, and a role that is assumed by a session: it has the tags which that gives on.
    let mut other = session(
        &mut kms,
        &daemon,
        &role,
        &[("PolicyArns.member.1.arn", PROVIDED)],
    );
    let _ = other
        .call("Encrypt", &hello)
        .failed("AccessDeniedException");
    let event = last_event(&daemon, "Encrypt");
    assert!(!explained(&daemon, &["--event", &event]).0);
    let given = [&tag[..], &[("TransitiveTagKeys.member.1", "team")]].concat();
    let mut first = session(&mut kms, &daemon, &role, &given);
    let may_assume = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "blue"}}}]});
    let_writer(&mut kms, &may_assume);
    let mut second = first.assume(&daemon, &role);
    let _ = second.call("Encrypt", &hello).succeeded();
    let event = last_event(&daemon, "Encrypt");
    let (is_allowed, report) = explained(&daemon, &["--event", &event]);
    assert!(is_allowed, "{report}");
    assert!(!explain(&[]));
}

#[test]
fn permissions_boundaries_are_explained() {
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    let key = kms.call("CreateKey", &json!({})).succeeded()["KeyMetadata"].clone();
    let boundary = [
        ("Action", "PutUserPermissionsBoundary"),
        IAM,
        ("UserName", "admin"),
        (
            "PermissionsBoundary",
            "arn:aws:iam::aws:policy/IAMFullAccess",
        ),
    ];
    let _ = query(&mut kms, "iam", &boundary);
    let _ = kms
        .call("DescribeKey", &json!({"KeyId": key["KeyId"]}))
        .failed("AccessDeniedException");
    let event = last_event(&daemon, "DescribeKey");
    let (is_allowed, report) = explained(&daemon, &["--event", &event]);
    assert!(!is_allowed, "{report}");
    assert!(
        report["permissions"][0]["decision"]
            .as_str()
            .unwrap()
            .contains("permissions boundary"),
        "{report}"
    );
}

#[test]
fn what_cannot_be_asked_is_said() {
    let daemon = Daemon::dev();
    let admin = format!(
        "arn:aws:iam::{}:user/admin",
        daemon.variable("HSM_ACCOUNT_ID")
    );
    for (arguments, code) in [
        (&["--event", "00000000-0000-0000-0000-000000000000"][..], 6),
        (&["--principal", &admin, "--action", "kms:Nothing"], 1),
        (
            &[
                "--principal",
                "arn:aws:iam::999999999999:user/eve",
                "--action",
                "kms:ListKeys",
            ],
            6,
        ),
        (&["--principal", &admin, "--action", "kms:Encrypt"], 1),
        (&["--principal", &admin], 2),
    ] {
        let mut words = vec!["policy", "explain"];
        words.extend(arguments);
        let outcome = daemon.hsm(&words);
        assert_eq!(outcome.code, Some(code), "{outcome}");
    }
}
