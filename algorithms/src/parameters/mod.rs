//! What an algorithm is told besides its key and its input, in the terms of the standards.
//!
//! Doors parse C structures and JSON into these; [`Parameters::check`] is the one place that says which values an
//! algorithm takes, so that an engine can rely on them.

mod asymmetric;
mod ciphers;
mod derivation;

use crate::curve::Curve;
use crate::digest::Digest;
use crate::table::{Algorithm, ParametersKind, Purpose};

pub use asymmetric::{
    EcdhAesKeyWrapParameters, EdDsaParameters, Hedge, RsaAesKeyWrapParameters,
    SIGNATURE_CONTEXT_MAX_BYTES, SignatureParameters,
};
pub use ciphers::{CcmParameters, ChaCha20Parameters, CtrParameters, GcmParameters};
pub use derivation::{
    DERIVATION_DATA_MAX_BYTES, DERIVED_KEYS_MAX, EncryptDataParameters, HkdfParameters, HkdfSalt,
    KBKDF_FIELDS_MAX, KbkdfField, KbkdfParameters, NumberFormat, PASSWORD_ITERATIONS_MAX,
    PasswordParameters, TLS_CODE_MAX_BYTES, TLS_IV_MAX_BYTES, TlsParameters,
};

/// The longest initialization vector of AES-GCM that we take, in bytes; 12 is the usual length.
pub const GCM_IV_MAX_BYTES: usize = 1024;
/// The longest additional data of AES-GCM that we take, in bytes.
pub const GCM_AAD_MAX_BYTES: usize = 1 << 20;
/// The longest RSA-OAEP label that we take, in bytes.
pub const OAEP_LABEL_MAX_BYTES: usize = 4096;
/// The longest shared data of a key derivation function that we take, in bytes.
pub const SHARED_DATA_MAX_BYTES: usize = 4096;
/// The longest public key of Diffie-Hellman that we take, in bytes.
pub const PUBLIC_VALUE_MAX_BYTES: usize = 1024;
/// The tag lengths of AES-GCM in bits, SP 800-38D §5.2.1.2.
pub const GCM_TAG_BITS: &[u32] = &[32, 64, 96, 104, 112, 120, 128];

/// The length of an AES block, and of its initialization vectors, in bytes.
pub const AES_BLOCK_BYTES: usize = 16;
/// The default initial value of AES Key Wrap, RFC 3394 §2.2.3.1.
pub const KEY_WRAP_IV: [u8; 8] = [0xa6; 8];
/// The default alternative initial value of AES Key Wrap with Padding, RFC 5649 §3.
pub const KEY_WRAP_PADDED_IV: [u8; 4] = [0xa6, 0x59, 0x59, 0xa6];

/// The longest nonce of AES-CCM in bytes, SP 800-38C appendix A.1.
pub const CCM_NONCE_MAX_BYTES: usize = 13;
/// The length of the nonce of ChaCha20-Poly1305 in bytes, RFC 8439 §2.8.
pub const CHACHA20_POLY1305_NONCE_BYTES: usize = 12;
/// The length of the tag of ChaCha20-Poly1305 in bytes.
pub const CHACHA20_POLY1305_TAG_BYTES: usize = 16;

