//! Threads and forks: what programs do to a PKCS#11 module without asking whether it bears it.
//!
//! `make test` runs a short form. With `HSM_TEST_REPETITIONS` above 1, as `make verify` has it, it is 16 threads with
//! 100,000 operations each, and 1,000 forks.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod forks;
mod network;
mod threads;

use std::{env, path::PathBuf};

use hsm_tests::c_caller::{CModule, Template, cryptoki_sys as c};
use hsm_tests::repetitions;

/// `long` in the long form, else `short`.
fn scaled(short: usize, long: usize) -> usize {
    if repetitions() > 1 { long } else { short }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

fn load() -> CModule {
    CModule::load(&PathBuf::from(variable("PKCS11_MODULE")))
}

/// Initialised, with a session of the user.
fn logged_in() -> (CModule, c::CK_SESSION_HANDLE) {
    let module = load();
    let session = module
        .log_in(&variable("HSM_TOKEN_LABEL"), &variable("HSM_PIN"))
        .unwrap();
    (module, session)
}

/// A P-256 pair that is kept in the token or goes with the session.
fn key_pair(
    module: &CModule,
    session: c::CK_SESSION_HANDLE,
    is_kept: bool,
) -> (c::CK_OBJECT_HANDLE, c::CK_OBJECT_HANDLE) {
    let p256 = [6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
    let shared = Template::new()
        .flag(c::CKA_TOKEN, is_kept)
        .text(c::CKA_LABEL, "stress");
    let public = Template::new()
        .flag(c::CKA_TOKEN, is_kept)
        .text(c::CKA_LABEL, "stress")
        .bytes(c::CKA_EC_PARAMS, &p256)
        .flag(c::CKA_VERIFY, true);
    let private = shared.flag(c::CKA_SIGN, true);
    module
        .generate_key_pair(session, c::CKM_EC_KEY_PAIR_GEN, &public, &private)
        .unwrap()
}
