//! `hsm policy` as people run it: on files, without a daemon.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};
use tempfile::TempDir;

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const ADA: &str = "arn:aws:iam::111122223333:user/ada";
const EVE: &str = "arn:aws:iam::444455556666:user/eve";

/// A folder with policies, and the program.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self {
            folder: TempDir::new().expect("a folder"),
        };
        let root = json!({"AWS": "arn:aws:iam::111122223333:root"});
        desk.put(
            "key.json",
            &json!({"Version": "2012-10-17", "Statement": [
                {"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"},
                {"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*",
                 "Condition": {"StringEquals": {"kms:EncryptionContext:stage": "closed"}}},
            ]}),
        );
        desk.put(
            "ada.json",
            &json!({"PolicyName": "use", "PolicyDocument": {"Version": "2012-10-17", "Statement":
                {"Sid": "Use", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY}}}),
        );
        desk.put(
            "grants.json",
            &json!({"Grants": [{"GrantId": "0f".repeat(32), "KeyId": KEY, "GranteePrincipal": EVE, "Name": "",
                "Operations": ["Decrypt"], "Constraints": {"EncryptionContextSubset": {"stage": "test"}}}]}),
        );
        desk
    }

    fn put(&self, name: &str, value: &Value) {
        fs::write(self.path(name), value.to_string()).expect("a file");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn hsm(&self, arguments: &[&str]) -> Output {
        let files: Vec<PathBuf> = arguments.iter().map(|word| self.word(word)).collect();
        Command::new(env!("CARGO_BIN_EXE_hsm"))
            .arg("policy")
            .args(files)
            .output()
            .expect("hsm runs")
    }

    /// Names of files become paths.
    fn word(&self, word: &str) -> PathBuf {
        if Path::new(word)
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            self.path(word)
        } else {
            word.into()
        }
    }

    fn explain(&self, principal: &str, more: &[&str]) -> (Option<i32>, String) {
        let mut words = vec![
            "explain",
            "--action",
            "kms:Decrypt",
            "--key",
            KEY,
            "--key-policy",
            "key.json",
        ];
        words.extend(["--principal", principal]);
        words.extend(more);
        let output = self.hsm(&words);
        let text = String::from_utf8(output.stdout).expect("text");
        (output.status.code(), text)
    }
}

#[test]
fn a_decision_is_explained_statement_by_statement() {
    let desk = Desk::new();
    let (code, text) = desk.explain(ADA, &["--identity-policy", "ada.json"]);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(
        text,
        "key policy\n  \
           1. Enable IAM User Permissions: Allow applies, and leaves it to the identity policies of the caller's account\n  \
           2. Deny does not apply: StringEquals asks about kms:EncryptionContext:stage, which the request does not have\n\
         identity policy 1\n  \
           1. Use: Allow applies\n\
         allowed by statement 1 of identity policy 1, to which statement 1 of the key policy leaves it\n"
    );
}

#[test]
fn a_denied_request_ends_with_the_exit_code_of_denial() {
    let desk = Desk::new();
    let (code, text) = desk.explain(ADA, &[]);
    assert_eq!(code, Some(5), "{text}");
    assert!(
        text.ends_with("denied because no identity policy allows it\n"),
        "{text}"
    );
    let closed = [
        "--identity-policy",
        "ada.json",
        "--encryption-context",
        "stage=closed",
    ];
    let (code, text) = desk.explain(ADA, &closed);
    assert_eq!(code, Some(5), "{text}");
    assert!(
        text.ends_with("denied by statement 2 of the key policy\n"),
        "{text}"
    );
}

#[test]
fn what_is_said_of_a_request_counts_before_what_is_known() {
    let desk = Desk::new();
    let rule = |sid: &str, test: &str| {
        json!({"Version": "2012-10-17", "Statement": {"Sid": sid, "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
            "Condition": serde_json::from_str::<Value>(test).expect("JSON")}})
    };
    desk.put(
        "own.json",
        &rule("Own", r#"{"Bool": {"aws:ViaAWSService": "false"}}"#),
    );
    desk.put(
        "service.json",
        &rule("Via", r#"{"Bool": {"aws:ViaAWSService": "true"}}"#),
    );
    let said = ["--condition", "aws:viaAWSService=true"];
    for (file, more, code) in [
        ("own.json", &[][..], 0),
        ("service.json", &[], 5),
        ("own.json", &said, 5),
        ("service.json", &said, 0),
    ] {
        let words = [&["--identity-policy", file], more].concat();
        let (found, text) = desk.explain(ADA, &words);
        assert_eq!(found, Some(code), "{file}: {text}");
    }
}

#[test]
fn a_session_has_the_tags_that_it_is_said_to_have() {
    let desk = Desk::new();
    desk.put(
        "blue.json",
        &json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalTag/team": "blue"}}}}),
    );
    let night = "arn:aws:sts::111122223333:assumed-role/writer/night";
    let words = ["--identity-policy", "blue.json"];
    assert_eq!(desk.explain(night, &words).0, Some(5));
    let words = [&words[..], &["--session-tag", "team=blue"]].concat();
    assert_eq!(desk.explain(night, &words).0, Some(0));
    let words = [&words[..], &["--session-policy", "ada.json"]].concat();
    assert_eq!(desk.explain(night, &words).0, Some(0));
    desk.put(
        "none.json",
        &json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*"}}),
    );
    let words = [&words[..4], &["--session-policy", "none.json"]].concat();
    assert_eq!(desk.explain(night, &words).0, Some(5));
}

#[test]
fn grants_are_looked_at_with_their_constraints() {
    let desk = Desk::new();
    let (code, text) = desk.explain(EVE, &["--grants", "grants.json"]);
    assert_eq!(code, Some(5), "{text}");
    assert!(text.contains("has a constraint that is not met"), "{text}");
    let (code, text) = desk.explain(
        EVE,
        &[
            "--grants",
            "grants.json",
            "--encryption-context",
            "stage=test",
            "--json",
        ],
    );
    assert_eq!(code, Some(0), "{text}");
    let report: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report["allowed"], true);
    assert_eq!(report["grants"][0]["outcome"], "allows");
    assert_eq!(report["policies"][0]["statements"][0]["applies"], false);
}

#[test]
fn files_are_checked_as_the_daemon_would() {
    let desk = Desk::new();
    let output = desk.hsm(&["check", "key.json"]);
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).ends_with("key.json: 2 statements\n"));
    assert!(
        desk.hsm(&["check", "--kind", "identity", "ada.json"])
            .status
            .success()
    );
    desk.put(
        "bad.json",
        &json!({"Statement": {"Effect": "Allow", "Action": "Decrypt", "Resource": "*"}}),
    );
    let output = desk.hsm(&["check", "--kind", "identity", "bad.json"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("must be prefaced by a vendor"));
}

#[test]
fn a_command_line_that_means_nothing_is_refused() {
    let desk = Desk::new();
    for words in [
        ["--principal", "ada", "--action", "kms:ListKeys"],
        ["--principal", ADA, "--action", "kms:RetireGrant"],
    ] {
        let mut all = vec!["explain"];
        all.extend(words);
        assert_eq!(desk.hsm(&all).status.code(), Some(2), "{words:?}");
    }
}