/// The parameters of one use of an algorithm.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Parameters {
    /// None.
    #[default]
    None,
    /// An initialization vector.
    Iv(Vec<u8>),
    /// The length of a message authentication code in bytes.
    CodeLength(u32),
    /// Of AES-GCM, of GMAC, which has no additional data, and of ChaCha20-Poly1305, whose tag has 128 bits.
    Gcm(GcmParameters),
    /// Of AES-CCM.
    Ccm(CcmParameters),
    /// Of ChaCha20 alone.
    ChaCha20(ChaCha20Parameters),
    /// What is put before or behind a key, or added to it bit by bit; or the other side's public key of Diffie-Hellman.
    Data(Vec<u8>),
    /// The first bit of a piece of a key.
    BitOffset(u64),
    /// Of HKDF.
    Hkdf(HkdfParameters),
    /// Of SP 800-108.
    Kbkdf(KbkdfParameters),
    /// Of a derivation by encryption.
    EncryptData(EncryptDataParameters),
    /// Of TLS 1.2.
    Tls(TlsParameters),
    /// Of PBKDF2.
    Password(PasswordParameters),
    /// Of AES-CTR.
    Ctr(CtrParameters),
    /// Of RSA-OAEP.
    Oaep(OaepParameters),
    /// Of RSA-PSS.
    Pss(PssParameters),
    /// Of ECDH.
    Ecdh(EcdhParameters),
    /// Of ML-DSA and SLH-DSA.
    Signature(SignatureParameters),
    /// Of `EdDSA`.
    EdDsa(EdDsaParameters),
    /// Of RSA-AES key wrap.
    RsaAesKeyWrap(RsaAesKeyWrapParameters),
    /// Of ECDH-AES key wrap.
    EcdhAesKeyWrap(EcdhAesKeyWrapParameters),
}

/// Parameters of RSAES-OAEP, RFC 8017 §7.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OaepParameters {
    /// The digest of the label.
    pub hash: Digest,
    /// The digest of the mask generation function MGF1. May differ from `hash`.
    pub mgf1_hash: Digest,
    /// The label, mostly empty; at most [`OAEP_LABEL_MAX_BYTES`] bytes.
    pub label: Vec<u8>,
}

/// Parameters of RSASSA-PSS, RFC 8017 §8.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PssParameters {
    /// The digest of the message.
    pub hash: Digest,
    /// The digest of the mask generation function MGF1. May differ from `hash`.
    pub mgf1_hash: Digest,
    /// The length of the salt in bytes.
    pub salt_length_bytes: u32,
}

impl PssParameters {
    /// What everybody uses: one digest for both, and a salt as long as the digest.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a digest has at most 64 bytes"
    )]
    pub const fn usual(hash: Digest) -> Self {
        Self {
            hash,
            mgf1_hash: hash,
            salt_length_bytes: hash.length_bytes() as u32,
        }
    }
}

/// Parameters of elliptic-curve Diffie-Hellman.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EcdhParameters {
    /// The other side's public key: an uncompressed point without DER around it, or 32 bytes on Curve25519.
    pub public_point: Vec<u8>,
    /// What makes a key of the shared secret.
    pub kdf: Kdf,
    /// Shared data for the key derivation function; empty without one.
    pub shared_data: Vec<u8>,
}

/// A key derivation function of ECDH.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kdf {
    /// The shared secret itself, cut to the length of the key: `CKD_NULL`.
    Null,
    /// ANSI X9.63 with a digest (SEC 1 §3.6.1): `CKD_SHA256_KDF`.
    X963(Digest),
    /// SP 800-56A §4.1 of 2007, the one-step function with a digest: `CKD_SHA256_KDF_SP800`.
    OneStep(Digest),
}

impl Kdf {
    /// Every function.
    pub fn all() -> impl Iterator<Item = Self> {
        let with = |digest: &Digest| {
            let x963 = digest.row().x963.map(|_| Self::X963(*digest));
            let one_step = digest.row().one_step.map(|_| Self::OneStep(*digest));
            [x963, one_step].into_iter().flatten()
        };
        std::iter::once(Self::Null).chain(Digest::ALL.iter().flat_map(with))
    }

