//! The life of the library: racing starts, arguments, waiting, ending, and calls after the end.

use std::sync::{Arc, Barrier};
use std::thread;

use hsm_tests::c_caller::cryptoki_sys as c;
use hsm_tests::{Daemon, in_module_process};

use crate::{aes, module, nothing, p256, plain, slot, user, variable};

#[test]
fn of_threads_that_race_to_initialise_one_wins_and_all_can_work() {
    in_module_process(
        Daemon::dev,
        || {
            let module = module();
            for _ in 0..20 {
                let values = thread::scope(|scope| {
                    let threads: Vec<_> = (0..4)
                        .map(|_| scope.spawn(|| module.initialize()))
                        .collect();
                    threads
                        .into_iter()
                        .map(|thread| thread.join().unwrap())
                        .collect::<Vec<_>>()
                });
                let won = values.iter().filter(|value| value.is_ok()).count();
                assert_eq!(won, 1, "{values:?}");
                assert!(!module.slots().unwrap().is_empty());
                module.finalize().unwrap();
            }
        },
        nothing,
    );
}

#[test]
fn initialisation_takes_what_the_standard_allows_and_nothing_else() {
    in_module_process(
        Daemon::dev,
        || {
            let module = module();
            // No thread of the module's own is needed.
            for flags in [
                0,
                c::CKF_OS_LOCKING_OK,
                c::CKF_LIBRARY_CANT_CREATE_OS_THREADS,
            ] {
                module.initialize_as(flags, 0, false).unwrap();
                assert!(!module.slots().unwrap().is_empty());
                module.finalize().unwrap();
            }
            // Mutexes of the caller's, without the operating system's, are as good.
            module.initialize_as(0, 4, false).unwrap();
            module.finalize().unwrap();
            for mutexes in 1..4 {
                let some = module.initialize_as(0, mutexes, false);
                assert_eq!(some, Err(c::CKR_ARGUMENTS_BAD));
            }
            let reserved = module.initialize_as(0, 0, true);
            assert_eq!(reserved, Err(c::CKR_ARGUMENTS_BAD));
            assert_eq!(module.finalize(), Err(c::CKR_CRYPTOKI_NOT_INITIALIZED));
        },
        nothing,
    );
}

#[test]
fn the_end_wakes_who_waits_and_leaves_nothing_behind() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            assert_eq!(
                module.wait_for_slot_event(c::CKF_DONT_BLOCK),
                Err(c::CKR_NO_EVENT)
            );
            let key = aes(&module, session);
            thread::scope(|scope| {
                let waiting: Vec<_> = (0..2)
                    .map(|_| scope.spawn(|| module.wait_for_slot_event(0)))
                    .collect();
                let working = scope.spawn(|| {
                    let mut block = [0; 16];
                    loop {
                        let mut ecb = crate::plain(c::CKM_AES_ECB);
                        let done = module.encrypt(session, &mut ecb, key, &[0; 16], &mut block);
                        if let Err(value) = done {
                            return value;
                        }
                    }
                });
                module.finalize().unwrap();
                for thread in waiting {
                    assert_eq!(thread.join().unwrap(), Err(c::CKR_CRYPTOKI_NOT_INITIALIZED));
                }
                let value = working.join().unwrap();
                let ends = [
                    c::CKR_CRYPTOKI_NOT_INITIALIZED,
                    c::CKR_SESSION_HANDLE_INVALID,
                    c::CKR_KEY_HANDLE_INVALID,
                    c::CKR_OPERATION_NOT_INITIALIZED,
                ];
                assert!(ends.contains(&value), "{value:#x}");
            });
            assert_eq!(
                module.close_session(session),
                Err(c::CKR_CRYPTOKI_NOT_INITIALIZED)
            );
            assert_eq!(module.slots().err(), Some(c::CKR_CRYPTOKI_NOT_INITIALIZED));
            assert_eq!(module.finalize(), Err(c::CKR_CRYPTOKI_NOT_INITIALIZED));
            module.initialize().unwrap();
            assert_eq!(
                module.close_session(session),
                Err(c::CKR_SESSION_HANDLE_INVALID),
                "handles do not come back to life"
            );
            let session = module.open_session(slot(&module)).unwrap();
            module
                .login(session, c::CKU_USER, &variable("HSM_PIN"))
                .unwrap();
            // The process ends without C_Finalize, with a session open and a thread in the module.
            thread::spawn(|| crate::module().wait_for_slot_event(0));
        },
        nothing,
    );
}

#[test]
fn threads_that_used_the_library_end_after_it_is_unloaded() {
    in_module_process(
        Daemon::dev,
        || {
            for is_finalised in [true, false, true] {
                let (library, session) = user();
                let library = Arc::new(library);
                let [public, private] = p256(&library, session);
                let (used, unloaded) = (Barrier::new(5), Barrier::new(5));
                thread::scope(|scope| {
                    for _ in 0..4 {
                        let library = Arc::clone(&library);
                        let (used, unloaded) = (&used, &unloaded);
                        scope.spawn(move || {
                            let session = library.open_session(slot(&library)).unwrap();
                            library.sha256(session, b"text").unwrap();
                            library.random(session, &mut [0; 32]).unwrap();
                            let ecdsa = &mut plain(c::CKM_ECDSA_SHA256);
                            let signed = library.signature(session, ecdsa, private, b"text");
                            let mut wrong = signed.unwrap();
                            // What fails leaves the most behind in a thread: the cryptographic library's errors.
                            wrong[40] ^= 1;
                            assert_eq!(
                                library.verify(session, ecdsa, public, b"text", &wrong),
                                Err(c::CKR_SIGNATURE_INVALID)
                            );
                            drop(library);
                            used.wait();
                            unloaded.wait();
                        });
                    }
                    used.wait();
                    if is_finalised {
                        library.finalize().unwrap();
                    }
                    drop(Arc::into_inner(library).expect("nobody else holds the library"));
                    unloaded.wait();
                });
                // Whoever loads it again finds it as at the first time, or still running where nobody ended it.
                let again = module();
                let expected = if is_finalised {
                    [Ok(()); 2]
                } else {
                    [Err(c::CKR_CRYPTOKI_ALREADY_INITIALIZED), Ok(())]
                };
                assert!(expected.contains(&again.initialize()));
                assert!(!again.slots().unwrap().is_empty());
                again.finalize().unwrap();
            }
        },
        nothing,
    );
}
