//! Keys from outside: the numbers that somebody brings, and what a template asks for.

use hsm_algorithms::pkcs11::{
    CKA_COEFFICIENT, CKA_EC_PARAMS, CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_KEY_TYPE, CKA_MODULUS,
    CKA_PARAMETER_SET, CKA_PRIME_1, CKA_PRIME_2, CKA_PRIVATE_EXPONENT, CKA_PUBLIC_EXPONENT,
    CKA_SEED, CKA_VALUE, CKK_DH, CKK_DSA, CKK_RSA,
};
use hsm_algorithms::{Attributes, Curve, KeyKind, KeySpec};
use hsm_aws_lc::field::FieldGroup;
use hsm_aws_lc::private::RsaNumbers;

use super::EngineError;

/// The numbers of a key that somebody brings.
pub enum ImportedKey<'a> {
    /// A secret key.
    Secret {
        /// The kind.
        kind: KeyKind,
        /// The key.
        value: &'a [u8],
    },
    /// An RSA private key.
    Rsa(RsaNumbers<'a>),
    /// An RSA private key without its primes.
    RsaExponents {
        /// The modulus.
        n: &'a [u8],
        /// The public exponent.
        e: &'a [u8],
        /// The private exponent.
        d: &'a [u8],
    },
    /// A private key on any curve: the scalar with its most significant byte first, or for the Edwards and Montgomery curves the
    /// bytes of RFC 8032 and RFC 7748.
    Curve {
        /// The curve.
        curve: Curve,
        /// The private key.
        private: &'a [u8],
    },
    /// A post-quantum private key, of which seed, encoding or both are known.
    PostQuantum {
        /// The kind.
        kind: KeyKind,
        /// What it was expanded from: `CKA_SEED`.
        seed: Option<&'a [u8]>,
        /// The private key as its standard encodes it: `CKA_VALUE`.
        value: Option<&'a [u8]>,
    },
    /// A private key of DSA or Diffie-Hellman.
    Field {
        /// Its group.
        group: FieldGroup,
        /// The private number: `CKA_VALUE`.
        private: &'a [u8],
    },
    /// PKCS#8 (RFC 5958).
    Pkcs8(&'a [u8]),
}

impl<'a> ImportedKey<'a> {
    /// The key in a template for `C_CreateObject`: `CKA_KEY_TYPE`, and the numbers that its tables name.
    ///
    /// # Errors
    ///
    /// [`EngineError::Incomplete`] when a number is missing (of an RSA key, modulus or exponent),
    /// [`EngineError::KeyTypeUnknown`] for types and curves that we do not have.
    pub fn from_attributes(attributes: &'a Attributes) -> Result<Self, EngineError> {
        let bytes = |attribute| attributes.bytes(attribute).ok_or(EngineError::Incomplete);
        let key_type = attributes
            .number(CKA_KEY_TYPE)
            .ok_or(EngineError::Incomplete)?;
        if key_type == CKK_RSA {
            return Self::rsa_from_attributes(attributes);
        }
        if let CKK_DSA | CKK_DH = key_type {
            return Ok(Self::Field {
                group: FieldGroup::from_attributes(attributes)?,
                private: bytes(CKA_VALUE)?,
            });
        }
        if let Some(kind) = KeyKind::by_key_type(key_type, None) {
            return Ok(Self::Secret {
                kind,
                value: bytes(CKA_VALUE)?,
            });
        }
        if let Some(parameter_set) = attributes.number(CKA_PARAMETER_SET) {
            let kind = KeyKind::by_parameter_set(key_type, parameter_set);
            return Ok(Self::PostQuantum {
                kind: kind.ok_or(EngineError::KeyTypeUnknown)?,
                seed: attributes.bytes(CKA_SEED),
                value: attributes.bytes(CKA_VALUE),
            });
        }
        let curve =
            Curve::by_parameters(bytes(CKA_EC_PARAMS)?).ok_or(EngineError::KeyTypeUnknown)?;
        if KeySpec::of_curve(curve).kind().key_type() != key_type {
            return Err(EngineError::KeyTypeUnknown);
        }
        Ok(Self::Curve {
            curve,
            private: bytes(CKA_VALUE)?,
        })
    }

    /// With all numbers of the primes, or without any: PKCS#11 3.2 §6.1.3 leaves them to the caller. Some of them
    /// without the others say no more than none.
    #[expect(clippy::many_single_char_names, reason = "RSA's own (RFC 8017)")]
    fn rsa_from_attributes(attributes: &'a Attributes) -> Result<Self, EngineError> {
        let bytes = |attribute| attributes.bytes(attribute).ok_or(EngineError::Incomplete);
        let (n, e, d) = (
            bytes(CKA_MODULUS)?,
            bytes(CKA_PUBLIC_EXPONENT)?,
            bytes(CKA_PRIVATE_EXPONENT)?,
        );
        let primes = [
            CKA_PRIME_1,
            CKA_PRIME_2,
            CKA_EXPONENT_1,
            CKA_EXPONENT_2,
            CKA_COEFFICIENT,
        ]
        .map(|attribute| attributes.bytes(attribute));
        Ok(match primes {
            [Some(p), Some(q), Some(dp), Some(dq), Some(q_inverse)] => Self::Rsa(RsaNumbers {
                n,
                e,
                d,
                p,
                q,
                dp,
                dq,
                q_inverse,
            }),
            _ => Self::RsaExponents { n, e, d },
        })
    }
}

/// What unwrapping or deriving shall make, as its template says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyTarget {
    /// `CKA_KEY_TYPE`.
    pub key_type: u64,
    /// `CKA_VALUE_LEN`.
    pub length_bytes: Option<usize>,
}

impl KeyTarget {
    /// The kind, if it is a secret key's.
    #[must_use]
    pub fn secret_kind(self) -> Option<KeyKind> {
        KeyKind::by_key_type(self.key_type, None).filter(|kind| !kind.is_key_pair())
    }

    /// The kind and size of a secret key, where the size is the one that is asked for or the only one there is.
    ///
    /// # Errors
    ///
    /// [`EngineError::KeyTypeUnknown`] if it is no secret key's; [`EngineError::LengthNeeded`]; [`EngineError::KeySize`].
    pub fn secret_spec(self) -> Result<KeySpec, EngineError> {
        let kind = self.secret_kind().ok_or(EngineError::KeyTypeUnknown)?;
        let sizes = kind.row().bits;
        let only_bytes = (sizes.min == sizes.max).then_some(sizes.min as usize / 8);
        let length_bytes = self.length_bytes.or(only_bytes);
        let length_bytes = length_bytes.ok_or(EngineError::LengthNeeded)?;
        KeySpec::of_secret(kind, length_bytes).ok_or(EngineError::KeySize)
    }
}
