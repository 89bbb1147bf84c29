//! Who may do what, by certificate and by partition.

use std::{fs, path::Path, process::Command};

use hsm_tests::{
    Daemon, Outcome, run,
    tools::{OPENSSL, PKCS11_TOOL},
};

use crate::{audit, create_partition, initialised, initialised_as, issue, text};

fn pkcs11_tool(daemon: &Daemon, identity: &Path, token: &str, arguments: &[&str]) -> Outcome {
    let module = text(&hsm_tests::binaries::module());
    let login = [
        "--module",
        &module,
        "--token-label",
        token,
        "--login",
        "--pin",
        "123456",
    ];
    run(daemon
        .command_as(identity, "pkcs11-tool")
        .args(login)
        .args(arguments))
}

#[test]
fn a_client_uses_its_own_partition_over_mtls() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let (daemon, operator) = initialised();
    create_partition(&daemon, &operator, "web");
    let client = issue(&daemon, &operator, "www1", "web");
    let make = [
        "--keypairgen",
        "--key-type",
        "EC:prime256v1",
        "--label",
        "tls",
    ];
    let _ = pkcs11_tool(&daemon, &client, "web", &make).succeeded();
    let listed = pkcs11_tool(&daemon, &client, "web", &["--list-objects"]).succeeded();
    assert!(listed.stdout.contains("tls"), "{listed}");
    let tokens = daemon.hsm_as(&client, &["token", "list"]).succeeded();
    assert!(tokens.stdout.contains("web"), "{tokens}");
}

#[test]
fn an_account_has_a_token_once_an_operator_sets_its_pins() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let (daemon, operator) = initialised();
    let account = "111122223333";
    let name = format!("kms-{account}-eu-1");
    let create = ["account", "create", "--id", account, "--name", "shop"];
    let _ = daemon.hsm_as(&operator, &create).succeeded();
    let so_pin = crate::secret(&daemon, "so-pin", "87654321");
    let open = |account: &str, pin: &str| {
        let pin = crate::secret(&daemon, "pin", pin);
        let open = ["account", "token", account, "--region", "eu-1"];
        let pins = ["--so-pin-file", &so_pin, "--pin-file", &pin];
        daemon.hsm_as(&operator, &[&open[..], &pins].concat())
    };
    let _ = open("999999999999", "123456").failed();
    let _ = open(account, "123456").succeeded().saying(&name);
    let client = issue(&daemon, &operator, "www1", &name);
    let list = ["--list-objects"];
    let _ = pkcs11_tool(&daemon, &client, &name, &list).succeeded();
    // The operator sets another PIN, and the old one is none any more.
    let _ = open(account, "654321").succeeded();
    let _ = pkcs11_tool(&daemon, &client, &name, &list).failed();
    let _ = daemon.hsm_as(&client, &["account", "list"]).failed();
}

#[test]
fn a_partition_of_others_is_not_even_seen() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let (daemon, operator) = initialised();
    create_partition(&daemon, &operator, "web");
    create_partition(&daemon, &operator, "mail");
    let client = issue(&daemon, &operator, "www1", "web");
    let tokens = daemon.hsm_as(&client, &["token", "list"]).succeeded();
    assert!(!tokens.stdout.contains("mail"), "{tokens}");
    let _ = pkcs11_tool(&daemon, &client, "mail", &["--list-objects"]).failed();
}

#[test]
fn a_client_does_nothing_that_is_an_operators() {
    let (daemon, operator) = initialised();
    create_partition(&daemon, &operator, "web");
    let client = issue(&daemon, &operator, "www1", "web");
    for refused in [
        &["partition", "create", "own"][..],
        &["identity", "list"],
        &[
            "identity",
            "issue",
            "other",
            "--partition",
            "web",
            "--identity-dir",
            "other",
        ],
        &["audit", "tail"],
        &["seal"],
    ] {
        let _ = daemon.hsm_as(&client, refused).failed();
    }
    let log = audit(&daemon, &operator);
    assert!(
        log.contains("www1") && log.to_lowercase().contains("denied"),
        "{log}"
    );
    let _ = daemon.hsm_as(&operator, &["status"]).succeeded();
}

#[test]
fn a_removed_identity_is_refused_from_then_on() {
    let (daemon, operator) = initialised();
    create_partition(&daemon, &operator, "web");
    let client = issue(&daemon, &operator, "www1", "web");
    let _ = daemon
        .hsm_as(&client, &["token", "list"])
        .succeeded()
        .saying("web");
    let _ = daemon
        .hsm_as(&operator, &["identity", "remove", "www1"])
        .succeeded();
    let after = daemon.hsm_as(&client, &["token", "list"]);
    assert!(
        after.code != Some(0) || !after.stdout.contains("web"),
        "{after}"
    );
}

/// A CA of somebody else's with a client certificate, made by OpenSSL.
fn outside_ca(folder: &Path, subject: &str) {
    fs::create_dir_all(folder).unwrap();
    let extension = folder.join("extension");
    fs::write(
        &extension,
        format!("subjectAltName = {subject}\nextendedKeyUsage = clientAuth\n"),
    )
    .unwrap();
    let steps: [&[&str]; 3] = [
        &[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=outside",
            "-keyout",
            "outside.key",
            "-out",
            "outside.pem",
        ],
        &[
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            "/CN=client",
            "-keyout",
            "client-key.pem",
            "-out",
            "client.csr",
        ],
        &[
            "x509",
            "-req",
            "-in",
            "client.csr",
            "-CA",
            "outside.pem",
            "-CAkey",
            "outside.key",
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            "extension",
            "-out",
            "client.pem",
        ],
    ];
    for step in steps {
        let _ = run(Command::new("openssl").current_dir(folder).args(step)).succeeded();
    }
}

