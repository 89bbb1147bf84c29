//! One line for each call that fails, for people who look for the reason.
//!
//! `HSM_LOG=stderr` writes to standard error, `HSM_LOG=/path` appends to a file. Lines hold the function, the return
//! value and what the daemon said; never what the caller passed.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::OnceLock;

use crate::errors::Failure;

enum Target {
    Nowhere,
    StandardError,
    File(File),
}

/// Logs that the C function `name` failed.
pub(crate) fn failed_call(name: &'static str, failure: &Failure) {
    static TARGET: OnceLock<Target> = OnceLock::new();
    let line = || format!("hsm-pkcs11[{}]: {name}: {failure}\n", std::process::id());
    // A log that cannot be written must not fail the call, nor is there anywhere to say so.
    let _unwritten = match TARGET.get_or_init(target) {
        Target::Nowhere => Ok(()),
        Target::StandardError => std::io::stderr().write_all(line().as_bytes()),
        Target::File(file) => { file }.write_all(line().as_bytes()),
    };
}

fn target() -> Target {
    use rustix::process::{getegid, geteuid, getgid, getuid};

    // A program with more rights than who started it must not write where that one says.
    if getuid() != geteuid() || getgid() != getegid() {
        return Target::Nowhere;
    }
    match std::env::var_os("HSM_LOG") {
        None => Target::Nowhere,
        Some(value) if value == "stderr" => Target::StandardError,
        Some(path) => OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map_or(Target::Nowhere, Target::File),
    }
}
