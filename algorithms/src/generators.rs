//! How keys come to be without another key: one row for each generating mechanism.

use crate::key_specs::KeyKind;
use crate::key_specs::sets::{DH, DSA, EC, EDWARDS, ML_DSA, ML_KEM, MONTGOMERY, RSA, SLH_DSA};
#[allow(
    clippy::wildcard_imports,
    reason = "the rows name nearly every generating mechanism"
)]
use crate::pkcs11::*;

/// Makes [`Generator`] and its rows.
macro_rules! generators {
    ($(
        $(#[$documentation:meta])*
        $variant:ident { name: $name:literal, pkcs11: $pkcs11:expr, kinds: $kinds:expr, }
    )*) => {
        /// A way to generate keys.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Generator { $($(#[$documentation])* $variant,)* }

        impl Generator {
            /// Every generator, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The facts about this generator.
            #[must_use]
            pub const fn row(self) -> &'static GeneratorRow {
                match self {
                    $(Self::$variant => const { &GeneratorRow { name: $name, pkcs11: $pkcs11, kinds: $kinds } },)*
                }
            }
        }
    };
}

/// What there is to know about a generator.
#[derive(Debug)]
pub struct GeneratorRow {
    /// The canonical name, as on the wire: `AES_KEY_GEN`.
    pub name: &'static str,
    /// `CKM_…`.
    pub pkcs11: u64,
    /// The kinds of key that it makes. All have one `CKA_KEY_TYPE`.
    pub kinds: &'static [KeyKind],
}

