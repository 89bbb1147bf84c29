//! Objects, sessions and threads through the `cryptoki` crate.

use std::num::NonZero;

use cryptoki::{
    error::{Error, RvError},
    mechanism::Mechanism,
    object::{Attribute, AttributeType, KeyType, ObjectClass},
    types::Ulong,
};
use hsm_tests::{Daemon, in_module_process};

use crate::rust_client::{P256, aes, ec, rsa, session};

#[test]
fn a_sensitive_value_is_never_given() {
    in_module_process(
        Daemon::dev,
        || {
            let (_module, session) = session();
            let key = aes(&session, &[]);
            assert!(
                session
                    .get_attributes(key, &[AttributeType::Value])
                    .unwrap()
                    .is_empty()
            );
            let (_, private) = rsa(&session);
            let secrets = [
                AttributeType::PrivateExponent,
                AttributeType::Prime1,
                AttributeType::Prime2,
            ];
            assert!(
                session
                    .get_attributes(private, &secrets)
                    .unwrap()
                    .is_empty()
            );
            let relaxed = session.update_attributes(key, &[Attribute::Sensitive(false)]);
            assert!(relaxed.is_err(), "a sensitive key stays sensitive");
        },
        |_| {},
    );
}

#[test]
fn objects_are_found_by_each_of_their_names() {
    in_module_process(
        Daemon::dev,
        || {
            let (_module, session) = session();
            for index in 0..50_u8 {
                let label = Attribute::Label(format!("key-{}", index % 10).into_bytes());
                aes(&session, &[label, Attribute::Id(vec![index])]);
            }
            let find = |template: &[Attribute]| session.find_objects(template).unwrap().len();
            assert_eq!(find(&[Attribute::Label(b"key-3".to_vec())]), 5);
            assert_eq!(find(&[Attribute::Id(vec![7])]), 1);
            assert_eq!(
                find(&[Attribute::Label(b"key-7".to_vec()), Attribute::Id(vec![7])]),
                1
            );
            assert_eq!(
                find(&[Attribute::Label(b"key-3".to_vec()), Attribute::Id(vec![7])]),
                0
            );
            assert_eq!(
                find(&[
                    Attribute::Class(ObjectClass::SECRET_KEY),
                    Attribute::KeyType(KeyType::AES)
                ]),
                50
            );
            assert_eq!(find(&[Attribute::Label(b"key-".to_vec())]), 0);
            let few = session
                .iter_objects_with_cache_size(&[], NonZero::new(3).unwrap())
                .unwrap();
            assert_eq!(few.count(), 50);
        },
        |_| {},
    );
}

#[test]
fn objects_of_a_session_end_with_it() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, first) = session();
            let slot = first.get_session_info().unwrap().slot_id();
            let second = module.open_rw_session(slot).unwrap();
            aes(&first, &[Attribute::Label(b"of the session".to_vec())]);
            let template = [Attribute::Label(b"of the session".to_vec())];
            assert_eq!(
                second.find_objects(&template).unwrap().len(),
                1,
                "the application's other session sees it"
            );
            first.close().unwrap();
            assert_eq!(second.find_objects(&template).unwrap().len(), 0);
        },
        |_| {},
    );
}

#[test]
fn private_objects_are_hidden_after_logout() {
    in_module_process(
        Daemon::dev,
        || {
            let (_module, session) = session();
            let (_, private) = rsa(&session);
            session.logout().unwrap();
            let refused = session.sign(&Mechanism::Sha256RsaPkcs, private, b"x");
            let expected = matches!(
                refused,
                Err(Error::Pkcs11(
                    RvError::UserNotLoggedIn
                        | RvError::KeyHandleInvalid
                        | RvError::ObjectHandleInvalid,
                    _
                ))
            );
            assert!(expected, "{refused:?}");
            let private_keys = [Attribute::Class(ObjectClass::PRIVATE_KEY)];
            assert!(session.find_objects(&private_keys).unwrap().is_empty());
        },
        |_| {},
    );
}

#[test]
fn sixteen_threads_work_on_sessions_of_their_own() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, main) = session();
            let slot = main.get_session_info().unwrap().slot_id();
            let (public, private) = ec(&main, P256);
            std::thread::scope(|scope| {
                for thread in 0..16_u8 {
                    let module = &module;
                    scope.spawn(move || {
                        for round in 0..50_u8 {
                            let session = module.open_rw_session(slot).unwrap();
                            let message = [thread, round];
                            let signature = session
                                .sign(&Mechanism::EcdsaSha256, private, &message)
                                .unwrap();
                            session
                                .verify(&Mechanism::EcdsaSha256, public, &message, &signature)
                                .unwrap();
                            session.close().unwrap();
                        }
                    });
                }
            });
        },
        |_| {},
    );
}

#[test]
fn random_and_length_limits_hold() {
    in_module_process(
        Daemon::dev,
        || {
            let (_module, session) = session();
            assert_eq!(session.generate_random_vec(100_000).unwrap().len(), 100_000);
            let template = [
                Attribute::Token(false),
                Attribute::ValueLen(Ulong::from(40)),
            ];
            let refused = session.generate_key(&Mechanism::AesKeyGen, &template);
            assert!(refused.is_err(), "there is no AES key of 40 bytes");
        },
        |_| {},
    );
}
