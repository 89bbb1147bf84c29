//! Parameters of ciphers.

use super::{
    AES_BLOCK_BYTES, CCM_NONCE_MAX_BYTES, GCM_AAD_MAX_BYTES, GCM_IV_MAX_BYTES, GCM_TAG_BITS,
};

/// Parameters of AES-GCM, SP 800-38D §7.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GcmParameters {
    /// The initialization vector, 1 to [`GCM_IV_MAX_BYTES`] bytes. Must never repeat under one key.
    pub iv: Vec<u8>,
    /// Additional authenticated data, at most [`GCM_AAD_MAX_BYTES`] bytes.
    pub aad: Vec<u8>,
    /// The length of the tag in bits, one of [`GCM_TAG_BITS`].
    pub tag_bits: u32,
}

impl GcmParameters {
    /// The length of the tag in bytes.
    #[must_use]
    pub const fn tag_bytes(&self) -> usize {
        (self.tag_bits / 8) as usize
    }
}

/// Parameters of AES-CTR, SP 800-38A §6.5 and appendix B.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CtrParameters {
    /// The first counter block.
    pub counter_block: [u8; AES_BLOCK_BYTES],
    /// How many of its last bits count up, 1 to 128. Data that would make them wrap around is refused.
    pub counter_bits: u32,
}

/// Parameters of AES-CCM, SP 800-38C §6.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CcmParameters {
    /// The nonce, 7 to 13 bytes: the longer it is, the shorter the data can be. Must never repeat under one key.
    pub nonce: Vec<u8>,
    /// Additional authenticated data, at most [`GCM_AAD_MAX_BYTES`] bytes.
    pub aad: Vec<u8>,
    /// The length of the plaintext in bytes, which must be right.
    pub data_length_bytes: u64,
    /// The length of the code in bytes: 4, 6, 8, 10, 12, 14 or 16.
    pub code_length_bytes: u32,
}

impl CcmParameters {
    pub(super) fn problem(&self) -> Option<&'static str> {
        if !(7..=CCM_NONCE_MAX_BYTES).contains(&self.nonce.len()) {
            return Some("needs a nonce of 7 to 13 bytes");
        }
        if self.aad.len() > GCM_AAD_MAX_BYTES {
            return Some("takes at most 1 MiB of additional data");
        }
        let length_bits = 8 * (15 - self.nonce.len());
        if length_bits < 64 && self.data_length_bytes >> length_bits != 0 {
            return Some("needs a shorter nonce for data of that length");
        }
        (!(4..=16).contains(&self.code_length_bytes) || !self.code_length_bytes.is_multiple_of(2))
            .then_some("needs a code of 4, 6, 8, 10, 12, 14 or 16 bytes")
    }
}

/// Parameters of ChaCha20: RFC 8439 §2.4, or the older form with a counter of 64 bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChaCha20Parameters {
    /// The nonce: 12 bytes with a counter of 32 bits, 8 bytes with one of 64. Must never repeat under one key.
    pub nonce: Vec<u8>,
    /// The number of the first block. Data that would make it wrap around is refused.
    pub counter: u64,
}

impl ChaCha20Parameters {
    pub(super) fn problem(&self) -> Option<&'static str> {
        match self.nonce.len() {
            8 => None,
            12 => (self.counter > u64::from(u32::MAX))
                .then_some("takes a counter of 32 bits with a nonce of 12 bytes"),
            _ => Some("needs a nonce of 8 or 12 bytes"),
        }
    }
}

impl GcmParameters {
    pub(super) fn problem(&self) -> Option<&'static str> {
        if self.iv.is_empty() || self.iv.len() > GCM_IV_MAX_BYTES {
            return Some("needs an initialization vector of 1 to 1024 bytes");
        }
        if self.aad.len() > GCM_AAD_MAX_BYTES {
            return Some("takes at most 1 MiB of additional data");
        }
        (!GCM_TAG_BITS.contains(&self.tag_bits))
            .then_some("needs a tag of 32, 64, 96, 104, 112, 120 or 128 bits")
    }
}
