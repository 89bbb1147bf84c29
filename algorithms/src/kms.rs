//! The names that AWS KMS has for kinds of key, for what they are for, and for what they compute: one row each.
//!
//! KMS API version 2014-11-01. The order of the rows is the order in which answers list them.

use std::fmt;

use crate::{Digest, KeyKind, KeySpec};

/// Makes an enum of names, with a stored number each.
macro_rules! names {
    ($(#[$documentation:meta])* $name:ident { $($(#[$variant_documentation:meta])* $variant:ident = $number:literal, $text:literal;)* }) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$variant_documentation])* $variant = $number,)* }

        impl $name {
            /// Every value, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in the API.
            #[must_use]
            pub const fn kms_name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The value with this name.
            #[must_use]
            pub fn by_kms_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.kms_name() == name)
            }

            /// The number that stored formats use; it never changes.
            #[must_use]
            pub const fn number(self) -> u8 {
                self as u8
            }

            /// The value with this stored number.
            #[must_use]
            pub const fn by_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)* _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.kms_name())
            }
        }
    };
}

names! {
    /// What a KMS key is for (`KeyUsage`). It never changes.
    KmsKeyUsage {
        /// Encrypts and decrypts.
        EncryptDecrypt = 1, "ENCRYPT_DECRYPT";
        /// Signs and verifies.
        SignVerify = 2, "SIGN_VERIFY";
        /// Makes and verifies authentication codes.
        GenerateVerifyMac = 3, "GENERATE_VERIFY_MAC";
        /// Agrees on secrets.
        KeyAgreement = 4, "KEY_AGREEMENT";
        /// Encapsulates and decapsulates secrets.
        EncapsulateDecapsulate = 5, "ENCAPSULATE_DECAPSULATE";
    }
}

names! {
    /// The kind and size of a KMS key (`KeySpec`). It never changes.
    KmsKeySpec {
        /// AES-256 in the ciphertext format of the service.
        SymmetricDefault = 1, "SYMMETRIC_DEFAULT";
        /// RSA with 2048 bits.
        Rsa2048 = 2, "RSA_2048";
        /// RSA with 3072 bits.
        Rsa3072 = 3, "RSA_3072";
        /// RSA with 4096 bits.
        Rsa4096 = 4, "RSA_4096";
        /// NIST P-256.
        EccNistP256 = 5, "ECC_NIST_P256";
        /// NIST P-384.
        EccNistP384 = 6, "ECC_NIST_P384";
        /// NIST P-521.
        EccNistP521 = 7, "ECC_NIST_P521";
        /// secp256k1.
        EccSecgP256k1 = 8, "ECC_SECG_P256K1";
        /// Ed25519.
        EccNistEdwards25519 = 9, "ECC_NIST_EDWARDS25519";
        /// HMAC with SHA-224.
        Hmac224 = 10, "HMAC_224";
        /// HMAC with SHA-256.
        Hmac256 = 11, "HMAC_256";
        /// HMAC with SHA-384.
        Hmac384 = 12, "HMAC_384";
        /// HMAC with SHA-512.
        Hmac512 = 13, "HMAC_512";
        /// ML-DSA-44.
        MlDsa44 = 14, "ML_DSA_44";
        /// ML-DSA-65.
        MlDsa65 = 15, "ML_DSA_65";
        /// ML-DSA-87.
        MlDsa87 = 16, "ML_DSA_87";
        /// ML-KEM-512.
        MlKem512 = 17, "ML_KEM_512";
        /// ML-KEM-768.
        MlKem768 = 18, "ML_KEM_768";
        /// ML-KEM-1024.
        MlKem1024 = 19, "ML_KEM_1024";
    }
}

