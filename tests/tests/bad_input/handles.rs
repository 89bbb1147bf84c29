//! Handles that were never given out, and sessions that are closed.

use hsm_tests::{
    Daemon,
    c_caller::{Mechanism, Template, cryptoki_sys as c},
    in_module_process,
};

use crate::c_calls::Application;

const NEVER_GIVEN: &[c::CK_ULONG] = &[0, 1 << 20, 0xdead_beef, c::CK_ULONG::MAX];

#[test]
fn unknown_handles_of_objects_are_invalid() {
    in_module_process(
        Daemon::dev,
        || {
            let application = Application::start();
            let Application {
                module, session, ..
            } = &application;
            for handle in NEVER_GIVEN {
                let used =
                    module.encrypt_init_raw(*session, Mechanism::gcm(&[1; 12]).pointer(), *handle);
                assert!(
                    [c::CKR_KEY_HANDLE_INVALID, c::CKR_OBJECT_HANDLE_INVALID].contains(&used),
                    "{used:#x}"
                );
                assert_eq!(
                    module.destroy_object(*session, *handle),
                    Err(c::CKR_OBJECT_HANDLE_INVALID)
                );
                application.works();
            }
        },
        |_| {},
    );
}

#[test]
fn unknown_handles_of_sessions_are_invalid() {
    in_module_process(
        Daemon::dev,
        || {
            let application = Application::start();
            for handle in NEVER_GIVEN {
                let module = &application.module;
                let invalid = Err(c::CKR_SESSION_HANDLE_INVALID);
                assert_eq!(module.close_session(*handle), invalid);
                assert_eq!(
                    module.find(*handle, &Template::new(), 1).map(|_| ()),
                    invalid
                );
                assert_eq!(module.login(*handle, c::CKU_USER, "1234"), invalid);
                assert_eq!(module.sha256(*handle, b"abc").map(|_| ()), invalid);
                application.works();
            }
        },
        |_| {},
    );
}

#[test]
fn a_closed_session_is_invalid() {
    in_module_process(
        Daemon::dev,
        || {
            let application = Application::start();
            let Application {
                module,
                session,
                key,
            } = &application;
            let mut info = c::CK_SESSION_INFO::default();
            assert_eq!(module.session_info_raw(*session, &raw mut info), c::CKR_OK);
            let other = module.open_session(info.slotID).unwrap();
            module.close_session(other).unwrap();
            assert_eq!(
                module.close_session(other),
                Err(c::CKR_SESSION_HANDLE_INVALID)
            );
            let used = module.encrypt_init_raw(other, Mechanism::gcm(&[1; 12]).pointer(), *key);
            assert_eq!(used, c::CKR_SESSION_HANDLE_INVALID);
            application.works();
        },
        |_| {},
    );
}

#[test]
fn a_destroyed_object_is_invalid() {
    in_module_process(
        Daemon::dev,
        || {
            let Application {
                module,
                session,
                key,
            } = &Application::start();
            module.destroy_object(*session, *key).unwrap();
            assert_eq!(
                module.destroy_object(*session, *key),
                Err(c::CKR_OBJECT_HANDLE_INVALID)
            );
            let used = module.encrypt_init_raw(*session, Mechanism::gcm(&[1; 12]).pointer(), *key);
            assert!(
                [c::CKR_KEY_HANDLE_INVALID, c::CKR_OBJECT_HANDLE_INVALID].contains(&used),
                "{used:#x}"
            );
        },
        |_| {},
    );
}

#[test]
fn unknown_slots_are_invalid() {
    in_module_process(
        Daemon::dev,
        || {
            let application = Application::start();
            let unknown = c::CK_ULONG::MAX - 1;
            assert_eq!(
                application.module.open_session(unknown),
                Err(c::CKR_SLOT_ID_INVALID)
            );
            assert!(matches!(
                application.module.token_info(unknown),
                Err(c::CKR_SLOT_ID_INVALID)
            ));
        },
        |_| {},
    );
}