    /// The function called `name`, as on the wire: empty, `X9.63-SHA-256` or `SP800-56A-SHA-256`.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        let named = if name.is_empty() {
            Self::Null
        } else if let Some(digest) = name.strip_prefix("X9.63-") {
            Self::X963(Digest::by_name(digest)?)
        } else {
            Self::OneStep(Digest::by_name(name.strip_prefix("SP800-56A-")?)?)
        };
        Self::all().find(|kdf| *kdf == named)
    }

    /// The function of PKCS#11's `kdf`, as `CKD_SHA256_KDF`.
    #[must_use]
    pub fn by_pkcs11(kdf: u64) -> Option<Self> {
        Self::all().find(|one| match one {
            Self::Null => kdf == crate::pkcs11::CKD_NULL,
            Self::X963(digest) => digest.row().x963 == Some(kdf),
            Self::OneStep(digest) => digest.row().one_step == Some(kdf),
        })
    }

    /// The name on the wire: empty, `X9.63-SHA-256` or `SP800-56A-SHA-256`.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Null => String::new(),
            Self::X963(digest) => format!("X9.63-{digest}"),
            Self::OneStep(digest) => format!("SP800-56A-{digest}"),
        }
    }
}

/// Parameters do not fit an algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParametersInvalid {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// What is wrong, as the end of a sentence that starts with the algorithm's name.
    pub problem: &'static str,
}

impl std::fmt::Display for ParametersInvalid {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}", self.algorithm, self.problem)
    }
}

impl std::error::Error for ParametersInvalid {}

impl Parameters {
    /// Checks that `algorithm` takes these parameters: their shape, and every length and number that does not
    /// depend on the key.
    ///
    /// # Errors
    ///
    /// [`ParametersInvalid`] says what is wrong.
    ///
    /// # Examples
    ///
    /// ```
    /// use hsm_algorithms::{Algorithm, Parameters};
    ///
    /// assert!(Parameters::Iv(vec![0; 16]).check(Algorithm::AesCbc).is_ok());
    /// assert!(Parameters::Iv(vec![0; 12]).check(Algorithm::AesCbc).is_err());
    /// assert!(Parameters::Iv(vec![0; 16]).check(Algorithm::AesEcb).is_err());
    /// ```
    pub fn check(&self, algorithm: Algorithm) -> Result<(), ParametersInvalid> {
        self.problem(algorithm).map_or(Ok(()), |problem| {
            Err(ParametersInvalid { algorithm, problem })
        })
    }

    /// As [`check`](Self::check), for one purpose: who encapsulates brings no public key of another, since the one that is
    /// made for it, and its ciphertext, take its place.
    ///
    /// # Errors
    ///
    /// [`ParametersInvalid`] says what is wrong.
    pub fn check_for(
        &self,
        algorithm: Algorithm,
        purpose: Purpose,
    ) -> Result<(), ParametersInvalid> {
        let problem = match (algorithm.row().parameters, self) {
            (ParametersKind::Ecdh, Self::Ecdh(ecdh)) if purpose == Purpose::Encapsulate => {
                let brings_key = !ecdh.public_point.is_empty();
                let no_place = "takes no public key to encapsulate with";
                ecdh.kdf_problem().or(brings_key.then_some(no_place))
            }
            _ => self.problem(algorithm),
        };
        problem.map_or(Ok(()), |problem| {
            Err(ParametersInvalid { algorithm, problem })
        })
    }

    /// The PSS parameters that `algorithm` works with: these, or where the row's own digest says all, the usual ones.
    #[must_use]
    pub fn pss(&self, algorithm: Algorithm) -> Option<PssParameters> {
        match (self, algorithm.digest()) {
            (Self::Pss(pss), _) => Some(pss.clone()),
            (Self::None, Some(digest)) => Some(PssParameters::usual(digest)),
            _ => None,
        }
    }

    /// The `EdDSA` parameters; without any, those of the pure variant.
    #[must_use]
    pub fn eddsa(&self) -> EdDsaParameters {
        match self {
            Self::EdDsa(eddsa) => eddsa.clone(),
            _ => EdDsaParameters::default(),
        }
    }

