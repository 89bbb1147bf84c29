//! `softhsm2-util`: what was written for `SoftHSM`'s tool goes on.

use std::{fs, process::Command};

use hsm_tests::{
    run,
    tools::{OPENSSL, PKCS11_TOOL, SOFTHSM2_UTIL},
};

use super::softhsm_project::{INIT, Project, softhsm_module};

/// The lines without what differs between any two tokens: numbers, and the padding behind them, which makes up for their length.
fn without_numbers(text: &str) -> String {
    let mut lines = String::new();
    for line in text.lines() {
        let kept = line
            .split(|letter: char| letter.is_ascii_hexdigit() || letter == 'x')
            .collect::<Vec<_>>()
            .join("");
        lines += kept.trim_end();
        lines.push('\n');
    }
    lines
}

#[test]
fn a_ci_script_sets_up_its_token() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let project = Project::new();
    let made = project.util(INIT).succeeded();
    assert!(
        made.stdout
            .starts_with("Slot 0 has a free/uninitialized token.\nThe token has been initialized "),
        "{made}"
    );
    let slot = made
        .stdout
        .split_whitespace()
        .next_back()
        .unwrap()
        .to_owned();
    let shown = project.util(&["--show-slots"]).succeeded();
    assert!(
        shown.stdout.starts_with("Available slots:\nSlot "),
        "{shown}"
    );
    assert!(shown.stdout.contains(&format!("Slot {slot}\n")), "{shown}");
    assert!(
        shown
            .stdout
            .contains(&format!("        Label:            {:<32}\n", "ci")),
        "{shown}"
    );
    assert!(
        shown.stdout.contains("        Initialized:      no\n"),
        "a free slot is always there: {shown}"
    );
    let key = [
        "--keypairgen",
        "--key-type",
        "EC:prime256v1",
        "--label",
        "k",
    ];
    let _ = project.pkcs11_tool("ci", &key).succeeded();
    // Reinitialising takes the SO PIN and empties the token; the slot stays.
    let again = [
        "--init-token",
        "--token",
        "ci",
        "--label",
        "ci",
        "--pin",
        "1234",
        "--so-pin",
    ];
    let _ = project
        .util(&[&again[..], &["11111111"]].concat())
        .failed()
        .saying("CKR_PIN_INCORRECT");
    let _ = project
        .util(&[&again[..], &["87654321"]].concat())
        .succeeded()
        .saying(&format!("initialized on slot {slot}\n"));
    let listed = project.pkcs11_tool("ci", &["--list-objects"]).succeeded();
    assert!(!listed.stdout.contains("label"), "{listed}");
    let _ = project
        .util(&["--delete-token", "--token", "ci"])
        .succeeded()
        .saying("has been deleted.");
    let shown = project.util(&["--show-slots"]).succeeded();
    assert!(!shown.stdout.contains("Initialized:      yes"), "{shown}");
    let _ = project
        .util(&["--delete-token", "--token", "ci"])
        .failed()
        .saying("ERROR: Could not find a token");
}

#[test]
fn each_token_directory_is_a_world_of_its_own() {
    let (one, other) = (Project::new(), Project::new());
    let _ = one.util(INIT).succeeded();
    let _ = other.util(INIT).succeeded();
    let shown = one.util(&["--show-slots"]).succeeded();
    assert_eq!(
        shown.stdout.matches("Initialized:      yes").count(),
        1,
        "{shown}"
    );
    assert!(one.tokens.join("hsmd.sock").exists());
}

#[test]
fn a_token_directory_that_is_emptied_begins_anew() {
    let project = Project::new();
    let _ = project.util(INIT).succeeded();
    fs::remove_dir_all(&project.tokens).unwrap();
    fs::create_dir(&project.tokens).unwrap();
    let shown = project.util(&["--show-slots"]).succeeded();
    assert!(!shown.stdout.contains("Initialized:      yes"), "{shown}");
    let _ = project.util(INIT).succeeded();
}

#[test]
fn a_token_directory_may_lie_as_deep_as_test_runners_put_it() {
    let deep = format!("{}/{}/tokens", "d".repeat(80), "e".repeat(80));
    let project = Project::with_tokens_in(&deep);
    let _ = project.util(INIT).succeeded();
    let _ = project
        .util(&["--show-slots"])
        .succeeded()
        .saying("Initialized:      yes");
}

