//! The functions together, over a daemon in miniature.

use std::sync::Barrier;

use cryptoki_sys::*;

use super::cipher::Direction::{Decrypt, Encrypt};
use super::{
    digest, encryption, general, key_management, objects, sessions, signing, slots, verification,
};
use crate::abi::lent::{LentMechanism, lent_template, output, place};
use crate::abi::{Input, Output, OutputArray};
use crate::daemon::Daemon;
use crate::errors::Result;
use crate::library::Library;
use crate::testing::{Fake, SLOT, library};

const READ_WRITE: CK_FLAGS = CKF_SERIAL_SESSION | CKF_RW_SESSION;

fn value(result: Result) -> CK_RV {
    result.err().map_or(CKR_OK, |failure| failure.value())
}

fn open(library: &Library) -> CK_SESSION_HANDLE {
    let mut session = 0;
    sessions::open(library, SLOT, READ_WRITE, &place(&mut session)).unwrap();
    session
}

fn logged_in(library: &Library) -> CK_SESSION_HANDLE {
    let session = open(library);
    sessions::login(library, session, CKU_USER, &Input::from(&b"1234"[..])).unwrap();
    session
}

fn find(library: &Library, session: CK_SESSION_HANDLE, class: CK_ULONG) -> CK_OBJECT_HANDLE {
    let class = class.to_ne_bytes();
    let mut attributes = [(CKA_CLASS, &class[..])];
    objects::find_init(library, session, &lent_template(&mut attributes).template()).unwrap();
    let (mut found, mut count) = ([0; 4], 0);
    objects::find(library, session, OutputArray::lent(&mut found, &mut count)).unwrap();
    objects::find_final(library, session).unwrap();
    assert_eq!(count, 1);
    found[0]
}

/// What a call gives for a buffer of 4096 bytes.
fn given(call: impl FnOnce(Output<'_>) -> Result) -> Result<Vec<u8>> {
    let (mut buffer, mut length) = (vec![0; 4096], 4096);
    call(output(&mut buffer, &mut length))?;
    buffer.truncate(usize::try_from(length).unwrap());
    Ok(buffer)
}

fn simple(mechanism: CK_MECHANISM_TYPE) -> LentMechanism<'static> {
    LentMechanism::new(mechanism, &[])
}

#[test]
fn a_signature_is_one_request_and_everything_around_it_is_none() {
    let (library, daemon) = library();
    let session = logged_in(&library);
    let (private, public) = (
        find(&library, session, CKO_PRIVATE_KEY),
        find(&library, session, CKO_PUBLIC_KEY),
    );
    daemon.take_requests();

    let mut second = 0;
    sessions::open(&library, SLOT, CKF_SERIAL_SESSION, &place(&mut second)).unwrap();
    let mut info = CK_SESSION_INFO::default();
    sessions::info(&library, second, &place(&mut info)).unwrap();
    assert_eq!(info.state, CKS_RO_USER_FUNCTIONS);
    sessions::close(&library, second).unwrap();

    let mechanism = simple(CKM_ECDSA_SHA256);
    signing::init(&library, session, &mechanism.mechanism(), private).unwrap();
    let (data, mut length) = (Input::from(&b"message"[..]), 0);
    signing::sign(&library, session, &data, Output::length_query(&mut length)).unwrap();
    assert_eq!(length, 64);
    assert_eq!(daemon.take_requests(), [""; 0]);
    let signature = given(|output| signing::sign(&library, session, &data, output)).unwrap();
    assert_eq!(daemon.take_requests(), ["Sign"]);

    verification::init(&library, session, &mechanism.mechanism(), public).unwrap();
    verification::verify(&library, session, &data, &Input::from(&signature[..])).unwrap();
    digest::init(&library, session, &simple(CKM_SHA256).mechanism()).unwrap();
    given(|output| digest::digest(&library, session, &data, output)).unwrap();
    assert_eq!(daemon.take_requests(), [""; 0]);
}

