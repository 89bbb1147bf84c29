//! Which parameters go with which algorithm.

use super::*;

fn gcm(iv: usize, tag_bits: u32) -> Parameters {
    Parameters::Gcm(GcmParameters {
        iv: vec![0; iv],
        aad: Vec::new(),
        tag_bits,
    })
}

#[test]
fn every_algorithm_refuses_the_parameters_of_the_others() {
    let samples = |algorithm: Algorithm| {
        [
            (ParametersKind::None, Parameters::None),
            (
                ParametersKind::Iv,
                Parameters::Iv(vec![0; algorithm.block_bytes()]),
            ),
            (ParametersKind::Gcm, gcm(16, 128)),
            (ParametersKind::CodeLength, Parameters::CodeLength(8)),
            (
                ParametersKind::Ccm,
                Parameters::Ccm(CcmParameters {
                    nonce: vec![0; 13],
                    aad: vec![],
                    data_length_bytes: 5,
                    code_length_bytes: 8,
                }),
            ),
            (
                ParametersKind::ChaCha20,
                Parameters::ChaCha20(ChaCha20Parameters {
                    nonce: vec![0; 12],
                    counter: 1,
                }),
            ),
            (
                ParametersKind::Ctr,
                Parameters::Ctr(CtrParameters {
                    counter_block: [0; 16],
                    counter_bits: 32,
                }),
            ),
            (
                ParametersKind::Oaep,
                Parameters::Oaep(OaepParameters {
                    hash: Digest::Sha256,
                    mgf1_hash: Digest::Sha1,
                    label: vec![],
                }),
            ),
            (
                ParametersKind::Ecdh,
                Parameters::Ecdh(EcdhParameters {
                    public_point: vec![4; 65],
                    kdf: Kdf::Null,
                    shared_data: vec![],
                }),
            ),
        ]
    };
    for algorithm in Algorithm::ALL {
        for (kind, sample) in &samples(*algorithm) {
            let row = algorithm.row();
            let none_will_do = *kind == ParametersKind::None
                && (matches!(
                    row.parameters,
                    ParametersKind::KeyWrapIv
                        | ParametersKind::KeyWrapPaddedIv
                        | ParametersKind::OtherKey
                        | ParametersKind::Signature
                        | ParametersKind::EdDsa
                ) || (row.parameters == ParametersKind::Pss && row.digest.is_some()));
            // GMAC is GCM without data.
            let gmac = *kind == ParametersKind::Gcm && row.parameters == ParametersKind::Gmac;
            let expected = row.parameters == *kind || none_will_do || gmac;
            assert_eq!(
                sample.check(*algorithm).is_ok(),
                expected,
                "{algorithm} {kind:?}"
            );
        }
    }
}

#[test]
fn gcm_refuses_empty_vectors_and_odd_tags() {
    for (iv, tag_bits, is_valid) in [
        (12, 128, true),
        (1, 96, true),
        (1024, 32, true),
        (0, 128, false),
        (1025, 128, false),
        (12, 0, false),
        (12, 8, false),
        (12, 136, false),
    ] {
        assert_eq!(
            gcm(iv, tag_bits).check(Algorithm::AesGcm).is_ok(),
            is_valid,
            "{iv} {tag_bits}"
        );
    }
}

#[test]
fn key_wrap_takes_the_default_initial_value_only() {
    assert!(
        Parameters::Iv(KEY_WRAP_IV.to_vec())
            .check(Algorithm::AesKw)
            .is_ok()
    );
    assert!(
        Parameters::Iv(KEY_WRAP_PADDED_IV.to_vec())
            .check(Algorithm::AesKwp)
            .is_ok()
    );
    assert!(Parameters::Iv(vec![0; 8]).check(Algorithm::AesKw).is_err());
    assert!(
        Parameters::Iv(KEY_WRAP_IV.to_vec())
            .check(Algorithm::AesKwp)
            .is_err()
    );
}

#[test]
fn a_hashed_pss_row_takes_its_own_digest_only() {
    let sha256 = Parameters::Pss(PssParameters::usual(Digest::Sha256));
    assert!(sha256.check(Algorithm::RsassaPssSha256).is_ok());
    assert!(sha256.check(Algorithm::RsassaPssSha384).is_err());
    assert!(sha256.check(Algorithm::RsassaPss).is_ok());
    assert!(Parameters::None.check(Algorithm::RsassaPss).is_err());
    assert_eq!(
        Parameters::None.pss(Algorithm::RsassaPssSha384),
        Some(PssParameters::usual(Digest::Sha384))
    );
}

#[test]
fn key_derivation_functions_have_names() {
    for kdf in Kdf::all() {
        assert_eq!(Kdf::by_name(&kdf.name()), Some(kdf));
    }
    assert_eq!(Kdf::all().count(), 19);
    assert_eq!(Kdf::by_name(""), Some(Kdf::Null));
    assert_eq!(Kdf::by_name("SP800-56A-SHA-512/256"), None);
    assert_eq!(Kdf::by_name("X9.63-MD5"), None);
    assert_eq!(
        Kdf::by_pkcs11(crate::pkcs11::CKD_SHA256_KDF),
        Some(Kdf::X963(Digest::Sha256))
    );
    assert_eq!(
        Kdf::by_pkcs11(crate::pkcs11::CKD_SHA3_512_KDF_SP800),
        Some(Kdf::OneStep(Digest::Sha3_512))
    );
}
