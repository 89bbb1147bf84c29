//! Every function of PKCS#11 3.2 through the C interface, with a daemon behind it; and what soft tokens get wrong of
//! operations and of the library's life.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod keys;
mod lifecycle;
mod messages;
mod operations;
mod several_keys;
mod signatures;
mod users;

use std::path::Path;

use hsm_tests::Daemon;
use hsm_tests::c_caller::{CModule, Mechanism, Template, cryptoki_sys as c};

pub(crate) type Session = c::CK_SESSION_HANDLE;

/// The module of this process, and a session of the user for reading and writing.
pub(crate) fn user() -> (CModule, Session) {
    let module = module();
    let session = module
        .log_in(&variable("HSM_TOKEN_LABEL"), &variable("HSM_PIN"))
        .unwrap();
    (module, session)
}

pub(crate) fn module() -> CModule {
    CModule::load(Path::new(&variable("PKCS11_MODULE")))
}

pub(crate) fn slot(module: &CModule) -> c::CK_SLOT_ID {
    module.slot_of(&variable("HSM_TOKEN_LABEL")).unwrap()
}

pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

/// What a test does with the daemon after its module's process: nothing.
pub(crate) fn nothing(_: &mut Daemon) {}

/// An AES key of the session.
pub(crate) fn aes(module: &CModule, session: Session) -> c::CK_OBJECT_HANDLE {
    let template = Template::new()
        .flag(c::CKA_TOKEN, false)
        .flag(c::CKA_EXTRACTABLE, true)
        .number(c::CKA_VALUE_LEN, 32);
    module
        .generate_key(session, c::CKM_AES_KEY_GEN, &template)
        .unwrap()
}

/// A P-256 key pair of the session: public and private.
pub(crate) fn p256(module: &CModule, session: Session) -> [c::CK_OBJECT_HANDLE; 2] {
    p256_with(module, session, &Template::new())
}

/// One whose private key is as the template says.
pub(crate) fn p256_with(
    module: &CModule,
    session: Session,
    private: &Template,
) -> [c::CK_OBJECT_HANDLE; 2] {
    let curve = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    let public = Template::new()
        .flag(c::CKA_TOKEN, false)
        .bytes(c::CKA_EC_PARAMS, &curve);
    let private = private.clone().flag(c::CKA_TOKEN, false);
    let (public, private) = module
        .generate_key_pair(session, c::CKM_EC_KEY_PAIR_GEN, &public, &private)
        .unwrap();
    [public, private]
}

/// The template of an RSA-2048 public key of the session.
pub(crate) fn rsa_template() -> Template {
    Template::new()
        .flag(c::CKA_TOKEN, false)
        .number(c::CKA_MODULUS_BITS, 2048)
}

/// An RSA-2048 key pair of the session.
pub(crate) fn rsa(module: &CModule, session: Session) -> [c::CK_OBJECT_HANDLE; 2] {
    let private = Template::new().flag(c::CKA_TOKEN, false);
    let generator = c::CKM_RSA_PKCS_KEY_PAIR_GEN;
    let (public, private) = module
        .generate_key_pair(session, generator, &rsa_template(), &private)
        .unwrap();
    [public, private]
}

/// The mechanism without parameter.
pub(crate) fn plain(mechanism: c::CK_MECHANISM_TYPE) -> Mechanism {
    Mechanism::plain(mechanism)
}
