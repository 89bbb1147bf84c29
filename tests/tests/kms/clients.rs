//! The clients that people use, with nothing but what `DIR/env` exports.

use std::path::PathBuf;
use std::process::Command;

use hsm_tests::tools::{left_out, program_is_here};
use hsm_tests::{Daemon, Outcome, binaries, run};

/// Where `make install-dependencies` puts clients from `PyPI` and npm.
fn installed() -> PathBuf {
    binaries::folder().join("../clients")
}

/// A Python that has these modules: the one of `make install-dependencies`, else the system's.
fn python(modules: &str) -> Option<PathBuf> {
    let candidates = [installed().join("aws/bin/python"), PathBuf::from("python3")];
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

/// Runs one of the scripts beside this file.
fn script(daemon: &Daemon, python: &PathBuf, text: &str) -> Outcome {
    run(daemon.command(python).args(["-c", text]))
}

/// The AWS CLI: the one of `make install-dependencies`, else the system's.
fn aws_cli() -> Option<PathBuf> {
    let own = installed().join("aws/bin/aws");
    if own.exists() {
        return Some(own);
    }
    program_is_here("aws", "awscli").then(|| PathBuf::from("aws"))
}

#[test]
fn boto3_makes_uses_and_ends_keys() {
    let Some(python) = python("boto3") else {
        return;
    };
    let daemon = Daemon::dev();
    let _ = script(&daemon, &python, include_str!("scripts/boto3_keys.py"))
        .succeeded()
        .saying("boto3 is content");
}

#[test]
fn material_of_every_kind_comes_from_another_implementation() {
    let Some(python) = python("boto3, cryptography") else {
        return;
    };
    let daemon = Daemon::dev();
    let _ = script(&daemon, &python, include_str!("scripts/imports.py"))
        .succeeded()
        .saying("imports are content");
}

#[test]
fn a_role_is_assumed_by_whom_its_trust_policy_names() {
    let Some(python) = python("boto3") else {
        return;
    };
    let daemon = Daemon::dev();
    let _ = script(&daemon, &python, include_str!("scripts/roles.py"))
        .succeeded()
        .saying("roles are content");
}

#[test]
fn boto3_makes_uses_and_revokes_grants() {
    let Some(python) = python("boto3") else {
        return;
    };
    let daemon = Daemon::dev();
    let _ = script(&daemon, &python, include_str!("scripts/boto3_grants.py"))
        .succeeded()
        .saying("grants are content");
}

#[test]
fn every_use_of_a_key_gives_what_other_implementations_give() {
    let Some(python) = python("boto3, cryptography") else {
        return;
    };
    let daemon = Daemon::dev();
    let _ = script(&daemon, &python, include_str!("scripts/every_use.py"))
        .succeeded()
        .saying("every use of a key is right");
}

#[test]
fn answers_are_word_for_word_those_that_aws_was_recorded_to_give() {
    let Some(python) = python("boto3, cryptography") else {
        return;
    };
    let daemon = Daemon::dev();
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
        let _ = script(&daemon, &python, answers)
            .succeeded()
            .saying("every answer is as recorded");
    }
}

#[test]
fn the_encryption_sdk_for_python_encrypts_and_decrypts() {
    let Some(python) = python("aws_encryption_sdk, botocore") else {
        return;
    };
    let daemon = Daemon::dev();
    let _ = script(&daemon, &python, include_str!("scripts/encryption_sdk.py"))
        .succeeded()
        .saying("the encryption SDK is content");
}

#[test]
fn the_envelope_example_of_the_documentation_runs() {
    let Some(python) = python("boto3, cryptography") else {
        return;
    };
    let daemon = Daemon::dev();
    let example = include_str!("../../../docs/examples/envelope.py");
    let _ = script(&daemon, &python, example)
        .succeeded()
        .saying("the document is back");
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
        let decoded = base64::Engine::decode(
            &base64::engine::general_purpose::STANDARD,
            blob.stdout.trim(),
        )
        .unwrap();
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
    let modules = installed().join("npm/node_modules");
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
