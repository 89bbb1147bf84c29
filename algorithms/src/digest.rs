//! Message digests: one row each, with the names and numbers that derive from it.

use crate::pkcs11::{
    CKD_SHA1_KDF, CKD_SHA1_KDF_SP800, CKD_SHA3_224_KDF, CKD_SHA3_224_KDF_SP800, CKD_SHA3_256_KDF,
    CKD_SHA3_256_KDF_SP800, CKD_SHA3_384_KDF, CKD_SHA3_384_KDF_SP800, CKD_SHA3_512_KDF,
    CKD_SHA3_512_KDF_SP800, CKD_SHA224_KDF, CKD_SHA224_KDF_SP800, CKD_SHA256_KDF,
    CKD_SHA256_KDF_SP800, CKD_SHA384_KDF, CKD_SHA384_KDF_SP800, CKD_SHA512_KDF,
    CKD_SHA512_KDF_SP800, CKG_MGF1_SHA1, CKG_MGF1_SHA3_224, CKG_MGF1_SHA3_256, CKG_MGF1_SHA3_384,
    CKG_MGF1_SHA3_512, CKG_MGF1_SHA224, CKG_MGF1_SHA256, CKG_MGF1_SHA384, CKG_MGF1_SHA512, CKM_MD5,
    CKM_SHA_1, CKM_SHA3_224, CKM_SHA3_256, CKM_SHA3_384, CKM_SHA3_512, CKM_SHA224, CKM_SHA256,
    CKM_SHA384, CKM_SHA512, CKM_SHA512_224, CKM_SHA512_256,
};

/// Makes [`Digest`] and its rows.
macro_rules! digests {
    ($(
        $(#[$documentation:meta])*
        $variant:ident {
            name: $name:literal, length_bytes: $length:literal, block_bytes: $block:literal,
            mechanism: $mechanism:expr, mgf1: $mgf1:expr, x963: $x963:expr,
            one_step: $one_step:expr,
        }
    )*) => {
        /// A message digest.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Digest { $($(#[$documentation])* $variant,)* }

        impl Digest {
            /// Every digest, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The facts about this digest.
            #[must_use]
            pub const fn row(self) -> &'static DigestRow {
                match self {
                    $(Self::$variant => const { &DigestRow {
                        name: $name, length_bytes: $length, block_bytes: $block,
                        mechanism: $mechanism, mgf1: $mgf1, x963: $x963,
                        one_step: $one_step,
                    } },)*
                }
            }
        }
    };
}

/// What there is to know about a digest.
#[derive(Debug)]
pub struct DigestRow {
    /// The canonical name, as on the wire: `SHA-256`.
    pub name: &'static str,
    /// The length of a digest.
    pub length_bytes: usize,
    /// The block of the compression function; the key block of HMAC (FIPS 198-1).
    pub block_bytes: usize,
    /// The digesting mechanism, `CKM_SHA256`.
    pub mechanism: u64,
    /// The mask generation function with it, `CKG_MGF1_SHA256`.
    pub mgf1: Option<u64>,
    /// The ANSI X9.63 key derivation function with it, `CKD_SHA256_KDF`.
    pub x963: Option<u64>,
    /// The one-step key derivation function of SP 800-56A with it, `CKD_SHA256_KDF_SP800`.
    pub one_step: Option<u64>,
}