names! {
    /// What a KMS key computes (`EncryptionAlgorithm`, `SigningAlgorithm`, `MacAlgorithm` and so on).
    KmsAlgorithm {
        /// AES-256-GCM in the ciphertext format of the service.
        SymmetricDefault = 1, "SYMMETRIC_DEFAULT";
        /// RSA-OAEP with SHA-1 for both hashes and no label.
        RsaesOaepSha1 = 2, "RSAES_OAEP_SHA_1";
        /// RSA-OAEP with SHA-256 for both hashes and no label.
        RsaesOaepSha256 = 3, "RSAES_OAEP_SHA_256";
        /// RSA PKCS#1 v1.5 with SHA-256.
        RsassaPkcs1V15Sha256 = 4, "RSASSA_PKCS1_V1_5_SHA_256";
        /// RSA PKCS#1 v1.5 with SHA-384.
        RsassaPkcs1V15Sha384 = 5, "RSASSA_PKCS1_V1_5_SHA_384";
        /// RSA PKCS#1 v1.5 with SHA-512.
        RsassaPkcs1V15Sha512 = 6, "RSASSA_PKCS1_V1_5_SHA_512";
        /// RSA-PSS with SHA-256; the salt is as long as the hash.
        RsassaPssSha256 = 7, "RSASSA_PSS_SHA_256";
        /// RSA-PSS with SHA-384.
        RsassaPssSha384 = 8, "RSASSA_PSS_SHA_384";
        /// RSA-PSS with SHA-512.
        RsassaPssSha512 = 9, "RSASSA_PSS_SHA_512";
        /// ECDSA with SHA-256.
        EcdsaSha256 = 10, "ECDSA_SHA_256";
        /// ECDSA with SHA-384.
        EcdsaSha384 = 11, "ECDSA_SHA_384";
        /// ECDSA with SHA-512.
        EcdsaSha512 = 12, "ECDSA_SHA_512";
        /// Ed25519 of the message itself.
        Ed25519Sha512 = 13, "ED25519_SHA_512";
        /// Ed25519ph.
        Ed25519PhSha512 = 14, "ED25519_PH_SHA_512";
        /// ML-DSA.
        MlDsaShake256 = 15, "ML_DSA_SHAKE_256";
        /// HMAC with SHA-224.
        HmacSha224 = 16, "HMAC_SHA_224";
        /// HMAC with SHA-256.
        HmacSha256 = 17, "HMAC_SHA_256";
        /// HMAC with SHA-384.
        HmacSha384 = 18, "HMAC_SHA_384";
        /// HMAC with SHA-512.
        HmacSha512 = 19, "HMAC_SHA_512";
        /// Elliptic-curve Diffie-Hellman.
        Ecdh = 20, "ECDH";
        /// ML-KEM.
        MlKem = 21, "ML_KEM";
    }
}

impl KmsKeySpec {
    /// The kind and size of the key.
    #[must_use]
    pub const fn spec(self) -> KeySpec {
        match self {
            Self::SymmetricDefault => KeySpec::AES_256,
            Self::Rsa2048 => KeySpec::RSA_2048,
            Self::Rsa3072 => KeySpec::RSA_3072,
            Self::Rsa4096 => KeySpec::RSA_4096,
            Self::EccNistP256 => KeySpec::EC_P256,
            Self::EccNistP384 => KeySpec::EC_P384,
            Self::EccNistP521 => KeySpec::EC_P521,
            Self::EccSecgP256k1 => KeySpec::of_kind(KeyKind::EcSecp256k1),
            Self::EccNistEdwards25519 => KeySpec::ED25519,
            Self::Hmac224 => hmac(KeyKind::HmacSha224, 224),
            Self::Hmac256 => hmac(KeyKind::HmacSha256, 256),
            Self::Hmac384 => hmac(KeyKind::HmacSha384, 384),
            Self::Hmac512 => hmac(KeyKind::HmacSha512, 512),
            Self::MlDsa44 => KeySpec::of_kind(KeyKind::MlDsa44),
            Self::MlDsa65 => KeySpec::of_kind(KeyKind::MlDsa65),
            Self::MlDsa87 => KeySpec::of_kind(KeyKind::MlDsa87),
            Self::MlKem512 => KeySpec::of_kind(KeyKind::MlKem512),
            Self::MlKem768 => KeySpec::of_kind(KeyKind::MlKem768),
            Self::MlKem1024 => KeySpec::of_kind(KeyKind::MlKem1024),
        }
    }

