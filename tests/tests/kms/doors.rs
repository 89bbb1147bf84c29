//! One key, every door: what AWS KMS makes is used through PKCS#11, under one policy and one state.

use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hsm_tests::tools::{OPENSSL, PKCS11_TOOL};
use hsm_tests::{Daemon, Outcome, run};
use serde_json::{Value, json};

use crate::signed::Kms;

const MESSAGE: &[u8] = b"one key, every door";

/// A key of KMS, and the two doors to it.
struct Key<'a> {
    daemon: &'a Daemon,
    kms: Kms,
    id: String,
}

impl<'a> Key<'a> {
    fn new(daemon: &'a Daemon, spec: &str, usage: &str) -> Self {
        let mut kms = Kms::of(daemon);
        let asked = json!({"KeySpec": spec, "KeyUsage": usage});
        let made = kms.call("CreateKey", &asked).succeeded();
        let id = made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned();
        Self { daemon, kms, id }
    }

    /// Asks KMS for something with this key.
    #[track_caller]
    fn ask(&mut self, operation: &str, mut body: Value) -> Value {
        body["KeyId"] = json!(self.id);
        self.kms.call(operation, &body).succeeded()
    }

    /// `pkcs11-tool`, logged in to the account's token.
    fn pkcs11_tool(&self) -> Command {
        let mut command = self.daemon.command("pkcs11-tool");
        command
            .args(["--module", self.daemon.variable("PKCS11_MODULE")])
            .args(["--token-label", &self.token(), "--login"])
            .args(["--pin", self.daemon.variable("HSM_PIN")]);
        command
    }

    /// Lets `pkcs11-tool` do something with this key and a file. What it gives is in the file `output`.
    fn tool(&self, arguments: &[&str], input: &[u8]) -> Outcome {
        let scratch = self.daemon.scratch();
        fs::write(scratch.join("input"), input).unwrap();
        let _ = fs::remove_file(scratch.join("output"));
        run(self
            .pkcs11_tool()
            .args(["--id", &self.id.replace('-', "")])
            .args(arguments)
            .arg("--input-file")
            .arg(scratch.join("input"))
            .arg("--output-file")
            .arg(scratch.join("output")))
    }

    fn token(&self) -> String {
        let account = self.daemon.variable("HSM_ACCOUNT_ID");
        format!("kms-{account}-{}", self.daemon.variable("AWS_REGION"))
    }

    fn output(&self) -> Vec<u8> {
        fs::read(self.daemon.scratch().join("output")).unwrap()
    }

    /// Checks that its last use was this one, through PKCS#11, and that the audit log has it.
    #[track_caller]
    fn was_last_used_to(&mut self, operation: &str, recorded: &str) {
        let told = self.ask("GetKeyLastUsage", json!({}));
        let last = &told["KeyLastUsage"];
        assert_eq!(last["Operation"], operation, "{told}");
        assert!(
            last.get("KmsRequestId").is_none_or(Value::is_null),
            "{told}"
        );
        let log = self.daemon.hsm(&["audit", "tail", "--json"]).succeeded();
        let record = log
            .stdout
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .find(|record| record["eventID"] == last["CloudTrailEventId"]);
        assert_eq!(record.unwrap()["eventName"], recorded);
    }

    /// What the token lists.
    fn listed(&self) -> String {
        let listed = run(self.pkcs11_tool().arg("--list-objects"));
        listed.succeeded().stdout
    }
}

/// `DisableKey`, `EnableKey` and the window before a key's end are one state for both doors. `works` tries the key.
fn states_are_one(key: &mut Key<'_>, works: impl Fn(&Key<'_>) -> Outcome) {
    let _ = works(key).succeeded();
    key.ask("DisableKey", json!({}));
    let _ = works(key).failed();
    key.ask("EnableKey", json!({}));
    let _ = works(key).succeeded();
    key.ask("ScheduleKeyDeletion", json!({"PendingWindowInDays": 7}));
    let _ = works(key).failed();
    key.ask("CancelKeyDeletion", json!({}));
    let _ = works(key).failed();
    key.ask("EnableKey", json!({}));
    let _ = works(key).succeeded();
}

const SIGN: [&str; 5] = [
    "--sign",
    "--mechanism",
    "ECDSA-SHA256",
    "--signature-format",
    "openssl",
];

#[test]
fn a_key_pair_signs_through_pkcs11_and_kms_verifies() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let daemon = Daemon::dev();
    let mut key = Key::new(&daemon, "ECC_NIST_P256", "SIGN_VERIFY");
    let alias = json!({"AliasName": "alias/signing", "TargetKeyId": key.id});
    let _ = key.kms.call("CreateAlias", &alias).succeeded();
    assert!(key.listed().contains("label:      signing"));
    let _ = key.tool(&SIGN, MESSAGE).succeeded();
    key.was_last_used_to("Sign", "Sign");
    let verified = key.ask(
        "Verify",
        json!({
            "Message": STANDARD.encode(MESSAGE),
            "SigningAlgorithm": "ECDSA_SHA_256",
            "Signature": STANDARD.encode(key.output()),
        }),
    );
    assert_eq!(verified["SignatureValid"], true);
    states_are_one(&mut key, |key| key.tool(&SIGN, MESSAGE));
    // A key policy is asked at both doors.
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[
            {{"Effect":"Allow","Principal":{{"AWS":"{account}"}},"Action":"kms:*","Resource":"*"}},
            {{"Effect":"Deny","Principal":{{"AWS":"{account}"}},"Action":"kms:Sign","Resource":"*"}},
            {{"Effect":"Deny","Principal":{{"AWS":"arn:aws:iam::{account}:root"}},"Action":"kms:Sign","Resource":"*"}}]}}"#,
        account = daemon.variable("HSM_ACCOUNT_ID")
    );
    key.ask("PutKeyPolicy", json!({"Policy": policy}));
    let _ = key.tool(&SIGN, MESSAGE).failed();
}

