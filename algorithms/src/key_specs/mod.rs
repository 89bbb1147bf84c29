//! The kinds of key and their sizes: one row a kind, from which templates, size checks and names derive.

mod rows;
pub(crate) mod sets;

use crate::attributes::Attributes;
use crate::curve::Curve;
use crate::parameter_sets::ParameterSet;
use crate::pkcs11::{
    CKA_EC_PARAMS, CKA_KEY_TYPE, CKA_MODULUS, CKA_PARAMETER_SET, CKA_PRIME, CKA_SUBPRIME,
    CKA_VALUE_LEN, CKO_PRIVATE_KEY,
};

pub use rows::KeyKind;

/// What there is to know about a kind of key.
#[derive(Debug)]
pub struct KeyKindRow {
    /// The canonical name without a size: `RSA`, `EC_P384`, `AES`.
    pub name: &'static str,
    /// `CKO_PRIVATE_KEY` for key pairs, `CKO_SECRET_KEY` for the rest.
    pub class: u64,
    /// `CKK_…`.
    pub key_type: u64,
    /// The curve of an elliptic-curve kind.
    pub curve: Option<Curve>,
    /// The sizes that we accept: RSA modulus, prime of the group, field of the curve, or secret.
    pub bits: Sizes,
    /// What `CK_MECHANISM_INFO` and `CKA_VALUE_LEN` count in.
    pub unit: SizeUnit,
    /// The parameter set of a post-quantum kind.
    pub post_quantum: Option<&'static ParameterSet>,
}

/// The unit in which PKCS#11 states the size of a kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SizeUnit {
    /// RSA, DSA, Diffie-Hellman and elliptic curves.
    Bits,
    /// Secret keys, which have `CKA_VALUE_LEN`; and the public keys of post-quantum algorithms.
    Bytes,
}

/// Sizes in bits: from `min` to `max` in steps of `step`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// The smallest size in bits.
    pub min: u32,
    /// The largest size in bits.
    pub max: u32,
    /// The distance from one size to the next, in bits.
    pub step: u32,
}

impl Sizes {
    /// The one size.
    #[must_use]
    pub const fn only(bits: u32) -> Self {
        Self {
            min: bits,
            max: bits,
            step: 1,
        }
    }

    /// True if `bits` is one of these sizes.
    #[must_use]
    pub const fn contains(self, bits: u32) -> bool {
        bits >= self.min && bits <= self.max && (bits - self.min).is_multiple_of(self.step)
    }
}

impl KeyKind {
    /// The kind called `name`, as `EC_P384`.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The kind with this `CKA_KEY_TYPE` and, for elliptic curves, this curve. Post-quantum kinds are found by
    /// [`KeyKind::by_parameter_set`], those of DSA by [`KeyKind::by_subgroup_bits`].
    #[must_use]
    pub fn by_key_type(key_type: u64, curve: Option<Curve>) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| {
            let row = kind.row();
            row.key_type == key_type
                && row.curve == curve
                && row.post_quantum.is_none()
                && kind.subgroup_bits().is_none()
        })
    }

    /// The kind with this `CKA_KEY_TYPE` and `CKA_PARAMETER_SET`.
    #[must_use]
    pub fn by_parameter_set(key_type: u64, parameter_set: u64) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| {
            kind.row().key_type == key_type
                && kind
                    .post_quantum()
                    .is_some_and(|set| set.pkcs11 == parameter_set)
        })
    }

    /// The kind of DSA with a subgroup of this order, in bits.
    #[must_use]
    pub fn by_subgroup_bits(bits: u32) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.subgroup_bits() == Some(bits))
    }

    /// The length of the order of DSA's subgroup, and of half a signature, in bits.
    #[must_use]
    pub const fn subgroup_bits(self) -> Option<u32> {
        match self {
            Self::Dsa160 => Some(160),
            Self::Dsa224 => Some(224),
            Self::Dsa256 => Some(256),
            _ => None,
        }
    }

    /// The post-quantum kind whose object identifier this is, as DER.
    #[must_use]
    pub fn by_post_quantum_oid(oid: &[u8]) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.post_quantum().is_some_and(|set| set.oid == oid))
    }

    /// The parameter set of a post-quantum kind.
    #[must_use]
    pub const fn post_quantum(self) -> Option<&'static ParameterSet> {
        self.row().post_quantum
    }

    /// The canonical name without a size: `RSA`, `EC_P384`, `AES`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// `CKK_…`.
    #[must_use]
    pub const fn key_type(self) -> u64 {
        self.row().key_type
    }

    /// The curve of an elliptic-curve kind.
    #[must_use]
    pub const fn curve(self) -> Option<Curve> {
        self.row().curve
    }

    /// True for kinds that are kept for what was made with them long ago; a strict token does not offer them.
    #[must_use]
    pub const fn is_legacy(self) -> bool {
        matches!(
            self,
            Self::HmacMd5 | Self::Des | Self::Des2 | Self::Des3 | Self::Dh
        ) || self.subgroup_bits().is_some()
    }

    /// True for kinds with a public and a private half.
    #[must_use]
    pub const fn is_key_pair(self) -> bool {
        self.row().class == CKO_PRIVATE_KEY
    }
}

