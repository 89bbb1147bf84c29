//! The rows of the algorithm table, one file for each group of families.
//!
//! Each file is a macro that adds its rows to those collected so far and hands them to the next; `algorithms!` gets all.

#[macro_use]
mod ciphers;
#[macro_use]
mod curves;
#[macro_use]
mod derivation;
#[macro_use]
mod digests;
#[macro_use]
mod field;
#[macro_use]
mod macs;
#[macro_use]
mod post_quantum;
#[macro_use]
mod rsa;

use super::{Family, ParametersKind, Purpose, Purposes, Row};
use crate::digest::Digest;
use crate::key_specs::KeyKind;
#[allow(
    clippy::wildcard_imports,
    reason = "the rows name nearly every mechanism"
)]
use crate::pkcs11::*;

/// Makes [`Algorithm`] and its rows.
macro_rules! algorithms {
    ([$(
        $(#[$documentation:meta])*
        $variant:ident {
            name: $name:literal, family: $family:ident, purposes: &[$($purpose:ident),*], keys: $keys:expr,
            digest: $digest:expr, parameters: $parameters:ident, standard: $standard:literal,
            pkcs11: $pkcs11:expr, kms: $kms:expr, xks: $xks:expr, jose: $jose:expr,
        }
    )*]) => {
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

/// Every kind of secret key.
const SECRETS: &[KeyKind] = &[
    KeyKind::GenericSecret,
    KeyKind::Aes,
    KeyKind::AesXts,
    KeyKind::ChaCha20,
    KeyKind::Hkdf,
    KeyKind::HmacSha1,
    KeyKind::HmacSha224,
    KeyKind::HmacSha256,
    KeyKind::HmacSha384,
    KeyKind::HmacSha512,
    KeyKind::HmacSha512_224,
    KeyKind::HmacSha512_256,
    KeyKind::HmacSha3_224,
    KeyKind::HmacSha3_256,
    KeyKind::HmacSha3_384,
    KeyKind::HmacSha3_512,
    KeyKind::HmacMd5,
    KeyKind::Des,
    KeyKind::Des2,
    KeyKind::Des3,
];
const TRIPLE_DES: &[KeyKind] = &[KeyKind::Des2, KeyKind::Des3];
const RSA: &[KeyKind] = &[KeyKind::Rsa];
/// The short Weierstrass curves.
const EC: &[KeyKind] = &[
    KeyKind::EcP224,
    KeyKind::EcP256,
    KeyKind::EcP384,
    KeyKind::EcP521,
    KeyKind::EcSecp256k1,
    KeyKind::EcBrainpoolP224r1,
    KeyKind::EcBrainpoolP256r1,
    KeyKind::EcBrainpoolP320r1,
    KeyKind::EcBrainpoolP384r1,
    KeyKind::EcBrainpoolP512r1,
];
const AGREEMENT_CURVES: &[KeyKind] = &[
    KeyKind::EcP224,
    KeyKind::EcP256,
    KeyKind::EcP384,
    KeyKind::EcP521,
    KeyKind::EcSecp256k1,
    KeyKind::EcBrainpoolP224r1,
    KeyKind::EcBrainpoolP256r1,
    KeyKind::EcBrainpoolP320r1,
    KeyKind::EcBrainpoolP384r1,
    KeyKind::EcBrainpoolP512r1,
    KeyKind::X25519,
    KeyKind::X448,
];
const ML_KEM: &[KeyKind] = &[KeyKind::MlKem512, KeyKind::MlKem768, KeyKind::MlKem1024];
const ML_DSA: &[KeyKind] = &[KeyKind::MlDsa44, KeyKind::MlDsa65, KeyKind::MlDsa87];
const SLH_DSA: &[KeyKind] = &[
    KeyKind::SlhDsaSha2_128s,
    KeyKind::SlhDsaShake128s,
    KeyKind::SlhDsaSha2_128f,
    KeyKind::SlhDsaShake128f,
    KeyKind::SlhDsaSha2_192s,
    KeyKind::SlhDsaShake192s,
    KeyKind::SlhDsaSha2_192f,
    KeyKind::SlhDsaShake192f,
    KeyKind::SlhDsaSha2_256s,
    KeyKind::SlhDsaShake256s,
    KeyKind::SlhDsaSha2_256f,
    KeyKind::SlhDsaShake256f,
];
const DSA: &[KeyKind] = &[KeyKind::Dsa160, KeyKind::Dsa224, KeyKind::Dsa256];
const DH: &[KeyKind] = &[KeyKind::Dh];
const EDWARDS: &[KeyKind] = &[KeyKind::Ed25519, KeyKind::Ed448];
const MONTGOMERY: &[KeyKind] = &[KeyKind::X25519, KeyKind::X448];
/// Every kind that has a private and a public half.
const KEY_PAIRS: &[KeyKind] = &[
    KeyKind::Rsa,
    KeyKind::EcP224,
    KeyKind::EcP256,
    KeyKind::EcP384,
    KeyKind::EcP521,
    KeyKind::EcSecp256k1,
    KeyKind::EcBrainpoolP224r1,
    KeyKind::EcBrainpoolP256r1,
    KeyKind::EcBrainpoolP320r1,
    KeyKind::EcBrainpoolP384r1,
    KeyKind::EcBrainpoolP512r1,
    KeyKind::Ed25519,
    KeyKind::X25519,
    KeyKind::Ed448,
    KeyKind::X448,
    KeyKind::Dsa160,
    KeyKind::Dsa224,
    KeyKind::Dsa256,
    KeyKind::Dh,
    KeyKind::MlKem512,
    KeyKind::MlKem768,
    KeyKind::MlKem1024,
    KeyKind::MlDsa44,
    KeyKind::MlDsa65,
    KeyKind::MlDsa87,
    KeyKind::SlhDsaSha2_128s,
    KeyKind::SlhDsaShake128s,
    KeyKind::SlhDsaSha2_128f,
    KeyKind::SlhDsaShake128f,
    KeyKind::SlhDsaSha2_192s,
    KeyKind::SlhDsaShake192s,
    KeyKind::SlhDsaSha2_192f,
    KeyKind::SlhDsaShake192f,
    KeyKind::SlhDsaSha2_256s,
    KeyKind::SlhDsaShake256s,
    KeyKind::SlhDsaSha2_256f,
    KeyKind::SlhDsaShake256f,
];

// In the order of the table.
rsa! { [] curves field post_quantum ciphers macs derivation digests algorithms }
