//! OpenSC's `pkcs11-tool`, whose signatures OpenSSL verifies.

use std::{fs, path::Path};

use hsm_tests::{
    Daemon, Outcome, run,
    tools::{OPENSSL, PKCS11_TOOL},
};

/// A kind of key: pkcs11-tool's name for it, a label, and its id.
const KEY_PAIRS: &[(&str, &str, &str)] = &[
    ("rsa:2048", "rsa", "01"),
    ("EC:prime256v1", "p256", "02"),
    ("EC:secp384r1", "p384", "03"),
    ("EC:secp521r1", "p521", "04"),
    ("EC:edwards25519", "ed25519", "05"),
];

pub(crate) fn tools_are_here() -> bool {
    PKCS11_TOOL.is_here() && OPENSSL.is_here()
}

pub(crate) fn daemon_with_keys() -> Daemon {
    let daemon = Daemon::dev();
    for (kind, label, id) in KEY_PAIRS {
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
    let _ = daemon
        .pkcs11_tool(&[
            "--keygen",
            "--key-type",
            "AES:32",
            "--label",
            "aes",
            "--id",
            "06",
        ])
        .succeeded();
    daemon
}

/// The algorithm of a key on a curve as a `SubjectPublicKeyInfo` begins, up to the bytes of the point (RFC 5480).
const CURVES: &[(&str, &str)] = &[
    (
        "p256",
        "3059301306072a8648ce3d020106082a8648ce3d030107034200",
    ),
    ("p384", "3076301006072a8648ce3d020106052b81040022036200"),
    ("p521", "30819b301006072a8648ce3d020106052b8104002303818600"),
];

/// Writes the public key as PEM and gives its path.
fn public_key(daemon: &Daemon, label: &str) -> String {
    let der = path(&daemon.scratch().join(format!("{label}.der")));
    let pem = path(&daemon.scratch().join(format!("{label}.pem")));
    if let Some((_, prefix)) = CURVES.iter().find(|(name, _)| *name == label) {
        // pkcs11-tool 0.23 cannot write public keys on the larger curves, but shows their points.
        fs::write(
            &der,
            [hex::decode(prefix).unwrap(), point(daemon, label)].concat(),
        )
        .unwrap();
    } else {
        let read = [
            "--read-object",
            "--type",
            "pubkey",
            "--label",
            label,
            "--output-file",
            &der,
        ];
        let _ = daemon.pkcs11_tool(&read).succeeded();
    }
    let convert = [
        "pkey", "-pubin", "-inform", "DER", "-in", &der, "-out", &pem,
    ];
    let _ = openssl(daemon, &convert).succeeded();
    pem
}

/// The point of an EC public key, without the header of its OCTET STRING.
fn point(daemon: &Daemon, label: &str) -> Vec<u8> {
    let listed = daemon
        .pkcs11_tool(&["--list-objects", "--type", "pubkey"])
        .succeeded();
    // Each object's point comes before its label.
    let before = listed
        .stdout
        .split(&format!("label:      {label}\n"))
        .next()
        .unwrap();
    let point = before
        .rsplit("EC_POINT:")
        .next()
        .unwrap()
        .lines()
        .next()
        .unwrap();
    let point = hex::decode(point.trim()).unwrap();
    let header = if point[1] & 0x80 == 0 { 2 } else { 3 };
    point[header..].to_vec()
}

fn openssl(daemon: &Daemon, arguments: &[&str]) -> Outcome {
    run(daemon.command("openssl").args(arguments))
}

pub(crate) fn path(path: &Path) -> String {
    path.to_str().expect("a temporary path is text").to_owned()
}

#[test]
fn every_kind_of_key_is_made_listed_and_deleted() {
    if !tools_are_here() {
        return;
    }
    let daemon = daemon_with_keys();
    let listed = daemon.pkcs11_tool(&["--list-objects"]).succeeded();
    for (_, label, _) in KEY_PAIRS {
        assert_eq!(
            listed
                .stdout
                .matches(&format!("label:      {label}\n"))
                .count(),
            2,
            "{label}: {listed}"
        );
    }
    assert!(listed.stdout.contains("AES length 32"), "{listed}");
    for (_, label, _) in KEY_PAIRS {
        let _ = daemon
            .pkcs11_tool(&["--delete-object", "--type", "privkey", "--label", label])
            .succeeded();
        let _ = daemon
            .pkcs11_tool(&["--delete-object", "--type", "pubkey", "--label", label])
            .succeeded();
    }
    let _ = daemon
        .pkcs11_tool(&["--delete-object", "--type", "secrkey", "--label", "aes"])
        .succeeded();
    let listed = daemon.pkcs11_tool(&["--list-objects"]).succeeded();
    assert!(!listed.stdout.contains("label:"), "{listed}");
}

#[test]
fn openssl_verifies_what_rsa_and_ec_keys_sign() {
    if !tools_are_here() {
        return;
    }
    let daemon = daemon_with_keys();
    let file = path(&daemon.scratch().join("document"));
    fs::write(&file, "a document that must not change").unwrap();
    let signature = path(&daemon.scratch().join("signature"));
    let key = public_key(&daemon, "rsa");
    for (mechanism, padding) in [("SHA256-RSA-PKCS", "pkcs1"), ("SHA384-RSA-PKCS-PSS", "pss")] {
        let hash = if padding == "pss" {
            "-sha384"
        } else {
            "-sha256"
        };
        let sign = ["--sign", "--mechanism", mechanism, "--id", "01"];
        let files = ["--input-file", &file, "--output-file", &signature];
        let _ = daemon
            .pkcs11_tool(&[&sign[..], &files[..]].concat())
            .succeeded();
        let padding = format!("rsa_padding_mode:{padding}");
        let verify = [
            "dgst",
            hash,
            "-verify",
            &key,
            "-signature",
            &signature,
            "-sigopt",
            &padding,
            &file,
        ];
        let _ = openssl(&daemon, &verify).succeeded().saying("Verified OK");
    }
    for (label, id, hash) in [
        ("p256", "02", "sha256"),
        ("p384", "03", "sha384"),
        ("p521", "04", "sha512"),
    ] {
        let mechanism = format!("ECDSA-{}", hash.to_uppercase());
        let sign = [
            "--sign",
            "--mechanism",
            &mechanism,
            "--signature-format",
            "openssl",
            "--id",
            id,
        ];
        let files = ["--input-file", &file, "--output-file", &signature];
        let _ = daemon
            .pkcs11_tool(&[&sign[..], &files[..]].concat())
            .succeeded();
        let hash = format!("-{hash}");
        let key = public_key(&daemon, label);
        let verify = [
            "dgst",
            &hash,
            "-verify",
            &key,
            "-signature",
            &signature,
            &file,
        ];
        let _ = openssl(&daemon, &verify).succeeded().saying("Verified OK");
    }
}

#[test]
fn a_changed_document_is_not_verified() {
    if !tools_are_here() {
        return;
    }
    let daemon = daemon_with_keys();
    let file = path(&daemon.scratch().join("document"));
    fs::write(&file, "a document that must not change").unwrap();
    let signature = path(&daemon.scratch().join("signature"));
    let sign = ["--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", "01"];
    let files = ["--input-file", &file, "--output-file", &signature];
    let _ = daemon
        .pkcs11_tool(&[&sign[..], &files[..]].concat())
        .succeeded();
    fs::write(&file, "a document that was changed").unwrap();
    let verify = ["--verify", "--mechanism", "SHA256-RSA-PKCS", "--id", "01"];
    let files = ["--input-file", &file, "--signature-file", &signature];
    let outcome = daemon.pkcs11_tool(&[&verify[..], &files[..]].concat());
    assert!(!outcome.stdout.contains("Signature is valid"), "{outcome}");
}

#[test]
fn an_aes_key_encrypts_and_decrypts() {
    if !tools_are_here() {
        return;
    }
    let daemon = daemon_with_keys();
    let (plain, cipher) = (
        path(&daemon.scratch().join("plain")),
        path(&daemon.scratch().join("cipher")),
    );
    let decrypted = path(&daemon.scratch().join("decrypted"));
    fs::write(&plain, vec![7; 5_000]).unwrap();
    let with = [
        "--mechanism",
        "AES-CBC-PAD",
        "--iv",
        "000102030405060708090a0b0c0d0e0f",
        "--id",
        "06",
    ];
    let encrypt = [
        "--encrypt",
        "--input-file",
        &plain,
        "--output-file",
        &cipher,
    ];
    let _ = daemon
        .pkcs11_tool(&[&encrypt[..], &with[..]].concat())
        .succeeded();
    let decrypt = [
        "--decrypt",
        "--input-file",
        &cipher,
        "--output-file",
        &decrypted,
    ];
    let _ = daemon
        .pkcs11_tool(&[&decrypt[..], &with[..]].concat())
        .succeeded();
    assert_ne!(fs::read(&plain).unwrap(), fs::read(&cipher).unwrap());
    assert_eq!(fs::read(&plain).unwrap(), fs::read(&decrypted).unwrap());
}

#[test]
fn a_certificate_and_data_are_kept_beside_keys() {
    if !tools_are_here() {
        return;
    }
    let daemon = Daemon::dev();
    let (key, certificate) = (
        path(&daemon.scratch().join("key")),
        path(&daemon.scratch().join("certificate.der")),
    );
    let make = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=kept.example",
        "-days",
        "2",
    ];
    let _ = openssl(
        &daemon,
        &[
            &make[..],
            &["-keyout", &key, "-outform", "DER", "-out", &certificate],
        ]
        .concat(),
    )
    .succeeded();
    let write = [
        "--write-object",
        &certificate,
        "--type",
        "cert",
        "--id",
        "0a",
        "--label",
        "kept",
    ];
    let _ = daemon.pkcs11_tool(&write).succeeded();
    let read = path(&daemon.scratch().join("read.der"));
    let _ = daemon
        .pkcs11_tool(&[
            "--read-object",
            "--type",
            "cert",
            "--id",
            "0a",
            "--output-file",
            &read,
        ])
        .succeeded();
    assert_eq!(fs::read(certificate).unwrap(), fs::read(read).unwrap());
    let note = path(&daemon.scratch().join("note"));
    fs::write(&note, "kept too").unwrap();
    let write = [
        "--write-object",
        &note,
        "--type",
        "data",
        "--label",
        "note",
        "--private",
    ];
    let _ = daemon.pkcs11_tool(&write).succeeded();
    let read = path(&daemon.scratch().join("note.read"));
    let _ = daemon
        .pkcs11_tool(&[
            "--read-object",
            "--type",
            "data",
            "--label",
            "note",
            "--output-file",
            &read,
        ])
        .succeeded();
    assert_eq!(fs::read(read).unwrap(), b"kept too");
}