#[test]
fn a_message_in_parts_has_the_signature_of_the_whole_one() {
    let (library, daemon) = library();
    let session = logged_in(&library);
    let (private, public) = (
        find(&library, session, CKO_PRIVATE_KEY),
        find(&library, session, CKO_PUBLIC_KEY),
    );
    let mechanism = simple(CKM_ECDSA_SHA384);
    signing::init(&library, session, &mechanism.mechanism(), private).unwrap();
    for part in [&b"mes"[..], b"", b"sage"] {
        signing::update(&library, session, &Input::from(part)).unwrap();
    }
    daemon.take_requests();
    let signature = given(|output| signing::finish(&library, session, output)).unwrap();
    assert_eq!(daemon.take_requests(), ["Sign"]);

    let (message, signature) = (Input::from(&b"message"[..]), Input::from(&signature[..]));
    verification::init(&library, session, &mechanism.mechanism(), public).unwrap();
    verification::verify(&library, session, &message, &signature).unwrap();
    verification::init(&library, session, &mechanism.mechanism(), public).unwrap();
    let wrong = verification::verify(&library, session, &Input::from(&b"massage"[..]), &signature);
    assert_eq!(value(wrong), CKR_SIGNATURE_INVALID);
    verification::init(&library, session, &mechanism.mechanism(), public).unwrap();
    let short = verification::verify(&library, session, &message, &Input::from(&[1_u8; 63][..]));
    assert_eq!(value(short), CKR_SIGNATURE_LEN_RANGE);
    assert_eq!(
        value(verification::update(&library, session, &message)),
        CKR_OPERATION_NOT_INITIALIZED
    );
}

#[test]
fn keys_of_another_type_are_refused_when_the_operation_starts() {
    let (library, _daemon) = library();
    let session = logged_in(&library);
    let (private, public) = (
        find(&library, session, CKO_PRIVATE_KEY),
        find(&library, session, CKO_PUBLIC_KEY),
    );
    let init = |mechanism, key| {
        value(signing::init(
            &library,
            session,
            &simple(mechanism).mechanism(),
            key,
        ))
    };
    assert_eq!(
        init(CKM_SHA256_RSA_PKCS, private),
        CKR_KEY_TYPE_INCONSISTENT
    );
    assert_eq!(init(CKM_ECDSA, public), CKR_KEY_TYPE_INCONSISTENT);
    assert_eq!(init(CKM_ECDSA, 4711), CKR_KEY_HANDLE_INVALID);
    assert_eq!(init(CKM_AES_CBC, private), CKR_MECHANISM_INVALID);
    assert_eq!(init(CKM_ECDSA, private), CKR_OK);
    assert_eq!(init(CKM_ECDSA, private), CKR_OPERATION_ACTIVE);
}

#[test]
fn ciphers_give_the_same_in_parts_as_in_one_call() {
    let (library, _daemon) = library();
    let session = logged_in(&library);
    let key = find(&library, session, CKO_SECRET_KEY);
    let counter = CK_AES_CTR_PARAMS {
        ulCounterBits: 64,
        cb: [5; 16],
    };
    let mut counter_bytes = counter.ulCounterBits.to_ne_bytes().to_vec();
    counter_bytes.extend_from_slice(&counter.cb);
    let iv = [5_u8; 16];
    let message: Vec<u8> = (0..=255).cycle().take(1024 + 32).collect();
    for (mechanism, length) in [
        (LentMechanism::new(CKM_AES_ECB, &[]), 1024),
        (LentMechanism::new(CKM_AES_CBC, &iv), 1024),
        (LentMechanism::new(CKM_AES_CBC_PAD, &iv), 1024),
        (LentMechanism::new(CKM_AES_CBC_PAD, &iv), 1029),
        (LentMechanism::new(CKM_AES_CTR, &counter_bytes), 1029),
    ] {
        let message = &message[..length];
        encryption::init(&library, session, Encrypt, &mechanism.mechanism(), key).unwrap();
        let whole = given(|output| {
            encryption::whole(&library, session, Encrypt, &Input::from(message), output)
        })
        .unwrap();
        for part_length in [1, 5, 16, 17, 32, 100, length] {
            encryption::init(&library, session, Encrypt, &mechanism.mechanism(), key).unwrap();
            let mut ciphertext = Vec::new();
            for part in message.chunks(part_length) {
                let part = Input::from(part);
                ciphertext.extend(
                    given(|output| encryption::update(&library, session, Encrypt, &part, output))
                        .unwrap(),
                );
            }
            ciphertext.extend(
                given(|output| encryption::finish(&library, session, Encrypt, output)).unwrap(),
            );
            assert!(ciphertext == whole, "parts of {part_length}");

            encryption::init(&library, session, Decrypt, &mechanism.mechanism(), key).unwrap();
            let mut plaintext = Vec::new();
            for part in whole.chunks(part_length) {
                let part = Input::from(part);
                plaintext.extend(
                    given(|output| encryption::update(&library, session, Decrypt, &part, output))
                        .unwrap(),
                );
            }
            plaintext.extend(
                given(|output| encryption::finish(&library, session, Decrypt, output)).unwrap(),
            );
            assert!(plaintext == message, "parts of {part_length}");
        }
    }
}

