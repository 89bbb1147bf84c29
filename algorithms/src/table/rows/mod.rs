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
use crate::key_specs::sets::{
    AGREEMENT_CURVES, DH, DSA, EC, EDWARDS, KEY_PAIRS, ML_DSA, ML_KEM, MONTGOMERY, RSA, SECRETS,
    SLH_DSA, TRIPLE_DES,
};
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

// In the order of the table.
rsa! { [] curves field post_quantum ciphers macs derivation digests algorithms }