/// A `client.toml` in `folder` that trusts the daemon and presents what is in the folder.
fn configure(daemon: &Daemon, operator: &Path, folder: &Path) {
    fs::copy(operator.join("ca.pem"), folder.join("ca.pem")).unwrap();
    let endpoint = daemon.https_endpoint();
    let settings = format!(
        "endpoint = \"{endpoint}\"\nca_certificate = \"ca.pem\"\ncertificate = \"client.pem\"\nprivate_key = \"client-key.pem\"\n"
    );
    fs::write(folder.join("client.toml"), settings).unwrap();
}

#[test]
fn a_certificate_of_another_ca_is_refused_and_recorded() {
    if !OPENSSL.is_here() {
        return;
    }
    let (daemon, operator) = initialised();
    let folder = daemon.scratch().join("outside");
    outside_ca(&folder, "URI:urn:hsmd:operator:alice");
    configure(&daemon, &operator, &folder);
    let before = audit(&daemon, &operator).lines().count();
    let _ = daemon.hsm_as(&folder, &["token", "list"]).failed();
    let after = audit(&daemon, &operator);
    assert!(
        after.lines().count() > before,
        "the refusal is not in the log: {after}"
    );
}

#[test]
fn a_client_without_a_certificate_is_refused_and_recorded() {
    if !OPENSSL.is_here() {
        return;
    }
    let (daemon, operator) = initialised();
    let before = audit(&daemon, &operator).lines().count();
    let address = daemon.https_endpoint().replace("https://", "");
    let ca = text(&operator.join("ca.pem"));
    let arguments = [
        "s_client", "-connect", &address, "-CAfile", &ca, "-alpn", "h2", "-tls1_3", "-quiet",
    ];
    let outcome = run(daemon.command("openssl").args(arguments));
    assert!(
        outcome.stderr.contains("certificate required") || outcome.code != Some(0),
        "{outcome}"
    );
    let after = audit(&daemon, &operator);
    assert!(
        after.lines().count() > before,
        "the refusal is not in the log: {after}"
    );
}

#[test]
fn an_outside_ca_that_is_configured_gives_no_right_by_itself() {
    if !OPENSSL.is_here() {
        return;
    }
    let outside = tempfile::tempdir().unwrap();
    outside_ca(outside.path(), "DNS:web.example");
    let ca = outside.path().join("outside.pem");
    let (daemon, operator) = initialised_as(Daemon::serve_with(&format!(
        "client_ca_certificates = [{ca:?}]"
    )));
    create_partition(&daemon, &operator, "web");
    configure(&daemon, &operator, outside.path());
    let before = daemon.hsm_as(outside.path(), &["token", "list"]);
    assert!(!before.stdout.contains("web"), "{before}");
    let key = run(Command::new("sh").current_dir(outside.path()).args([
        "-c",
        "openssl x509 -in outside.pem -pubkey -noout | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1",
    ]))
    .succeeded();
    let trust = [
        "identity",
        "trust",
        "web",
        "--partition",
        "web",
        "--subject",
        "dns:web.example",
    ];
    let issuer = ["--issuer-key-sha256", key.stdout.trim()];
    let _ = daemon
        .hsm_as(&operator, &[&trust[..], &issuer[..]].concat())
        .succeeded();
    let _ = daemon
        .hsm_as(outside.path(), &["token", "list"])
        .succeeded()
        .saying("web");
}

#[test]
fn an_outside_certificate_cannot_name_itself_an_operator() {
    if !OPENSSL.is_here() {
        return;
    }
    let outside = tempfile::tempdir().unwrap();
    outside_ca(outside.path(), "URI:urn:hsmd:operator:alice");
    let ca = outside.path().join("outside.pem");
    let (daemon, operator) = initialised_as(Daemon::serve_with(&format!(
        "client_ca_certificates = [{ca:?}]"
    )));
    configure(&daemon, &operator, outside.path());
    let _ = daemon
        .hsm_as(outside.path(), &["partition", "create", "own"])
        .failed();
    let _ = daemon.hsm_as(outside.path(), &["seal"]).failed();
}

#[test]
fn a_key_made_elsewhere_is_certified_by_its_request() {
    if !OPENSSL.is_here() {
        return;
    }
    let (daemon, operator) = initialised();
    create_partition(&daemon, &operator, "web");
    let folder = daemon.scratch().join("www2");
    fs::create_dir_all(&folder).unwrap();
    let make = "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=www2 -keyout own.key -out www2.csr";
    let _ = run(Command::new("sh").current_dir(&folder).args(["-c", make])).succeeded();
    let (request, directory) = (text(&folder.join("www2.csr")), text(&folder));
    let issue = [
        "identity",
        "issue",
        "www2",
        "--partition",
        "web",
        "--request",
        &request,
        "--identity-dir",
        &directory,
    ];
    let endpoint = daemon.https_endpoint();
    let _ = daemon
        .hsm_as(
            &operator,
            &[&issue[..], &["--for-endpoint", &endpoint]].concat(),
        )
        .succeeded();
    fs::copy(folder.join("own.key"), folder.join("client-key.pem")).unwrap();
    let _ = daemon
        .hsm_as(&folder, &["token", "list"])
        .succeeded()
        .saying("web");
}
