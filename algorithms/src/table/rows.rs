//! The rows of the algorithm table.

use super::{Family, ParametersKind, Purpose, Purposes, Row};
use crate::digest::Digest;
use crate::key_specs::KeyKind;
use crate::pkcs11::{
    CKM_AES_CBC, CKM_AES_CBC_PAD, CKM_AES_CMAC, CKM_AES_CTR, CKM_AES_ECB, CKM_AES_GCM,
    CKM_AES_KEY_WRAP, CKM_AES_KEY_WRAP_KWP, CKM_AES_KEY_WRAP_PAD, CKM_ECDH1_COFACTOR_DERIVE,
    CKM_ECDH1_DERIVE, CKM_ECDSA, CKM_ECDSA_SHA1, CKM_ECDSA_SHA3_224, CKM_ECDSA_SHA3_256,
    CKM_ECDSA_SHA3_384, CKM_ECDSA_SHA3_512, CKM_ECDSA_SHA224, CKM_ECDSA_SHA256, CKM_ECDSA_SHA384,
    CKM_ECDSA_SHA512, CKM_EDDSA, CKM_RSA_PKCS, CKM_RSA_PKCS_OAEP, CKM_RSA_PKCS_PSS, CKM_RSA_X_509,
    CKM_SHA_1, CKM_SHA_1_HMAC, CKM_SHA1_RSA_PKCS, CKM_SHA1_RSA_PKCS_PSS, CKM_SHA3_224,
    CKM_SHA3_224_HMAC, CKM_SHA3_224_RSA_PKCS, CKM_SHA3_224_RSA_PKCS_PSS, CKM_SHA3_256,
    CKM_SHA3_256_HMAC, CKM_SHA3_256_RSA_PKCS, CKM_SHA3_256_RSA_PKCS_PSS, CKM_SHA3_384,
    CKM_SHA3_384_HMAC, CKM_SHA3_384_RSA_PKCS, CKM_SHA3_384_RSA_PKCS_PSS, CKM_SHA3_512,
    CKM_SHA3_512_HMAC, CKM_SHA3_512_RSA_PKCS, CKM_SHA3_512_RSA_PKCS_PSS, CKM_SHA224,
    CKM_SHA224_HMAC, CKM_SHA224_RSA_PKCS, CKM_SHA224_RSA_PKCS_PSS, CKM_SHA256, CKM_SHA256_HMAC,
    CKM_SHA256_RSA_PKCS, CKM_SHA256_RSA_PKCS_PSS, CKM_SHA384, CKM_SHA384_HMAC, CKM_SHA384_RSA_PKCS,
    CKM_SHA384_RSA_PKCS_PSS, CKM_SHA512, CKM_SHA512_224, CKM_SHA512_224_HMAC, CKM_SHA512_256,
    CKM_SHA512_256_HMAC, CKM_SHA512_HMAC, CKM_SHA512_RSA_PKCS, CKM_SHA512_RSA_PKCS_PSS,
};

/// Makes [`Algorithm`] and its rows.
macro_rules! algorithms {
    ($(
        $(#[$documentation:meta])*
        $variant:ident {
            name: $name:literal, family: $family:ident, purposes: &[$($purpose:ident),*], keys: $keys:expr,
            digest: $digest:expr, parameters: $parameters:ident, standard: $standard:literal,
            pkcs11: $pkcs11:expr, kms: $kms:expr, xks: $xks:expr, jose: $jose:expr,
        }
    )*) => {
        /// Something that can be computed. Its [`row`](Self::row) has everything else.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Algorithm { $($(#[$documentation])* $variant,)* }

        impl Algorithm {
            /// Every algorithm, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The facts about this algorithm.
            #[must_use]
            pub const fn row(self) -> &'static Row {
                match self {
                    $(Self::$variant => const { &Row {
                        name: $name, family: Family::$family, purposes: Purposes::of(&[$(Purpose::$purpose),*]),
                        keys: $keys, digest: $digest, parameters: ParametersKind::$parameters,
                        pkcs11: $pkcs11, kms: $kms, xks: $xks, jose: $jose, standard: $standard,
                    } },)*
                }
            }
        }
    };
}

