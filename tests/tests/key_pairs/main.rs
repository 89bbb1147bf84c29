//! Key pairs through the C interface: every kind is made and used with every mechanism that takes it, Wycheproof's cases
//! (<https://github.com/C2SP/wycheproof>, Apache-2.0) are verified and agreed upon, and bad keys are refused.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod field;
mod imports;
mod kinds;
mod wycheproof_cases;
mod wycheproof_rsa;

use std::path::Path;

use hsm_tests::c_caller::{CModule, Mechanism, Template, Word, cryptoki_sys as c};

pub(crate) type Session = c::CK_SESSION_HANDLE;

/// The module of this process, and a session of the user for reading and writing.
pub(crate) fn user() -> (CModule, Session) {
    let variable = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let module = CModule::load(Path::new(&variable("PKCS11_MODULE")));
    let session = module
        .log_in(&variable("HSM_TOKEN_LABEL"), &variable("HSM_PIN"))
        .unwrap();
    (module, session)
}

/// A session object of this class and type.
pub(crate) fn of(class: c::CK_OBJECT_CLASS, key_type: c::CK_KEY_TYPE) -> Template {
    Template::new()
        .number(c::CKA_CLASS, class)
        .flag(c::CKA_TOKEN, false)
        .number(c::CKA_KEY_TYPE, key_type)
}

/// A secret of the session that may be read.
pub(crate) fn readable_secret() -> Template {
    of(c::CKO_SECRET_KEY, c::CKK_GENERIC_SECRET)
        .flag(c::CKA_SENSITIVE, false)
        .flag(c::CKA_EXTRACTABLE, true)
}

/// A mechanism with `CK_SIGN_ADDITIONAL_CONTEXT`.
pub(crate) fn with_context(mechanism: c::CK_MECHANISM_TYPE, context: &[u8]) -> Mechanism {
    let parameter = [
        Word::Number(c::CKH_HEDGE_PREFERRED),
        Word::Pointer(context.to_vec()),
        Word::Number(context.len() as u64),
    ];
    Mechanism::structured(mechanism, &parameter)
}
