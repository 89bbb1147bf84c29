//! `hsm import softhsm`: the tokens that people have.

use std::{fs, path::Path};

use hsm_tests::{
    run,
    tools::{OPENSSL, PKCS11_TOOL, SOFTHSM2_UTIL},
    workspace,
};

use super::softhsm_project::{Project, softhsm_module};

/// A token of every kind of object, made by `SoftHSM` itself.
fn softhsm_token() -> Option<Project> {
    if !SOFTHSM2_UTIL.is_here() || !OPENSSL.is_here() || !PKCS11_TOOL.is_here() {
        return None;
    }
    let project = Project::with_tokens_in("theirs");
    let init = [
        "--init-token",
        "--free",
        "--label",
        "old",
        "--so-pin",
        "87654321",
        "--pin",
        "1234",
    ];
    let _ = project.original(&init).succeeded();
    let tool = |arguments: &str| {
        let words: Vec<_> = arguments.split_whitespace().collect();
        let _ = project
            .tool_with(softhsm_module(), "old", &words)
            .succeeded();
    };
    tool("--keypairgen --key-type rsa:2048 --label rsa --id 01");
    tool("--keypairgen --key-type EC:prime256v1 --label ec --id 02");
    tool("--keygen --key-type AES:32 --label aes --id 03 --allowed-mechanisms AES-CBC,AES-ECB");
    fs::write(project.home.path().join("data"), "some data").unwrap();
    tool("--write-object data --type data --label public-data");
    tool("--write-object data --type data --label private-data --private");
    let certificate = [
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k", "-out", "c.der",
        "-outform", "der", "-subj", "/CN=old",
    ];
    let _ = run(project.command("openssl").args(certificate)).succeeded();
    tool("--write-object c.der --type cert --label rsa --id 01");
    tool("--sign --id 01 -m SHA256-RSA-PKCS -i data -o rsa.signature");
    tool("--read-object --type pubkey --id 02 -o ec.public");
    Some(project)
}

/// Imports the tokens in `directory` into a daemon of ours, and checks what is there against what `SoftHSM` made of its own
/// keys, in `files`.
fn check_imported(files: &Path, directory: &Path) {
    let project = Project::new();
    fs::write(project.home.path().join("pin"), "1234\n").unwrap();
    fs::write(project.home.path().join("so-pin"), "87654321\n").unwrap();
    let import = [
        "import",
        "softhsm",
        directory.to_str().unwrap(),
        "--pin-file",
        "pin",
        "--so-pin-file",
        "so-pin",
    ];
    let imported = project.hsm(&import).succeeded();
    assert!(
        imported
            .stdout
            .contains("Imported 8 objects of SoftHSM's token old into token old"),
        "{imported}"
    );
    for file in ["data", "rsa.signature", "ec.public"] {
        fs::copy(files.join(file), project.home.path().join(file)).unwrap();
    }
    // The same key makes the same signature.
    let sign = [
        "--sign",
        "--id",
        "01",
        "-m",
        "SHA256-RSA-PKCS",
        "-i",
        "data",
        "-o",
        "now",
    ];
    let _ = project.pkcs11_tool("old", &sign).succeeded();
    let read = |name: &str| fs::read(project.home.path().join(name)).unwrap();
    assert_eq!(read("now"), read("rsa.signature"));
    let sign = [
        "--sign",
        "--id",
        "02",
        "-m",
        "ECDSA-SHA256",
        "-i",
        "data",
        "-o",
        "ec.signature",
        "--signature-format",
        "openssl",
    ];
    let _ = project.pkcs11_tool("old", &sign).succeeded();
    let verify = [
        "dgst",
        "-sha256",
        "-verify",
        "ec.public",
        "-keyform",
        "der",
        "-signature",
        "ec.signature",
        "data",
    ];
    let _ = run(project.command("openssl").args(verify)).succeeded();
    for label in ["public-data", "private-data"] {
        let read_data = [
            "--read-object",
            "--type",
            "data",
            "--label",
            label,
            "-o",
            "copy",
        ];
        let _ = project.pkcs11_tool("old", &read_data).succeeded();
        assert_eq!(read("copy"), read("data"), "{label}");
    }
    let listed = project.pkcs11_tool("old", &["--list-objects"]).succeeded();
    for text in [
        "Certificate Object; type = X.509 cert",
        "Secret Key Object; AES length 32",
        "label:      rsa",
    ] {
        assert!(listed.stdout.contains(text), "{text}: {listed}");
    }
    let shown = project
        .hsm(&["key", "show", "aes", "--token", "old", "--pin-file", "pin"])
        .succeeded();
    assert!(
        shown.stdout.contains(r#"["CKM_AES_ECB","CKM_AES_CBC"]"#),
        "{shown}"
    );
    // Twice into the same place is the caller's decision.
    let _ = project
        .hsm(&[&import[..], &["--into", "old"]].concat())
        .succeeded();
}

#[test]
fn tokens_of_softhsm_in_files_are_imported() {
    let Some(theirs) = softhsm_token() else {
        return;
    };
    check_imported(theirs.home.path(), &theirs.tokens);
    let wrong = Project::new();
    fs::write(wrong.home.path().join("pin"), "9999\n").unwrap();
    let import = [
        "import",
        "softhsm",
        theirs.tokens.to_str().unwrap(),
        "--pin-file",
        "pin",
        "--so-pin-file",
        "pin",
    ];
    let refused = wrong.hsm(&import).failed();
    assert_eq!(refused.code, Some(5), "{refused}");
}

#[test]
fn tokens_of_softhsm_in_sqlite_are_imported() {
    if OPENSSL.is_here() && PKCS11_TOOL.is_here() {
        let files = workspace::root().join("tests/vectors/softhsm");
        check_imported(&files, &files.join("tokens"));
    }
}

#[test]
fn a_directory_without_tokens_is_said_to_be_so() {
    let project = Project::new();
    let empty = project.hsm(&["import", "softhsm", "/usr/share"]).failed();
    assert_eq!(empty.code, Some(6), "{empty}");
}
