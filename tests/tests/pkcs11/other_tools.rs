//! GnuTLS, Java and OpenSSH.

use std::{fs, process::Command};

use hsm_tests::{
    Daemon, Outcome, run,
    tools::{KEYTOOL, P11TOOL, PKCS11_TOOL, SSH_KEYGEN},
};

fn p11tool(daemon: &Daemon, arguments: &[&str]) -> Outcome {
    let mut command = daemon.command("p11tool");
    command
        .env("GNUTLS_PIN", daemon.variable("HSM_PIN"))
        .env("GNUTLS_SO_PIN", daemon.variable("HSM_SO_PIN"));
    run(command
        .args(["--provider", daemon.variable("PKCS11_MODULE"), "--batch"])
        .args(arguments))
}

#[test]
fn p11tool_makes_a_key_and_signs_with_it() {
    if !P11TOOL.is_here() {
        return;
    }
    let daemon = Daemon::dev();
    let token = format!("pkcs11:token={}", daemon.variable("HSM_TOKEN_LABEL"));
    for (kind, extra) in [("ecdsa", "--curve=secp256r1"), ("rsa", "--bits=2048")] {
        let label = format!("--label=gnutls-{kind}");
        let generate = format!("--generate-privkey={kind}");
        let _ = p11tool(&daemon, &["--login", &generate, extra, &label, &token]).succeeded();
        let key = format!("{token};object=gnutls-{kind};type=private");
        let _ = p11tool(&daemon, &["--login", "--test-sign", &key])
            .succeeded()
            .saying("ok");
    }
    let listed = p11tool(&daemon, &["--login", "--list-all", &token]).succeeded();
    assert!(
        listed.stdout.contains("gnutls-ecdsa") && listed.stdout.contains("gnutls-rsa"),
        "{listed}"
    );
}

/// `keytool` on the development token.
fn keytool(daemon: &Daemon, arguments: &[&str]) -> Command {
    let provider = daemon.scratch().join("java.cfg");
    let settings = format!(
        "name = hsm\nlibrary = {}\nslotListIndex = 0\n",
        daemon.variable("PKCS11_MODULE")
    );
    fs::write(&provider, settings).unwrap();
    let mut command = daemon.command("keytool");
    command
        .args(["-J-Xshare:auto", "-J-XX:TieredStopAtLevel=1"])
        .args(arguments);
    command.args([
        "-keystore",
        "NONE",
        "-storetype",
        "PKCS11",
        "-storepass",
        daemon.variable("HSM_PIN"),
    ]);
    command
        .args([
            "-providerClass",
            "sun.security.pkcs11.SunPKCS11",
            "-providerArg",
        ])
        .arg(provider);
    command
}

#[test]
fn java_makes_keys_and_certificate_requests() {
    if !KEYTOOL.is_here() {
        return;
    }
    let daemon = Daemon::dev();
    let name = ["-dname", "CN=java.example"];
    let ec = [
        "-genkeypair",
        "-alias",
        "ec",
        "-keyalg",
        "EC",
        "-groupname",
        "secp256r1",
    ];
    let _ = run(keytool(&daemon, &ec).args(name)).succeeded();
    let rsa = [
        "-genkeypair",
        "-alias",
        "rsa",
        "-keyalg",
        "RSA",
        "-keysize",
        "2048",
    ];
    let _ = run(keytool(&daemon, &rsa).args(name)).succeeded();
    let aes = [
        "-genseckey",
        "-alias",
        "aes",
        "-keyalg",
        "AES",
        "-keysize",
        "256",
    ];
    let _ = run(&mut keytool(&daemon, &aes)).succeeded();
    let listed = run(&mut keytool(&daemon, &["-list"])).succeeded();
    for alias in ["ec", "rsa", "aes"] {
        assert!(listed.stdout.contains(alias), "{listed}");
    }
    let request = run(&mut keytool(&daemon, &["-certreq", "-alias", "ec"])).succeeded();
    assert!(
        request.stdout.contains("BEGIN NEW CERTIFICATE REQUEST"),
        "{request}"
    );
}

#[test]
fn openssh_lists_the_keys_of_the_token() {
    if !SSH_KEYGEN.is_here() || !PKCS11_TOOL.is_here() {
        return;
    }
    let daemon = Daemon::dev();
    for (kind, label, id) in [("rsa:2048", "rsa", "01"), ("EC:prime256v1", "p256", "02")] {
        let _ = daemon
            .pkcs11_tool(&[
                "--keypairgen",
                "--key-type",
                kind,
                "--label",
                label,
                "--id",
                id,
            ])
            .succeeded();
    }
    let listed = run(daemon
        .command("ssh-keygen")
        .args(["-D", daemon.variable("PKCS11_MODULE")]))
    .succeeded();
    assert!(
        listed.stdout.contains("ssh-rsa ") && listed.stdout.contains("ecdsa-sha2-nistp256 "),
        "{listed}"
    );
}
