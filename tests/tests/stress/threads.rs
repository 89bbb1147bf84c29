//! Many threads in one module.

use std::{
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use hsm_tests::{
    Daemon,
    c_caller::{CModule, Mechanism, Template, cryptoki_sys as c},
    in_module_process,
    processor::resident_kibibytes,
};

use super::{key_pair, load, logged_in, scaled, variable};

const THREADS: usize = 16;

/// Sessions, searches and objects of one thread, beside the keys that all threads share.
struct Worker<'a> {
    module: &'a CModule,
    slot: c::CK_SLOT_ID,
    session: c::CK_SESSION_HANDLE,
    public: c::CK_OBJECT_HANDLE,
    private: c::CK_OBJECT_HANDLE,
    secret: c::CK_OBJECT_HANDLE,
}

impl Worker<'_> {
    /// One operation: which, its number says.
    fn operate(&mut self, number: usize) -> Result<(), c::CK_RV> {
        let module = self.module;
        match number % 9 {
            0 => {
                module.close_session(self.session)?;
                self.session = module.open_session(self.slot)?;
            }
            1 | 2 => {
                let text = number.to_be_bytes();
                let mut signature = [0; 64];
                let sign = &mut Mechanism::plain(c::CKM_ECDSA_SHA256);
                module.sign_init(self.session, sign, self.private)?;
                let length = module.sign(self.session, &text, &mut signature)?;
                assert_eq!(length, 64);
                module.verify(self.session, sign, self.public, &text, &signature)?;
            }
            3 => {
                let mut cipher = [0; 80];
                let length = module.encrypt(
                    self.session,
                    &mut Mechanism::gcm(&[7; 12]),
                    self.secret,
                    &[3; 64],
                    &mut cipher,
                )?;
                assert_eq!(length, 80);
            }
            4 => {
                let digest = module.sha256(self.session, b"abc")?;
                assert_eq!(digest[..4], [0xba, 0x78, 0x16, 0xbf]);
            }
            5 => {
                let mut bytes = [0; 32];
                module.random(self.session, &mut bytes)?;
                assert_ne!(bytes, [0; 32]);
            }
            6 => {
                let found = module.find(
                    self.session,
                    &Template::new().text(c::CKA_LABEL, "stress"),
                    10,
                )?;
                assert!(found.contains(&self.private) && found.contains(&self.public));
            }
            7 => {
                let data = Template::new()
                    .number(c::CKA_CLASS, c::CKO_DATA)
                    .bytes(c::CKA_VALUE, &number.to_be_bytes());
                let object = module.create_object(self.session, &data)?;
                assert_eq!(
                    module.attribute(self.session, object, c::CKA_VALUE)?,
                    number.to_be_bytes()
                );
                module.destroy_object(self.session, object)?;
            }
            _ => assert_eq!(
                module.attribute(self.session, self.public, c::CKA_LABEL)?,
                b"stress"
            ),
        }
        Ok(())
    }
}

#[test]
fn sixteen_threads_do_everything_at_once() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = logged_in();
            let slot = module.slot_of(&variable("HSM_TOKEN_LABEL")).unwrap();
            let (public, private) = key_pair(&module, session, true);
            let aes = Template::new()
                .flag(c::CKA_TOKEN, true)
                .number(c::CKA_VALUE_LEN, 32)
                .flag(c::CKA_ENCRYPT, true);
            let secret = module
                .generate_key(session, c::CKM_AES_KEY_GEN, &aes)
                .unwrap();
            let run = |operations: usize| {
                thread::scope(|scope| {
                    for thread in 0..THREADS {
                        let module = &module;
                        scope.spawn(move || {
                            let session = module.open_session(slot).unwrap();
                            let mut worker = Worker { module, slot, session, public, private, secret };
                            for number in 0..operations {
                                if let Err(value) = worker.operate(number + thread) {
                                    panic!("operation {number} of thread {thread}: return value {value:#x}");
                                }
                            }
                            module.close_session(worker.session).unwrap();
                        });
                    }
                });
            };
            let operations = scaled(300, 100_000);
            // The first part fills caches and pools; what grows in the second grows for ever.
            run(operations / 4);
            let before = resident_kibibytes("self");
            run(operations - operations / 4);
            let grown = resident_kibibytes("self").saturating_sub(before);
            assert!(
                grown < 6_000,
                "{grown} KiB more after {operations} operations a thread"
            );
            module.finalize().unwrap();
        },
        |daemon| {
            // Session objects are gone, and three token objects are there.
            let status = daemon.hsm(&["token", "show", "--json"]).succeeded();
            assert!(status.stdout.contains("\"objects\": 3"), "{status}");
        },
    );
}

#[test]
fn threads_that_change_one_object_at_once_all_succeed() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = logged_in();
            let slot = module.slot_of(&variable("HSM_TOKEN_LABEL")).unwrap();
            for is_kept in [true, false] {
                let (_, private) = key_pair(&module, session, is_kept);
                let start = Barrier::new(8);
                thread::scope(|scope| {
                    for thread in 0..8 {
                        let (module, start) = (&module, &start);
                        scope.spawn(move || {
                            let session = module.open_session(slot).unwrap();
                            start.wait();
                            for number in 0..scaled(20, 1000) {
                                let label = format!("{thread}-{number}");
                                let change = Template::new().text(c::CKA_LABEL, &label);
                                let changed = module.set_attributes(session, private, &change);
                                assert_eq!(changed, Ok(()), "{label}");
                            }
                        });
                    }
                });
            }
        },
        |_| {},
    );
}

