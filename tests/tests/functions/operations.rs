//! What an operation is after a call: over, or as it was. And two operations at once, and one that is saved.

use hsm_tests::c_caller::{CModule, Given, Mechanism, cryptoki_sys as c};
use hsm_tests::{Daemon, in_module_process};

use crate::{Session, aes, nothing, p256, plain, rsa, slot, user};

const OVER: Result<(), c::CK_RV> = Err(c::CKR_OPERATION_NOT_INITIALIZED);

/// Starts AES-CBC with padding in both directions and a digest, whose finals say what is still active.
fn digest(module: &CModule, session: Session) {
    let init = |f: &c::CK_FUNCTION_LIST_3_2| f.C_DigestInit;
    module
        .start_without_key(init, session, &mut plain(c::CKM_SHA256))
        .unwrap();
}

fn update_digest(module: &CModule, session: Session, part: &[u8]) -> Result<(), c::CK_RV> {
    module.feed(|f| f.C_DigestUpdate, session, part)
}

#[test]
fn a_call_without_pointers_ends_the_operation() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            let key = aes(&module, session);
            let [public, private] = p256(&module, session);
            for has_input in [false, true] {
                let mut ecb = plain(c::CKM_AES_ECB);
                let encrypt_init = |f: &c::CK_FUNCTION_LIST_3_2| f.C_EncryptInit;
                let decrypt_init = |f: &c::CK_FUNCTION_LIST_3_2| f.C_DecryptInit;
                module.start(encrypt_init, session, &mut ecb, key).unwrap();
                let value = module.transform_wrongly(|f| f.C_Encrypt, session, has_input);
                assert_eq!(value, c::CKR_ARGUMENTS_BAD);
                let again = module.transform(|f| f.C_Encrypt, session, &[0; 16], Some(16));
                assert_eq!(again.value, c::CKR_OPERATION_NOT_INITIALIZED);
                module.start(encrypt_init, session, &mut ecb, key).unwrap();
                let value = module.transform_wrongly(|f| f.C_EncryptUpdate, session, has_input);
                assert_eq!(value, c::CKR_ARGUMENTS_BAD);
                let again = module.give(|f| f.C_EncryptFinal, session, Some(16));
                assert_eq!(again.value, c::CKR_OPERATION_NOT_INITIALIZED);
                module.start(decrypt_init, session, &mut ecb, key).unwrap();
                let value = module.transform_wrongly(|f| f.C_Decrypt, session, has_input);
                assert_eq!(value, c::CKR_ARGUMENTS_BAD);
                module.start(decrypt_init, session, &mut ecb, key).unwrap();
                let value = module.transform_wrongly(|f| f.C_DecryptUpdate, session, has_input);
                assert_eq!(value, c::CKR_ARGUMENTS_BAD);
                let again = module.give(|f| f.C_DecryptFinal, session, Some(16));
                assert_eq!(again.value, c::CKR_OPERATION_NOT_INITIALIZED);
                digest(&module, session);
                let value = module.transform_wrongly(|f| f.C_Digest, session, has_input);
                assert_eq!(value, c::CKR_ARGUMENTS_BAD);
                assert_eq!(update_digest(&module, session, b"x"), OVER);
                let mut ecdsa = plain(c::CKM_ECDSA_SHA256);
                module.sign_init(session, &mut ecdsa, private).unwrap();
                let value = module.transform_wrongly(|f| f.C_Sign, session, has_input);
                assert_eq!(value, c::CKR_ARGUMENTS_BAD);
                assert_eq!(module.feed(|f| f.C_SignUpdate, session, b"x"), OVER);
            }
            // A signature that is too short ends the verification, too.
            let verify_init = |f: &c::CK_FUNCTION_LIST_3_2| f.C_VerifyInit;
            let mut ecdsa = plain(c::CKM_ECDSA_SHA256);
            module
                .start(verify_init, session, &mut ecdsa, public)
                .unwrap();
            assert_eq!(
                module.check(|f| f.C_Verify, session, b"data", &[1; 63]),
                Err(c::CKR_SIGNATURE_LEN_RANGE)
            );
            assert_eq!(module.feed(|f| f.C_VerifyUpdate, session, b"x"), OVER);
            module
                .start(verify_init, session, &mut ecdsa, public)
                .unwrap();
            module.feed(|f| f.C_VerifyUpdate, session, b"data").unwrap();
            assert_eq!(
                module.feed(|f| f.C_VerifyFinal, session, &[1; 63]),
                Err(c::CKR_SIGNATURE_LEN_RANGE)
            );
            assert_eq!(module.feed(|f| f.C_VerifyUpdate, session, b"x"), OVER);
        },
        nothing,
    );
}

