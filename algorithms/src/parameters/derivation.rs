//! Parameters of key derivation.

use crate::digest::Digest;
use crate::table::{Algorithm, Family, ParametersKind};

/// The longest piece of data in a key derivation that we take, in bytes.
pub const DERIVATION_DATA_MAX_BYTES: usize = 1 << 16;
/// The most fields of an SP 800-108 derivation that we take.
pub const KBKDF_FIELDS_MAX: usize = 64;
/// The most iterations of PBKDF2 that we take: some seconds.
pub const PASSWORD_ITERATIONS_MAX: u64 = 10_000_000;

/// The longest code of a finished message of TLS, in bytes.
pub const TLS_CODE_MAX_BYTES: usize = 64;
/// The longest initialization vector of a key block of TLS, in bytes.
pub const TLS_IV_MAX_BYTES: usize = 64;
/// The most keys that one derivation makes.
pub const DERIVED_KEYS_MAX: usize = 16;

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
    /// The length of the code of a finished message.
    pub code_length_bytes: u32,
    /// The length of each of the two initialization vectors behind the keys of a key block.
    pub iv_length_bytes: u32,
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

impl HkdfParameters {
    pub(super) fn problem(&self) -> Option<&'static str> {
        let salt_bytes = match &self.salt {
            HkdfSalt::Data(salt) => salt.len(),
            HkdfSalt::None | HkdfSalt::Key => 0,
        };
        if !self.extracts && !self.expands {
            return Some("needs to extract, to expand or both");
        }
        if !self.extracts && self.salt != HkdfSalt::None {
            return Some("takes a salt to extract with alone");
        }
        (salt_bytes > DERIVATION_DATA_MAX_BYTES || self.info.len() > DERIVATION_DATA_MAX_BYTES)
            .then_some("takes at most 64 KiB of salt or info")
    }
}

impl KbkdfParameters {
    pub(super) fn problem(&self, algorithm: Algorithm) -> Option<&'static str> {
        let is_prf = matches!(self.prf.family(), Family::Hmac | Family::AesCmac)
            && self.prf.row().parameters == ParametersKind::None;
        if !is_prf {
            return Some("needs HMAC or AES-CMAC as its pseudorandom function");
        }
        if self.iv.len() > DERIVATION_DATA_MAX_BYTES
            || (algorithm != Algorithm::KbkdfFeedback && !self.iv.is_empty())
        {
            return Some("takes no such initial value");
        }
        if self.fields.len() > KBKDF_FIELDS_MAX {
            return Some("takes at most 64 fields");
        }
        let count = |is_it: fn(&KbkdfField) -> bool| {
            self.fields.iter().filter(|field| is_it(field)).count()
        };
        let counters = count(|field| matches!(field, KbkdfField::Counter(_)));
        let feedbacks = count(|field| *field == KbkdfField::Feedback);
        let lengths = count(|field| matches!(field, KbkdfField::Length { .. }));
        let has_its_variable = if algorithm == Algorithm::KbkdfCounter {
            counters == 1 && feedbacks == 0
        } else {
            counters <= 1 && feedbacks == 1
        };
        if !has_its_variable || lengths > 1 {
            return Some("needs its iteration variable once, and counter and length at most once");
        }
        self.fields.iter().find_map(KbkdfField::problem)
    }
}

impl KbkdfField {
    fn problem(&self) -> Option<&'static str> {
        let (format, width_max) = match self {
            Self::Data(data) if data.len() > DERIVATION_DATA_MAX_BYTES => {
                return Some("takes at most 64 KiB of data in a field");
            }
            Self::Data(_) | Self::Feedback => return None,
            Self::Counter(format) => (format, 32),
            Self::Length { format, .. } => (format, 64),
        };
        let width = format.width_bits;
        (width == 0 || width > width_max || !width.is_multiple_of(8))
            .then_some("needs counters of 8 to 32 bits and lengths of 8 to 64")
    }
}

impl EncryptDataParameters {
    pub(super) fn problem(&self, algorithm: Algorithm) -> Option<&'static str> {
        let block = algorithm.block_bytes();
        let iv_bytes = match algorithm {
            Algorithm::AesCbcEncryptData
            | Algorithm::DesCbcEncryptData
            | Algorithm::Des3CbcEncryptData => block,
            _ => 0,
        };
        if self.iv.len() != iv_bytes {
            return Some("needs an initialization vector of one block for CBC alone");
        }
        (self.data.is_empty()
            || self.data.len() > DERIVATION_DATA_MAX_BYTES
            || !self.data.len().is_multiple_of(block))
        .then_some("needs whole blocks of data, at most 64 KiB")
    }
}

impl TlsParameters {
    pub(super) fn problem(&self, kind: ParametersKind) -> Option<&'static str> {
        let is_short = |bytes: &[u8]| bytes.len() <= DERIVATION_DATA_MAX_BYTES;
        if ![
            &self.client_random,
            &self.server_random,
            &self.label,
            &self.context,
        ]
        .into_iter()
        .all(|bytes| is_short(bytes))
        {
            return Some("takes at most 64 KiB of each value");
        }
        match kind {
            ParametersKind::TlsSession => {
                (self.context.is_empty()).then_some("needs the hash of the session")
            }
            ParametersKind::TlsCode => {
                let length = self.code_length_bytes as usize;
                (self.label.is_empty() || !(1..=TLS_CODE_MAX_BYTES).contains(&length))
                    .then_some("needs to know whose code of which length")
            }
            ParametersKind::TlsLabel if self.label.is_empty() => Some("needs a label"),
            _ if self.iv_length_bytes as usize > TLS_IV_MAX_BYTES
                || (kind != ParametersKind::TlsKeyBlock && self.iv_length_bytes != 0) =>
            {
                Some("makes no such initialization vectors")
            }
            _ => (self.client_random.is_empty() || self.server_random.is_empty())
                .then_some("needs both random values"),
        }
    }
}

impl PasswordParameters {
    pub(super) fn problem(&self) -> Option<&'static str> {
        if self.salt.len() > DERIVATION_DATA_MAX_BYTES {
            return Some("takes at most 64 KiB of salt");
        }
        (!(1..=PASSWORD_ITERATIONS_MAX).contains(&self.iterations))
            .then_some("takes 1 to 10 million iterations")
    }
}
