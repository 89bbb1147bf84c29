//! The rows of the table of kinds of key.

use super::{KeyKindRow, SizeUnit, Sizes};
use crate::curve::Curve;
use crate::parameter_sets;
#[allow(
    clippy::wildcard_imports,
    reason = "the rows name nearly every key type"
)]
use crate::pkcs11::*;

/// Makes [`KeyKind`] and its rows.
macro_rules! key_kinds {
    ($(
        $(#[$documentation:meta])*
        $variant:ident {
            name: $name:literal, class: $class:expr, key_type: $key_type:expr, curve: $curve:expr,
            bits: $bits:expr, unit: $unit:expr,
            $(post_quantum: $post_quantum:expr,)?
        }
    )*) => {
        /// A kind of key: the type, and for elliptic curves the curve. With a size it is a [`KeySpec`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum KeyKind { $($(#[$documentation])* $variant,)* }

        impl KeyKind {
            /// Every kind, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The facts about this kind.
            #[must_use]
            pub const fn row(self) -> &'static KeyKindRow {
                match self {
                    $(Self::$variant => const { &KeyKindRow {
                        name: $name, class: $class, key_type: $key_type, curve: $curve,
                        bits: $bits, unit: $unit,
                        post_quantum: [$(Some(&$post_quantum),)? None][0],
                    } },)*
                }
            }
        }
    };
}

/// A secret of 8 to 16,384 bits; 2 KiB is our limit, far beyond the block of any digest.
const SECRET: Sizes = Sizes {
    min: 8,
    max: 16_384,
    step: 8,
};

