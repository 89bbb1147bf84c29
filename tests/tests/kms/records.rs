//! The audit log's records of AWS principals, as `CloudTrail` would have them.

use hsm_tests::Daemon;
use serde_json::{Value, json};

use crate::signed::{Kms, Request, Signer};

/// Every record that is there of a service, in order.
fn records(daemon: &Daemon, service: &str) -> Vec<Value> {
    let source = format!("{service}.amazonaws.com");
    let tail = daemon.hsm(&["audit", "tail", "-n", "500", "--json"]);
    let tail = tail.succeeded();
    tail.stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|record| record["eventSource"] == source)
        .collect()
}

/// The outcomes of an operation.
pub(crate) fn outcomes(daemon: &Daemon, name: &str) -> Vec<Value> {
    let mut records = records(daemon, "kms");
    records.retain(|record| record["eventName"] == name && record["eventPhase"] != "Intent");
    records
}

#[test]
fn a_new_key_is_told_with_its_metadata_and_as_a_resource() {
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    let asked = json!({"Description": "orders", "KeySpec": "ECC_NIST_P384", "KeyUsage": "SIGN_VERIFY", "MultiRegion": true});
    let made = kms.call("CreateKey", &asked).succeeded()["KeyMetadata"].clone();
    let record = outcomes(&daemon, "CreateKey").pop().unwrap();
    let told = &record["responseElements"]["keyMetadata"];
    for (name, member) in [
        ("aWSAccountId", "AWSAccountId"),
        ("arn", "Arn"),
        ("keyId", "KeyId"),
        ("enabled", "Enabled"),
        ("description", "Description"),
        ("keyUsage", "KeyUsage"),
        ("keyState", "KeyState"),
        ("origin", "Origin"),
        ("keyManager", "KeyManager"),
        ("keySpec", "KeySpec"),
        ("customerMasterKeySpec", "CustomerMasterKeySpec"),
        ("signingAlgorithms", "SigningAlgorithms"),
        ("multiRegion", "MultiRegion"),
    ] {
        assert!(!made[member].is_null(), "{member}");
        assert_eq!(told[name], made[member], "{name}");
    }
    let date = told["creationDate"].as_str().unwrap();
    assert!(date.ends_with(" AM") || date.ends_with(" PM"), "{date}");
    let regions = &told["multiRegionConfiguration"];
    assert_eq!(regions["multiRegionKeyType"], "PRIMARY");
    assert_eq!(regions["primaryKey"]["arn"], made["Arn"]);
    let account = daemon.variable("HSM_ACCOUNT_ID");
    assert_eq!(
        record["resources"],
        json!([{"accountId": account, "type": "AWS::KMS::Key", "ARN": made["Arn"]}])
    );
}

#[test]
fn aliases_grants_and_deletions_tell_what_they_answered() {
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    let key = kms.call("CreateKey", &json!({})).succeeded()["KeyMetadata"].clone();
    let (id, arn) = (&key["KeyId"], &key["Arn"]);
    let named = json!({"AliasName": "alias/orders", "TargetKeyId": id});
    let _ = kms.call("CreateAlias", &named).succeeded();
    let record = outcomes(&daemon, "CreateAlias").pop().unwrap();
    let resources = record["resources"].as_array().unwrap();
    let kinds: Vec<_> = resources.iter().map(|one| &one["type"]).collect();
    assert_eq!(kinds, ["AWS::KMS::Alias", "AWS::KMS::Key"]);
    let alias = resources[0]["ARN"].as_str().unwrap();
    assert!(alias.ends_with(":alias/orders"), "{alias}");
    assert_eq!(&resources[1]["ARN"], arn);

    let principal = format!("arn:aws:iam::{}:root", daemon.variable("HSM_ACCOUNT_ID"));
    let granted = json!({"KeyId": id, "GranteePrincipal": principal, "Operations": ["Decrypt"]});
    let grant = kms.call("CreateGrant", &granted).succeeded();
    let record = outcomes(&daemon, "CreateGrant").pop().unwrap();
    assert_eq!(
        record["responseElements"],
        json!({"grantId": grant["GrantId"], "keyId": arn})
    );
    let retired = json!({"KeyId": arn, "GrantId": grant["GrantId"]});
    let _ = kms.call("RetireGrant", &retired).succeeded();
    let record = outcomes(&daemon, "RetireGrant").pop().unwrap();
    assert_eq!(
        record["additionalEventData"],
        json!({"grantId": grant["GrantId"]})
    );

    let ending = json!({"KeyId": id, "PendingWindowInDays": 9});
    let _ = kms.call("ScheduleKeyDeletion", &ending).succeeded();
    let record = outcomes(&daemon, "ScheduleKeyDeletion").pop().unwrap();
    let told = &record["responseElements"];
    assert_eq!(&told["keyId"], arn);
    assert_eq!(told["keyState"], "PendingDeletion");
    assert_eq!(told["pendingWindowInDays"], 9);
    assert!(told["deletionDate"].is_string(), "{told}");
}