    /// The name that KMS has for this kind and size of key, if it has one.
    #[must_use]
    pub fn of(spec: KeySpec) -> Option<Self> {
        Self::ALL.iter().copied().find(|kms| kms.spec() == spec)
    }

    /// What such a key can be for; each key is for one of these.
    #[must_use]
    pub const fn usages(self) -> &'static [KmsKeyUsage] {
        use KmsKeyUsage::{
            EncapsulateDecapsulate, EncryptDecrypt, GenerateVerifyMac, KeyAgreement, SignVerify,
        };
        match self {
            Self::SymmetricDefault => &[EncryptDecrypt],
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => &[EncryptDecrypt, SignVerify],
            Self::EccNistP256 | Self::EccNistP384 | Self::EccNistP521 => {
                &[SignVerify, KeyAgreement]
            }
            Self::EccSecgP256k1
            | Self::EccNistEdwards25519
            | Self::MlDsa44
            | Self::MlDsa65
            | Self::MlDsa87 => &[SignVerify],
            Self::Hmac224 | Self::Hmac256 | Self::Hmac384 | Self::Hmac512 => &[GenerateVerifyMac],
            Self::MlKem512 | Self::MlKem768 | Self::MlKem1024 => &[EncapsulateDecapsulate],
        }
    }

    /// What such a key computes when it is for `usage`, in the order of the table.
    pub fn algorithms(self, usage: KmsKeyUsage) -> impl Iterator<Item = KmsAlgorithm> {
        KmsAlgorithm::ALL
            .iter()
            .copied()
            .filter(move |algorithm| algorithm.usage() == usage && algorithm.takes(self))
    }

    /// True for keys with a public and a private half.
    #[must_use]
    pub const fn is_asymmetric(self) -> bool {
        self.spec().kind().is_key_pair()
    }

    /// True for the keys that make data keys and ciphertexts which name their key.
    #[must_use]
    pub const fn is_symmetric_encryption(self) -> bool {
        matches!(self, Self::SymmetricDefault)
    }
}

impl KmsAlgorithm {
    /// What a key that computes this is for.
    #[must_use]
    pub const fn usage(self) -> KmsKeyUsage {
        match self {
            Self::SymmetricDefault | Self::RsaesOaepSha1 | Self::RsaesOaepSha256 => {
                KmsKeyUsage::EncryptDecrypt
            }
            Self::RsassaPkcs1V15Sha256
            | Self::RsassaPkcs1V15Sha384
            | Self::RsassaPkcs1V15Sha512
            | Self::RsassaPssSha256
            | Self::RsassaPssSha384
            | Self::RsassaPssSha512
            | Self::EcdsaSha256
            | Self::EcdsaSha384
            | Self::EcdsaSha512
            | Self::Ed25519Sha512
            | Self::Ed25519PhSha512
            | Self::MlDsaShake256 => KmsKeyUsage::SignVerify,
            Self::HmacSha224 | Self::HmacSha256 | Self::HmacSha384 | Self::HmacSha512 => {
                KmsKeyUsage::GenerateVerifyMac
            }
            Self::Ecdh => KmsKeyUsage::KeyAgreement,
            Self::MlKem => KmsKeyUsage::EncapsulateDecapsulate,
        }
    }

    /// Whether keys of this spec can compute it.
    #[must_use]
    pub const fn takes(self, spec: KmsKeySpec) -> bool {
        use KmsKeySpec as Spec;
        match self {
            Self::SymmetricDefault => matches!(spec, Spec::SymmetricDefault),
            Self::RsaesOaepSha1
            | Self::RsaesOaepSha256
            | Self::RsassaPkcs1V15Sha256
            | Self::RsassaPkcs1V15Sha384
            | Self::RsassaPkcs1V15Sha512
            | Self::RsassaPssSha256
            | Self::RsassaPssSha384
            | Self::RsassaPssSha512 => {
                matches!(spec, Spec::Rsa2048 | Spec::Rsa3072 | Spec::Rsa4096)
            }
            Self::EcdsaSha256 => matches!(spec, Spec::EccNistP256 | Spec::EccSecgP256k1),
            Self::EcdsaSha384 => matches!(spec, Spec::EccNistP384),
            Self::EcdsaSha512 => matches!(spec, Spec::EccNistP521),
            Self::Ed25519Sha512 | Self::Ed25519PhSha512 => {
                matches!(spec, Spec::EccNistEdwards25519)
            }
            Self::MlDsaShake256 => matches!(spec, Spec::MlDsa44 | Spec::MlDsa65 | Spec::MlDsa87),
            Self::HmacSha224 => matches!(spec, Spec::Hmac224),
            Self::HmacSha256 => matches!(spec, Spec::Hmac256),
            Self::HmacSha384 => matches!(spec, Spec::Hmac384),
            Self::HmacSha512 => matches!(spec, Spec::Hmac512),
            Self::Ecdh => matches!(
                spec,
                Spec::EccNistP256 | Spec::EccNistP384 | Spec::EccNistP521
            ),
            Self::MlKem => matches!(spec, Spec::MlKem512 | Spec::MlKem768 | Spec::MlKem1024),
        }
    }