    #[expect(
        clippy::match_same_arms,
        reason = "each kind's own arms stand together"
    )]
    fn problem(&self, algorithm: Algorithm) -> Option<&'static str> {
        match (algorithm.row().parameters, self) {
            (
                ParametersKind::None
                | ParametersKind::OtherKey
                | ParametersKind::KeyWrapIv
                | ParametersKind::KeyWrapPaddedIv,
                Self::None,
            ) => None,
            (ParametersKind::None | ParametersKind::OtherKey, _) => Some("takes no parameters"),
            (ParametersKind::Iv, Self::Iv(iv)) => (iv.len() != algorithm.block_bytes())
                .then_some("needs an initialization vector of one block"),
            (ParametersKind::Iv, _) => Some("needs an initialization vector"),
            (ParametersKind::KeyWrapIv, Self::Iv(iv)) if iv[..] == KEY_WRAP_IV => None,
            (ParametersKind::KeyWrapPaddedIv, Self::Iv(iv)) if iv[..] == KEY_WRAP_PADDED_IV => None,
            (ParametersKind::KeyWrapIv | ParametersKind::KeyWrapPaddedIv, _) => {
                Some("takes no initial value but the standard's default")
            }
            (ParametersKind::Data, Self::Data(data)) => (data.is_empty()
                || data.len() > DERIVATION_DATA_MAX_BYTES)
                .then_some("needs 1 byte to 64 KiB of data"),
            (ParametersKind::Data, _) => Some("needs data"),
            (ParametersKind::BitOffset, Self::BitOffset(_)) => None,
            (ParametersKind::BitOffset, _) => Some("needs the first bit of the piece"),
            (ParametersKind::Hkdf, Self::Hkdf(hkdf)) => hkdf.problem(),
            (ParametersKind::Hkdf, _) => Some("needs HKDF parameters"),
            (ParametersKind::Kbkdf, Self::Kbkdf(kdf)) => kdf.problem(algorithm),
            (ParametersKind::Kbkdf, _) => Some("needs the parameters of SP 800-108"),
            (ParametersKind::EncryptData, Self::EncryptData(parameters)) => {
                parameters.problem(algorithm)
            }
            (ParametersKind::EncryptData, _) => Some("needs data"),
            (
                kind @ (ParametersKind::TlsRandoms
                | ParametersKind::TlsSession
                | ParametersKind::TlsLabel
                | ParametersKind::TlsKeyBlock
                | ParametersKind::TlsCode),
                Self::Tls(tls),
            ) => tls.problem(kind),
            (
                ParametersKind::TlsRandoms
                | ParametersKind::TlsSession
                | ParametersKind::TlsLabel
                | ParametersKind::TlsKeyBlock
                | ParametersKind::TlsCode,
                _,
            ) => Some("needs the parameters of TLS 1.2"),
            (ParametersKind::Password, Self::Password(password)) => password.problem(),
            (ParametersKind::Password, _) => Some("needs salt and iterations"),
            (ParametersKind::CodeLength, Self::CodeLength(length_bytes)) => {
                let whole = algorithm.code_bytes_max().unwrap_or_default();
                (!(1..=whole).contains(&(*length_bytes as usize)))
                    .then_some("needs a length from 1 to that of the whole code")
            }
            (ParametersKind::CodeLength, _) => Some("needs the length of the code"),
            (ParametersKind::Gmac, Self::Gcm(gcm)) if !gcm.aad.is_empty() => {
                Some("takes no additional data but the message")
            }
            (ParametersKind::Gcm | ParametersKind::Gmac, Self::Gcm(gcm)) => gcm.problem(),
            (ParametersKind::Gmac, _) => Some("needs an initialization vector"),
            (ParametersKind::ChaCha20Poly1305, Self::Gcm(gcm)) => (gcm.iv.len()
                != CHACHA20_POLY1305_NONCE_BYTES
                || gcm.aad.len() > GCM_AAD_MAX_BYTES
                || gcm.tag_bytes() != CHACHA20_POLY1305_TAG_BYTES)
                .then_some("needs a nonce of 12 bytes and a tag of 16"),
            (ParametersKind::ChaCha20Poly1305, _) => Some("needs a nonce"),
            (ParametersKind::Ccm, Self::Ccm(ccm)) => ccm.problem(),
            (ParametersKind::Ccm, _) => Some("needs CCM parameters"),
            (ParametersKind::ChaCha20, Self::ChaCha20(chacha20)) => chacha20.problem(),
            (ParametersKind::ChaCha20, _) => Some("needs a nonce and a counter"),
            (ParametersKind::Gcm, _) => Some("needs GCM parameters"),
            (ParametersKind::Ctr, Self::Ctr(ctr)) => (!(1..=128).contains(&ctr.counter_bits))
                .then_some("needs a counter of 1 to 128 bits"),
            (ParametersKind::Ctr, _) => Some("needs a counter block"),
            (ParametersKind::Oaep, Self::Oaep(oaep)) => (oaep.label.len() > OAEP_LABEL_MAX_BYTES)
                .then_some("takes a label of at most 4096 bytes"),
            (ParametersKind::Oaep, _) => Some("needs OAEP parameters"),
            (ParametersKind::Pss, Self::Pss(pss)) => {
                let fits = algorithm.digest().is_none_or(|digest| digest == pss.hash);
                (!fits).then_some("needs the digest of its name in its parameters")
            }
            (ParametersKind::Pss, Self::None) if algorithm.digest().is_some() => None,
            (ParametersKind::Pss, _) => Some("needs PSS parameters"),
            (ParametersKind::EdDsa | ParametersKind::Signature, Self::None) => None,
            (ParametersKind::EdDsa, Self::EdDsa(eddsa)) => eddsa.problem(),
            (ParametersKind::EdDsa, _) => Some("needs EdDSA parameters, or nothing"),
            (ParametersKind::RsaAesKeyWrap, Self::RsaAesKeyWrap(wrap)) => wrap.problem(),
            (ParametersKind::RsaAesKeyWrap, _) => Some("needs RSA-AES key wrap parameters"),
            (ParametersKind::EcdhAesKeyWrap, Self::EcdhAesKeyWrap(wrap)) => wrap.problem(),
            (ParametersKind::EcdhAesKeyWrap, _) => Some("needs ECDH-AES key wrap parameters"),
            (ParametersKind::Signature, Self::Signature(signature)) => signature.problem(false),
            (ParametersKind::Signature, _) => Some("needs a signature's context, or nothing"),
            (ParametersKind::HashSignature, Self::Signature(signature)) => signature.problem(true),
            (ParametersKind::HashSignature, _) => {
                Some("needs the digest of its message in its parameters")
            }
            (ParametersKind::Ecdh, Self::Ecdh(ecdh)) => ecdh.problem(),
            (ParametersKind::PublicValue, Self::Data(value)) if is_public_value(value) => None,
            (ParametersKind::Ecdh | ParametersKind::PublicValue, _) => Some(NO_PUBLIC_KEY),
        }
    }
}

const NO_PUBLIC_KEY: &str = "needs the other side's public key";

/// Whether a public key of Diffie-Hellman has a length that one can have.
fn is_public_value(value: &[u8]) -> bool {
    (1..=PUBLIC_VALUE_MAX_BYTES).contains(&value.len())
}

impl EcdhParameters {
    fn problem(&self) -> Option<&'static str> {
        if !Curve::ALL
            .iter()
            .any(|curve| curve.public_key_bytes() == self.public_point.len())
        {
            return Some("needs an uncompressed public point");
        }
        self.kdf_problem()
    }

    fn kdf_problem(&self) -> Option<&'static str> {
        match self.kdf {
            Kdf::Null => (!self.shared_data.is_empty())
                .then_some("takes no shared data without a key derivation function"),
            kdf if !Kdf::all().any(|one| one == kdf) => {
                Some("has no key derivation function with that digest")
            }
            Kdf::X963(_) | Kdf::OneStep(_) => (self.shared_data.len() > SHARED_DATA_MAX_BYTES)
                .then_some("takes at most 4096 bytes of shared data"),
        }
    }
}

#[cfg(test)]
mod tests;