const RSA: &[KeyKind] = &[KeyKind::Rsa];
const NIST_CURVES: &[KeyKind] = &[KeyKind::EcP256, KeyKind::EcP384, KeyKind::EcP521];
const AGREEMENT_CURVES: &[KeyKind] = &[
    KeyKind::EcP256,
    KeyKind::EcP384,
    KeyKind::EcP521,
    KeyKind::X25519,
];

algorithms! {
    /// RSASSA-PKCS1-v1_5 over bytes taken as they are: the caller builds the `DigestInfo`.
    RsassaPkcs1V15 {
        name: "RSASSA_PKCS1_V1_5", family: RsaPkcs1Signature, purposes: &[Sign], keys: RSA,
        digest: None, parameters: None, standard: "RFC 8017 §8.2",
        pkcs11: Some(CKM_RSA_PKCS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PKCS1-v1_5 with SHA-1.
    RsassaPkcs1V15Sha1 {
        name: "RSASSA_PKCS1_V1_5_SHA_1", family: RsaPkcs1Signature, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha1), parameters: None, standard: "RFC 8017 §8.2",
        pkcs11: Some(CKM_SHA1_RSA_PKCS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PKCS1-v1_5 with SHA-224.
    RsassaPkcs1V15Sha224 {
        name: "RSASSA_PKCS1_V1_5_SHA_224", family: RsaPkcs1Signature, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha224), parameters: None, standard: "RFC 8017 §8.2",
        pkcs11: Some(CKM_SHA224_RSA_PKCS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsassaPkcs1V15Sha256 {
        name: "RSASSA_PKCS1_V1_5_SHA_256", family: RsaPkcs1Signature, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha256), parameters: None, standard: "RFC 8017 §8.2",
        pkcs11: Some(CKM_SHA256_RSA_PKCS), kms: Some("RSASSA_PKCS1_V1_5_SHA_256"), xks: None, jose: Some("RS256"),
    }
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsassaPkcs1V15Sha384 {
        name: "RSASSA_PKCS1_V1_5_SHA_384", family: RsaPkcs1Signature, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha384), parameters: None, standard: "RFC 8017 §8.2",
        pkcs11: Some(CKM_SHA384_RSA_PKCS), kms: Some("RSASSA_PKCS1_V1_5_SHA_384"), xks: None, jose: Some("RS384"),
    }
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsassaPkcs1V15Sha512 {
        name: "RSASSA_PKCS1_V1_5_SHA_512", family: RsaPkcs1Signature, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha512), parameters: None, standard: "RFC 8017 §8.2",
        pkcs11: Some(CKM_SHA512_RSA_PKCS), kms: Some("RSASSA_PKCS1_V1_5_SHA_512"), xks: None, jose: Some("RS512"),
    }
    /// RSASSA-PKCS1-v1_5 with SHA3-224.
    RsassaPkcs1V15Sha3_224 {
        name: "RSASSA_PKCS1_V1_5_SHA3_224", family: RsaPkcs1Signature, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha3_224), parameters: None, standard: "RFC 8017 §8.2",
        pkcs11: Some(CKM_SHA3_224_RSA_PKCS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PKCS1-v1_5 with SHA3-256.
    RsassaPkcs1V15Sha3_256 {
        name: "RSASSA_PKCS1_V1_5_SHA3_256", family: RsaPkcs1Signature, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha3_256), parameters: None, standard: "RFC 8017 §8.2",
        pkcs11: Some(CKM_SHA3_256_RSA_PKCS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PKCS1-v1_5 with SHA3-384.
    RsassaPkcs1V15Sha3_384 {
        name: "RSASSA_PKCS1_V1_5_SHA3_384", family: RsaPkcs1Signature, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha3_384), parameters: None, standard: "RFC 8017 §8.2",
        pkcs11: Some(CKM_SHA3_384_RSA_PKCS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PKCS1-v1_5 with SHA3-512.
    RsassaPkcs1V15Sha3_512 {
        name: "RSASSA_PKCS1_V1_5_SHA3_512", family: RsaPkcs1Signature, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha3_512), parameters: None, standard: "RFC 8017 §8.2",
        pkcs11: Some(CKM_SHA3_512_RSA_PKCS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PSS over a digest; the parameters name which.
    RsassaPss {
        name: "RSASSA_PSS", family: RsaPss, purposes: &[Sign], keys: RSA,
        digest: None, parameters: Pss, standard: "RFC 8017 §8.1",
        pkcs11: Some(CKM_RSA_PKCS_PSS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PSS with SHA-1.
    RsassaPssSha1 {
        name: "RSASSA_PSS_SHA_1", family: RsaPss, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha1), parameters: Pss, standard: "RFC 8017 §8.1",
        pkcs11: Some(CKM_SHA1_RSA_PKCS_PSS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PSS with SHA-224.
    RsassaPssSha224 {
        name: "RSASSA_PSS_SHA_224", family: RsaPss, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha224), parameters: Pss, standard: "RFC 8017 §8.1",
        pkcs11: Some(CKM_SHA224_RSA_PKCS_PSS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PSS with SHA-256.
    RsassaPssSha256 {
        name: "RSASSA_PSS_SHA_256", family: RsaPss, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha256), parameters: Pss, standard: "RFC 8017 §8.1",
        pkcs11: Some(CKM_SHA256_RSA_PKCS_PSS), kms: Some("RSASSA_PSS_SHA_256"), xks: None, jose: Some("PS256"),
    }
    /// RSASSA-PSS with SHA-384.
    RsassaPssSha384 {
        name: "RSASSA_PSS_SHA_384", family: RsaPss, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha384), parameters: Pss, standard: "RFC 8017 §8.1",
        pkcs11: Some(CKM_SHA384_RSA_PKCS_PSS), kms: Some("RSASSA_PSS_SHA_384"), xks: None, jose: Some("PS384"),
    }
    /// RSASSA-PSS with SHA-512.
    RsassaPssSha512 {
        name: "RSASSA_PSS_SHA_512", family: RsaPss, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha512), parameters: Pss, standard: "RFC 8017 §8.1",
        pkcs11: Some(CKM_SHA512_RSA_PKCS_PSS), kms: Some("RSASSA_PSS_SHA_512"), xks: None, jose: Some("PS512"),
    }
    /// RSASSA-PSS with SHA3-224.
    RsassaPssSha3_224 {
        name: "RSASSA_PSS_SHA3_224", family: RsaPss, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha3_224), parameters: Pss, standard: "RFC 8017 §8.1",
        pkcs11: Some(CKM_SHA3_224_RSA_PKCS_PSS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PSS with SHA3-256.
    RsassaPssSha3_256 {
        name: "RSASSA_PSS_SHA3_256", family: RsaPss, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha3_256), parameters: Pss, standard: "RFC 8017 §8.1",
        pkcs11: Some(CKM_SHA3_256_RSA_PKCS_PSS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PSS with SHA3-384.
    RsassaPssSha3_384 {
        name: "RSASSA_PSS_SHA3_384", family: RsaPss, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha3_384), parameters: Pss, standard: "RFC 8017 §8.1",
        pkcs11: Some(CKM_SHA3_384_RSA_PKCS_PSS), kms: None, xks: None, jose: None,
    }
    /// RSASSA-PSS with SHA3-512.
    RsassaPssSha3_512 {
        name: "RSASSA_PSS_SHA3_512", family: RsaPss, purposes: &[Sign], keys: RSA,
        digest: Some(Digest::Sha3_512), parameters: Pss, standard: "RFC 8017 §8.1",
        pkcs11: Some(CKM_SHA3_512_RSA_PKCS_PSS), kms: None, xks: None, jose: None,
    }
    /// The RSA function alone. The caller pads; the input is as long as the modulus, or shorter and then zero-extended on the left.
    RsaRaw {
        name: "RSA_RAW", family: RsaRaw, purposes: &[Sign, Encrypt, Wrap], keys: RSA,
        digest: None, parameters: None, standard: "RFC 8017 §5",
        pkcs11: Some(CKM_RSA_X_509), kms: None, xks: None, jose: None,
    }
    /// RSAES-PKCS1-v1_5. Prefer OAEP: see the vault for how this one is kept from being an oracle.
    RsaesPkcs1V15 {
        name: "RSAES_PKCS1_V1_5", family: RsaPkcs1Encryption, purposes: &[Encrypt, Wrap], keys: RSA,
        digest: None, parameters: None, standard: "RFC 8017 §7.2",
        pkcs11: Some(CKM_RSA_PKCS), kms: None, xks: None, jose: Some("RSA1_5"),
    }
    /// RSAES-OAEP; the parameters name the digests.
    RsaesOaep {
        name: "RSAES_OAEP", family: RsaOaep, purposes: &[Encrypt, Wrap], keys: RSA,
        digest: None, parameters: Oaep, standard: "RFC 8017 §7.1",
        pkcs11: Some(CKM_RSA_PKCS_OAEP), kms: None, xks: None, jose: None,
    }
    /// ECDSA over a digest of any length, which the caller made.
    Ecdsa {
        name: "ECDSA", family: Ecdsa, purposes: &[Sign], keys: NIST_CURVES,
        digest: None, parameters: None, standard: "FIPS 186-5 §6.4",
        pkcs11: Some(CKM_ECDSA), kms: None, xks: None, jose: None,
    }
    /// ECDSA with SHA-1.
    EcdsaSha1 {
        name: "ECDSA_SHA_1", family: Ecdsa, purposes: &[Sign], keys: NIST_CURVES,
        digest: Some(Digest::Sha1), parameters: None, standard: "FIPS 186-5 §6.4",
        pkcs11: Some(CKM_ECDSA_SHA1), kms: None, xks: None, jose: None,
    }
    /// ECDSA with SHA-224.
    EcdsaSha224 {
        name: "ECDSA_SHA_224", family: Ecdsa, purposes: &[Sign], keys: NIST_CURVES,
        digest: Some(Digest::Sha224), parameters: None, standard: "FIPS 186-5 §6.4",
        pkcs11: Some(CKM_ECDSA_SHA224), kms: None, xks: None, jose: None,
    }
    /// ECDSA with SHA-256.
    EcdsaSha256 {
        name: "ECDSA_SHA_256", family: Ecdsa, purposes: &[Sign], keys: NIST_CURVES,
        digest: Some(Digest::Sha256), parameters: None, standard: "FIPS 186-5 §6.4",
        pkcs11: Some(CKM_ECDSA_SHA256), kms: Some("ECDSA_SHA_256"), xks: None, jose: Some("ES256"),
    }
    /// ECDSA with SHA-384.
    EcdsaSha384 {
        name: "ECDSA_SHA_384", family: Ecdsa, purposes: &[Sign], keys: NIST_CURVES,
        digest: Some(Digest::Sha384), parameters: None, standard: "FIPS 186-5 §6.4",
        pkcs11: Some(CKM_ECDSA_SHA384), kms: Some("ECDSA_SHA_384"), xks: None, jose: Some("ES384"),
    }
    /// ECDSA with SHA-512.
    EcdsaSha512 {
        name: "ECDSA_SHA_512", family: Ecdsa, purposes: &[Sign], keys: NIST_CURVES,
        digest: Some(Digest::Sha512), parameters: None, standard: "FIPS 186-5 §6.4",
        pkcs11: Some(CKM_ECDSA_SHA512), kms: Some("ECDSA_SHA_512"), xks: None, jose: Some("ES512"),
    }
    /// ECDSA with SHA3-224.
    EcdsaSha3_224 {
        name: "ECDSA_SHA3_224", family: Ecdsa, purposes: &[Sign], keys: NIST_CURVES,
        digest: Some(Digest::Sha3_224), parameters: None, standard: "FIPS 186-5 §6.4",
        pkcs11: Some(CKM_ECDSA_SHA3_224), kms: None, xks: None, jose: None,
    }
    /// ECDSA with SHA3-256.
    EcdsaSha3_256 {
        name: "ECDSA_SHA3_256", family: Ecdsa, purposes: &[Sign], keys: NIST_CURVES,
        digest: Some(Digest::Sha3_256), parameters: None, standard: "FIPS 186-5 §6.4",
        pkcs11: Some(CKM_ECDSA_SHA3_256), kms: None, xks: None, jose: None,
    }
    /// ECDSA with SHA3-384.
    EcdsaSha3_384 {
        name: "ECDSA_SHA3_384", family: Ecdsa, purposes: &[Sign], keys: NIST_CURVES,
        digest: Some(Digest::Sha3_384), parameters: None, standard: "FIPS 186-5 §6.4",
        pkcs11: Some(CKM_ECDSA_SHA3_384), kms: None, xks: None, jose: None,
    }
    /// ECDSA with SHA3-512.
    EcdsaSha3_512 {
        name: "ECDSA_SHA3_512", family: Ecdsa, purposes: &[Sign], keys: NIST_CURVES,
        digest: Some(Digest::Sha3_512), parameters: None, standard: "FIPS 186-5 §6.4",
        pkcs11: Some(CKM_ECDSA_SHA3_512), kms: None, xks: None, jose: None,
    }
    /// Ed25519 over the whole message.
    Ed25519 {
        name: "ED25519", family: EdDsa, purposes: &[Sign], keys: &[KeyKind::Ed25519],
        digest: None, parameters: None, standard: "RFC 8032 §5.1",
        pkcs11: Some(CKM_EDDSA), kms: Some("ED25519_SHA_512"), xks: None, jose: Some("EdDSA"),
    }
    /// Diffie-Hellman key agreement, with or without a key derivation function.
    Ecdh {
        name: "ECDH", family: Ecdh, purposes: &[Derive], keys: AGREEMENT_CURVES,
        digest: None, parameters: Ecdh, standard: "SP 800-56A rev. 3 §5.7.1.2, RFC 7748 §6.1",
        pkcs11: Some(CKM_ECDH1_DERIVE), kms: None, xks: None, jose: Some("ECDH-ES"),
    }
    /// Diffie-Hellman with the cofactor, which is 1 on the NIST curves: the same as [`Algorithm::Ecdh`] there.
    EcdhCofactor {
        name: "ECDH_COFACTOR", family: Ecdh, purposes: &[Derive], keys: NIST_CURVES,
        digest: None, parameters: Ecdh, standard: "SP 800-56A rev. 3 §5.7.1.2",
        pkcs11: Some(CKM_ECDH1_COFACTOR_DERIVE), kms: Some("ECDH"), xks: None, jose: None,
    }
    /// AES in electronic codebook mode. Not for data: blocks that are alike stay alike.
    AesEcb {
        name: "AES_ECB", family: AesEcb, purposes: &[Encrypt, Wrap], keys: &[KeyKind::Aes],
        digest: None, parameters: None, standard: "SP 800-38A §6.1",
        pkcs11: Some(CKM_AES_ECB), kms: None, xks: None, jose: None,
    }
    /// AES in cipher block chaining mode over whole blocks.
    AesCbc {
        name: "AES_CBC", family: AesCbc, purposes: &[Encrypt, Wrap], keys: &[KeyKind::Aes],
        digest: None, parameters: Iv, standard: "SP 800-38A §6.2",
        pkcs11: Some(CKM_AES_CBC), kms: None, xks: None, jose: None,
    }
    /// AES in cipher block chaining mode with PKCS#7 padding.
    AesCbcPad {
        name: "AES_CBC_PAD", family: AesCbcPad, purposes: &[Encrypt, Wrap], keys: &[KeyKind::Aes],
        digest: None, parameters: Iv, standard: "SP 800-38A §6.2, RFC 5652 §6.3",
        pkcs11: Some(CKM_AES_CBC_PAD), kms: None, xks: None, jose: None,
    }
    /// AES in counter mode.
    AesCtr {
        name: "AES_CTR", family: AesCtr, purposes: &[Encrypt], keys: &[KeyKind::Aes],
        digest: None, parameters: Ctr, standard: "SP 800-38A §6.5",
        pkcs11: Some(CKM_AES_CTR), kms: None, xks: None, jose: None,
    }
    /// AES in Galois/counter mode; the tag follows the ciphertext.
    AesGcm {
        name: "AES_GCM", family: AesGcm, purposes: &[Encrypt, Wrap], keys: &[KeyKind::Aes],
        digest: None, parameters: Gcm, standard: "SP 800-38D",
        pkcs11: Some(CKM_AES_GCM), kms: None, xks: Some("AES_GCM"), jose: Some("A256GCM"),
    }
    /// AES Key Wrap of whole 64-bit blocks.
    AesKw {
        name: "AES_KW", family: AesKeyWrap, purposes: &[Encrypt, Wrap], keys: &[KeyKind::Aes],
        digest: None, parameters: KeyWrapIv, standard: "SP 800-38F §6.2, RFC 3394",
        pkcs11: Some(CKM_AES_KEY_WRAP), kms: None, xks: None, jose: Some("A256KW"),
    }
    /// AES Key Wrap with Padding.
    AesKwp {
        name: "AES_KWP", family: AesKeyWrap, purposes: &[Encrypt, Wrap], keys: &[KeyKind::Aes],
        digest: None, parameters: KeyWrapPaddedIv, standard: "SP 800-38F §6.3, RFC 5649",
        pkcs11: Some(CKM_AES_KEY_WRAP_KWP), kms: None, xks: None, jose: None,
    }
    /// AES Key Wrap with Padding under the mechanism number from before PKCS#11 3.0, as `SoftHSM` offers it.
    AesKwpOld {
        name: "AES_KW_PAD", family: AesKeyWrap, purposes: &[Encrypt, Wrap], keys: &[KeyKind::Aes],
        digest: None, parameters: KeyWrapPaddedIv, standard: "SP 800-38F §6.3, RFC 5649",
        pkcs11: Some(CKM_AES_KEY_WRAP_PAD), kms: None, xks: None, jose: None,
    }
    /// AES-CMAC with the whole tag.
    AesCmac {
        name: "AES_CMAC", family: AesCmac, purposes: &[Sign], keys: &[KeyKind::Aes],
        digest: None, parameters: None, standard: "SP 800-38B §6.2",
        pkcs11: Some(CKM_AES_CMAC), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA-1.
    HmacSha1 {
        name: "HMAC_SHA_1", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha1],
        digest: Some(Digest::Sha1), parameters: None, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA_1_HMAC), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA-224.
    HmacSha224 {
        name: "HMAC_SHA_224", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha224],
        digest: Some(Digest::Sha224), parameters: None, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA224_HMAC), kms: Some("HMAC_SHA_224"), xks: None, jose: None,
    }
    /// HMAC with SHA-256.
    HmacSha256 {
        name: "HMAC_SHA_256", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha256],
        digest: Some(Digest::Sha256), parameters: None, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA256_HMAC), kms: Some("HMAC_SHA_256"), xks: None, jose: Some("HS256"),
    }
    /// HMAC with SHA-384.
    HmacSha384 {
        name: "HMAC_SHA_384", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha384],
        digest: Some(Digest::Sha384), parameters: None, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA384_HMAC), kms: Some("HMAC_SHA_384"), xks: None, jose: Some("HS384"),
    }
    /// HMAC with SHA-512.
    HmacSha512 {
        name: "HMAC_SHA_512", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha512],
        digest: Some(Digest::Sha512), parameters: None, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA512_HMAC), kms: Some("HMAC_SHA_512"), xks: None, jose: Some("HS512"),
    }
    /// HMAC with SHA-512/224.
    HmacSha512_224 {
        name: "HMAC_SHA_512_224", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha512_224],
        digest: Some(Digest::Sha512_224), parameters: None, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA512_224_HMAC), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA-512/256.
    HmacSha512_256 {
        name: "HMAC_SHA_512_256", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha512_256],
        digest: Some(Digest::Sha512_256), parameters: None, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA512_256_HMAC), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA3-224.
    HmacSha3_224 {
        name: "HMAC_SHA3_224", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha3_224],
        digest: Some(Digest::Sha3_224), parameters: None, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA3_224_HMAC), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA3-256.
    HmacSha3_256 {
        name: "HMAC_SHA3_256", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha3_256],
        digest: Some(Digest::Sha3_256), parameters: None, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA3_256_HMAC), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA3-384.
    HmacSha3_384 {
        name: "HMAC_SHA3_384", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha3_384],
        digest: Some(Digest::Sha3_384), parameters: None, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA3_384_HMAC), kms: None, xks: None, jose: None,
    }
    /// HMAC with SHA3-512.
    HmacSha3_512 {
        name: "HMAC_SHA3_512", family: Hmac, purposes: &[Sign], keys: &[KeyKind::GenericSecret, KeyKind::HmacSha3_512],
        digest: Some(Digest::Sha3_512), parameters: None, standard: "FIPS 198-1",
        pkcs11: Some(CKM_SHA3_512_HMAC), kms: None, xks: None, jose: None,
    }
    /// The digest SHA-1.
    Sha1 {
        name: "SHA-1", family: Digest, purposes: &[Digest], keys: &[],
        digest: Some(Digest::Sha1), parameters: None, standard: "FIPS 180-4",
        pkcs11: Some(CKM_SHA_1), kms: None, xks: None, jose: None,
    }
    /// The digest SHA-224.
    Sha224 {
        name: "SHA-224", family: Digest, purposes: &[Digest], keys: &[],
        digest: Some(Digest::Sha224), parameters: None, standard: "FIPS 180-4",
        pkcs11: Some(CKM_SHA224), kms: None, xks: None, jose: None,
    }
    /// The digest SHA-256.
    Sha256 {
        name: "SHA-256", family: Digest, purposes: &[Digest], keys: &[],
        digest: Some(Digest::Sha256), parameters: None, standard: "FIPS 180-4",
        pkcs11: Some(CKM_SHA256), kms: None, xks: None, jose: None,
    }
    /// The digest SHA-384.
    Sha384 {
        name: "SHA-384", family: Digest, purposes: &[Digest], keys: &[],
        digest: Some(Digest::Sha384), parameters: None, standard: "FIPS 180-4",
        pkcs11: Some(CKM_SHA384), kms: None, xks: None, jose: None,
    }
    /// The digest SHA-512.
    Sha512 {
        name: "SHA-512", family: Digest, purposes: &[Digest], keys: &[],
        digest: Some(Digest::Sha512), parameters: None, standard: "FIPS 180-4",
        pkcs11: Some(CKM_SHA512), kms: None, xks: None, jose: None,
    }
    /// The digest SHA-512/224.
    Sha512_224 {
        name: "SHA-512/224", family: Digest, purposes: &[Digest], keys: &[],
        digest: Some(Digest::Sha512_224), parameters: None, standard: "FIPS 180-4",
        pkcs11: Some(CKM_SHA512_224), kms: None, xks: None, jose: None,
    }
    /// The digest SHA-512/256.
    Sha512_256 {
        name: "SHA-512/256", family: Digest, purposes: &[Digest], keys: &[],
        digest: Some(Digest::Sha512_256), parameters: None, standard: "FIPS 180-4",
        pkcs11: Some(CKM_SHA512_256), kms: None, xks: None, jose: None,
    }
    /// The digest SHA3-224.
    Sha3_224 {
        name: "SHA3-224", family: Digest, purposes: &[Digest], keys: &[],
        digest: Some(Digest::Sha3_224), parameters: None, standard: "FIPS 202",
        pkcs11: Some(CKM_SHA3_224), kms: None, xks: None, jose: None,
    }
    /// The digest SHA3-256.
    Sha3_256 {
        name: "SHA3-256", family: Digest, purposes: &[Digest], keys: &[],
        digest: Some(Digest::Sha3_256), parameters: None, standard: "FIPS 202",
        pkcs11: Some(CKM_SHA3_256), kms: None, xks: None, jose: None,
    }
    /// The digest SHA3-384.
    Sha3_384 {
        name: "SHA3-384", family: Digest, purposes: &[Digest], keys: &[],
        digest: Some(Digest::Sha3_384), parameters: None, standard: "FIPS 202",
        pkcs11: Some(CKM_SHA3_384), kms: None, xks: None, jose: None,
    }
    /// The digest SHA3-512.
    Sha3_512 {
        name: "SHA3-512", family: Digest, purposes: &[Digest], keys: &[],
        digest: Some(Digest::Sha3_512), parameters: None, standard: "FIPS 202",
        pkcs11: Some(CKM_SHA3_512), kms: None, xks: None, jose: None,
    }
}
