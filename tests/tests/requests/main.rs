//! How many requests a call of the module costs, counted between the module and the daemon.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod large;

use std::{collections::BTreeMap, env, path::Path};

use hsm_tests::{
    Daemon, Proxy,
    c_caller::{CModule, Mechanism, Template, cryptoki_sys as c},
    module_process::in_module_process_with,
};

const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// How often the counted call is made.
const CALLS: usize = 20;

/// What a test's child has: the module, a session of the user, and a key pair.
struct Application {
    module: CModule,
    session: c::CK_SESSION_HANDLE,
    public: c::CK_OBJECT_HANDLE,
    private: c::CK_OBJECT_HANDLE,
}

impl Application {
    fn start() -> Self {
        let variable = |name| env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
        let module = CModule::load(Path::new(&variable("PKCS11_MODULE")));
        let session = module
            .log_in(&variable("HSM_TOKEN_LABEL"), &variable("HSM_PIN"))
            .unwrap();
        let public = Template::new()
            .flag(c::CKA_TOKEN, false)
            .flag(c::CKA_VERIFY, true)
            .bytes(c::CKA_EC_PARAMS, P256)
            .text(c::CKA_LABEL, "counted");
        let private = Template::new()
            .flag(c::CKA_TOKEN, false)
            .flag(c::CKA_SIGN, true)
            .text(c::CKA_LABEL, "counted");
        let (public, private) = module
            .generate_key_pair(session, c::CKM_EC_KEY_PAIR_GEN, &public, &private)
            .unwrap();
        Self {
            module,
            session,
            public,
            private,
        }
    }

    fn sign(&self) -> Vec<u8> {
        self.module
            .sign_init(
                self.session,
                &mut Mechanism::plain(c::CKM_ECDSA_SHA256),
                self.private,
            )
            .unwrap();
        let mut signature = vec![0; 128];
        let length = self
            .module
            .sign(self.session, b"a message", &mut signature)
            .unwrap();
        signature.truncate(length);
        signature
    }
}

/// Runs `test` behind a counting proxy and gives what was asked for to `check`.
fn counted<T: FnOnce()>(test: T, check: impl FnOnce(BTreeMap<String, usize>)) {
    in_module_process_with(
        Daemon::dev,
        |daemon| {
            let proxy = Proxy::start(daemon.scratch().join("proxy.sock"), &daemon.socket());
            (vec![("HSM_ENDPOINT".to_owned(), proxy.endpoint())], proxy)
        },
        test,
        |_, proxy| check(proxy.counts()),
    );
}

fn count(counts: &BTreeMap<String, usize>, operation: &str) -> usize {
    counts.get(operation).copied().unwrap_or_default()
}

/// What is asked once for each of the [`CALLS`] would show as that many requests of one operation.
fn assert_no_request_per_call(counts: &BTreeMap<String, usize>) {
    let per_call: Vec<_> = counts
        .iter()
        .filter(|(_, count)| **count >= CALLS)
        .collect();
    assert!(per_call.is_empty(), "{counts:?}");
}

#[test]
fn a_signature_is_one_request() {
    counted(
        || {
            let application = Application::start();
            for _ in 0..CALLS {
                application.sign();
            }
        },
        |counts| assert_eq!(count(&counts, "sign"), CALLS, "{counts:?}"),
    );
}

#[test]
fn verifying_is_no_request() {
    counted(
        || {
            let application = Application::start();
            let signature = application.sign();
            for _ in 0..CALLS {
                let mechanism = &mut Mechanism::plain(c::CKM_ECDSA_SHA256);
                let Application {
                    module,
                    session,
                    public,
                    ..
                } = &application;
                module
                    .verify(*session, mechanism, *public, b"a message", &signature)
                    .unwrap();
            }
        },
        |counts| {
            assert_eq!(count(&counts, "sign"), 1, "{counts:?}");
            assert_no_request_per_call(&counts);
        },
    );
}

#[test]
fn a_digest_is_no_request() {
    counted(
        || {
            let application = Application::start();
            for _ in 0..CALLS {
                application
                    .module
                    .sha256(application.session, b"abc")
                    .unwrap();
            }
        },
        |counts| {
            assert_no_request_per_call(&counts);
        },
    );
}

#[test]
fn initialising_an_operation_is_no_request() {
    counted(
        || {
            let application = Application::start();
            for _ in 0..CALLS {
                let session = application.module.open_session(slot(&application)).unwrap();
                let mechanism = &mut Mechanism::plain(c::CKM_ECDSA_SHA256);
                application
                    .module
                    .sign_init(session, mechanism, application.private)
                    .unwrap();
                application.module.close_session(session).unwrap();
            }
        },
        |counts| {
            assert_no_request_per_call(&counts);
        },
    );
}

#[test]
fn a_length_query_is_no_request() {
    counted(
        || {
            let application = Application::start();
            let mechanism = &mut Mechanism::plain(c::CKM_ECDSA_SHA256);
            application
                .module
                .sign_init(application.session, mechanism, application.private)
                .unwrap();
            for _ in 0..CALLS {
                assert_eq!(
                    application
                        .module
                        .signature_length(application.session, b"a message"),
                    Ok(64)
                );
            }
            let mut signature = [0; 64];
            application
                .module
                .sign(application.session, b"a message", &mut signature)
                .unwrap();
        },
        |counts| {
            assert_eq!(count(&counts, "sign"), 1, "{counts:?}");
            assert_no_request_per_call(&counts);
        },
    );
}

#[test]
fn opening_and_closing_sessions_is_no_request() {
    counted(
        || {
            let application = Application::start();
            let slot = slot(&application);
            for _ in 0..CALLS {
                let session = application.module.open_session(slot).unwrap();
                application.module.close_session(session).unwrap();
            }
        },
        |counts| {
            assert_no_request_per_call(&counts);
        },
    );
}

#[test]
fn a_search_is_one_request() {
    counted(
        || {
            let application = Application::start();
            for _ in 0..CALLS {
                let template = Template::new().text(c::CKA_LABEL, "counted");
                assert_eq!(
                    application
                        .module
                        .find(application.session, &template, 10)
                        .unwrap()
                        .len(),
                    2
                );
            }
        },
        |counts| assert_eq!(count(&counts, "find_objects"), CALLS, "{counts:?}"),
    );
}

#[test]
fn an_attribute_that_cannot_change_is_read_at_most_once() {
    counted(
        || {
            let application = Application::start();
            for _ in 0..CALLS {
                let mut value = [0_u8; 8];
                let mut attribute = c::CK_ATTRIBUTE {
                    type_: c::CKA_KEY_TYPE,
                    pValue: value.as_mut_ptr().cast(),
                    ulValueLen: 8,
                };
                let Application {
                    module,
                    session,
                    private,
                    ..
                } = &application;
                assert_eq!(
                    module.attributes_raw(*session, *private, &raw mut attribute, 1),
                    c::CKR_OK
                );
                assert_eq!(c::CK_ULONG::from_ne_bytes(value), c::CKK_EC);
            }
        },
        |counts| assert!(count(&counts, "read_attributes") <= 1, "{counts:?}"),
    );
}

fn slot(application: &Application) -> c::CK_SLOT_ID {
    let mut info = c::CK_SESSION_INFO::default();
    assert_eq!(
        application
            .module
            .session_info_raw(application.session, &raw mut info),
        c::CKR_OK
    );
    info.slotID
}
