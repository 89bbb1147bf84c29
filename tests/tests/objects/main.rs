//! Objects through the C interface: what each kind is, what templates may say, and what soft tokens get wrong there.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod kinds;
mod permissions;
mod templates;

use std::path::Path;

use hsm_tests::c_caller::{CModule, Template, cryptoki_sys as c};

pub(crate) type Session = c::CK_SESSION_HANDLE;

/// The module of this process, and a session of the user for reading and writing.
pub(crate) fn user() -> (CModule, Session) {
    let module = CModule::load(Path::new(&variable("PKCS11_MODULE")));
    let session = module
        .log_in(&variable("HSM_TOKEN_LABEL"), &variable("HSM_PIN"))
        .unwrap();
    (module, session)
}

pub(crate) fn slot(module: &CModule) -> c::CK_SLOT_ID {
    module.slot_of(&variable("HSM_TOKEN_LABEL")).unwrap()
}

pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

/// A session object of this class.
pub(crate) fn of_class(class: c::CK_OBJECT_CLASS) -> Template {
    Template::new()
        .number(c::CKA_CLASS, class)
        .flag(c::CKA_TOKEN, false)
}

/// An AES key of the session, with these bytes, that nothing forbids anything.
pub(crate) fn aes_value(value: &[u8]) -> Template {
    of_class(c::CKO_SECRET_KEY)
        .number(c::CKA_KEY_TYPE, c::CKK_AES)
        .bytes(c::CKA_VALUE, value)
        .flag(c::CKA_SENSITIVE, false)
        .flag(c::CKA_EXTRACTABLE, true)
}

/// A generated AES-256 key of the session.
pub(crate) fn aes(module: &CModule, session: Session, more: Template) -> c::CK_OBJECT_HANDLE {
    let template = more.flag(c::CKA_TOKEN, false).number(c::CKA_VALUE_LEN, 32);
    module
        .generate_key(session, c::CKM_AES_KEY_GEN, &template)
        .unwrap()
}
