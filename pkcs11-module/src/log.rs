//! What goes on at the C interface, for people who look for the reason of something.
//!
//! `HSM_LOG=stderr` writes one line for each call that fails to standard error, `HSM_LOG=/path` appends them to a file.
//! `HSM_TRACE=calls` adds a line for every call, with its arguments, return value and time. Lines hold the names of
//! things, numbers, and what the daemon said; never bytes that the caller passed or got.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::OnceLock;
use std::time::Duration;

use hsm_algorithms::pkcs11::{RETURN_VALUES, name_of};

use crate::errors::Failure;

enum Target {
    Nowhere,
    StandardError,
    File(File),
}

/// Logs that the C function `name` failed.
pub(crate) fn failed_call(name: &'static str, failure: &Failure) {
    write(|| format!("{name}: {failure}"));
}

/// Logs a call, with its arguments as text.
pub(crate) fn call(name: &'static str, arguments: &str, failure: Option<&Failure>, time: Duration) {
    let microseconds = time.as_micros();
    let outcome = failure.map_or_else(|| "CKR_OK".to_owned(), ToString::to_string);
    write(|| format!("{name}({arguments}) = {outcome} [{microseconds} us]"));
}

/// Whether every call is logged.
pub(crate) fn is_tracing() -> bool {
    static IS_TRACING: OnceLock<bool> = OnceLock::new();
    *IS_TRACING.get_or_init(|| {
        let asked = std::env::var_os("HSM_TRACE").is_some_and(|value| value == "calls");
        asked && !has_more_rights_than_its_user()
    })
}

/// The name of a return value.
pub(crate) fn return_value_name(value: u64) -> String {
    name_of(RETURN_VALUES, value).map_or_else(|| format!("{value:#x}"), str::to_owned)
}

fn write(text: impl FnOnce() -> String) {
    static TARGET: OnceLock<Target> = OnceLock::new();
    let line = || format!("hsm-pkcs11[{}]: {}\n", std::process::id(), text());
    // A log that cannot be written must not fail the call, nor is there anywhere to say so.
    let _unwritten = match TARGET.get_or_init(target) {
        Target::Nowhere => Ok(()),
        Target::StandardError => std::io::stderr().write_all(line().as_bytes()),
        Target::File(file) => { file }.write_all(line().as_bytes()),
    };
}

fn target() -> Target {
    if has_more_rights_than_its_user() {
        return Target::Nowhere;
    }
    match std::env::var_os("HSM_LOG") {
        None if is_tracing() => Target::StandardError,
        None => Target::Nowhere,
        Some(value) if value == "stderr" => Target::StandardError,
        Some(path) => OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map_or(Target::Nowhere, Target::File),
    }
}

/// A program with more rights than who started it must not write where that one says.
fn has_more_rights_than_its_user() -> bool {
    use rustix::process::{getegid, geteuid, getgid, getuid};

    getuid() != geteuid() || getgid() != getegid()
}