#[test]
fn a_call_of_sts_that_cannot_be_read_is_recorded() {
    let daemon = Daemon::dev();
    let mut sts = Kms::of(&daemon);
    sts.signer.service = "sts".to_owned();
    for call in [
        "GetSessionToken",
        "AssumeRole&RoleArn=arn&RoleSessionName=me",
    ] {
        let body = format!("Action={call}&Version=2011-06-15&DurationSeconds=soon");
        let form = "application/x-www-form-urlencoded".to_owned();
        let answer = sts.send(Request {
            method: "POST",
            path: "/".to_owned(),
            headers: vec![("content-type".to_owned(), form)],
            body: body.into_bytes(),
        });
        assert_eq!(answer.status, 400, "{call}");
        let record = records(&daemon, "sts").pop().unwrap();
        assert_eq!(record["errorCode"], "MalformedInput", "{record}");
        assert!(call.starts_with(record["eventName"].as_str().unwrap()));
    }
}

#[test]
fn the_owner_of_a_key_has_a_copy_of_what_another_account_did_with_it() {
    let daemon = Daemon::dev();
    let mut owner = Kms::of(&daemon);
    let mut other = Kms::signed_by(&daemon, &Signer::second_of(&daemon));
    let (own_id, other_id) = (
        daemon.variable("HSM_ACCOUNT_ID"),
        daemon.variable("HSM_SECOND_ACCOUNT_ID"),
    );
    let key = owner.call("CreateKey", &json!({})).succeeded()["KeyMetadata"].clone();
    let arn = key["Arn"].as_str().unwrap();
    let asked =
        json!({"KeyId": arn, "Plaintext": "aGVsbG8=", "EncryptionContext": {"purpose": "test"}});

    // Refused: whose key it would have been is told to nobody.
    let _ = other
        .call("Encrypt", &asked)
        .failed("AccessDeniedException");
    let refused = outcomes(&daemon, "Encrypt");
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(refused[0]["recipientAccountId"], other_id);
    assert_eq!(refused[0].get("sharedEventID"), None);

    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": own_id}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": other_id}, "Action": "kms:Encrypt", "Resource": "*"},
    ]});
    let put = json!({"KeyId": arn, "PolicyName": "default", "Policy": policy.to_string()});
    let _ = owner.call("PutKeyPolicy", &put).succeeded();
    let _ = other.call("Encrypt", &asked).succeeded();
    let told = outcomes(&daemon, "Encrypt").split_off(1);
    let [copy, record] = told.as_slice() else {
        panic!("one for each account: {told:?}")
    };
    assert_eq!(record["recipientAccountId"], other_id);
    assert_eq!(record["userIdentity"]["type"], "IAMUser");
    assert_eq!(copy["recipientAccountId"], own_id);
    // Of a stranger, the owner learns the account and the id, and no name.
    let stranger = &copy["userIdentity"];
    assert_eq!(
        *stranger,
        json!({
            "type": "AWSAccount",
            "principalId": record["userIdentity"]["principalId"],
            "accountId": other_id,
        })
    );
    assert!(copy["sharedEventID"].is_string());
    assert_eq!(copy["sharedEventID"], record["sharedEventID"]);
    assert_ne!(copy["eventID"], record["eventID"]);
    for member in [
        "requestID",
        "requestParameters",
        "resources",
        "eventTime",
        "additionalEventData",
    ] {
        assert_eq!(copy[member], record[member], "{member}");
    }
    assert_eq!(copy["resources"][0]["accountId"], own_id);

    // In one's own account there is nobody else to tell.
    let _ = owner.call("Encrypt", &asked).succeeded();
    let own = outcomes(&daemon, "Encrypt").split_off(3);
    assert_eq!(own.len(), 1, "{own:?}");
    assert_eq!(own[0].get("sharedEventID"), None);
}
