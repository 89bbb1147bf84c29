//! The daemon as production runs it: sealed until unsealed, and nobody served without the right.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod identities;
mod unsealing;

use std::{
    fs,
    path::{Path, PathBuf},
};

use hsm_tests::Daemon;

/// A passphrase for tests.
const PASSPHRASE: &str = "correct horse battery staple";

/// Writes a secret that a command reads from a file.
fn secret(daemon: &Daemon, name: &str, content: &str) -> String {
    let file = daemon.scratch().join(name);
    fs::write(&file, format!("{content}\n")).unwrap();
    text(&file)
}

fn text(path: &Path) -> String {
    path.to_str().expect("a temporary path is text").to_owned()
}

/// A daemon that was initialised with a passphrase, and the folder of its first operator.
fn initialised() -> (Daemon, PathBuf) {
    initialised_as(Daemon::serve())
}

fn initialised_as(daemon: Daemon) -> (Daemon, PathBuf) {
    let operator = daemon.scratch().join("alice");
    let passphrase = secret(&daemon, "passphrase", PASSPHRASE);
    let (folder, endpoint) = (text(&operator), daemon.https_endpoint());
    let init = [
        "init",
        "--operator",
        "alice",
        "--identity-dir",
        &folder,
        "--passphrase-file",
        &passphrase,
    ];
    let _ = daemon
        .hsm(&[&init[..], &["--for-endpoint", &endpoint]].concat())
        .succeeded();
    (daemon, operator)
}

/// Makes a partition with a token of the same name, with PIN 123456.
fn create_partition(daemon: &Daemon, operator: &Path, name: &str) {
    let (so_pin, pin) = (
        secret(daemon, "so-pin", "87654321"),
        secret(daemon, "pin", "123456"),
    );
    let create = [
        "partition",
        "create",
        name,
        "--label",
        name,
        "--so-pin-file",
        &so_pin,
        "--pin-file",
        &pin,
    ];
    let _ = daemon.hsm_as(operator, &create).succeeded();
}

/// Issues a client certificate for a partition and gives its folder.
fn issue(daemon: &Daemon, operator: &Path, name: &str, partition: &str) -> PathBuf {
    let folder = daemon.scratch().join(name);
    let (directory, endpoint) = (text(&folder), daemon.https_endpoint());
    let issue = [
        "identity",
        "issue",
        name,
        "--partition",
        partition,
        "--identity-dir",
        &directory,
    ];
    let _ = daemon
        .hsm_as(
            operator,
            &[&issue[..], &["--for-endpoint", &endpoint]].concat(),
        )
        .succeeded();
    folder
}

/// The audit log's latest records as text, read by the operator.
fn audit(daemon: &Daemon, operator: &Path) -> String {
    daemon
        .hsm_as(operator, &["audit", "tail", "-n", "500", "--json"])
        .succeeded()
        .stdout
}
