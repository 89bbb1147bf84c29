//! `softhsm2-util` and the tokens of `SoftHSM`: what was written for it goes on.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use hsm_tests::{
    Outcome, binaries,
    launch::isolated,
    private_home::PrivateHome,
    run,
    tools::{OPENSSL, PKCS11_TOOL, SOFTHSM2_UTIL},
    workspace,
};

/// A test project as people have it: a token directory of its own, and a configuration file that names it.
struct Project {
    home: PrivateHome,
    tokens: PathBuf,
}

impl Project {
    fn new() -> Self {
        Self::with_tokens_in("tokens")
    }

    fn with_tokens_in(folder: &str) -> Self {
        let home = PrivateHome::new();
        let tokens = home.path().join(folder);
        fs::create_dir_all(&tokens).unwrap();
        let settings = format!("directories.tokendir = {}\n", tokens.display());
        fs::write(home.path().join("softhsm2.conf"), settings).unwrap();
        Self { home, tokens }
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = isolated(program, self.home.path());
        command
            .env("SOFTHSM2_CONF", self.home.path().join("softhsm2.conf"))
            .current_dir(self.home.path());
        command
    }

    /// Our tool, by the name that scripts have for it.
    fn util(&self, arguments: &[&str]) -> Outcome {
        let link = self.home.path().join("softhsm2-util");
        if !link.exists() {
            symlink(binaries::hsm(), &link).unwrap();
        }
        run(self.command(link).args(arguments))
    }

    /// `SoftHSM`'s own tool.
    fn original(&self, arguments: &[&str]) -> Outcome {
        run(self.command("softhsm2-util").args(arguments))
    }

    fn hsm(&self, arguments: &[&str]) -> Outcome {
        run(self.command(binaries::hsm()).args(arguments))
    }

    fn tool_with(&self, module: &Path, token: &str, arguments: &[&str]) -> Outcome {
        let mut command = self.command("pkcs11-tool");
        command.arg("--module").arg(module);
        command.args(["--token-label", token, "--login", "--pin", "1234"]);
        run(command.args(arguments))
    }

    fn pkcs11_tool(&self, token: &str, arguments: &[&str]) -> Outcome {
        self.tool_with(&binaries::module(), token, arguments)
    }
}

const INIT: &[&str] = &[
    "--init-token",
    "--free",
    "--label",
    "ci",
    "--so-pin",
    "87654321",
    "--pin",
    "1234",
];

fn softhsm_module() -> &'static Path {
    let places = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    ];
    places
        .map(Path::new)
        .into_iter()
        .find(|path| path.exists())
        .expect("softhsm2 brings its library")
}

/// The lines with what differs between any two tokens blanked out.
fn without_numbers(text: &str) -> String {
    let mut lines = String::new();
    for line in text.lines() {
        let kept = line
            .split(|letter: char| letter.is_ascii_hexdigit() || letter == 'x')
            .collect::<Vec<_>>()
            .join("");
        lines += &kept;
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