generators! {
    /// RSA key pairs with a given modulus length and public exponent, FIPS 186-5 §A.1.3.
    RsaPkcsKeyPairGen { name: "RSA_PKCS_KEY_PAIR_GEN", pkcs11: CKM_RSA_PKCS_KEY_PAIR_GEN, kinds: RSA, }
    /// RSA key pairs of strong primes, ANSI X9.31 and FIPS 186-4 §B.3.6.
    RsaX931KeyPairGen {
        name: "RSA_X9_31_KEY_PAIR_GEN", pkcs11: CKM_RSA_X9_31_KEY_PAIR_GEN, kinds: RSA,
    }
    /// Key pairs on the short Weierstrass curves, FIPS 186-5 §A.2.
    EcKeyPairGen {
        name: "EC_KEY_PAIR_GEN", pkcs11: CKM_EC_KEY_PAIR_GEN,
        kinds: EC,
    }
    /// Ed25519 and Ed448 key pairs, RFC 8032 §5.1.5 and §5.2.5.
    EcEdwardsKeyPairGen {
        name: "EC_EDWARDS_KEY_PAIR_GEN", pkcs11: CKM_EC_EDWARDS_KEY_PAIR_GEN,
        kinds: EDWARDS,
    }
    /// X25519 and X448 key pairs, RFC 7748 §6.
    EcMontgomeryKeyPairGen {
        name: "EC_MONTGOMERY_KEY_PAIR_GEN", pkcs11: CKM_EC_MONTGOMERY_KEY_PAIR_GEN,
        kinds: MONTGOMERY,
    }
    /// DSA key pairs in a given group, FIPS 186-4 §B.1.
    DsaKeyPairGen {
        name: "DSA_KEY_PAIR_GEN", pkcs11: CKM_DSA_KEY_PAIR_GEN,
        kinds: DSA,
    }
    /// Diffie-Hellman key pairs in a given group, PKCS #3 §7.
    DhPkcsKeyPairGen { name: "DH_PKCS_KEY_PAIR_GEN", pkcs11: CKM_DH_PKCS_KEY_PAIR_GEN, kinds: DH, }
    /// Groups for DSA, FIPS 186-4 §A.1.1.2.
    DsaParameterGen {
        name: "DSA_PARAMETER_GEN", pkcs11: CKM_DSA_PARAMETER_GEN,
        kinds: DSA,
    }
    /// Groups for Diffie-Hellman: the well-known one of the length asked for, RFC 2409 and RFC 3526.
    DhPkcsParameterGen { name: "DH_PKCS_PARAMETER_GEN", pkcs11: CKM_DH_PKCS_PARAMETER_GEN, kinds: DH, }
    /// ML-KEM key pairs, FIPS 203 §7.1.
    MlKemKeyPairGen {
        name: "ML_KEM_KEY_PAIR_GEN", pkcs11: CKM_ML_KEM_KEY_PAIR_GEN,
        kinds: ML_KEM,
    }
    /// ML-DSA key pairs, FIPS 204 §5.1.
    MlDsaKeyPairGen {
        name: "ML_DSA_KEY_PAIR_GEN", pkcs11: CKM_ML_DSA_KEY_PAIR_GEN,
        kinds: ML_DSA,
    }
    /// SLH-DSA key pairs, FIPS 205 §10.1.
    SlhDsaKeyPairGen {
        name: "SLH_DSA_KEY_PAIR_GEN", pkcs11: CKM_SLH_DSA_KEY_PAIR_GEN,
        kinds: SLH_DSA,
    }
    /// AES keys.
    AesKeyGen { name: "AES_KEY_GEN", pkcs11: CKM_AES_KEY_GEN, kinds: &[KeyKind::Aes], }
    /// Pairs of AES keys for XTS; the two halves differ (FIPS 140-3 IG C.I).
    AesXtsKeyGen { name: "AES_XTS_KEY_GEN", pkcs11: CKM_AES_XTS_KEY_GEN, kinds: &[KeyKind::AesXts], }
    /// ChaCha20 keys.
    ChaCha20KeyGen { name: "CHACHA20_KEY_GEN", pkcs11: CKM_CHACHA20_KEY_GEN, kinds: &[KeyKind::ChaCha20], }
    /// Secrets for HKDF.
    HkdfKeyGen { name: "HKDF_KEY_GEN", pkcs11: CKM_HKDF_KEY_GEN, kinds: &[KeyKind::Hkdf], }
    /// DES keys.
    DesKeyGen { name: "DES_KEY_GEN", pkcs11: CKM_DES_KEY_GEN, kinds: &[KeyKind::Des], }
    /// Triple DES keys of two parts.
    Des2KeyGen { name: "DES2_KEY_GEN", pkcs11: CKM_DES2_KEY_GEN, kinds: &[KeyKind::Des2], }
    /// Triple DES keys of three parts.
    Des3KeyGen { name: "DES3_KEY_GEN", pkcs11: CKM_DES3_KEY_GEN, kinds: &[KeyKind::Des3], }
    /// Secrets without a type.
    GenericSecretKeyGen {
        name: "GENERIC_SECRET_KEY_GEN", pkcs11: CKM_GENERIC_SECRET_KEY_GEN, kinds: &[KeyKind::GenericSecret],
    }
    /// Secrets for HMAC with SHA-1.
    Sha1KeyGen { name: "SHA_1_KEY_GEN", pkcs11: CKM_SHA_1_KEY_GEN, kinds: &[KeyKind::HmacSha1], }
    /// Secrets for HMAC with SHA-224.
    Sha224KeyGen { name: "SHA224_KEY_GEN", pkcs11: CKM_SHA224_KEY_GEN, kinds: &[KeyKind::HmacSha224], }
    /// Secrets for HMAC with SHA-256.
    Sha256KeyGen { name: "SHA256_KEY_GEN", pkcs11: CKM_SHA256_KEY_GEN, kinds: &[KeyKind::HmacSha256], }
    /// Secrets for HMAC with SHA-384.
    Sha384KeyGen { name: "SHA384_KEY_GEN", pkcs11: CKM_SHA384_KEY_GEN, kinds: &[KeyKind::HmacSha384], }
    /// Secrets for HMAC with SHA-512.
    Sha512KeyGen { name: "SHA512_KEY_GEN", pkcs11: CKM_SHA512_KEY_GEN, kinds: &[KeyKind::HmacSha512], }
    /// Secrets for HMAC with SHA-512/224.
    Sha512_224KeyGen { name: "SHA512_224_KEY_GEN", pkcs11: CKM_SHA512_224_KEY_GEN, kinds: &[KeyKind::HmacSha512_224], }
    /// Secrets for HMAC with SHA-512/256.
    Sha512_256KeyGen { name: "SHA512_256_KEY_GEN", pkcs11: CKM_SHA512_256_KEY_GEN, kinds: &[KeyKind::HmacSha512_256], }
    /// Secrets for HMAC with SHA3-224.
    Sha3_224KeyGen { name: "SHA3_224_KEY_GEN", pkcs11: CKM_SHA3_224_KEY_GEN, kinds: &[KeyKind::HmacSha3_224], }
    /// Secrets for HMAC with SHA3-256.
    Sha3_256KeyGen { name: "SHA3_256_KEY_GEN", pkcs11: CKM_SHA3_256_KEY_GEN, kinds: &[KeyKind::HmacSha3_256], }
    /// Secrets for HMAC with SHA3-384.
    Sha3_384KeyGen { name: "SHA3_384_KEY_GEN", pkcs11: CKM_SHA3_384_KEY_GEN, kinds: &[KeyKind::HmacSha3_384], }
    /// Secrets for HMAC with SHA3-512.
    Sha3_512KeyGen { name: "SHA3_512_KEY_GEN", pkcs11: CKM_SHA3_512_KEY_GEN, kinds: &[KeyKind::HmacSha3_512], }
}

