//! Parameters of key derivation.

use crate::digest::Digest;
use crate::table::Algorithm;

/// The longest piece of data in a key derivation that we take, in bytes.
pub const DERIVATION_DATA_MAX_BYTES: usize = 1 << 16;
/// The most fields of an SP 800-108 derivation that we take.
pub const KBKDF_FIELDS_MAX: usize = 64;
/// The most iterations of PBKDF2 that we take: some seconds.
pub const PASSWORD_ITERATIONS_MAX: u64 = 10_000_000;

/// Parameters of HKDF, RFC 5869.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HkdfParameters {
    /// Whether to extract a pseudorandom key from the base key (§2.2).
    pub extracts: bool,
    /// Whether to expand it to the length that is wanted (§2.3).
    pub expands: bool,
    /// The digest of the HMAC.
    pub hash: Digest,
    /// The salt of the extraction.
    pub salt: HkdfSalt,
    /// What the expansion is for.
    pub info: Vec<u8>,
}

/// The salt of HKDF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HkdfSalt {
    /// None: as many zeros as the digest is long.
    None,
    /// Bytes.
    Data(Vec<u8>),
    /// The second key of the derivation.
    Key,
}

/// Parameters of the key derivations of SP 800-108.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KbkdfParameters {
    /// The pseudorandom function: HMAC or CMAC, whole.
    pub prf: Algorithm,
    /// The initial value of the feedback mode, which may be empty.
    pub iv: Vec<u8>,
    /// What each iteration takes, in this order.
    pub fields: Vec<KbkdfField>,
}

/// A part of what an iteration of SP 800-108 takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KbkdfField {
    /// Bytes: label, separator, context.
    Data(Vec<u8>),
    /// What the iteration before gave, or in the double pipeline the first pipeline: `K(i − 1)`, `A(i)`.
    Feedback,
    /// The number of the iteration, from 1.
    Counter(NumberFormat),
    /// The length of the key in bits.
    Length {
        /// How it is written.
        format: NumberFormat,
        /// Whether it counts whole iterations, and not what is asked for.
        is_of_segments: bool,
    },
}

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberFormat {
    /// 8, 16, 24 or 32 bits, and to 64 for a length.
    pub width_bits: u32,
    /// The least significant byte first.
    pub is_little_endian: bool,
}

/// Parameters of a derivation by encryption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptDataParameters {
    /// The initialization vector of the CBC mode; empty for ECB.
    pub iv: Vec<u8>,
    /// What is encrypted: whole blocks.
    pub data: Vec<u8>,
}

/// Parameters of TLS 1.2, RFC 5246 §5 and §8.1. Each derivation uses some of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsParameters {
    /// The digest of the pseudorandom function.
    pub hash: Digest,
    /// The client's random bytes.
    pub client_random: Vec<u8>,
    /// The server's random bytes.
    pub server_random: Vec<u8>,
    /// The label of a derivation of the caller's own.
    pub label: Vec<u8>,
    /// Context of such a derivation; for the extended master secret, the hash of the session.
    pub context: Vec<u8>,
    /// The length of each authentication key, in bits.
    pub mac_bits: u32,
    /// The length of each encryption key, in bits.
    pub key_bits: u32,
    /// The length of each initialization vector, in bits.
    pub iv_bits: u32,
    /// The length of the code of a finished message.
    pub code_length_bytes: u32,
}

/// Parameters of PBKDF2, RFC 8018 §5.2. The password is no parameter: it is a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordParameters {
    /// The digest of the HMAC.
    pub hash: Digest,
    /// The salt.
    pub salt: Vec<u8>,
    /// How often the HMAC is computed for each block.
    pub iterations: u64,
}
