//! OpenSSL through libp11's engine.

use std::{fs, process::Command};

use hsm_tests::{
    Daemon, run,
    tools::{OPENSSL, PKCS11_TOOL, openssl_engine},
};

const CONFIGURATION: &str = "\
openssl_conf = start
[start]
engines = engines
[engines]
pkcs11 = pkcs11
[pkcs11]
engine_id = pkcs11
MODULE_PATH = MODULE
init = 0
[req]
distinguished_name = name
[name]
";

/// A daemon with a key of each kind, if all tools are here.
fn daemon_with_keys() -> Option<Daemon> {
    if openssl_engine().is_none() || !PKCS11_TOOL.is_here() || !OPENSSL.is_here() {
        return None;
    }
    let daemon = Daemon::dev();
    for (kind, label, id) in [("rsa:2048", "rsa", "01"), ("EC:secp384r1", "p384", "02")] {
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
    let configuration = CONFIGURATION.replace(
        "MODULE\n",
        &format!("{}\n", daemon.variable("PKCS11_MODULE")),
    );
    fs::write(daemon.scratch().join("openssl.cnf"), configuration).unwrap();
    Some(daemon)
}

fn openssl(daemon: &Daemon, arguments: &[&str]) -> Command {
    let mut command = daemon.command("openssl");
    command
        .env("OPENSSL_CONF", daemon.scratch().join("openssl.cnf"))
        .args(arguments);
    command
}

fn uri(daemon: &Daemon, label: &str) -> String {
    let (token, pin) = (
        daemon.variable("HSM_TOKEN_LABEL"),
        daemon.variable("HSM_PIN"),
    );
    format!("pkcs11:token={token};object={label};type=private;pin-value={pin}")
}

#[test]
fn a_certificate_request_is_signed() {
    let Some(daemon) = daemon_with_keys() else {
        return;
    };
    for label in ["rsa", "p384"] {
        let request = [
            "req",
            "-new",
            "-engine",
            "pkcs11",
            "-keyform",
            "engine",
            "-subj",
            "/CN=engine.example",
        ];
        let key = uri(&daemon, label);
        let _ =
            run(openssl(&daemon, &request).args(["-key", &key, "-sha384", "-out", "request.pem"]))
                .succeeded();
        let verified = run(&mut openssl(
            &daemon,
            &["req", "-in", "request.pem", "-noout", "-verify"],
        ))
        .succeeded();
        assert!(
            verified.stderr.contains("verify OK") || verified.stdout.contains("verify OK"),
            "{verified}"
        );
    }
}

#[test]
fn a_self_signed_certificate_is_made() {
    let Some(daemon) = daemon_with_keys() else {
        return;
    };
    for label in ["rsa", "p384"] {
        let request = [
            "req", "-new", "-x509", "-days", "3", "-engine", "pkcs11", "-keyform", "engine",
        ];
        let key = uri(&daemon, label);
        let rest = [
            "-subj",
            "/CN=engine.example",
            "-key",
            &key,
            "-sha384",
            "-out",
            "certificate.pem",
        ];
        let _ = run(openssl(&daemon, &request).args(rest)).succeeded();
        let verify = ["verify", "-CAfile", "certificate.pem", "certificate.pem"];
        let _ = run(&mut openssl(&daemon, &verify)).succeeded().saying("OK");
    }
}

#[test]
fn a_file_is_signed() {
    let Some(daemon) = daemon_with_keys() else {
        return;
    };
    fs::write(daemon.scratch().join("file"), "signed through the engine").unwrap();
    for label in ["rsa", "p384"] {
        let key = uri(&daemon, label);
        let sign = [
            "dgst", "-engine", "pkcs11", "-keyform", "engine", "-sha256", "-sign", &key,
        ];
        let _ = run(openssl(&daemon, &sign).args(["-out", "signature", "file"])).succeeded();
        let public = [
            "pkey",
            "-engine",
            "pkcs11",
            "-inform",
            "engine",
            "-in",
            &key,
            "-pubout",
            "-out",
            "public.pem",
        ];
        let _ = run(&mut openssl(&daemon, &public)).succeeded();
        let verify = [
            "dgst",
            "-sha256",
            "-verify",
            "public.pem",
            "-signature",
            "signature",
            "file",
        ];
        let _ = run(&mut openssl(&daemon, &verify))
            .succeeded()
            .saying("Verified OK");
    }
}