#[test]
fn a_part_of_which_nothing_comes_out_yet_is_not_lost() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            let key = aes(&module, session);
            let mut pad = Mechanism::with_bytes(c::CKM_AES_CBC_PAD, &[0; 16]);
            let start = |functions: &c::CK_FUNCTION_LIST_3_2| functions.C_EncryptInit;
            let part = |room| {
                module.transform(
                    |functions| functions.C_EncryptUpdate,
                    session,
                    b"part",
                    room,
                )
            };
            module.start(start, session, &mut pad, key).unwrap();
            let room = part(None).length;
            assert!(room >= 4, "whoever gives a buffer of no bytes gives none");
            assert_eq!(part(Some(room)).length, 0);
            let last = module.give(|functions| functions.C_EncryptFinal, session, Some(16));
            let mut whole = [0; 16];
            module
                .encrypt(session, &mut pad, key, b"part", &mut whole)
                .unwrap();
            assert_eq!(last.bytes().unwrap(), whole);
        },
        nothing,
    );
}

#[test]
fn a_broken_block_is_refused_before_a_length_is_told_and_a_seed_is_taken() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            let key = aes(&module, session);
            let mut ecb = plain(c::CKM_AES_ECB);
            let start = |functions: &c::CK_FUNCTION_LIST_3_2| functions.C_EncryptInit;
            module.start(start, session, &mut ecb, key).unwrap();
            let whole = |functions: &c::CK_FUNCTION_LIST_3_2| functions.C_Encrypt;
            let told = module.transform(whole, session, &[0; 17], None);
            assert_eq!(told.value, c::CKR_DATA_LEN_RANGE);
            let seed = |functions: &c::CK_FUNCTION_LIST_3_2| functions.C_SeedRandom;
            module.feed(seed, session, b"seed").unwrap();
        },
        nothing,
    );
}

#[test]
fn a_call_for_everything_after_a_part_ends_the_operation() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            let key = aes(&module, session);
            let [public, private] = p256(&module, session);
            let (mut ecb, mut ecdsa) = (plain(c::CKM_AES_ECB), plain(c::CKM_ECDSA_SHA256));
            let active = |given: Given| assert_eq!(given.value, c::CKR_OPERATION_ACTIVE);

            module
                .start(|f| f.C_EncryptInit, session, &mut ecb, key)
                .unwrap();
            module
                .transform(|f| f.C_EncryptUpdate, session, &[0; 16], Some(16))
                .bytes()
                .unwrap();
            active(module.transform(|f| f.C_Encrypt, session, &[0; 16], Some(16)));
            module
                .start(|f| f.C_EncryptInit, session, &mut ecb, key)
                .unwrap();
            module
                .start(|f| f.C_DecryptInit, session, &mut ecb, key)
                .unwrap();
            module
                .transform(|f| f.C_DecryptUpdate, session, &[0; 16], Some(16))
                .bytes()
                .unwrap();
            active(module.transform(|f| f.C_Decrypt, session, &[0; 16], Some(16)));
            module
                .start(|f| f.C_DecryptInit, session, &mut ecb, key)
                .unwrap();
            digest(&module, session);
            update_digest(&module, session, b"part").unwrap();
            active(module.transform(|f| f.C_Digest, session, b"all", Some(32)));
            digest(&module, session);
            module.sign_init(session, &mut ecdsa, private).unwrap();
            module.feed(|f| f.C_SignUpdate, session, b"part").unwrap();
            active(module.transform(|f| f.C_Sign, session, b"all", Some(64)));
            module.sign_init(session, &mut ecdsa, private).unwrap();
            module
                .start(|f| f.C_VerifyInit, session, &mut ecdsa, public)
                .unwrap();
            module.feed(|f| f.C_VerifyUpdate, session, b"part").unwrap();
            assert_eq!(
                module.check(|f| f.C_Verify, session, b"all", &[1; 64]),
                Err(c::CKR_OPERATION_ACTIVE)
            );
            module
                .start(|f| f.C_VerifyInit, session, &mut ecdsa, public)
                .unwrap();
        },
        nothing,
    );
}

