//! One key, every door: what AWS KMS makes is used through PKCS#11, under one state.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hsm_tests::{Daemon, Outcome, run};
use serde_json::{Value, json};

use crate::signed::Kms;

const DIGEST: [u8; 32] = [0x5a; 32];

fn answer(kms: &mut Kms, operation: &str, body: &Value) -> Value {
    let answer = kms.call(operation, body);
    assert_eq!(answer.status, 200, "{operation}: {:?}", answer.json());
    answer.json()
}

/// Signs the digest with pkcs11-tool, by the key's id.
fn sign(daemon: &Daemon, id: &str) -> Outcome {
    let scratch = daemon.scratch();
    let digest = scratch.join("digest");
    fs::write(&digest, DIGEST).unwrap();
    let token = format!(
        "kms-{}-{}",
        daemon.variable("HSM_ACCOUNT_ID"),
        daemon.variable("AWS_REGION")
    );
    run(daemon
        .command("pkcs11-tool")
        .args(["--module", daemon.variable("PKCS11_MODULE")])
        .args(["--token-label", &token, "--login"])
        .args(["--pin", daemon.variable("HSM_PIN")])
        .args(["--sign", "--mechanism", "ECDSA", "--id", id])
        .args(["--signature-format", "openssl"])
        .arg("--input-file")
        .arg(&digest)
        .arg("--output-file")
        .arg(scratch.join("signature")))
}

#[test]
fn a_key_of_kms_signs_through_pkcs11_until_kms_disables_it() {
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    let made = answer(
        &mut kms,
        "CreateKey",
        &json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}),
    );
    let key = made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned();
    let id = key.replace('-', "");

    let _ = sign(&daemon, &id).succeeded();
    let signature = fs::read(daemon.scratch().join("signature")).unwrap();
    let verified = answer(
        &mut kms,
        "Verify",
        &json!({
            "KeyId": key,
            "Message": STANDARD.encode(DIGEST),
            "MessageType": "DIGEST",
            "SigningAlgorithm": "ECDSA_SHA_256",
            "Signature": STANDARD.encode(signature),
        }),
    );
    assert_eq!(verified["SignatureValid"], true);

    answer(&mut kms, "DisableKey", &json!({"KeyId": key}));
    let _ = sign(&daemon, &id).failed();
    answer(&mut kms, "EnableKey", &json!({"KeyId": key}));
    let _ = sign(&daemon, &id).succeeded();
}
