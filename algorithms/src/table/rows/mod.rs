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
mod macs;
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
const NIST_CURVES: &[KeyKind] = &[KeyKind::EcP256, KeyKind::EcP384, KeyKind::EcP521];
const AGREEMENT_CURVES: &[KeyKind] = &[
    KeyKind::EcP256,
    KeyKind::EcP384,
    KeyKind::EcP521,
    KeyKind::X25519,
];

// In the order of the table.
rsa! { [] curves ciphers macs derivation digests algorithms }