type Start = fn(&CModule, Session, [c::CK_OBJECT_HANDLE; 3]) -> Result<(), c::CK_RV>;

#[test]
fn cancelling_ends_each_kind_of_operation_and_no_other() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            let key = aes(&module, session);
            let [public, private] = rsa(&module, session);
            let kinds: [(c::CK_FLAGS, Start); 11] = [
                (c::CKF_DIGEST, |module, session, _| {
                    let mut sha256 = plain(c::CKM_SHA256);
                    module.start_without_key(|f| f.C_DigestInit, session, &mut sha256)
                }),
                (c::CKF_ENCRYPT, |module, session, [key, ..]| {
                    module.start(
                        |f| f.C_EncryptInit,
                        session,
                        &mut plain(c::CKM_AES_ECB),
                        key,
                    )
                }),
                (c::CKF_DECRYPT, |module, session, [key, ..]| {
                    module.start(
                        |f| f.C_DecryptInit,
                        session,
                        &mut plain(c::CKM_AES_ECB),
                        key,
                    )
                }),
                (c::CKF_SIGN, |module, session, [_, _, private]| {
                    module.sign_init(session, &mut plain(c::CKM_RSA_PKCS), private)
                }),
                (c::CKF_VERIFY, |module, session, [_, public, _]| {
                    module.start(
                        |f| f.C_VerifyInit,
                        session,
                        &mut plain(c::CKM_RSA_PKCS),
                        public,
                    )
                }),
                (c::CKF_SIGN_RECOVER, |module, session, [_, _, private]| {
                    let init = |f: &c::CK_FUNCTION_LIST_3_2| f.C_SignRecoverInit;
                    module.start(init, session, &mut plain(c::CKM_RSA_PKCS), private)
                }),
                (c::CKF_VERIFY_RECOVER, |module, session, [_, public, _]| {
                    let init = |f: &c::CK_FUNCTION_LIST_3_2| f.C_VerifyRecoverInit;
                    module.start(init, session, &mut plain(c::CKM_RSA_PKCS), public)
                }),
                (c::CKF_MESSAGE_ENCRYPT, |module, session, [key, ..]| {
                    let init = |f: &c::CK_FUNCTION_LIST_3_2| f.C_MessageEncryptInit;
                    module.start(init, session, &mut plain(c::CKM_AES_GCM), key)
                }),
                (c::CKF_MESSAGE_DECRYPT, |module, session, [key, ..]| {
                    let init = |f: &c::CK_FUNCTION_LIST_3_2| f.C_MessageDecryptInit;
                    module.start(init, session, &mut plain(c::CKM_AES_GCM), key)
                }),
                (c::CKF_MESSAGE_SIGN, |module, session, [_, _, private]| {
                    let init = |f: &c::CK_FUNCTION_LIST_3_2| f.C_MessageSignInit;
                    module.start(init, session, &mut plain(c::CKM_SHA256_RSA_PKCS), private)
                }),
                (c::CKF_MESSAGE_VERIFY, |module, session, [_, public, _]| {
                    let init = |f: &c::CK_FUNCTION_LIST_3_2| f.C_MessageVerifyInit;
                    module.start(init, session, &mut plain(c::CKM_SHA256_RSA_PKCS), public)
                }),
            ];
            let keys = [key, public, private];
            for (_, start) in kinds {
                start(&module, session, keys).unwrap();
            }
            for (flag, start) in kinds {
                assert_eq!(start(&module, session, keys), Err(c::CKR_OPERATION_ACTIVE));
                module.session_cancel(session, flag).unwrap();
                start(&module, session, keys).unwrap();
            }
            let all = kinds.iter().fold(0, |all, (flag, _)| all | flag);
            module.session_cancel(session, all).unwrap();
            // Nothing is left to cancel, which is no mistake.
            module.session_cancel(session, all).unwrap();
            for (_, start) in kinds {
                start(&module, session, keys).unwrap();
            }
        },
        nothing,
    );
}