/// A kind of key and its size: what can be generated, and what a stored key is.
///
/// # Examples
///
/// ```
/// use hsm_algorithms::{KeyKind, KeySpec};
///
/// assert_eq!(KeySpec::new(KeyKind::Rsa, 3072), Some(KeySpec::RSA_3072));
/// assert_eq!(KeySpec::RSA_3072.to_string(), "RSA_3072");
/// assert_eq!(KeySpec::by_name("AES_256"), Some(KeySpec::AES_256));
/// assert_eq!(KeySpec::new(KeyKind::Aes, 64), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeySpec {
    kind: KeyKind,
    bits: u32,
}

impl KeySpec {
    /// RSA with 2048 bits.
    pub const RSA_2048: Self = Self {
        kind: KeyKind::Rsa,
        bits: 2048,
    };
    /// RSA with 3072 bits.
    pub const RSA_3072: Self = Self {
        kind: KeyKind::Rsa,
        bits: 3072,
    };
    /// RSA with 4096 bits.
    pub const RSA_4096: Self = Self {
        kind: KeyKind::Rsa,
        bits: 4096,
    };
    /// NIST P-256.
    pub const EC_P256: Self = Self {
        kind: KeyKind::EcP256,
        bits: 256,
    };
    /// NIST P-384.
    pub const EC_P384: Self = Self {
        kind: KeyKind::EcP384,
        bits: 384,
    };
    /// NIST P-521.
    pub const EC_P521: Self = Self {
        kind: KeyKind::EcP521,
        bits: 521,
    };
    /// Ed25519.
    pub const ED25519: Self = Self {
        kind: KeyKind::Ed25519,
        bits: 255,
    };
    /// X25519.
    pub const X25519: Self = Self {
        kind: KeyKind::X25519,
        bits: 255,
    };
    /// AES with 128 bits.
    pub const AES_128: Self = Self {
        kind: KeyKind::Aes,
        bits: 128,
    };
    /// AES with 192 bits.
    pub const AES_192: Self = Self {
        kind: KeyKind::Aes,
        bits: 192,
    };
    /// AES with 256 bits.
    pub const AES_256: Self = Self {
        kind: KeyKind::Aes,
        bits: 256,
    };

    /// The specification of a `kind` of `bits`: the length of an RSA modulus, of a curve's field or of a secret.
    /// `None` if the kind has no such size.
    #[must_use]
    pub const fn new(kind: KeyKind, bits: u32) -> Option<Self> {
        if kind.row().bits.contains(bits) {
            Some(Self { kind, bits })
        } else {
            None
        }
    }

    /// The specification of a secret of `length_bytes`. `None` if the kind has no such size or is no secret key.
    #[must_use]
    pub fn of_secret(kind: KeyKind, length_bytes: usize) -> Option<Self> {
        let bits = u32::try_from(length_bytes).ok()?.checked_mul(8)?;
        if kind.is_key_pair() {
            None
        } else {
            Self::new(kind, bits)
        }
    }

    /// The specification of a curve's keys.
    ///
    /// # Panics
    ///
    /// Never: every curve has a kind of key.
    #[must_use]
    pub const fn of_curve(curve: Curve) -> Self {
        let mut index = 0;
        while index < KeyKind::ALL.len() {
            let kind = KeyKind::ALL[index];
            if let Some(own) = kind.row().curve
                && own as u8 == curve as u8
            {
                return Self::of_kind(kind);
            }
            index += 1;
        }
        panic!("every curve has a kind of key")
    }

    /// The specification of a kind at its smallest, which for curves and post-quantum kinds is its only size.
    #[must_use]
    pub const fn of_kind(kind: KeyKind) -> Self {
        Self {
            kind,
            bits: kind.row().bits.min,
        }
    }

