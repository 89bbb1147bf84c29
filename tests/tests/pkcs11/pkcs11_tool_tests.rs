//! `pkcs11-tool`'s own tests, and what it does with tokens and PINs.

use std::{fs, thread};

use hsm_tests::{Daemon, run, tools::PKCS11_TOOL};

use crate::pkcs11_tool::{daemon_with_keys, path, tools_are_here};

#[test]
fn its_own_test_finds_no_errors() {
    if !tools_are_here() {
        return;
    }
    let daemon = daemon_with_keys();
    let outcome = daemon.pkcs11_tool(&["--test"]).succeeded();
    assert!(
        outcome.stdout.contains("No errors") || outcome.stderr.contains("No errors"),
        "{outcome}"
    );
}

#[test]
fn its_own_test_of_ec_finds_no_errors() {
    if !tools_are_here() {
        return;
    }
    let daemon = Daemon::dev();
    let _ = daemon
        .pkcs11_tool(&[
            "--test-ec",
            "--session-rw",
            "--id",
            "09",
            "--key-type",
            "EC:secp384r1",
        ])
        .succeeded();
}

#[test]
fn threads_that_initialise_at_once_all_succeed() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let daemon = Daemon::dev();
    let test = || {
        let mut command = daemon.command("pkcs11-tool");
        command.args(["--module", daemon.variable("PKCS11_MODULE")]);
        for _ in 0..8 {
            command.args(["--test-threads", "ILGISLT0"]);
        }
        run(&mut command)
    };
    // Each waits half a minute for its threads, whatever they do: all ten at once.
    let outcomes: Vec<_> = thread::scope(|scope| {
        let tests: Vec<_> = (0..10).map(|_| scope.spawn(test)).collect();
        tests.into_iter().map(|test| test.join().unwrap()).collect()
    });
    for outcome in outcomes {
        let outcome = outcome.succeeded();
        let said = format!("{}{}", outcome.stdout, outcome.stderr);
        assert_eq!(said.matches("returning rv = 0").count(), 8, "{outcome}");
    }
}

#[test]
fn a_forked_child_initialises_for_itself() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let daemon = Daemon::dev();
    let _ = run(daemon.command("pkcs11-tool").args([
        "--module",
        daemon.variable("PKCS11_MODULE"),
        "--test-fork",
    ]))
    .succeeded();
}

#[test]
fn a_token_is_made_as_with_softhsm() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let daemon = Daemon::dev();
    let module = ["--module", daemon.variable("PKCS11_MODULE")];
    let tool = |arguments: &[&str]| run(daemon.command("pkcs11-tool").args(module).args(arguments));
    let slots = tool(&["--list-slots"]).succeeded();
    assert!(
        slots.stdout.contains("uninitialized"),
        "a free slot is always there: {slots}"
    );
    let _ = tool(&[
        "--init-token",
        "--slot-index",
        "1",
        "--label",
        "second",
        "--so-pin",
        "87654321",
    ])
    .succeeded();
    let so = [
        "--token-label",
        "second",
        "--login",
        "--login-type",
        "so",
        "--so-pin",
        "87654321",
    ];
    let _ = tool(&[&so[..], &["--init-pin", "--pin", "4321"]].concat()).succeeded();
    let user = ["--token-label", "second", "--login", "--pin", "4321"];
    let _ = tool(
        &[
            &user[..],
            &[
                "--keypairgen",
                "--key-type",
                "EC:prime256v1",
                "--label",
                "k",
            ],
        ]
        .concat(),
    )
    .succeeded();
    let slots = tool(&["--list-slots"]).succeeded();
    assert!(
        slots.stdout.contains("second") && slots.stdout.contains("uninitialized"),
        "{slots}"
    );
    // The first token does not show the second's keys.
    let first = daemon.pkcs11_tool(&["--list-objects"]).succeeded();
    assert!(!first.stdout.contains("label:"), "{first}");
}

#[test]
fn a_pin_is_changed_by_its_user() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let daemon = Daemon::dev();
    let old = daemon.variable("HSM_PIN");
    let _ = daemon
        .pkcs11_tool(&["--change-pin", "--new-pin", "998877"])
        .succeeded();
    let module = [
        "--module",
        daemon.variable("PKCS11_MODULE"),
        "--token-label",
        daemon.variable("HSM_TOKEN_LABEL"),
    ];
    let log_in = |pin| {
        run(daemon.command("pkcs11-tool").args(module).args([
            "--login",
            "--pin",
            pin,
            "--list-objects",
        ]))
    };
    let _ = log_in("998877").succeeded();
    let _ = log_in(old).failed().saying("CKR_PIN_INCORRECT");
}

#[test]
fn random_bytes_are_given_and_differ() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let daemon = Daemon::dev();
    let module = daemon.variable("PKCS11_MODULE");
    let random = |file: &str| {
        let file = daemon.scratch().join(file);
        let arguments = [
            "--module",
            module,
            "--generate-random",
            "300",
            "--output-file",
            &path(&file),
        ];
        let _ = run(daemon.command("pkcs11-tool").args(arguments)).succeeded();
        fs::read(file).unwrap()
    };
    let (first, second) = (random("first"), random("second"));
    assert_eq!((first.len(), second.len()), (300, 300));
    assert_ne!(first, second);
}