#[test]
fn two_operations_at_once_give_what_each_gives_alone() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            let key = aes(&module, session);
            let [public, private] = p256(&module, session);
            let text: Vec<u8> = (0..64).collect();
            let expected = module.sha256(session, &text).unwrap();
            let (mut ecb, mut ecdsa) = (plain(c::CKM_AES_ECB), plain(c::CKM_ECDSA_SHA256));

            module
                .start(|f| f.C_EncryptInit, session, &mut ecb, key)
                .unwrap();
            let alone = module.transform(|f| f.C_DigestEncryptUpdate, session, &text, Some(64));
            assert_eq!(alone.value, c::CKR_OPERATION_NOT_INITIALIZED);
            digest(&module, session);
            let mut ciphertext = Vec::new();
            for part in text.chunks(20) {
                let update =
                    |room| module.transform(|f| f.C_DigestEncryptUpdate, session, part, room);
                let length = update(None).length;
                if length > 0 {
                    assert_eq!(update(Some(length - 1)).value, c::CKR_BUFFER_TOO_SMALL);
                }
                ciphertext.extend(update(Some(64)).bytes().unwrap());
            }
            ciphertext.extend(
                module
                    .give(|f| f.C_EncryptFinal, session, Some(16))
                    .bytes()
                    .unwrap(),
            );
            let digested = module
                .give(|f| f.C_DigestFinal, session, Some(32))
                .bytes()
                .unwrap();
            assert_eq!(digested, expected);

            module
                .start(|f| f.C_DecryptInit, session, &mut ecb, key)
                .unwrap();
            digest(&module, session);
            let given =
                module.transform(|f| f.C_DecryptDigestUpdate, session, &ciphertext, Some(64));
            assert_eq!(given.bytes().unwrap(), text);
            module
                .give(|f| f.C_DecryptFinal, session, Some(16))
                .bytes()
                .unwrap();
            let digested = module
                .give(|f| f.C_DigestFinal, session, Some(32))
                .bytes()
                .unwrap();
            assert_eq!(digested, expected);

            module
                .start(|f| f.C_EncryptInit, session, &mut ecb, key)
                .unwrap();
            module.sign_init(session, &mut ecdsa, private).unwrap();
            let given = module.transform(|f| f.C_SignEncryptUpdate, session, &text, Some(64));
            assert_eq!(given.bytes().unwrap(), ciphertext);
            module
                .give(|f| f.C_EncryptFinal, session, Some(16))
                .bytes()
                .unwrap();
            let signature = module
                .give(|f| f.C_SignFinal, session, Some(64))
                .bytes()
                .unwrap();
            module
                .start(|f| f.C_DecryptInit, session, &mut ecb, key)
                .unwrap();
            module
                .start(|f| f.C_VerifyInit, session, &mut ecdsa, public)
                .unwrap();
            let given =
                module.transform(|f| f.C_DecryptVerifyUpdate, session, &ciphertext, Some(64));
            assert_eq!(given.bytes().unwrap(), text);
            module
                .feed(|f| f.C_VerifyFinal, session, &signature)
                .unwrap();

            // A failure ends both.
            digest(&module, session);
            let value = module.transform_wrongly(|f| f.C_DecryptDigestUpdate, session, false);
            assert_eq!(value, c::CKR_ARGUMENTS_BAD);
            assert_eq!(update_digest(&module, session, b"x"), OVER);
            let last = module.give(|f| f.C_DecryptFinal, session, Some(16));
            assert_eq!(last.value, c::CKR_OPERATION_NOT_INITIALIZED);
        },
        nothing,
    );
}