#[test]
fn a_counter_that_is_used_up_is_not_used_again() {
    let (library, _daemon) = library();
    let session = logged_in(&library);
    let key = find(&library, session, CKO_SECRET_KEY);
    let mut parameter = CK_ULONG::to_ne_bytes(8).to_vec();
    parameter.extend_from_slice(&[0xff; 16]);
    let mechanism = LentMechanism::new(CKM_AES_CTR, &parameter);
    encryption::init(&library, session, Encrypt, &mechanism.mechanism(), key).unwrap();
    let block = Input::from(&[0_u8; 16][..]);
    given(|output| encryption::update(&library, session, Encrypt, &block, output)).unwrap();
    let more = given(|output| encryption::update(&library, session, Encrypt, &block, output));
    assert_eq!(more.unwrap_err().value(), CKR_DATA_LEN_RANGE);
}

#[test]
fn padding_is_removed_into_a_buffer_that_is_just_long_enough() {
    let (library, _daemon) = library();
    let session = logged_in(&library);
    let key = find(&library, session, CKO_SECRET_KEY);
    let iv = [5_u8; 16];
    let mechanism = LentMechanism::new(CKM_AES_CBC_PAD, &iv);
    encryption::init(&library, session, Encrypt, &mechanism.mechanism(), key).unwrap();
    let ciphertext = given(|output| {
        encryption::whole(
            &library,
            session,
            Encrypt,
            &Input::from(&b"five!"[..]),
            output,
        )
    })
    .unwrap();
    encryption::init(&library, session, Decrypt, &mechanism.mechanism(), key).unwrap();
    let input = Input::from(&ciphertext[..]);
    let (mut buffer, mut length) = ([0; 5], 4);
    let short = encryption::whole(
        &library,
        session,
        Decrypt,
        &input,
        output(&mut buffer[..4], &mut length),
    );
    assert_eq!((value(short), length), (CKR_BUFFER_TOO_SMALL, 5));
    encryption::whole(
        &library,
        session,
        Decrypt,
        &input,
        output(&mut buffer, &mut length),
    )
    .unwrap();
    assert_eq!(&buffer, b"five!");
}

