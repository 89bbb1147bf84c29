//! `hsm policy explain` against a daemon: the same decisions as the door's, with their reasons.

use hsm_tests::{Daemon, Outcome};
use serde_json::{Value, json};

use crate::signed::{Kms, Signer};

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
    let tail = daemon
        .hsm(&["audit", "tail", "-n", "500", "--json"])
        .succeeded();
    let records = tail.stdout.lines();
    let records = records.map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut of_operation = records.filter(|record| {
        record["eventName"] == operation && record["eventSource"] == "kms.amazonaws.com"
    });
    let last = of_operation.next_back().unwrap();
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
    let mut other = Kms::of(&daemon);
    other.signer = Signer {
        key_id: daemon.variable("HSM_SECOND_ACCESS_KEY_ID").to_owned(),
        secret: daemon.variable("HSM_SECOND_SECRET_ACCESS_KEY").to_owned(),
        ..other.signer
    };
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