#[test]
fn openssl_signs_with_a_key_of_kms_and_checks_one_of_kms_own_signatures() {
    let Some(engine) = hsm_tests::tools::openssl_engine() else {
        return;
    };
    if !OPENSSL.is_here() {
        return;
    }
    let daemon = Daemon::dev();
    let mut key = Key::new(&daemon, "RSA_2048", "SIGN_VERIFY");
    let scratch = daemon.scratch();
    fs::write(scratch.join("message"), MESSAGE).unwrap();
    fs::write(scratch.join("openssl.cnf"), configuration(&engine, &daemon)).unwrap();
    let id: String = key.id.replace('-', "");
    let id: Vec<String> = (0..id.len() / 2)
        .map(|at| format!("%{}", &id[2 * at..2 * at + 2]))
        .collect();
    let uri = format!(
        "pkcs11:token={};id={};type=private;pin-value={}",
        key.token(),
        id.concat(),
        daemon.variable("HSM_PIN")
    );
    let openssl = |arguments: &[&str]| {
        run(daemon
            .command("openssl")
            .env("OPENSSL_CONF", scratch.join("openssl.cnf"))
            .current_dir(&scratch)
            .args(arguments))
    };
    let sign = ["dgst", "-sha256", "-engine", "pkcs11", "-keyform", "engine"];
    let _ = openssl(&[&sign[..], &["-sign", &uri, "-out", "signature", "message"]].concat())
        .succeeded();
    let signature = fs::read(scratch.join("signature")).unwrap();
    let of = |signature: &[u8]| {
        json!({
            "Message": STANDARD.encode(MESSAGE),
            "SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256",
            "Signature": STANDARD.encode(signature),
        })
    };
    assert_eq!(key.ask("Verify", of(&signature))["SignatureValid"], true);
    let public = key.ask("GetPublicKey", json!({}));
    let public = STANDARD.decode(public["PublicKey"].as_str().unwrap());
    fs::write(scratch.join("public.der"), public.unwrap()).unwrap();
    let signed = key.ask(
        "Sign",
        json!({"Message": STANDARD.encode(MESSAGE), "SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256"}),
    );
    let signed = STANDARD.decode(signed["Signature"].as_str().unwrap());
    fs::write(scratch.join("signature"), signed.unwrap()).unwrap();
    let verify = [
        "dgst",
        "-sha256",
        "-keyform",
        "DER",
        "-verify",
        "public.der",
    ];
    let _ = openssl(&[&verify[..], &["-signature", "signature", "message"]].concat())
        .succeeded()
        .saying("Verified OK");
}

fn configuration(engine: &Path, daemon: &Daemon) -> String {
    let module = daemon.variable("PKCS11_MODULE");
    format!(
        "openssl_conf = start\n[start]\nengines = engines\n[engines]\npkcs11 = pkcs11\n[pkcs11]\n\
         engine_id = pkcs11\ndynamic_path = {}\nMODULE_PATH = {module}\ninit = 0\n",
        engine.display()
    )
}

#[test]
fn a_mac_key_gives_the_same_code_through_both_doors() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let daemon = Daemon::dev();
    let mut key = Key::new(&daemon, "HMAC_256", "GENERATE_VERIFY_MAC");
    let sign = ["--sign", "--mechanism", "SHA256-HMAC"];
    let _ = key.tool(&sign, MESSAGE).succeeded();
    key.was_last_used_to("GenerateMac", "Sign");
    let body = json!({"Message": STANDARD.encode(MESSAGE), "MacAlgorithm": "HMAC_SHA_256"});
    let made = key.ask("GenerateMac", body);
    assert_eq!(made["Mac"], STANDARD.encode(key.output()));
    states_are_one(&mut key, |key| key.tool(&sign, MESSAGE));
}

#[test]
fn an_aes_key_encrypts_through_pkcs11_and_a_rotation_gives_it_new_material_there_too() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let daemon = Daemon::dev();
    let mut key = Key::new(&daemon, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
    let with = |what: &'static str| {
        [
            what,
            "--mechanism",
            "AES-CBC-PAD",
            "--iv",
            "000102030405060708090a0b0c0d0e0f",
        ]
    };
    let _ = key.tool(&with("--encrypt"), MESSAGE).succeeded();
    let before = key.output();
    let _ = key.tool(&with("--decrypt"), &before).succeeded();
    assert_eq!(key.output(), MESSAGE);
    key.was_last_used_to("Decrypt", "Decrypt");
    let blob = key.ask("Encrypt", json!({"Plaintext": STANDARD.encode(MESSAGE)}));
    key.ask("RotateKeyOnDemand", json!({}));
    let _ = key.tool(&with("--encrypt"), MESSAGE).succeeded();
    assert_ne!(key.output(), before);
    let opened = key.ask("Decrypt", json!({"CiphertextBlob": blob["CiphertextBlob"]}));
    assert_eq!(opened["Plaintext"], STANDARD.encode(MESSAGE));
    states_are_one(&mut key, |key| key.tool(&with("--encrypt"), MESSAGE));
}