#[test]
fn a_restarted_daemon_ends_sessions_and_new_ones_open_at_once() {
    let (library, daemon) = library();
    let session = logged_in(&library);
    let other = open(&library);
    let private = find(&library, session, CKO_PRIVATE_KEY);
    let mechanism = simple(CKM_ECDSA_SHA256);
    signing::init(&library, session, &mechanism.mechanism(), private).unwrap();
    daemon.restart();
    let data = Input::from(&b"message"[..]);
    let failed = given(|output| signing::sign(&library, session, &data, output));
    assert_eq!(failed.unwrap_err().value(), CKR_SESSION_HANDLE_INVALID);
    assert_eq!(
        value(signing::init(
            &library,
            other,
            &mechanism.mechanism(),
            private
        )),
        CKR_SESSION_HANDLE_INVALID
    );

    let session = open(&library);
    let mut info = CK_SESSION_INFO::default();
    sessions::info(&library, session, &place(&mut info)).unwrap();
    assert_eq!(info.state, CKS_RW_PUBLIC_SESSION);
    assert_eq!(
        value(signing::init(
            &library,
            session,
            &mechanism.mechanism(),
            private
        )),
        CKR_KEY_HANDLE_INVALID
    );
    sessions::login(&library, session, CKU_USER, &Input::from(&b"1234"[..])).unwrap();
    let private = find(&library, session, CKO_PRIVATE_KEY);
    signing::init(&library, session, &mechanism.mechanism(), private).unwrap();
    given(|output| signing::sign(&library, session, &data, output)).unwrap();
}

#[test]
fn calls_without_a_session_survive_a_restart() {
    let (library, daemon) = library();
    open(&library);
    daemon.restart();
    let mut info = CK_TOKEN_INFO::default();
    slots::token_info(&library, SLOT, &place(&mut info)).unwrap();
    assert_eq!(info.ulSessionCount, 0);
}

#[test]
fn a_daemon_that_is_gone_is_a_device_that_was_removed() {
    let (library, daemon) = library();
    let session = logged_in(&library);
    daemon.set_gone(true);
    let login = sessions::login(&library, session, CKU_USER, &Input::from(&b"1234"[..]));
    assert_eq!(value(login), CKR_DEVICE_REMOVED);
    let mut info = CK_TOKEN_INFO::default();
    assert_eq!(
        value(slots::token_info(&library, SLOT, &place(&mut info))),
        CKR_DEVICE_REMOVED
    );
    daemon.set_gone(false);
    slots::token_info(&library, SLOT, &place(&mut info)).unwrap();
}

#[test]
fn the_last_session_takes_the_login_with_it_and_a_session_its_objects() {
    let (library, daemon) = library();
    let (first, last) = (logged_in(&library), open(&library));
    let mut key = 0;
    let generator = simple(CKM_AES_KEY_GEN);
    let template = lent_template(&mut []);
    key_management::generate_key(
        &library,
        first,
        &generator.mechanism(),
        &template.template(),
        &place(&mut key),
    )
    .unwrap();
    daemon.take_requests();
    sessions::close(&library, first).unwrap();
    assert_eq!(daemon.take_requests(), ["DestroyObjects"]);
    assert_eq!(
        value(objects::destroy(&library, last, key)),
        CKR_OBJECT_HANDLE_INVALID
    );
    sessions::close(&library, last).unwrap();
    assert_eq!(daemon.take_requests(), ["Logout"]);
    assert_eq!(
        value(sessions::logout(&library, open(&library))),
        CKR_USER_NOT_LOGGED_IN
    );
}

#[test]
fn private_objects_are_out_of_sight_after_a_logout() {
    let (library, _daemon) = library();
    let session = logged_in(&library);
    let (private, public) = (
        find(&library, session, CKO_PRIVATE_KEY),
        find(&library, session, CKO_PUBLIC_KEY),
    );
    sessions::logout(&library, session).unwrap();
    let mut size = 0;
    assert_eq!(
        value(objects::size(&library, session, private, &place(&mut size))),
        CKR_OBJECT_HANDLE_INVALID
    );
    objects::size(&library, session, public, &place(&mut size)).unwrap();
}

#[test]
fn unchanging_attributes_are_read_without_a_request() {
    let (library, daemon) = library();
    let session = open(&library);
    let public = find(&library, session, CKO_PUBLIC_KEY);
    daemon.take_requests();
    let (mut class, mut label) = ([0; 8], [0; 5]);
    let mut fixed = [(CKA_CLASS, &mut class[..])];
    objects::read_attributes(
        &library,
        session,
        public,
        &crate::abi::lent::writable_template(&mut fixed).template(),
    )
    .unwrap();
    assert_eq!(CK_ULONG::from_ne_bytes(class), CKO_PUBLIC_KEY);
    assert_eq!(daemon.take_requests(), [""; 0]);
    let mut changing = [(CKA_LABEL, &mut label[..])];
    objects::read_attributes(
        &library,
        session,
        public,
        &crate::abi::lent::writable_template(&mut changing).template(),
    )
    .unwrap();
    assert_eq!(&label, b"label");
    assert_eq!(daemon.take_requests(), ["ReadAttributes"]);
}

