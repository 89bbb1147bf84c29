//! The kinds of key and their sizes: one row a kind, from which templates, size checks and names derive.

use crate::curve::Curve;
use crate::pkcs11::{
    CKK_AES, CKK_AES_XTS, CKK_CHACHA20, CKK_DES, CKK_DES2, CKK_DES3, CKK_EC, CKK_EC_EDWARDS,
    CKK_EC_MONTGOMERY, CKK_GENERIC_SECRET, CKK_HKDF, CKK_MD5_HMAC, CKK_RSA, CKK_SHA_1_HMAC,
    CKK_SHA3_224_HMAC, CKK_SHA3_256_HMAC, CKK_SHA3_384_HMAC, CKK_SHA3_512_HMAC, CKK_SHA224_HMAC,
    CKK_SHA256_HMAC, CKK_SHA384_HMAC, CKK_SHA512_224_HMAC, CKK_SHA512_256_HMAC, CKK_SHA512_HMAC,
    CKO_PRIVATE_KEY, CKO_SECRET_KEY,
};

/// Makes [`KeyKind`] and its rows.
macro_rules! key_kinds {
    ($(
        $(#[$documentation:meta])*
        $variant:ident {
            name: $name:literal, class: $class:expr, key_type: $key_type:expr, curve: $curve:expr,
            bits: $bits:expr, unit: $unit:expr,
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
                    } },)*
                }
            }
        }
    };
}

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
    /// The sizes that we accept: RSA modulus, field of the curve, or secret.
    pub bits: Sizes,
    /// What `CK_MECHANISM_INFO` and `CKA_VALUE_LEN` count in.
    pub unit: SizeUnit,
}

/// The unit in which PKCS#11 states the size of a kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SizeUnit {
    /// RSA and elliptic curves.
    Bits,
    /// Secret keys, which have `CKA_VALUE_LEN`.
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
    /// NIST P-256, FIPS 186-5 and SP 800-186.
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

impl KeyKind {
    /// The kind called `name`, as `EC_P384`.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The kind with this `CKA_KEY_TYPE` and, for elliptic curves, this curve.
    #[must_use]
    pub fn by_key_type(key_type: u64, curve: Option<Curve>) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.row().key_type == key_type && kind.row().curve == curve)
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
        matches!(self, Self::HmacMd5 | Self::Des | Self::Des2 | Self::Des3)
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
    #[must_use]
    pub const fn of_curve(curve: Curve) -> Self {
        match curve {
            Curve::P256 => Self::EC_P256,
            Curve::P384 => Self::EC_P384,
            Curve::P521 => Self::EC_P521,
            Curve::Ed25519 => Self::ED25519,
            Curve::X25519 => Self::X25519,
        }
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
    fn key_type_and_curve_name_one_kind() {
        for kind in KeyKind::ALL {
            assert_eq!(
                KeyKind::by_key_type(kind.key_type(), kind.curve()),
                Some(*kind)
            );
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