#[test]
fn a_digest_is_saved_and_goes_on_elsewhere() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            let other = module.open_session(slot(&module)).unwrap();
            let save = |room| module.give(|f| f.C_GetOperationState, session, room);
            assert_eq!(save(None).value, c::CKR_OPERATION_NOT_INITIALIZED);
            digest(&module, session);
            update_digest(&module, session, &[7; 100]).unwrap();
            let length = save(None).length;
            assert_eq!(save(Some(length - 1)).value, c::CKR_BUFFER_TOO_SMALL);
            let state = save(Some(length)).bytes().unwrap();
            update_digest(&module, session, b"here").unwrap();

            digest(&module, other);
            module.set_operation_state(other, &state, [0; 2]).unwrap();
            update_digest(&module, other, b"there").unwrap();
            let end = |session| {
                module
                    .give(|f| f.C_DigestFinal, session, Some(32))
                    .bytes()
                    .unwrap()
            };
            let (here, there) = (end(session), end(other));
            let expected =
                |tail: &[u8]| module.sha256(session, &[&[7; 100], tail].concat()).unwrap();
            assert_eq!(here, expected(b"here"));
            assert_eq!(there, expected(b"there"));

            assert_eq!(
                module.set_operation_state(other, &state, [4711, 0]),
                Err(c::CKR_KEY_NOT_NEEDED)
            );
            for index in 0..state.len() {
                let mut changed = state.clone();
                changed[index] ^= 1;
                assert_eq!(
                    module.set_operation_state(other, &changed, [0; 2]),
                    Err(c::CKR_SAVED_STATE_INVALID)
                );
            }
            assert_eq!(
                module.set_operation_state(other, b"", [0; 2]),
                Err(c::CKR_SAVED_STATE_INVALID)
            );
            assert_eq!(
                module.set_null_operation_state(other, 0),
                Err(c::CKR_SAVED_STATE_INVALID)
            );
            assert_eq!(
                module.set_null_operation_state(other, 64),
                Err(c::CKR_ARGUMENTS_BAD)
            );
            // What depends on a key, or is not told by the library, is not saved.
            let key = aes(&module, session);
            module
                .start(
                    |f| f.C_EncryptInit,
                    session,
                    &mut plain(c::CKM_AES_ECB),
                    key,
                )
                .unwrap();
            assert_eq!(save(Some(512)).value, c::CKR_STATE_UNSAVEABLE);
            module.session_cancel(session, c::CKF_ENCRYPT).unwrap();
            let mut sha3 = plain(c::CKM_SHA3_256);
            module
                .start_without_key(|f| f.C_DigestInit, session, &mut sha3)
                .unwrap();
            assert_eq!(save(Some(512)).value, c::CKR_STATE_UNSAVEABLE);
        },
        nothing,
    );
}

#[test]
fn what_does_not_fit_is_refused_when_the_operation_starts() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            let [rsa_public, rsa_private] = rsa(&module, session);
            let key = aes(&module, session);
            let init = |mechanism: &mut Mechanism, key| module.sign_init(session, mechanism, key);
            let unfit = Err(c::CKR_KEY_TYPE_INCONSISTENT);
            assert_eq!(init(&mut plain(c::CKM_ECDSA), rsa_private), unfit);
            assert_eq!(init(&mut plain(c::CKM_RSA_PKCS), rsa_public), unfit);
            assert_eq!(init(&mut plain(c::CKM_RSA_PKCS), key), unfit);
            assert_eq!(
                init(&mut Mechanism::gcm(&[0; 12]), key),
                Err(c::CKR_MECHANISM_INVALID)
            );
            module.logout(session).unwrap();
            assert_eq!(module.logout(session), Err(c::CKR_USER_NOT_LOGGED_IN));
        },
        nothing,
    );
}