#[test]
#[expect(clippy::too_many_lines, reason = "one conversation with each tool")]
fn both_tools_say_the_same_with_the_same_module() {
    if !SOFTHSM2_UTIL.is_here() || !OPENSSL.is_here() {
        return;
    }
    let (ours, theirs) = (Project::new(), Project::new());
    fs::write(ours.home.path().join("aes"), [b'k'; 32]).unwrap();
    fs::write(theirs.home.path().join("aes"), [b'k'; 32]).unwrap();
    for home in [ours.home.path(), theirs.home.path()] {
        for (file, algorithm) in [
            ("rsa.pem", &["RSA"][..]),
            ("ec.pem", &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]),
        ] {
            let _ = run(Command::new("openssl")
                .args(["genpkey", "-out", file, "-algorithm"])
                .args(algorithm)
                .current_dir(home))
            .succeeded();
        }
        let seal = [
            "pkcs8",
            "-topk8",
            "-in",
            "ec.pem",
            "-out",
            "sealed.pem",
            "-passout",
            "pass:geheim",
        ];
        let _ = run(Command::new("openssl").args(seal).current_dir(home)).succeeded();
    }
    let lines = [
        "--show-slots",
        "--init-token --free --label ci --so-pin 87654321 --pin 1234",
        "--init-token --slot 77 --label ci --so-pin 87654321 --pin 1234",
        "--init-token --token none --label ci --so-pin 87654321 --pin 1234",
        "--init-token --label ci --so-pin 87654321 --pin 1234",
        "--init-token --token ci --so-pin 87654321 --pin 1234",
        "--init-token --token ci --label ci --so-pin 00000000 --pin 1234",
        "--init-token --token ci --label ci --so-pin 87654321 --pin 1234",
        "--init-token --slot -1 --label ci --so-pin 87654321 --pin 1234",
        "--show-slots",
        "--import rsa.pem --token ci --pin 1234 --label r --id A1B2",
        "--import rsa.pem --token ci --pin 1234 --label r --id A1B2",
        "--import rsa.pem --token ci --pin 1234 --label r --id A1B2 --force",
        "--import ec.pem --token ci --pin 1234 --label e --id 02 --no-public-key",
        "--import sealed.pem --token ci --pin 1234 --label s --id 03 --file-pin geheim",
        "--import sealed.pem --token ci --pin 1234 --label s --id 04 --file-pin falsch",
        "--import aes --aes --token ci --pin 1234 --label a --id 05",
        "--import rsa.pem --token ci --pin 4321 --label r --id 06",
        "--import rsa.pem --token ci --pin 1234 --label r",
        "--import rsa.pem --token ci --pin 1234 --id 01",
        "--import rsa.pem --token ci --pin 1234 --label r --id 1",
        "--import rsa.pem --token ci --pin 1234 --label r --id zz",
        "--import rsa.pem --slot 77 --pin 1234 --label r --id 07",
        "--import rsa.pem --pin 1234 --label r --id 07",
        "--delete-token",
        "--version",
        "--show-slots --init-token",
        "",
    ];
    for line in lines {
        let words: Vec<_> = line.split_whitespace().collect();
        let expected = theirs.original(&words);
        let with_module = match &words[..] {
            ["--version" | "--delete-token"] | [] => words,
            _ => [
                &words[..],
                &["--module", softhsm_module().to_str().unwrap()],
            ]
            .concat(),
        };
        let said = ours.util(&with_module);
        assert_eq!(said.code, expected.code, "{said}\n{expected}");
        if expected.stdout.contains("Usage:") {
            assert!(said.stdout.contains("Usage:"), "{said}");
            continue;
        }
        assert_eq!(
            without_numbers(&said.stdout),
            without_numbers(&expected.stdout),
            "{said}\n{expected}"
        );
        assert_eq!(
            without_numbers(&said.stderr),
            without_numbers(&expected.stderr),
            "{said}\n{expected}"
        );
    }
    // What our tool imported is what theirs did.
    let listed = |project: &Project| {
        project
            .tool_with(softhsm_module(), "ci", &["--list-objects"])
            .succeeded()
    };
    let kinds = |text: &str| {
        let mut kinds: Vec<_> = text
            .lines()
            .filter(|line| line.contains("Object") || line.contains("label:"))
            .map(str::to_owned)
            .collect();
        kinds.sort();
        kinds
    };
    assert_eq!(kinds(&listed(&ours).stdout), kinds(&listed(&theirs).stdout));
}

#[test]
fn imported_keys_sign_in_our_token() {
    if !OPENSSL.is_here() || !PKCS11_TOOL.is_here() {
        return;
    }
    let project = Project::new();
    let _ = project.util(INIT).succeeded();
    fs::write(project.home.path().join("data"), "data").unwrap();
    let keys = [
        ("RSA", &[][..], "01", "SHA256-RSA-PKCS", &["-sha256"][..]),
        (
            "EC",
            &["-pkeyopt", "ec_paramgen_curve:P-384"],
            "02",
            "ECDSA-SHA256",
            &["-sha256"],
        ),
        ("ED25519", &[], "03", "EDDSA", &["-rawin"]),
    ];
    for (algorithm, options, id, mechanism, check) in keys {
        let make = ["genpkey", "-out", "key.pem", "-algorithm", algorithm];
        let _ = run(project.command("openssl").args(make).args(options)).succeeded();
        let public = ["pkey", "-in", "key.pem", "-pubout", "-out", "public.pem"];
        let _ = run(project.command("openssl").args(public)).succeeded();
        let _ = project
            .util(&[
                "--import", "key.pem", "--token", "ci", "--pin", "1234", "--label", algorithm,
                "--id", id,
            ])
            .succeeded()
            .saying("The key pair has been imported.");
        let sign = [
            "--sign",
            "--id",
            id,
            "-m",
            mechanism,
            "-i",
            "data",
            "-o",
            "signature",
            "--signature-format",
            "openssl",
        ];
        let sign = if algorithm == "ED25519" {
            &sign[..9]
        } else {
            &sign[..]
        };
        let _ = project.pkcs11_tool("ci", sign).succeeded();
        let verify = if algorithm == "ED25519" {
            vec![
                "pkeyutl",
                "-verify",
                "-pubin",
                "-inkey",
                "public.pem",
                "-sigfile",
                "signature",
                "-in",
                "data",
            ]
        } else {
            vec!["dgst", "-verify", "public.pem", "-signature", "signature"]
        };
        let mut command = project.command("openssl");
        command.args(verify).args(check);
        if algorithm != "ED25519" {
            command.arg("data");
        }
        let _ = run(&mut command).succeeded();
    }
}
