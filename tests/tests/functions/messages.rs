//! Message-based encryption, decryption, signing and verification.

use hsm_tests::c_caller::{GcmMessage, Mechanism, Template, cryptoki_sys as c};
use hsm_tests::{Daemon, in_module_process};

use crate::{aes, nothing, p256, plain, user};

const TEXT: &[u8] = b"one message of several";

#[test]
fn a_message_is_what_one_call_of_gcm_gives() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            let key = aes(&module, session);
            let mut whole = [0; 64];
            let nonce = [7; 12];
            let length = module
                .encrypt(session, &mut Mechanism::gcm(&nonce), key, TEXT, &mut whole)
                .unwrap();
            let (ciphertext, tag) = whole[..length].split_at(TEXT.len());

            let mut gcm = plain(c::CKM_AES_GCM);
            module
                .start(|f| f.C_MessageEncryptInit, session, &mut gcm, key)
                .unwrap();
            let mut message = GcmMessage::with_nonce(nonce);
            let encrypt = |message: &mut GcmMessage, room| {
                module.message(|f| f.C_EncryptMessage, session, message, b"", TEXT, room)
            };
            let asked = encrypt(&mut message, None);
            assert_eq!((asked.value, asked.length), (c::CKR_OK, TEXT.len()));
            let short = encrypt(&mut message, Some(TEXT.len() - 1));
            assert_eq!(
                (short.value, short.length),
                (c::CKR_BUFFER_TOO_SMALL, TEXT.len())
            );
            let given = encrypt(&mut message, Some(64)).bytes().unwrap();
            assert_eq!((&given[..], &message.tag[..]), (ciphertext, tag));

            // In parts, each as long as what went in.
            let begin =
                |message: &mut GcmMessage| module.message_begin(true, session, message, b"");
            begin(&mut message).unwrap();
            assert_eq!(begin(&mut message), Err(c::CKR_OPERATION_ACTIVE));
            assert_eq!(
                encrypt(&mut message, Some(64)).value,
                c::CKR_OPERATION_ACTIVE
            );
            message.tag = [0; 16];
            let mut parts = Vec::new();
            for (part, is_last) in [
                (&TEXT[..5], false),
                (&TEXT[5..17], false),
                (&TEXT[17..], true),
            ] {
                let next = |room, message: &mut GcmMessage| {
                    let select = |f: &c::CK_FUNCTION_LIST_3_2| f.C_EncryptMessageNext;
                    module.message_next(select, session, message, part, room, is_last)
                };
                assert_eq!(next(None, &mut message).length, part.len());
                assert_eq!(
                    next(Some(part.len() - 1), &mut message).value,
                    c::CKR_BUFFER_TOO_SMALL
                );
                parts.extend(next(Some(part.len()), &mut message).bytes().unwrap());
            }
            assert_eq!((&parts[..], &message.tag[..]), (ciphertext, tag));
            module.end(|f| f.C_MessageEncryptFinal, session).unwrap();
            assert_eq!(
                module.end(|f| f.C_MessageEncryptFinal, session),
                Err(c::CKR_OPERATION_NOT_INITIALIZED)
            );
        },
        nothing,
    );
}

#[test]
fn a_changed_message_opens_not_at_all_and_the_process_goes_on() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            let key = aes(&module, session);
            let mut gcm = plain(c::CKM_AES_GCM);
            module
                .start(|f| f.C_MessageEncryptInit, session, &mut gcm, key)
                .unwrap();
            let mut message = GcmMessage::with_nonce([0; 12]);
            message.generator = c::CKG_GENERATE_COUNTER;
            message.fixed_bits = 32;
            let mut sent = Vec::new();
            for text in [&b"first"[..], b"second", b""] {
                let given = module.message(
                    |f| f.C_EncryptMessage,
                    session,
                    &mut message,
                    b"header",
                    text,
                    Some(64),
                );
                sent.push((given.bytes().unwrap(), message.nonce, message.tag));
            }
            let nonces: Vec<u8> = sent.iter().map(|(_, nonce, _)| nonce[11]).collect();
            assert_eq!(nonces, [0, 1, 2], "the module writes the nonce back");

            module
                .start(|f| f.C_MessageDecryptInit, session, &mut gcm, key)
                .unwrap();
            let open = |sent: &(Vec<u8>, [u8; 12], [u8; 16]), header: &[u8]| {
                let mut message = GcmMessage::with_nonce(sent.1);
                message.tag = sent.2;
                let decrypt = |f: &c::CK_FUNCTION_LIST_3_2| f.C_DecryptMessage;
                module.message(decrypt, session, &mut message, header, &sent.0, Some(64))
            };
            assert_eq!(open(&sent[1], b"header").bytes().unwrap(), b"second");
            let mut changed = sent[0].clone();
            changed.2[15] ^= 1;
            for (sent, header) in [(&changed, &b"header"[..]), (&sent[0], b"Header")] {
                assert_eq!(open(sent, header).value, c::CKR_AEAD_DECRYPT_FAILED);
            }
            assert_eq!(open(&sent[0], b"header").bytes().unwrap(), b"first");
            assert_eq!(open(&sent[2], b"header").bytes().unwrap(), b"");

            // In parts nothing comes out before the end.
            let mut message = GcmMessage::with_nonce(sent[1].1);
            message.tag = sent[1].2;
            module
                .message_begin(false, session, &mut message, b"header")
                .unwrap();
            let mut next = |part: &[u8], is_last| {
                let select = |f: &c::CK_FUNCTION_LIST_3_2| f.C_DecryptMessageNext;
                module.message_next(select, session, &mut message, part, Some(64), is_last)
            };
            assert_eq!(next(&sent[1].0[..3], false).bytes().unwrap(), b"");
            assert_eq!(next(&sent[1].0[3..], true).bytes().unwrap(), b"second");
            assert_eq!(next(b"more", true).value, c::CKR_OPERATION_NOT_INITIALIZED);
        },
        nothing,
    );
}