digests! {
    /// SHA-1, FIPS 180-4. For signatures, only where an old protocol asks for it.
    Sha1 {
        name: "SHA-1", length_bytes: 20, block_bytes: 64,
        mechanism: CKM_SHA_1, mgf1: Some(CKG_MGF1_SHA1), x963: Some(CKD_SHA1_KDF),
        one_step: Some(CKD_SHA1_KDF_SP800),
    }
    /// SHA-224, FIPS 180-4.
    Sha224 {
        name: "SHA-224", length_bytes: 28, block_bytes: 64,
        mechanism: CKM_SHA224, mgf1: Some(CKG_MGF1_SHA224), x963: Some(CKD_SHA224_KDF),
        one_step: Some(CKD_SHA224_KDF_SP800),
    }
    /// SHA-256, FIPS 180-4.
    Sha256 {
        name: "SHA-256", length_bytes: 32, block_bytes: 64,
        mechanism: CKM_SHA256, mgf1: Some(CKG_MGF1_SHA256), x963: Some(CKD_SHA256_KDF),
        one_step: Some(CKD_SHA256_KDF_SP800),
    }
    /// SHA-384, FIPS 180-4.
    Sha384 {
        name: "SHA-384", length_bytes: 48, block_bytes: 128,
        mechanism: CKM_SHA384, mgf1: Some(CKG_MGF1_SHA384), x963: Some(CKD_SHA384_KDF),
        one_step: Some(CKD_SHA384_KDF_SP800),
    }
    /// SHA-512, FIPS 180-4.
    Sha512 {
        name: "SHA-512", length_bytes: 64, block_bytes: 128,
        mechanism: CKM_SHA512, mgf1: Some(CKG_MGF1_SHA512), x963: Some(CKD_SHA512_KDF),
        one_step: Some(CKD_SHA512_KDF_SP800),
    }
    /// SHA-512/224, FIPS 180-4.
    Sha512_224 {
        name: "SHA-512/224", length_bytes: 28, block_bytes: 128,
        mechanism: CKM_SHA512_224, mgf1: None, x963: None, one_step: None,
    }
    /// SHA-512/256, FIPS 180-4.
    Sha512_256 {
        name: "SHA-512/256", length_bytes: 32, block_bytes: 128,
        mechanism: CKM_SHA512_256, mgf1: None, x963: None, one_step: None,
    }
    /// SHA3-224, FIPS 202.
    Sha3_224 {
        name: "SHA3-224", length_bytes: 28, block_bytes: 144,
        mechanism: CKM_SHA3_224, mgf1: Some(CKG_MGF1_SHA3_224), x963: Some(CKD_SHA3_224_KDF),
        one_step: Some(CKD_SHA3_224_KDF_SP800),
    }
    /// SHA3-256, FIPS 202.
    Sha3_256 {
        name: "SHA3-256", length_bytes: 32, block_bytes: 136,
        mechanism: CKM_SHA3_256, mgf1: Some(CKG_MGF1_SHA3_256), x963: Some(CKD_SHA3_256_KDF),
        one_step: Some(CKD_SHA3_256_KDF_SP800),
    }
    /// SHA3-384, FIPS 202.
    Sha3_384 {
        name: "SHA3-384", length_bytes: 48, block_bytes: 104,
        mechanism: CKM_SHA3_384, mgf1: Some(CKG_MGF1_SHA3_384), x963: Some(CKD_SHA3_384_KDF),
        one_step: Some(CKD_SHA3_384_KDF_SP800),
    }
    /// SHA3-512, FIPS 202.
    Sha3_512 {
        name: "SHA3-512", length_bytes: 64, block_bytes: 72,
        mechanism: CKM_SHA3_512, mgf1: Some(CKG_MGF1_SHA3_512), x963: Some(CKD_SHA3_512_KDF),
        one_step: Some(CKD_SHA3_512_KDF_SP800),
    }
    /// MD5, RFC 1321. Broken: for what was made with it long ago.
    Md5 {
        name: "MD5", length_bytes: 16, block_bytes: 64,
        mechanism: CKM_MD5, mgf1: None, x963: None, one_step: None,
    }
}

impl Digest {
    /// The longest digest.
    pub const LENGTH_MAX_BYTES: usize = 64;

    /// The digest called `name`, as on the wire.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|digest| digest.name() == name)
    }

    /// The digest of the digesting mechanism `mechanism`, as `CKM_SHA256`.
    #[must_use]
    pub fn by_mechanism(mechanism: u64) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|digest| digest.row().mechanism == mechanism)
    }

    /// The digest of the mask generation function `mgf1`, as `CKG_MGF1_SHA256`.
    #[must_use]
    pub fn by_mgf1(mgf1: u64) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|digest| digest.row().mgf1 == Some(mgf1))
    }

    /// The canonical name, as on the wire: `SHA-256`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The length of a digest in bytes.
    #[must_use]
    pub const fn length_bytes(self) -> usize {
        self.row().length_bytes
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}