#[test]
fn sessions_are_refused_where_the_standard_says_so() {
    let (library, _daemon) = library();
    let mut session = 0;
    let mut open = |slot, flags| value(sessions::open(&library, slot, flags, &place(&mut session)));
    assert_eq!(
        open(SLOT, CKF_RW_SESSION),
        CKR_SESSION_PARALLEL_NOT_SUPPORTED
    );
    assert_eq!(open(99, CKF_SERIAL_SESSION), CKR_SLOT_ID_INVALID);
    assert_eq!(
        open(crate::testing::FREE_SLOT, CKF_SERIAL_SESSION),
        CKR_TOKEN_NOT_RECOGNIZED
    );
    assert_eq!(open(SLOT, CKF_SERIAL_SESSION), CKR_OK);
    let pin = Input::from(&b"1234"[..]);
    assert_eq!(
        value(sessions::login(&library, session, CKU_SO, &pin)),
        CKR_SESSION_READ_ONLY_EXISTS
    );
    assert_eq!(
        value(sessions::login(&library, session, 77, &pin)),
        CKR_USER_TYPE_INVALID
    );
    assert_eq!(
        value(sessions::login(
            &library,
            session,
            CKU_USER,
            &Input::from(&b"4321"[..])
        )),
        CKR_PIN_INCORRECT
    );
    let token = [CK_TRUE];
    let mut template = [(CKA_TOKEN, &token[..])];
    let template = lent_template(&mut template);
    let (generator, mut key) = (simple(CKM_AES_KEY_GEN), 0);
    let made = key_management::generate_key(
        &library,
        session,
        &generator.mechanism(),
        &template.template(),
        &place(&mut key),
    );
    assert_eq!(value(made), CKR_SESSION_READ_ONLY);
}

#[test]
fn one_of_two_threads_that_race_initialises() {
    for _ in 0..50 {
        let (library, barrier) = (Library::new(), Barrier::new(2));
        let race = || {
            barrier.wait();
            value(library.initialize(|_| Ok(Daemon::Fake(Fake::new()))))
        };
        let mut values = std::thread::scope(|scope| {
            let threads = [scope.spawn(race), scope.spawn(race)];
            threads.map(|thread| thread.join().unwrap())
        });
        values.sort_unstable();
        assert_eq!(values, [CKR_OK, CKR_CRYPTOKI_ALREADY_INITIALIZED]);
    }
}

#[test]
fn nothing_works_before_and_after() {
    let library = Library::new();
    assert_eq!(
        value(general::finalize(&library, true)),
        CKR_CRYPTOKI_NOT_INITIALIZED
    );
    assert_eq!(
        value(sessions::close(&library, 64)),
        CKR_CRYPTOKI_NOT_INITIALIZED
    );
    let (library, _daemon) = crate::testing::library();
    let session = logged_in(&library);
    assert_eq!(value(general::finalize(&library, false)), CKR_ARGUMENTS_BAD);
    general::finalize(&library, true).unwrap();
    assert_eq!(
        value(sessions::close(&library, session)),
        CKR_CRYPTOKI_NOT_INITIALIZED
    );
    assert_eq!(
        value(general::finalize(&library, true)),
        CKR_CRYPTOKI_NOT_INITIALIZED
    );
}

#[test]
fn finalising_wakes_who_waits_for_a_slot_event() {
    let (library, _daemon) = library();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| value(slots::wait_for_event(&library, 0, true)));
        general::finalize(&library, true).unwrap();
        assert_eq!(waiting.join().unwrap(), CKR_CRYPTOKI_NOT_INITIALIZED);
    });
}
