//! Null and misaligned pointers, and lengths near 2^64.

use std::{path::Path, ptr};

use hsm_tests::{
    Daemon,
    c_caller::{CModule, Mechanism, Template, cryptoki_sys as c},
    in_module_process,
};

/// Lengths that no program means.
const ABSURD: &[c::CK_ULONG] = &[
    c::CK_ULONG::MAX,
    c::CK_ULONG::MAX - 7,
    1 << 63,
    (1 << 63) - 1,
    1 << 47,
];

pub(crate) struct Application {
    pub(crate) module: CModule,
    pub(crate) session: c::CK_SESSION_HANDLE,
    pub(crate) key: c::CK_OBJECT_HANDLE,
}

impl Application {
    pub(crate) fn start() -> Self {
        let module = CModule::load(Path::new(&variable("PKCS11_MODULE")));
        let session = module
            .log_in(&variable("HSM_TOKEN_LABEL"), &variable("HSM_PIN"))
            .unwrap();
        let key = Template::new()
            .flag(c::CKA_TOKEN, false)
            .number(c::CKA_VALUE_LEN, 32)
            .flag(c::CKA_ENCRYPT, true)
            .flag(c::CKA_DECRYPT, true);
        let key = module
            .generate_key(session, c::CKM_AES_KEY_GEN, &key)
            .unwrap();
        Self {
            module,
            session,
            key,
        }
    }

    /// The session still does what it should.
    pub(crate) fn works(&self) {
        let mut cipher = [0; 80];
        let length = self.module.encrypt(
            self.session,
            &mut Mechanism::gcm(&[1; 12]),
            self.key,
            &[0; 64],
            &mut cipher,
        );
        assert_eq!(length, Ok(80));
    }
}

pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

#[test]
fn null_pointers_are_bad_arguments() {
    in_module_process(
        Daemon::dev,
        || {
            let application = Application::start();
            let Application {
                module,
                session,
                key,
            } = &application;
            let bad = c::CKR_ARGUMENTS_BAD;
            assert_eq!(module.random_raw(*session, ptr::null_mut(), 16), bad);
            assert_eq!(module.slot_list_raw(ptr::null_mut(), ptr::null_mut()), bad);
            let slot = module.slots().unwrap()[0];
            assert_eq!(module.token_info_raw(slot, ptr::null_mut()), bad);
            assert_eq!(
                module.open_session_raw(slot, c::CKF_SERIAL_SESSION, ptr::null_mut()),
                bad
            );
            assert_eq!(module.session_info_raw(*session, ptr::null_mut()), bad);
            assert_eq!(module.find_init_raw(*session, ptr::null_mut(), 3), bad);
            assert_eq!(
                module.create_object_raw(*session, ptr::null_mut(), 3, &mut 0),
                bad
            );
            assert_eq!(
                module.attributes_raw(*session, *key, ptr::null_mut(), 1),
                bad
            );
            assert_eq!(
                module.encrypt_init_raw(*session, ptr::null_mut(), *key),
                bad
            );
            let mut room = 100;
            assert_eq!(
                module.digest_raw(
                    *session,
                    ptr::null_mut(),
                    16,
                    [0; 32].as_mut_ptr(),
                    &raw mut room
                ),
                bad
            );
            assert_eq!(
                module.digest_raw(
                    *session,
                    [0; 16].as_mut_ptr(),
                    16,
                    [0; 32].as_mut_ptr(),
                    ptr::null_mut()
                ),
                bad
            );
            let mut with_value = c::CK_ATTRIBUTE {
                type_: c::CKA_LABEL,
                pValue: ptr::null_mut(),
                ulValueLen: 5,
            };
            let refused = module.find_init_raw(*session, &raw mut with_value, 1);
            assert!(
                [bad, c::CKR_ATTRIBUTE_VALUE_INVALID].contains(&refused),
                "{refused:#x}"
            );
            application.works();
        },
        |_| {},
    );
}

#[test]
fn reserved_arguments_must_be_null() {
    in_module_process(
        Daemon::dev,
        || {
            let module = CModule::load(Path::new(&variable("PKCS11_MODULE")));
            let mut arguments = c::CK_C_INITIALIZE_ARGS {
                CreateMutex: None,
                DestroyMutex: None,
                LockMutex: None,
                UnlockMutex: None,
                flags: c::CKF_OS_LOCKING_OK,
                pReserved: ptr::dangling_mut(),
            };
            assert_eq!(
                module.initialize_raw((&raw mut arguments).cast()),
                c::CKR_ARGUMENTS_BAD
            );
            assert_eq!(module.initialize(), Ok(()));
            assert_eq!(
                module.initialize(),
                Err(c::CKR_CRYPTOKI_ALREADY_INITIALIZED)
            );
            assert_eq!(module.finalize(), Ok(()));
            assert_eq!(module.finalize(), Err(c::CKR_CRYPTOKI_NOT_INITIALIZED));
            assert_eq!(module.slots(), Err(c::CKR_CRYPTOKI_NOT_INITIALIZED));
        },
        |_| {},
    );
}