    /// Kind and size of the key that these attributes describe: `CKA_KEY_TYPE` with `CKA_EC_PARAMS`,
    /// `CKA_PARAMETER_SET`, `CKA_MODULUS`, `CKA_PRIME` or `CKA_VALUE_LEN`. `None` if they describe none that we have.
    #[must_use]
    pub fn of_attributes(attributes: &Attributes) -> Option<Self> {
        let key_type = attributes.number(CKA_KEY_TYPE)?;
        if let Some(parameters) = attributes.bytes(CKA_EC_PARAMS) {
            let curve = Curve::by_parameters(parameters)?;
            return KeyKind::by_key_type(key_type, Some(curve)).map(|_| Self::of_curve(curve));
        }
        if let Some(parameter_set) = attributes.number(CKA_PARAMETER_SET) {
            return KeyKind::by_parameter_set(key_type, parameter_set).map(Self::of_kind);
        }
        if let Some(prime) = attributes.bytes(CKA_PRIME) {
            let kind = match attributes.bytes(CKA_SUBPRIME) {
                Some(order) => KeyKind::by_subgroup_bits(bits_of_number(order)?),
                None => KeyKind::by_key_type(key_type, None),
            };
            return Self::new(kind?, bits_of_number(prime)?);
        }
        let kind = KeyKind::by_key_type(key_type, None)?;
        if let Some(modulus) = attributes.bytes(CKA_MODULUS) {
            return Self::new(kind, bits_of_number(modulus)?);
        }
        Self::of_secret(
            kind,
            usize::try_from(attributes.number(CKA_VALUE_LEN)?).ok()?,
        )
    }

    /// The specification called `name`, as [`Display`](std::fmt::Display) writes it.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        if let Some(kind) = KeyKind::by_name(name) {
            let sizes = kind.row().bits;
            return (sizes.min == sizes.max).then_some(Self {
                kind,
                bits: sizes.min,
            });
        }
        let (kind, bits) = name.rsplit_once('_')?;
        Self::new(KeyKind::by_name(kind)?, bits.parse().ok()?)
            .filter(|spec| spec.to_string() == name)
    }

    /// The kind without the size.
    #[must_use]
    pub const fn kind(self) -> KeyKind {
        self.kind
    }

    /// The size in bits: of the RSA modulus, the curve's field or the secret.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.bits
    }

    /// The size in whole bytes, rounded up: of the RSA modulus, one coordinate of the curve or the secret.
    #[must_use]
    pub const fn length_bytes(self) -> usize {
        self.bits.div_ceil(8) as usize
    }
}

/// How many bits a number has, written with its most significant byte first. `None` for zero.
fn bits_of_number(number: &[u8]) -> Option<u32> {
    let first = number.iter().position(|byte| *byte != 0)?;
    u32::try_from(8 * (number.len() - first))
        .ok()
        .map(|bits| bits - number[first].leading_zeros())
}

impl std::fmt::Display for KeySpec {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let row = self.kind.row();
        if row.bits.min == row.bits.max {
            formatter.write_str(row.name)
        } else {
            write!(formatter, "{}_{}", row.name, self.bits)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_lead_back() {
        for kind in KeyKind::ALL {
            assert_eq!(KeyKind::by_name(kind.name()), Some(*kind));
            let sizes = kind.row().bits;
            for bits in [sizes.min, sizes.min + sizes.step, sizes.max] {
                if let Some(spec) = KeySpec::new(*kind, bits) {
                    assert_eq!(KeySpec::by_name(&spec.to_string()), Some(spec));
                }
            }
        }
    }

    #[test]
    fn key_type_with_curve_subgroup_or_parameter_set_names_one_kind() {
        for kind in KeyKind::ALL {
            let found = match (kind.post_quantum(), kind.subgroup_bits()) {
                (Some(set), _) => KeyKind::by_parameter_set(kind.key_type(), set.pkcs11),
                (None, Some(bits)) => KeyKind::by_subgroup_bits(bits),
                (None, None) => KeyKind::by_key_type(kind.key_type(), kind.curve()),
            };
            assert_eq!(found, Some(*kind));
        }
    }

    #[test]
    fn sizes_outside_the_row_are_refused() {
        for (kind, bits) in [
            (KeyKind::Aes, 0),
            (KeyKind::Aes, 127),
            (KeyKind::Aes, 320),
            (KeyKind::Rsa, 1023),
            (KeyKind::Rsa, 2049),
            (KeyKind::Rsa, 16_384),
            (KeyKind::EcP256, 384),
            (KeyKind::GenericSecret, 0),
            (KeyKind::GenericSecret, u32::MAX),
        ] {
            assert_eq!(KeySpec::new(kind, bits), None, "{kind:?} {bits}");
        }
        assert_eq!(KeySpec::of_secret(KeyKind::GenericSecret, usize::MAX), None);
        assert_eq!(KeySpec::of_secret(KeyKind::EcP256, 32), None);
    }

    #[test]
    fn odd_spellings_are_not_names() {
        for name in [
            "AES",
            "AES_",
            "AES_+256",
            "AES_0256",
            "RSA_",
            "EC_P256_256",
            "aes_256",
            "",
        ] {
            assert_eq!(KeySpec::by_name(name), None, "{name}");
        }
    }
}
