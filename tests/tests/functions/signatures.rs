//! Signatures that give their message back, and verification of a signature that is known first.

use hsm_tests::c_caller::{Template, cryptoki_sys as c};
use hsm_tests::{Daemon, in_module_process};

use crate::{nothing, p256, plain, rsa, user};

#[test]
fn a_signature_with_recovery_gives_its_message_back() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            let [public, private] = rsa(&module, session);
            for (mechanism, data) in [
                (c::CKM_RSA_PKCS, b"short".to_vec()),
                (c::CKM_RSA_X_509, [&[0_u8][..], &[7; 255]].concat()),
            ] {
                let mut mechanism = plain(mechanism);
                module
                    .start(|f| f.C_SignRecoverInit, session, &mut mechanism, private)
                    .unwrap();
                let sign = |room| module.transform(|f| f.C_SignRecover, session, &data, room);
                assert_eq!(sign(None).length, 256);
                assert_eq!(sign(Some(255)).value, c::CKR_BUFFER_TOO_SMALL);
                let signature = sign(Some(256)).bytes().unwrap();
                assert_eq!(sign(Some(256)).value, c::CKR_OPERATION_NOT_INITIALIZED);

                let recover = |signature: &[u8], room| {
                    let init = |f: &c::CK_FUNCTION_LIST_3_2| f.C_VerifyRecoverInit;
                    module
                        .start(init, session, &mut plain(mechanism_of(&data)), public)
                        .unwrap();
                    module.transform(|f| f.C_VerifyRecover, session, signature, room)
                };
                assert_eq!(recover(&signature, Some(256)).bytes().unwrap(), data);
                let short = recover(&signature[1..], Some(256));
                assert_eq!(short.value, c::CKR_SIGNATURE_LEN_RANGE);
            }
            // What is asked for anew says whether the key may.
            let changed = Template::new().flag(c::CKA_DECRYPT, false);
            module.set_attributes(session, private, &changed).unwrap();
            let mut pkcs = plain(c::CKM_RSA_PKCS);
            let init = |f: &c::CK_FUNCTION_LIST_3_2| f.C_SignRecoverInit;
            module.start(init, session, &mut pkcs, private).unwrap();
            module.session_cancel(session, c::CKF_SIGN_RECOVER).unwrap();
            let mut hashed = plain(c::CKM_SHA256_RSA_PKCS);
            assert_eq!(
                module.start(|f| f.C_SignRecoverInit, session, &mut hashed, private),
                Err(c::CKR_MECHANISM_INVALID)
            );
            let [_, ec] = p256(&module, session);
            let mut pkcs = plain(c::CKM_RSA_PKCS);
            assert_eq!(
                module.start(|f| f.C_SignRecoverInit, session, &mut pkcs, ec),
                Err(c::CKR_KEY_TYPE_INCONSISTENT)
            );
        },
        nothing,
    );
}

fn mechanism_of(data: &[u8]) -> c::CK_MECHANISM_TYPE {
    if data.len() == 256 {
        c::CKM_RSA_X_509
    } else {
        c::CKM_RSA_PKCS
    }
}

#[test]
fn a_signature_that_is_known_first_is_verified_in_one_call_and_in_parts() {
    in_module_process(
        Daemon::dev,
        || {
            let (module, session) = user();
            let [public, private] = p256(&module, session);
            let mut ecdsa = plain(c::CKM_ECDSA_SHA256);
            module.sign_init(session, &mut ecdsa, private).unwrap();
            let mut signature = [0; 64];
            module.sign(session, b"message", &mut signature).unwrap();
            let mut init = |signature: &[u8]| {
                module.verify_signature_init(session, &mut ecdsa, public, signature)
            };

            init(&signature).unwrap();
            assert_eq!(init(&signature), Err(c::CKR_OPERATION_ACTIVE));
            module
                .feed(|f| f.C_VerifySignature, session, b"message")
                .unwrap();
            init(&signature).unwrap();
            for part in [&b"mes"[..], b"", b"sage"] {
                module
                    .feed(|f| f.C_VerifySignatureUpdate, session, part)
                    .unwrap();
            }
            module.end(|f| f.C_VerifySignatureFinal, session).unwrap();
            init(&signature).unwrap();
            assert_eq!(
                module.feed(|f| f.C_VerifySignature, session, b"massage"),
                Err(c::CKR_SIGNATURE_INVALID)
            );
            assert_eq!(
                module.end(|f| f.C_VerifySignatureFinal, session),
                Err(c::CKR_OPERATION_NOT_INITIALIZED)
            );
            assert_eq!(init(&signature[1..]), Err(c::CKR_SIGNATURE_LEN_RANGE));
        },
        nothing,
    );
}