#[test]
fn misaligned_structures_are_refused_or_read_right() {
    in_module_process(
        Daemon::dev,
        || {
            let application = Application::start();
            let Application {
                module,
                session,
                key,
            } = &application;
            // Room for two structures, of which the second begins at an odd address.
            let mut room = [0_u64; 16];
            let odd: *mut u8 = room.as_mut_ptr().cast::<u8>().wrapping_add(1);
            let good = [c::CKR_OK, c::CKR_ARGUMENTS_BAD];
            let refused = |value| {
                assert!(
                    value != c::CKR_OK,
                    "an all-zero mechanism is no encryption: {value:#x}"
                );
            };
            refused(module.encrypt_init_raw(*session, odd.cast(), *key));
            refused(module.sign_init_raw(*session, odd.cast(), *key));
            assert!(good.contains(&module.slot_list_raw(ptr::null_mut(), odd.cast())));
            assert!(good.contains(&module.session_info_raw(*session, odd.cast())));
            let value = module.attributes_raw(*session, *key, odd.cast(), 1);
            assert_ne!(value, c::CKR_OK);
            application.works();
        },
        |_| {},
    );
}

#[test]
fn absurd_lengths_are_refused_before_anything_is_read() {
    in_module_process(
        Daemon::dev,
        || {
            let application = Application::start();
            let Application {
                module,
                session,
                key,
            } = &application;
            let mut small = [0_u8; 16];
            let pointer = small.as_mut_ptr();
            for length in ABSURD {
                let refused = |what: &str, value: c::CK_RV| {
                    assert_ne!(value, c::CKR_OK, "{what} of {length:#x} bytes");
                    application.works();
                };
                refused(
                    "C_GenerateRandom",
                    module.random_raw(*session, pointer, *length),
                );
                let mut room = 16;
                refused(
                    "C_Digest",
                    module.digest_raw(*session, pointer, *length, pointer, &raw mut room),
                );
                assert_eq!(
                    module.encrypt_init_raw(*session, Mechanism::gcm(&[1; 12]).pointer(), *key),
                    c::CKR_OK
                );
                refused(
                    "C_Encrypt",
                    module.encrypt_raw(*session, pointer, *length, pointer, &raw mut room),
                );
                refused(
                    "C_Login",
                    module.login_raw(*session, c::CKU_USER, pointer, *length),
                );
                let mut attribute = c::CK_ATTRIBUTE {
                    type_: c::CKA_LABEL,
                    pValue: pointer.cast(),
                    ulValueLen: *length,
                };
                refused(
                    "C_FindObjectsInit",
                    module.find_init_raw(*session, &raw mut attribute, 1),
                );
                refused(
                    "C_CreateObject",
                    module.create_object_raw(*session, &raw mut attribute, 1, &mut 0),
                );
                attribute.ulValueLen = 16;
                refused(
                    "count of C_FindObjectsInit",
                    module.find_init_raw(*session, &raw mut attribute, *length),
                );
                refused(
                    "count of C_CreateObject",
                    module.create_object_raw(*session, &raw mut attribute, *length, &mut 0),
                );
                refused(
                    "count of C_GetAttributeValue",
                    module.attributes_raw(*session, *key, &raw mut attribute, *length),
                );
                let mut wrong = c::CK_MECHANISM {
                    mechanism: c::CKM_AES_GCM,
                    pParameter: small.as_mut_ptr().cast(),
                    ulParameterLen: *length,
                };
                refused(
                    "a parameter",
                    module.encrypt_init_raw(*session, &raw mut wrong, *key),
                );
            }
        },
        |_| {},
    );
}

#[test]
fn a_search_with_an_absurd_maximum_writes_no_further_than_it_found() {
    in_module_process(
        Daemon::dev,
        || {
            let Application {
                module, session, ..
            } = &Application::start();
            let mut found = [c::CK_OBJECT_HANDLE::MAX; 8];
            let mut count = 0;
            assert_eq!(
                module.find_init_raw(*session, ptr::null_mut(), 0),
                c::CKR_OK
            );
            let value = module.find_raw(
                *session,
                found.as_mut_ptr(),
                c::CK_ULONG::MAX,
                &raw mut count,
            );
            assert!(
                [c::CKR_OK, c::CKR_ARGUMENTS_BAD].contains(&value),
                "{value:#x}"
            );
            assert_eq!(found[7], c::CK_OBJECT_HANDLE::MAX);
        },
        |_| {},
    );
}

#[test]
fn a_buffer_that_is_too_small_keeps_the_operation() {
    in_module_process(
        Daemon::dev,
        || {
            let Application {
                module,
                session,
                key,
            } = &Application::start();
            assert_eq!(
                module.encrypt_init_raw(*session, Mechanism::gcm(&[1; 12]).pointer(), *key),
                c::CKR_OK
            );
            let (mut plain, mut cipher) = ([0_u8; 64], [0_u8; 80]);
            let mut room = 79;
            let small = module.encrypt_raw(
                *session,
                plain.as_mut_ptr(),
                64,
                cipher.as_mut_ptr(),
                &raw mut room,
            );
            assert_eq!((small, room), (c::CKR_BUFFER_TOO_SMALL, 80));
            let enough = module.encrypt_raw(
                *session,
                plain.as_mut_ptr(),
                64,
                cipher.as_mut_ptr(),
                &raw mut room,
            );
            assert_eq!((enough, room), (c::CKR_OK, 80));
            let ended = module.encrypt_raw(
                *session,
                plain.as_mut_ptr(),
                64,
                cipher.as_mut_ptr(),
                &raw mut room,
            );
            assert_eq!(ended, c::CKR_OPERATION_NOT_INITIALIZED);
        },
        |_| {},
    );
}
