//! Processes that fork at any time.

use std::{
    fs,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

use hsm_tests::{
    Daemon,
    c_caller::{CModule, Mechanism, cryptoki_sys as c, exit_normally, in_child},
    in_module_process,
    module_process::in_module_process_with,
};

use super::{key_pair, load, logged_in, scaled, variable};

/// Initialises the inherited library, logs in and signs with the key that the parent made; each step that fails has an
/// exit code of its own.
fn start_and_sign(module: &CModule) -> i32 {
    if module.initialize().is_err() {
        return 1;
    }
    sign_with_stored_key(module)
}

fn sign_with_stored_key(module: &CModule) -> i32 {
    let Ok(session) = module.log_in(&variable("HSM_TOKEN_LABEL"), &variable("HSM_PIN")) else {
        return 2;
    };
    let wanted = hsm_tests::c_caller::Template::new()
        .number(c::CKA_CLASS, c::CKO_PRIVATE_KEY)
        .text(c::CKA_LABEL, "stress");
    let Ok([key]) = module
        .find(session, &wanted, 2)
        .as_deref()
        .map(<[_]>::to_vec)
        .map(|found| [found[0]])
    else {
        return 3;
    };
    let sign = &mut Mechanism::plain(c::CKM_ECDSA_SHA256);
    match module
        .sign_init(session, sign, key)
        .and_then(|()| module.sign(session, b"child", &mut [0; 64]))
    {
        Ok(64) => 0,
        _ => 4,
    }
}

#[test]
fn a_process_that_forks_before_it_initialises() {
    in_module_process(
        Daemon::dev,
        || {
            let (setup, session) = logged_in();
            key_pair(&setup, session, true);
            setup.finalize().unwrap();
            let module = load();
            assert_eq!(in_child(|| start_and_sign(&module)), Some(0));
            assert_eq!(start_and_sign(&module), 0);
        },
        |_| {},
    );
}

#[test]
fn a_forked_child_is_not_initialised_and_its_parent_goes_on() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = logged_in();
            let (_, private) = key_pair(&module, session, true);
            let child = in_child(|| {
                let sign = &mut Mechanism::plain(c::CKM_ECDSA_SHA256);
                let refused = module.sign_init(session, sign, private);
                if refused != Err(c::CKR_CRYPTOKI_NOT_INITIALIZED) || module.finalize().is_ok() {
                    return 10;
                }
                // Handles of the parent's do not come back to life.
                let code = start_and_sign(&module);
                let dead = module.sign_init(session + 64, sign, private);
                if code == 0 && dead != Err(c::CKR_SESSION_HANDLE_INVALID) {
                    11
                } else {
                    code
                }
            });
            assert_eq!(child, Some(0));
            // A grandchild, of a child that never used the library.
            let grandchild = in_child(|| in_child(|| start_and_sign(&module)).unwrap_or(12));
            assert_eq!(grandchild, Some(0));
            let sign = &mut Mechanism::plain(c::CKM_ECDSA_SHA256);
            module.sign_init(session, sign, private).unwrap();
            assert_eq!(module.sign(session, b"parent", &mut [0; 64]), Ok(64));
        },
        |_| {},
    );
}

#[test]
fn children_are_made_while_threads_are_in_the_middle_of_calls() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = logged_in();
            let slot = module.slot_of(&variable("HSM_TOKEN_LABEL")).unwrap();
            let (_, private) = key_pair(&module, session, true);
            let (is_over, signed) = (AtomicBool::new(false), AtomicUsize::new(0));
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        let session = module.open_session(slot).unwrap();
                        while !is_over.load(Ordering::Relaxed) {
                            let sign = &mut Mechanism::plain(c::CKM_ECDSA_SHA256);
                            module.sign_init(session, sign, private).unwrap();
                            module.sign(session, b"parent", &mut [0; 64]).unwrap();
                            signed.fetch_add(1, Ordering::Relaxed);
                        }
                    });
                }
                let failed: Vec<_> = (0..scaled(40, 1000))
                    .map(|_| in_child(|| start_and_sign(&module)))
                    .filter(|end| *end != Some(0))
                    .collect();
                is_over.store(true, Ordering::Relaxed);
                assert!(failed.is_empty(), "children ended with {failed:?}");
            });
            assert!(signed.into_inner() > 0);
        },
        |_| {},
    );
}

#[test]
fn a_process_ends_without_finalising_while_threads_are_in_calls() {
    in_module_process(
        Daemon::dev,
        || {
            let (setup, session) = logged_in();
            key_pair(&setup, session, true);
            for _ in 0..scaled(5, 100) {
                let ended = in_child(|| {
                    let module = Box::leak(Box::new(load()));
                    if start_and_sign(module) != 0 {
                        return 1;
                    }
                    for _ in 0..4 {
                        thread::spawn(|| while sign_with_stored_key(module) == 0 {});
                    }
                    for _ in 0..3 {
                        if sign_with_stored_key(module) != 0 {
                            return 2;
                        }
                    }
                    exit_normally(0)
                });
                assert_eq!(ended, Some(0));
            }
        },
        |_| {},
    );
}

#[test]
fn a_child_goes_on_with_the_configuration_that_its_parent_read() {
    in_module_process_with(
        Daemon::dev,
        |daemon| {
            // A file of the test's own, which only the parent will be able to read.
            let file = daemon.scratch().join("client.toml");
            fs::copy(daemon.variable("HSM_CONFIG"), &file).unwrap();
            let environment = vec![
                ("HSM_CONFIG".to_owned(), file.display().to_string()),
                ("HSM_ENDPOINT".to_owned(), String::new()),
            ];
            (environment, ())
        },
        || {
            let (module, session) = logged_in();
            key_pair(&module, session, true);
            fs::remove_file(variable("HSM_CONFIG")).unwrap();
            assert_eq!(in_child(|| start_and_sign(&module)), Some(0));
        },
        |_, ()| {},
    );
}