    /// The digest of the message that it signs, encrypts with or authenticates by; none where the algorithm has its own.
    #[must_use]
    pub const fn digest(self) -> Option<Digest> {
        match self {
            Self::RsaesOaepSha1 => Some(Digest::Sha1),
            Self::HmacSha224 => Some(Digest::Sha224),
            Self::RsaesOaepSha256
            | Self::RsassaPkcs1V15Sha256
            | Self::RsassaPssSha256
            | Self::EcdsaSha256
            | Self::HmacSha256 => Some(Digest::Sha256),
            Self::RsassaPkcs1V15Sha384
            | Self::RsassaPssSha384
            | Self::EcdsaSha384
            | Self::HmacSha384 => Some(Digest::Sha384),
            Self::RsassaPkcs1V15Sha512
            | Self::RsassaPssSha512
            | Self::EcdsaSha512
            | Self::Ed25519Sha512
            | Self::Ed25519PhSha512
            | Self::HmacSha512 => Some(Digest::Sha512),
            Self::SymmetricDefault | Self::MlDsaShake256 | Self::Ecdh | Self::MlKem => None,
        }
    }
}

/// An HMAC key, which has as many bits as its hash.
const fn hmac(kind: KeyKind, bits: u32) -> KeySpec {
    match KeySpec::new(kind, bits) {
        Some(spec) => spec,
        None => panic!("an HMAC key can be as long as its hash"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spec_is_found_by_its_kind_and_computes_something_for_each_usage() {
        for spec in KmsKeySpec::ALL {
            assert_eq!(KmsKeySpec::of(spec.spec()), Some(*spec));
            assert_eq!(KmsKeySpec::by_kms_name(spec.kms_name()), Some(*spec));
            for usage in KmsKeyUsage::ALL {
                let computes = spec.algorithms(*usage).count();
                assert_eq!(
                    computes > 0,
                    spec.usages().contains(usage),
                    "{spec} for {usage}"
                );
            }
        }
    }

    #[test]
    fn rsa_algorithms_come_in_the_order_that_answers_have() {
        let names: Vec<_> = KmsKeySpec::Rsa2048
            .algorithms(KmsKeyUsage::SignVerify)
            .map(KmsAlgorithm::kms_name)
            .collect();
        assert_eq!(
            names,
            [
                "RSASSA_PKCS1_V1_5_SHA_256",
                "RSASSA_PKCS1_V1_5_SHA_384",
                "RSASSA_PKCS1_V1_5_SHA_512",
                "RSASSA_PSS_SHA_256",
                "RSASSA_PSS_SHA_384",
                "RSASSA_PSS_SHA_512",
            ]
        );
    }

    #[test]
    fn an_hmac_key_is_as_long_as_its_hash() {
        for spec in [
            KmsKeySpec::Hmac224,
            KmsKeySpec::Hmac256,
            KmsKeySpec::Hmac384,
            KmsKeySpec::Hmac512,
        ] {
            let algorithm = spec
                .algorithms(KmsKeyUsage::GenerateVerifyMac)
                .next()
                .unwrap();
            assert_eq!(
                Some(spec.spec().length_bytes()),
                algorithm.digest().map(Digest::length_bytes)
            );
        }
    }
}
