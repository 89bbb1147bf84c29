//! Parameters of signatures, key agreement and key transport with key pairs.

use super::{Kdf, OAEP_LABEL_MAX_BYTES, OaepParameters, SHARED_DATA_MAX_BYTES};
use crate::digest::Digest;

/// The longest context of a signature, in bytes: RFC 8032 §5.1, FIPS 204 §5.2, FIPS 205 §10.2.
pub const SIGNATURE_CONTEXT_MAX_BYTES: usize = 255;

/// Parameters of `EdDSA`, RFC 8032 §5.1 and §5.2.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EdDsaParameters {
    /// Whether a digest of the message is signed: Ed25519ph and Ed448ph.
    pub is_prehashed: bool,
    /// The context, at most [`SIGNATURE_CONTEXT_MAX_BYTES`]. With Ed25519, one that is not empty makes it Ed25519ctx.
    pub context: Vec<u8>,
}

/// Parameters of ML-DSA and SLH-DSA signatures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignatureParameters {
    /// Whether fresh randomness goes into a signature.
    pub hedge: Hedge,
    /// The context, at most [`SIGNATURE_CONTEXT_MAX_BYTES`].
    pub context: Vec<u8>,
    /// The digest that the caller applied to the message, for algorithms that sign one and do not name it themselves.
    pub hash: Option<Digest>,
}

/// Whether fresh randomness goes into a signature: FIPS 204 §3.4, FIPS 205 §9.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hedge {
    /// `CKH_HEDGE_PREFERRED`.
    #[default]
    Preferred,
    /// `CKH_HEDGE_REQUIRED`.
    Required,
    /// `CKH_DETERMINISTIC_REQUIRED`: the same message gives the same signature.
    Deterministic,
}

impl Hedge {
    /// Every value.
    pub const ALL: &'static [Self] = &[Self::Preferred, Self::Required, Self::Deterministic];

    /// `CKH_…`.
    #[must_use]
    pub const fn pkcs11(self) -> u32 {
        match self {
            Self::Preferred => 0,
            Self::Required => 1,
            Self::Deterministic => 2,
        }
    }

    /// The value of `CKH_…`.
    #[must_use]
    pub fn by_pkcs11(number: u32) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|hedge| hedge.pkcs11() == number)
    }
}

/// Parameters of RSA-AES key wrap, PKCS#11 3.2 §6.1.20.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RsaAesKeyWrapParameters {
    /// The length of the AES key that travels with the wrapped one: 128, 192 or 256.
    pub aes_bits: u32,
    /// How it travels.
    pub oaep: OaepParameters,
}

/// Parameters of ECDH-AES key wrap, PKCS#11 3.2 §6.3.20.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EcdhAesKeyWrapParameters {
    /// The length of the AES key that both sides derive: 128, 192 or 256.
    pub aes_bits: u32,
    /// How it is derived from the shared secret.
    pub kdf: Kdf,
    /// What else goes into the derivation, at most [`SHARED_DATA_MAX_BYTES`].
    pub shared_data: Vec<u8>,
}

const AES_KEY_BITS: &[u32] = &[128, 192, 256];
const BAD_AES_BITS: &str = "needs an AES key of 128, 192 or 256 bits";
const LONG_CONTEXT: &str = "takes a context of at most 255 bytes";

impl EdDsaParameters {
    pub(super) fn problem(&self) -> Option<&'static str> {
        (self.context.len() > SIGNATURE_CONTEXT_MAX_BYTES).then_some(LONG_CONTEXT)
    }
}

impl SignatureParameters {
    pub(super) fn problem(&self, takes_hash: bool) -> Option<&'static str> {
        if self.context.len() > SIGNATURE_CONTEXT_MAX_BYTES {
            return Some(LONG_CONTEXT);
        }
        match (takes_hash, self.hash) {
            (true, None) => Some("needs the digest of its message in its parameters"),
            (false, Some(_)) => Some("takes no digest in its parameters"),
            _ => None,
        }
    }
}

impl RsaAesKeyWrapParameters {
    pub(super) fn problem(&self) -> Option<&'static str> {
        if !AES_KEY_BITS.contains(&self.aes_bits) {
            return Some(BAD_AES_BITS);
        }
        (self.oaep.label.len() > OAEP_LABEL_MAX_BYTES)
            .then_some("takes a label of at most 4096 bytes")
    }
}

impl EcdhAesKeyWrapParameters {
    pub(super) fn problem(&self) -> Option<&'static str> {
        if !AES_KEY_BITS.contains(&self.aes_bits) {
            return Some(BAD_AES_BITS);
        }
        (self.shared_data.len() > SHARED_DATA_MAX_BYTES)
            .then_some("takes at most 4096 bytes of shared data")
    }
}