key_kinds! {
    /// RSA, RFC 8017. Below 2048 bits only for old certificates and their tests.
    Rsa {
        name: "RSA", class: CKO_PRIVATE_KEY, key_type: CKK_RSA, curve: None,
        bits: Sizes { min: 1024, max: 8192, step: 8 }, unit: SizeUnit::Bits,
    }
    /// NIST P-224, FIPS 186-5 and SP 800-186.
    EcP224 {
        name: "EC_P224", class: CKO_PRIVATE_KEY, key_type: CKK_EC, curve: Some(Curve::P224),
        bits: Sizes::only(224), unit: SizeUnit::Bits,
    }
    /// NIST P-256.
    EcP256 {
        name: "EC_P256", class: CKO_PRIVATE_KEY, key_type: CKK_EC, curve: Some(Curve::P256),
        bits: Sizes::only(256), unit: SizeUnit::Bits,
    }
    /// NIST P-384.
    EcP384 {
        name: "EC_P384", class: CKO_PRIVATE_KEY, key_type: CKK_EC, curve: Some(Curve::P384),
        bits: Sizes::only(384), unit: SizeUnit::Bits,
    }
    /// NIST P-521.
    EcP521 {
        name: "EC_P521", class: CKO_PRIVATE_KEY, key_type: CKK_EC, curve: Some(Curve::P521),
        bits: Sizes::only(521), unit: SizeUnit::Bits,
    }
    /// secp256k1, SEC 2 §2.4.1.
    EcSecp256k1 {
        name: "EC_SECP256K1", class: CKO_PRIVATE_KEY, key_type: CKK_EC, curve: Some(Curve::Secp256k1),
        bits: Sizes::only(256), unit: SizeUnit::Bits,
    }
    /// brainpoolP224r1, RFC 5639.
    EcBrainpoolP224r1 {
        name: "EC_BRAINPOOL_P224R1", class: CKO_PRIVATE_KEY, key_type: CKK_EC, curve: Some(Curve::BrainpoolP224r1),
        bits: Sizes::only(224), unit: SizeUnit::Bits,
    }
    /// brainpoolP256r1, RFC 5639.
    EcBrainpoolP256r1 {
        name: "EC_BRAINPOOL_P256R1", class: CKO_PRIVATE_KEY, key_type: CKK_EC, curve: Some(Curve::BrainpoolP256r1),
        bits: Sizes::only(256), unit: SizeUnit::Bits,
    }
    /// brainpoolP320r1, RFC 5639.
    EcBrainpoolP320r1 {
        name: "EC_BRAINPOOL_P320R1", class: CKO_PRIVATE_KEY, key_type: CKK_EC, curve: Some(Curve::BrainpoolP320r1),
        bits: Sizes::only(320), unit: SizeUnit::Bits,
    }
    /// brainpoolP384r1, RFC 5639.
    EcBrainpoolP384r1 {
        name: "EC_BRAINPOOL_P384R1", class: CKO_PRIVATE_KEY, key_type: CKK_EC, curve: Some(Curve::BrainpoolP384r1),
        bits: Sizes::only(384), unit: SizeUnit::Bits,
    }
    /// brainpoolP512r1, RFC 5639.
    EcBrainpoolP512r1 {
        name: "EC_BRAINPOOL_P512R1", class: CKO_PRIVATE_KEY, key_type: CKK_EC, curve: Some(Curve::BrainpoolP512r1),
        bits: Sizes::only(512), unit: SizeUnit::Bits,
    }
    /// Ed25519, RFC 8032.
    Ed25519 {
        name: "ED25519", class: CKO_PRIVATE_KEY, key_type: CKK_EC_EDWARDS, curve: Some(Curve::Ed25519),
        bits: Sizes::only(255), unit: SizeUnit::Bits,
    }
    /// X25519, RFC 7748.
    X25519 {
        name: "X25519", class: CKO_PRIVATE_KEY, key_type: CKK_EC_MONTGOMERY, curve: Some(Curve::X25519),
        bits: Sizes::only(255), unit: SizeUnit::Bits,
    }
    /// Ed448, RFC 8032.
    Ed448 {
        name: "ED448", class: CKO_PRIVATE_KEY, key_type: CKK_EC_EDWARDS, curve: Some(Curve::Ed448),
        bits: Sizes::only(448), unit: SizeUnit::Bits,
    }
    /// X448, RFC 7748.
    X448 {
        name: "X448", class: CKO_PRIVATE_KEY, key_type: CKK_EC_MONTGOMERY, curve: Some(Curve::X448),
        bits: Sizes::only(448), unit: SizeUnit::Bits,
    }
    /// DSA in a subgroup of 160 bits, FIPS 186-2. Its size is that of the prime.
    Dsa160 {
        name: "DSA_160", class: CKO_PRIVATE_KEY, key_type: CKK_DSA, curve: None,
        bits: Sizes { min: 1024, max: 3072, step: 64 }, unit: SizeUnit::Bits,
    }
    /// DSA in a subgroup of 224 bits, FIPS 186-4 §4.2. Its size is that of the prime.
    Dsa224 {
        name: "DSA_224", class: CKO_PRIVATE_KEY, key_type: CKK_DSA, curve: None,
        bits: Sizes { min: 2048, max: 3072, step: 64 }, unit: SizeUnit::Bits,
    }
    /// DSA in a subgroup of 256 bits, FIPS 186-4 §4.2. Its size is that of the prime.
    Dsa256 {
        name: "DSA_256", class: CKO_PRIVATE_KEY, key_type: CKK_DSA, curve: None,
        bits: Sizes { min: 2048, max: 3072, step: 64 }, unit: SizeUnit::Bits,
    }
    /// Diffie-Hellman in a finite field, PKCS #3. Its size is that of the prime.
    Dh {
        name: "DH", class: CKO_PRIVATE_KEY, key_type: CKK_DH, curve: None,
        bits: Sizes { min: 1024, max: 8192, step: 64 }, unit: SizeUnit::Bits,
    }
    /// ML-KEM-512, FIPS 203 §8. Its size is that of the public key.
    MlKem512 {
        name: "ML_KEM_512", class: CKO_PRIVATE_KEY, key_type: CKK_ML_KEM, curve: None,
        bits: Sizes::only(6400), unit: SizeUnit::Bytes,
        post_quantum: parameter_sets::ML_KEM_512,
    }
    /// ML-KEM-768, FIPS 203 §8. Its size is that of the public key.
    MlKem768 {
        name: "ML_KEM_768", class: CKO_PRIVATE_KEY, key_type: CKK_ML_KEM, curve: None,
        bits: Sizes::only(9472), unit: SizeUnit::Bytes,
        post_quantum: parameter_sets::ML_KEM_768,
    }
    /// ML-KEM-1024, FIPS 203 §8. Its size is that of the public key.
    MlKem1024 {
        name: "ML_KEM_1024", class: CKO_PRIVATE_KEY, key_type: CKK_ML_KEM, curve: None,
        bits: Sizes::only(12544), unit: SizeUnit::Bytes,
        post_quantum: parameter_sets::ML_KEM_1024,
    }
    /// ML-DSA-44, FIPS 204 §4. Its size is that of the public key.
    MlDsa44 {
        name: "ML_DSA_44", class: CKO_PRIVATE_KEY, key_type: CKK_ML_DSA, curve: None,
        bits: Sizes::only(10496), unit: SizeUnit::Bytes,
        post_quantum: parameter_sets::ML_DSA_44,
    }
    /// ML-DSA-65, FIPS 204 §4. Its size is that of the public key.
    MlDsa65 {
        name: "ML_DSA_65", class: CKO_PRIVATE_KEY, key_type: CKK_ML_DSA, curve: None,
        bits: Sizes::only(15616), unit: SizeUnit::Bytes,
        post_quantum: parameter_sets::ML_DSA_65,
    }
    /// ML-DSA-87, FIPS 204 §4. Its size is that of the public key.
    MlDsa87 {
        name: "ML_DSA_87", class: CKO_PRIVATE_KEY, key_type: CKK_ML_DSA, curve: None,
        bits: Sizes::only(20736), unit: SizeUnit::Bytes,
        post_quantum: parameter_sets::ML_DSA_87,
    }
    /// SLH-DSA-SHA2-128S, FIPS 205 §11. Its size is that of the public key.
    SlhDsaSha2_128s {
        name: "SLH_DSA_SHA2_128S", class: CKO_PRIVATE_KEY, key_type: CKK_SLH_DSA, curve: None,
        bits: Sizes::only(256), unit: SizeUnit::Bytes,
        post_quantum: parameter_sets::SLH_DSA_SHA2_128S,
    }
    /// SLH-DSA-SHAKE-128S, FIPS 205 §11. Its size is that of the public key.
    SlhDsaShake128s {
        name: "SLH_DSA_SHAKE_128S", class: CKO_PRIVATE_KEY, key_type: CKK_SLH_DSA, curve: None,
        bits: Sizes::only(256), unit: SizeUnit::Bytes,
        post_quantum: parameter_sets::SLH_DSA_SHAKE_128S,
    }
    /// SLH-DSA-SHA2-128F, FIPS 205 §11. Its size is that of the public key.
    SlhDsaSha2_128f {
        name: "SLH_DSA_SHA2_128F", class: CKO_PRIVATE_KEY, key_type: CKK_SLH_DSA, curve: None,
        bits: Sizes::only(256), unit: SizeUnit::Bytes,
        post_quantum: parameter_sets::SLH_DSA_SHA2_128F,
    }
    /// SLH-DSA-SHAKE-128F, FIPS 205 §11. Its size is that of the public key.
    SlhDsaShake128f {
        name: "SLH_DSA_SHAKE_128F", class: CKO_PRIVATE_KEY, key_type: CKK_SLH_DSA, curve: None,
        bits: Sizes::only(256), unit: SizeUnit::Bytes,
        post_quantum: parameter_sets::SLH_DSA_SHAKE_128F,
    }
    /// SLH-DSA-SHA2-192S, FIPS 205 §11. Its size is that of the public key.
    SlhDsaSha2_192s {
        name: "SLH_DSA_SHA2_192S", class: CKO_PRIVATE_KEY, key_type: CKK_SLH_DSA, curve: None,
        bits: Sizes::only(384), unit: SizeUnit::Bytes,
        post_quantum: parameter_sets::SLH_DSA_SHA2_192S,
    }
    /// SLH-DSA-SHAKE-192S, FIPS 205 §11. Its size is that of the public key.
    SlhDsaShake192s {
        name: "SLH_DSA_SHAKE_192S", class: CKO_PRIVATE_KEY, key_type: CKK_SLH_DSA, curve: None,
        bits: Sizes::only(384), unit: SizeUnit::Bytes,
        post_quantum: parameter_sets::SLH_DSA_SHAKE_192S,
    }
    /// SLH-DSA-SHA2-192F, FIPS 205 §11. Its size is that of the public key.
    SlhDsaSha2_192f {
        name: "SLH_DSA_SHA2_192F", class: CKO_PRIVATE_KEY, key_type: CKK_SLH_DSA, curve: None,
        bits: Sizes::only(384), unit: SizeUnit::Bytes,
        post_quantum: parameter_sets::SLH_DSA_SHA2_192F,
    }
    /// SLH-DSA-SHAKE-192F, FIPS 205 §11. Its size is that of the public key.
    SlhDsaShake192f {
        name: "SLH_DSA_SHAKE_192F", class: CKO_PRIVATE_KEY, key_type: CKK_SLH_DSA, curve: None,
        bits: Sizes::only(384), unit: SizeUnit::Bytes,
        post_quantum: parameter_sets::SLH_DSA_SHAKE_192F,
    }
    /// SLH-DSA-SHA2-256S, FIPS 205 §11. Its size is that of the public key.
    SlhDsaSha2_256s {
        name: "SLH_DSA_SHA2_256S", class: CKO_PRIVATE_KEY, key_type: CKK_SLH_DSA, curve: None,
        bits: Sizes::only(512), unit: SizeUnit::Bytes,
        post_quantum: parameter_sets::SLH_DSA_SHA2_256S,
    }
    /// SLH-DSA-SHAKE-256S, FIPS 205 §11. Its size is that of the public key.
    SlhDsaShake256s {
        name: "SLH_DSA_SHAKE_256S", class: CKO_PRIVATE_KEY, key_type: CKK_SLH_DSA, curve: None,
        bits: Sizes::only(512), unit: SizeUnit::Bytes,
        post_quantum: parameter_sets::SLH_DSA_SHAKE_256S,
    }
    /// SLH-DSA-SHA2-256F, FIPS 205 §11. Its size is that of the public key.
    SlhDsaSha2_256f {
        name: "SLH_DSA_SHA2_256F", class: CKO_PRIVATE_KEY, key_type: CKK_SLH_DSA, curve: None,
        bits: Sizes::only(512), unit: SizeUnit::Bytes,
        post_quantum: parameter_sets::SLH_DSA_SHA2_256F,
    }
    /// SLH-DSA-SHAKE-256F, FIPS 205 §11. Its size is that of the public key.
    SlhDsaShake256f {
        name: "SLH_DSA_SHAKE_256F", class: CKO_PRIVATE_KEY, key_type: CKK_SLH_DSA, curve: None,
        bits: Sizes::only(512), unit: SizeUnit::Bytes,
        post_quantum: parameter_sets::SLH_DSA_SHAKE_256F,
    }
    /// AES, FIPS 197.
    Aes {
        name: "AES", class: CKO_SECRET_KEY, key_type: CKK_AES, curve: None,
        bits: Sizes { min: 128, max: 256, step: 64 }, unit: SizeUnit::Bytes,
    }
    /// A secret without a type: for HMAC, and what derivation gives.
    GenericSecret {
        name: "GENERIC_SECRET", class: CKO_SECRET_KEY, key_type: CKK_GENERIC_SECRET, curve: None,
        bits: SECRET, unit: SizeUnit::Bytes,
    }
    /// A secret for HMAC with SHA-1 alone.
    HmacSha1 {
        name: "HMAC_SHA_1", class: CKO_SECRET_KEY, key_type: CKK_SHA_1_HMAC, curve: None,
        bits: SECRET, unit: SizeUnit::Bytes,
    }
    /// A secret for HMAC with SHA-224 alone.
    HmacSha224 {
        name: "HMAC_SHA_224", class: CKO_SECRET_KEY, key_type: CKK_SHA224_HMAC, curve: None,
        bits: SECRET, unit: SizeUnit::Bytes,
    }
    /// A secret for HMAC with SHA-256 alone.
    HmacSha256 {
        name: "HMAC_SHA_256", class: CKO_SECRET_KEY, key_type: CKK_SHA256_HMAC, curve: None,
        bits: SECRET, unit: SizeUnit::Bytes,
    }
    /// A secret for HMAC with SHA-384 alone.
    HmacSha384 {
        name: "HMAC_SHA_384", class: CKO_SECRET_KEY, key_type: CKK_SHA384_HMAC, curve: None,
        bits: SECRET, unit: SizeUnit::Bytes,
    }
    /// A secret for HMAC with SHA-512 alone.
    HmacSha512 {
        name: "HMAC_SHA_512", class: CKO_SECRET_KEY, key_type: CKK_SHA512_HMAC, curve: None,
        bits: SECRET, unit: SizeUnit::Bytes,
    }
    /// A secret for HMAC with SHA-512/224 alone.
    HmacSha512_224 {
        name: "HMAC_SHA_512_224", class: CKO_SECRET_KEY, key_type: CKK_SHA512_224_HMAC, curve: None,
        bits: SECRET, unit: SizeUnit::Bytes,
    }
    /// A secret for HMAC with SHA-512/256 alone.
    HmacSha512_256 {
        name: "HMAC_SHA_512_256", class: CKO_SECRET_KEY, key_type: CKK_SHA512_256_HMAC, curve: None,
        bits: SECRET, unit: SizeUnit::Bytes,
    }
    /// A secret for HMAC with SHA3-224 alone.
    HmacSha3_224 {
        name: "HMAC_SHA3_224", class: CKO_SECRET_KEY, key_type: CKK_SHA3_224_HMAC, curve: None,
        bits: SECRET, unit: SizeUnit::Bytes,
    }
    /// A secret for HMAC with SHA3-256 alone.
    HmacSha3_256 {
        name: "HMAC_SHA3_256", class: CKO_SECRET_KEY, key_type: CKK_SHA3_256_HMAC, curve: None,
        bits: SECRET, unit: SizeUnit::Bytes,
    }
    /// A secret for HMAC with SHA3-384 alone.
    HmacSha3_384 {
        name: "HMAC_SHA3_384", class: CKO_SECRET_KEY, key_type: CKK_SHA3_384_HMAC, curve: None,
        bits: SECRET, unit: SizeUnit::Bytes,
    }
    /// A secret for HMAC with SHA3-512 alone.
    HmacSha3_512 {
        name: "HMAC_SHA3_512", class: CKO_SECRET_KEY, key_type: CKK_SHA3_512_HMAC, curve: None,
        bits: SECRET, unit: SizeUnit::Bytes,
    }
    /// Two AES keys for XTS, one after the other, SP 800-38E.
    AesXts {
        name: "AES_XTS", class: CKO_SECRET_KEY, key_type: CKK_AES_XTS, curve: None,
        bits: Sizes { min: 256, max: 512, step: 256 }, unit: SizeUnit::Bytes,
    }
    /// ChaCha20, RFC 8439.
    ChaCha20 {
        name: "CHACHA20", class: CKO_SECRET_KEY, key_type: CKK_CHACHA20, curve: None,
        bits: Sizes::only(256), unit: SizeUnit::Bytes,
    }
    /// A secret for HKDF alone, RFC 5869.
    Hkdf {
        name: "HKDF", class: CKO_SECRET_KEY, key_type: CKK_HKDF, curve: None,
        bits: SECRET, unit: SizeUnit::Bytes,
    }
    /// A secret for HMAC with MD5 alone.
    HmacMd5 {
        name: "HMAC_MD5", class: CKO_SECRET_KEY, key_type: CKK_MD5_HMAC, curve: None,
        bits: SECRET, unit: SizeUnit::Bytes,
    }
    /// DES, FIPS 46-3, with its eight parity bits. Broken: for what was made with it long ago.
    Des {
        name: "DES", class: CKO_SECRET_KEY, key_type: CKK_DES, curve: None,
        bits: Sizes::only(64), unit: SizeUnit::Bytes,
    }
    /// Triple DES with two keys, SP 800-67.
    Des2 {
        name: "DES2", class: CKO_SECRET_KEY, key_type: CKK_DES2, curve: None,
        bits: Sizes::only(128), unit: SizeUnit::Bytes,
    }
    /// Triple DES with three keys, SP 800-67.
    Des3 {
        name: "DES3", class: CKO_SECRET_KEY, key_type: CKK_DES3, curve: None,
        bits: Sizes::only(192), unit: SizeUnit::Bytes,
    }
}