#[test]
fn threads_that_race_to_initialise_and_finalise_get_the_standards_answers() {
    in_module_process(
        Daemon::dev,
        || {
            let module = load();
            for _ in 0..scaled(30, 1000) {
                let (initialised, finalised) = (AtomicUsize::new(0), AtomicUsize::new(0));
                let (start, middle) = (Barrier::new(8), Barrier::new(8));
                thread::scope(|scope| {
                    for _ in 0..8 {
                        scope.spawn(|| {
                            start.wait();
                            match module.initialize() {
                                Ok(()) => _ = initialised.fetch_add(1, Ordering::Relaxed),
                                Err(value) => {
                                    assert_eq!(value, c::CKR_CRYPTOKI_ALREADY_INITIALIZED);
                                }
                            }
                            middle.wait();
                            match module.finalize() {
                                Ok(()) => _ = finalised.fetch_add(1, Ordering::Relaxed),
                                Err(value) => assert_eq!(value, c::CKR_CRYPTOKI_NOT_INITIALIZED),
                            }
                        });
                    }
                });
                assert_eq!((initialised.into_inner(), finalised.into_inner()), (1, 1));
            }
        },
        |_| {},
    );
}

#[test]
fn the_library_is_finalised_and_unloaded_under_threads_that_use_it() {
    in_module_process(
        Daemon::dev,
        || {
            for _ in 0..scaled(5, 100) {
                let (module, session) = logged_in();
                let slot = module.slot_of(&variable("HSM_TOKEN_LABEL")).unwrap();
                let (_, private) = key_pair(&module, session, false);
                let (finalised, used) = (Barrier::new(5), Barrier::new(5));
                let shared = &module;
                thread::scope(|scope| {
                    let workers: Vec<_> = (0..4)
                        .map(|_| {
                            let (finalised, used) = (&finalised, &used);
                            scope.spawn(move || {
                                let session = shared.open_session(slot).unwrap();
                                let mut rounds = 0;
                                let end = loop {
                                    let sign = &mut Mechanism::plain(c::CKM_ECDSA_SHA256);
                                    let signed = shared
                                        .sign_init(session, sign, private)
                                        .and_then(|()| shared.sign(session, b"text", &mut [0; 64]));
                                    rounds += 1;
                                    if rounds == 3 {
                                        used.wait();
                                    }
                                    if let Err(value) = signed {
                                        break value;
                                    }
                                };
                                finalised.wait();
                                end
                            })
                        })
                        .collect();
                    used.wait();
                    module.finalize().unwrap();
                    finalised.wait();
                    for worker in workers {
                        let value = worker.join().unwrap();
                        let ends = [
                            c::CKR_CRYPTOKI_NOT_INITIALIZED,
                            c::CKR_SESSION_HANDLE_INVALID,
                            c::CKR_OPERATION_NOT_INITIALIZED,
                            c::CKR_KEY_HANDLE_INVALID,
                            c::CKR_OBJECT_HANDLE_INVALID,
                            c::CKR_USER_NOT_LOGGED_IN,
                        ];
                        assert!(ends.contains(&value), "{value:#x}");
                    }
                });
                drop(module);
                // A thread that has used the library is still there when it is unloaded.
                let again = Arc::new(load());
                again.initialize().unwrap();
                let used_by_thread = Arc::clone(&again);
                let (ready, gone) = (Barrier::new(2), Barrier::new(2));
                thread::scope(|scope| {
                    scope.spawn(|| {
                        let module = used_by_thread;
                        assert!(!module.slots().unwrap().is_empty());
                        drop(module);
                        ready.wait();
                        gone.wait();
                    });
                    ready.wait();
                    again.finalize().unwrap();
                    drop(again);
                    gone.wait();
                });
            }
        },
        |_| {},
    );
}

#[test]
fn every_way_to_lock_is_taken_or_refused_as_the_standard_says() {
    in_module_process(
        Daemon::dev,
        || {
            let module = load();
            let (locks, alone) = (c::CKF_OS_LOCKING_OK, c::CKF_LIBRARY_CANT_CREATE_OS_THREADS);
            for (flags, functions) in [
                (0, 0),
                (0, 4),
                (locks, 0),
                (locks, 4),
                (alone, 0),
                (alone | locks, 4),
            ] {
                module.initialize_with(flags, functions).unwrap();
                thread::scope(|scope| {
                    for _ in 0..4 {
                        scope.spawn(|| assert!(!module.slots().unwrap().is_empty()));
                    }
                });
                module.finalize().unwrap();
            }
            for functions in 1..4 {
                assert_eq!(
                    module.initialize_with(0, functions),
                    Err(c::CKR_ARGUMENTS_BAD)
                );
            }
        },
        |_| {},
    );
}
