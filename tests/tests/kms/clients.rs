//! The clients that people use, with nothing but what `DIR/env` exports.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hsm_tests::tools::{left_out, program_is_here};
use hsm_tests::{Daemon, binaries, run, workspace};

/// A Python that has these modules: the one of `make install-dependencies`, else the system's.
fn python(modules: &str) -> Option<PathBuf> {
    let candidates = [
        binaries::clients().join("aws/bin/python"),
        PathBuf::from("python3"),
    ];
    let found = candidates.into_iter().find(|python| {
        let imported = Command::new(python)
            .args(["-c", &format!("import {modules}")])
            .output();
        imported.is_ok_and(|output| output.status.success())
    });
    if found.is_none() {
        left_out(&format!("no Python here has {modules}"));
    }
    found
}

/// Runs one of the scripts beside this file, which ends by saying something, if a Python here has these modules. However old its
/// boto3 is, it has every call of the model that the daemon is built from.
#[track_caller]
fn script(modules: &str, text: &str, saying: &str) {
    if let Some(python) = python(modules) {
        let daemon = Daemon::dev();
        let models = daemon.scratch();
        let of_kms = models.join("kms/2014-11-01");
        fs::create_dir_all(&of_kms).unwrap();
        let model = workspace::root().join("hsmd/frontends/kms/model/service-2.json");
        fs::copy(model, of_kms.join("service-2.json")).unwrap();
        let mut command = daemon.command(python);
        let outcome = run(command.env("AWS_DATA_PATH", models).args(["-c", text]));
        let _ = outcome.succeeded().saying(saying);
    }
}

/// The AWS CLI: the one of `make install-dependencies`, else the system's.
fn aws_cli() -> Option<PathBuf> {
    let own = binaries::clients().join("aws/bin/aws");
    if own.exists() {
        return Some(own);
    }
    program_is_here("aws", "awscli").then(|| PathBuf::from("aws"))
}

#[test]
fn boto3_makes_uses_and_ends_keys() {
    script(
        "boto3",
        include_str!("scripts/boto3_keys.py"),
        "boto3 is content",
    );
}

#[test]
fn material_of_every_kind_comes_from_another_implementation() {
    script(
        "boto3, cryptography",
        include_str!("scripts/imports.py"),
        "imports are content",
    );
}

#[test]
fn a_role_is_assumed_by_whom_its_trust_policy_names() {
    script(
        "boto3",
        include_str!("scripts/roles.py"),
        "roles are content",
    );
}

#[test]
fn boto3_makes_uses_and_revokes_grants() {
    script(
        "boto3",
        include_str!("scripts/boto3_grants.py"),
        "grants are content",
    );
}

#[test]
fn every_use_of_a_key_gives_what_other_implementations_give() {
    script(
        "boto3, cryptography",
        include_str!("scripts/every_use.py"),
        "every use of a key is right",
    );
}

#[test]
fn answers_are_word_for_word_those_that_aws_was_recorded_to_give() {
    for answers in [
        concat!(
            include_str!("scripts/recorded.py"),
            include_str!("scripts/recorded_answers.py")
        ),
        concat!(
            include_str!("scripts/recorded.py"),
            include_str!("scripts/recorded_iam_answers.py")
        ),
    ] {
        script(
            "boto3, cryptography",
            answers,
            "every answer is as recorded",
        );
    }
}

#[test]
fn the_encryption_sdk_for_python_encrypts_and_decrypts() {
    script(
        "aws_encryption_sdk, botocore",
        include_str!("scripts/encryption_sdk.py"),
        "the encryption SDK is content",
    );
}

#[test]
fn the_envelope_example_of_the_documentation_runs() {
    let example = include_str!("../../../docs/examples/envelope.py");
    script("boto3, cryptography", example, "the document is back");
}

#[test]
fn the_aws_cli_needs_nothing_but_the_environment() {
    let Some(cli) = aws_cli() else { return };
    let daemon = Daemon::dev();
    let aws = |arguments: &[&str]| run(daemon.command(&cli).args(arguments));
    let identity = aws(&[
        "sts",
        "get-caller-identity",
        "--query",
        "Arn",
        "--output",
        "text",
    ])
    .succeeded();
    assert_eq!(
        identity.stdout.trim(),
        "arn:aws:iam::123456789012:user/admin"
    );
    let key = aws(&[
        "kms",
        "create-key",
        "--query",
        "KeyMetadata.KeyId",
        "--output",
        "text",
    ])
    .succeeded();
    let key = key.stdout.trim();
    let _ = aws(&[
        "kms",
        "create-alias",
        "--alias-name",
        "alias/cli",
        "--target-key-id",
        key,
    ])
    .succeeded();
    let blob = aws(&[
        "kms",
        "encrypt",
        "--key-id",
        "alias/cli",
        "--plaintext",
        "aGVsbG8=",
        "--query",
        "CiphertextBlob",
        "--output",
        "text",
    ])
    .succeeded();
    let decrypt = |blob: &str| {
        aws(&[
            "kms",
            "decrypt",
            "--ciphertext-blob",
            blob,
            "--query",
            "Plaintext",
            "--output",
            "text",
        ])
    };
    // Version 1 of the CLI takes text, version 2 base64: both give back what they took, in base64.
    let plaintext = decrypt(blob.stdout.trim());
    if plaintext.code != Some(0) {
        let file = daemon.scratch().join("blob");
        let decoded = STANDARD.decode(blob.stdout.trim()).unwrap();
        std::fs::write(&file, decoded).unwrap();
        let plaintext = decrypt(&format!("fileb://{}", file.display())).succeeded();
        assert!(
            ["aGVsbG8=", "YUdWc2JHOD0="].contains(&plaintext.stdout.trim()),
            "{plaintext}"
        );
    }
    let _ = aws(&["kms", "disable-key", "--key-id", key]).succeeded();
    // The CLI ends with 255, which `failed` takes for a signal.
    let refused = aws(&["kms", "encrypt", "--key-id", key, "--plaintext", "aGVsbG8="]);
    assert_ne!(refused.code, Some(0), "{refused}");
    let _ = refused.saying("DisabledException");
}

#[test]
fn one_endpoint_variable_is_enough() {
    let Some(cli) = aws_cli() else { return };
    let daemon = Daemon::dev();
    let endpoint = daemon.variable("AWS_ENDPOINT_URL_KMS").to_owned();
    for service in [
        &["sts", "get-caller-identity"][..],
        &["kms", "list-keys"],
        &["iam", "list-users"],
    ] {
        let mut command = daemon.command(&cli);
        for name in [
            "AWS_ENDPOINT_URL_KMS",
            "AWS_ENDPOINT_URL_STS",
            "AWS_ENDPOINT_URL_IAM",
        ] {
            command.env_remove(name);
        }
        let _ = run(command.env("AWS_ENDPOINT_URL", &endpoint).args(service)).succeeded();
    }
}

#[test]
fn javascripts_sdk_makes_and_uses_keys() {
    let modules = binaries::clients().join("npm/node_modules");
    if !modules.join("@aws-sdk/client-kms").exists() {
        left_out("npm's @aws-sdk/client-kms is not installed");
        return;
    }
    if !program_is_here("node", "nodejs") {
        return;
    }
    let daemon = Daemon::dev();
    let script = include_str!("scripts/javascript_sdk.js");
    let mut node = daemon.command("node");
    node.env("NODE_PATH", modules)
        .env("NODE_EXTRA_CA_CERTS", daemon.variable("AWS_CA_BUNDLE"));
    let _ = run(node.args(["-e", script]))
        .succeeded()
        .saying("JavaScript is content");
}