#[test]
fn an_imported_key_signs() {
    if !tools_are_here() {
        return;
    }
    let daemon = Daemon::dev();
    let (pem, der) = (
        path(&daemon.scratch().join("key.pem")),
        path(&daemon.scratch().join("key.der")),
    );
    let public = path(&daemon.scratch().join("public.pem"));
    let _ = openssl(&daemon, &["genrsa", "-traditional", "-out", &pem, "2048"]).succeeded();
    let _ = openssl(
        &daemon,
        &[
            "rsa",
            "-in",
            &pem,
            "-traditional",
            "-outform",
            "DER",
            "-out",
            &der,
        ],
    )
    .succeeded();
    let _ = openssl(&daemon, &["rsa", "-in", &pem, "-pubout", "-out", &public]).succeeded();
    let import = [
        "--write-object",
        &der,
        "--type",
        "privkey",
        "--id",
        "0b",
        "--label",
        "imported",
        "--usage-sign",
    ];
    let _ = daemon.pkcs11_tool(&import).succeeded();
    let (file, signature) = (
        path(&daemon.scratch().join("file")),
        path(&daemon.scratch().join("signature")),
    );
    fs::write(&file, "signed by an imported key").unwrap();
    let sign = ["--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", "0b"];
    let files = ["--input-file", &file, "--output-file", &signature];
    let _ = daemon
        .pkcs11_tool(&[&sign[..], &files[..]].concat())
        .succeeded();
    let verify = [
        "dgst",
        "-sha256",
        "-verify",
        &public,
        "-signature",
        &signature,
        &file,
    ];
    let _ = openssl(&daemon, &verify).succeeded().saying("Verified OK");
}