impl Generator {
    /// The generator called `name`, as on the wire.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|generator| generator.row().name == name)
    }

    /// The generator of the PKCS#11 mechanism `mechanism`.
    #[must_use]
    pub fn by_mechanism(mechanism: u64) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|generator| generator.row().pkcs11 == mechanism)
    }

    /// The canonical name, as on the wire: `AES_KEY_GEN`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The `CKA_KEY_TYPE` of what it makes.
    #[must_use]
    pub const fn key_type(self) -> u64 {
        self.row().kinds[0].key_type()
    }

    /// True if it makes keys that a strict token does not offer.
    #[must_use]
    pub const fn is_legacy(self) -> bool {
        self.row().kinds[0].is_legacy()
    }

    /// True if it makes key pairs.
    #[must_use]
    pub const fn makes_key_pairs(self) -> bool {
        self.row().kinds[0].is_key_pair() && !self.makes_domain_parameters()
    }

    /// True if it makes no keys but the group for them, an object of class `CKO_DOMAIN_PARAMETERS`.
    #[must_use]
    pub const fn makes_domain_parameters(self) -> bool {
        matches!(self, Self::DsaParameterGen | Self::DhPkcsParameterGen)
    }
}

impl std::fmt::Display for Generator {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_mechanisms_are_unique_and_lead_back() {
        for generator in Generator::ALL {
            assert_eq!(Generator::by_name(generator.name()), Some(*generator));
            assert_eq!(
                Generator::by_mechanism(generator.row().pkcs11),
                Some(*generator)
            );
        }
    }

    #[test]
    fn a_generator_makes_one_key_type() {
        for generator in Generator::ALL {
            assert!(
                generator
                    .row()
                    .kinds
                    .iter()
                    .all(|kind| kind.key_type() == generator.key_type()),
                "{generator}"
            );
        }
    }

    #[test]
    fn every_kind_of_key_can_be_generated() {
        // There is no mechanism for keys of HMAC with MD5.
        for kind in KeyKind::ALL
            .iter()
            .filter(|kind| **kind != KeyKind::HmacMd5)
        {
            assert!(
                Generator::ALL
                    .iter()
                    .any(|generator| generator.row().kinds.contains(kind)),
                "{kind:?}"
            );
        }
    }
}