#[test]
fn messages_are_signed_and_verified_one_after_another() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            let [public, private] = p256(&module, session);
            let mut ecdsa = plain(c::CKM_ECDSA_SHA256);
            module
                .start(|f| f.C_MessageSignInit, session, &mut ecdsa, private)
                .unwrap();
            assert_eq!(module.sign_message(session, TEXT, None).length, 64);
            let one = module
                .sign_message(session, TEXT, Some(64))
                .bytes()
                .unwrap();
            let parts = [&TEXT[..4], &TEXT[4..9], &TEXT[9..]];
            let other = module.sign_message_parts(session, &parts).unwrap();
            module.end(|f| f.C_MessageSignFinal, session).unwrap();

            module
                .start(|f| f.C_MessageVerifyInit, session, &mut ecdsa, public)
                .unwrap();
            module.verify_message(session, TEXT, &other).unwrap();
            assert_eq!(
                module.verify_message(session, b"another", &one),
                Err(c::CKR_SIGNATURE_INVALID)
            );
            module.verify_message_parts(session, &parts, &one).unwrap();
            assert_eq!(
                module.verify_message_parts(session, &parts[..2], &one),
                Err(c::CKR_SIGNATURE_INVALID)
            );
            module.verify_message(session, TEXT, &one).unwrap();
            module.end(|f| f.C_MessageVerifyFinal, session).unwrap();
        },
        nothing,
    );
}

#[test]
fn every_authenticated_cipher_takes_messages() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            let chacha20 = Template::new().flag(c::CKA_TOKEN, false);
            let chacha20 = module
                .generate_key(session, c::CKM_CHACHA20_KEY_GEN, &chacha20)
                .unwrap();
            for (mechanism, key) in [
                (c::CKM_AES_GCM, aes(&module, session)),
                (c::CKM_AES_CCM, aes(&module, session)),
                (c::CKM_CHACHA20_POLY1305, chacha20),
            ] {
                let mut message = GcmMessage::with_nonce([9; 12]);
                message.mechanism = mechanism;
                let encrypt_init = |f: &c::CK_FUNCTION_LIST_3_2| f.C_MessageEncryptInit;
                let decrypt_init = |f: &c::CK_FUNCTION_LIST_3_2| f.C_MessageDecryptInit;
                let mut init = plain(mechanism);
                module.start(encrypt_init, session, &mut init, key).unwrap();
                module.start(decrypt_init, session, &mut init, key).unwrap();
                let encrypt = |f: &c::CK_FUNCTION_LIST_3_2| f.C_EncryptMessage;
                let decrypt = |f: &c::CK_FUNCTION_LIST_3_2| f.C_DecryptMessage;
                let ciphertext = module
                    .message(encrypt, session, &mut message, b"header", TEXT, Some(64))
                    .bytes()
                    .unwrap();
                assert_eq!(ciphertext.len(), TEXT.len());
                let mut open = |header: &[u8]| {
                    module.message(
                        decrypt,
                        session,
                        &mut message,
                        header,
                        &ciphertext,
                        Some(64),
                    )
                };
                assert_eq!(open(b"header").bytes().unwrap(), TEXT);
                assert_eq!(open(b"Header").value, c::CKR_AEAD_DECRYPT_FAILED);
                module.end(|f| f.C_MessageEncryptFinal, session).unwrap();
                module.end(|f| f.C_MessageDecryptFinal, session).unwrap();
            }
        },
        nothing,
    );
}
