//! The algorithm table: everything that a key, or no key, can compute, and its name at every door.
//!
//! Mechanism lists, wire names, self-tests and documentation derive from the rows in `rows/`. A new digest or curve
//! is a row there and its known answers; a new [`Family`] is also one engine file in the vault.

mod index;
mod rows;

use crate::digest::Digest;
use crate::key_specs::{KeyKind, KeySpec};
use crate::parameters::{AES_BLOCK_BYTES, HkdfSalt, Parameters, TLS_CODE_MAX_BYTES};

pub use rows::Algorithm;

/// What there is to know about an algorithm.
#[derive(Debug)]
pub struct Row {
    /// The canonical name, as on the wire: `RSASSA_PKCS1_V1_5_SHA_256`.
    pub name: &'static str,
    /// The code that computes it.
    pub family: Family,
    /// What it can be used for.
    pub purposes: Purposes,
    /// The kinds of key that it works with; empty for digests.
    pub keys: &'static [KeyKind],
    /// The digest that it applies to the message by itself. `None` if it takes its input as it is.
    pub digest: Option<Digest>,
    /// The shape of its parameters.
    pub parameters: ParametersKind,
    /// `CKM_…` in PKCS#11.
    pub pkcs11: Option<u64>,
    /// The name in AWS KMS.
    pub kms: Option<&'static str>,
    /// The name in the XKS proxy API.
    pub xks: Option<&'static str>,
    /// The name in JOSE (RFC 7518, RFC 8037); for ECDSA with the curve that RFC 7518 §3.4 pairs with the digest.
    pub jose: Option<&'static str>,
    /// The standard and section.
    pub standard: &'static str,
}

/// Algorithms that one engine computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// RSA signatures, RSASSA-PKCS1-v1_5.
    RsaPkcs1Signature,
    /// RSA signatures, RSASSA-PSS.
    RsaPss,
    /// RSA encryption, RSAES-PKCS1-v1_5.
    RsaPkcs1Encryption,
    /// RSA encryption, RSAES-OAEP.
    RsaOaep,
    /// The RSA function alone, without padding.
    RsaRaw,
    /// RSA signatures of ANSI X9.31.
    RsaX931,
    /// ECDSA on the NIST curves.
    Ecdsa,
    /// Ed25519 and Ed448.
    EdDsa,
    /// DSA.
    Dsa,
    /// Diffie-Hellman key agreement in a finite field.
    Dh,
    /// Diffie-Hellman key agreement on elliptic curves.
    Ecdh,
    /// RSA-AES key wrap: a key under AES, and the AES key under RSA.
    RsaAesKeyWrap,
    /// ECDH-AES key wrap: a key under an AES key that is agreed with the holder of a public key.
    EcdhAesKeyWrap,
    /// The public half of a private key.
    PublicFromPrivate,
    /// ML-KEM.
    MlKem,
    /// ML-DSA, pure and pre-hashed.
    MlDsa,
    /// SLH-DSA, pure and pre-hashed.
    SlhDsa,
    /// AES in electronic codebook mode.
    AesEcb,
    /// AES in cipher block chaining mode, without padding.
    AesCbc,
    /// AES in cipher block chaining mode with PKCS#7 padding.
    AesCbcPad,
    /// AES in counter mode.
    AesCtr,
    /// AES in Galois/counter mode.
    AesGcm,
    /// AES in cipher block chaining mode with ciphertext stealing.
    AesCts,
    /// AES in output and cipher feedback modes.
    AesFeedback,
    /// AES in XTS mode.
    AesXts,
    /// AES in counter mode with CBC-MAC.
    AesCcm,
    /// ChaCha20 alone.
    ChaCha20,
    /// ChaCha20 with Poly1305.
    ChaCha20Poly1305,
    /// DES and triple DES in electronic codebook mode.
    DesEcb,
    /// DES and triple DES in cipher block chaining mode, without padding.
    DesCbc,
    /// DES and triple DES in cipher block chaining mode with PKCS#7 padding.
    DesCbcPad,
    /// AES Key Wrap, without and with padding.
    AesKeyWrap,
    /// AES-CMAC.
    AesCmac,
    /// GMAC.
    AesGmac,
    /// CBC-MAC with AES.
    AesCbcMac,
    /// CMAC with triple DES.
    DesCmac,
    /// CBC-MAC with triple DES.
    DesCbcMac,
    /// The code of a finished message of TLS.
    TlsMac,
    /// HKDF.
    Hkdf,
    /// The key derivations of SP 800-108.
    Kbkdf,
    /// PBKDF2.
    PasswordKdf,
    /// Keys put together with keys or data.
    Concatenation,
    /// Pieces of keys.
    Extraction,
    /// Digests of keys.
    DigestDerivation,
    /// Keys by encryption of data.
    EncryptData,
    /// The key derivations of TLS.
    Tls,
    /// HMAC.
    Hmac,
    /// Message digests.
    Digest,
}

/// What an algorithm is used for. Each but `Digest` and `Derive` stands for both directions: verify, decrypt, unwrap,
/// decapsulate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Sign and verify, also message authentication codes.
    Sign,
    /// Encrypt and decrypt.
    Encrypt,
    /// Wrap and unwrap keys.
    Wrap,
    /// Derive a key from a key.
    Derive,
    /// Digest a message.
    Digest,
    /// Sign so that the signature gives the message back, and take it out again.
    Recover,
    /// Agree with the holder of a private key on a new secret key: key encapsulation.
    Encapsulate,
    /// Make a key of something that is no key.
    Generate,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: &'static [Self] = &[
        Self::Sign,
        Self::Encrypt,
        Self::Wrap,
        Self::Derive,
        Self::Digest,
        Self::Recover,
        Self::Encapsulate,
        Self::Generate,
    ];
}

/// A set of [`Purpose`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purposes(u8);

impl Purposes {
    /// The set of these.
    #[must_use]
    pub const fn of(purposes: &[Purpose]) -> Self {
        let mut bits = 0;
        let mut index = 0;
        while index < purposes.len() {
            bits |= 1 << purposes[index] as u8;
            index += 1;
        }
        Self(bits)
    }

    /// True if `purpose` is one of them.
    #[must_use]
    pub const fn contains(self, purpose: Purpose) -> bool {
        self.0 & (1 << purpose as u8) != 0
    }
}

/// The shape of an algorithm's parameters; [`Parameters`](crate::Parameters) has the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParametersKind {
    /// None are allowed.
    None,
    /// An initialization vector of one block of the cipher: 16 bytes for AES, 8 for DES.
    Iv,
    /// The length of a message authentication code.
    CodeLength,
    /// None, but a second key.
    OtherKey,
    /// Data that a key is put together with.
    Data,
    /// The first bit of a piece.
    BitOffset,
    /// HKDF: steps, digest, salt and purpose.
    Hkdf,
    /// SP 800-108: pseudorandom function and fields.
    Kbkdf,
    /// Initialization vector, if the mode has one, and data.
    EncryptData,
    /// TLS 1.2: digest and both random values.
    TlsRandoms,
    /// TLS 1.2: digest and hash of the session.
    TlsSession,
    /// TLS 1.2: digest, label, both random values and context.
    TlsLabel,
    /// TLS 1.2: digest, both random values and the length of initialization vectors.
    TlsKeyBlock,
    /// TLS 1.2: digest, label and length of the code.
    TlsCode,
    /// PBKDF2: digest, salt and iterations.
    Password,
    /// Of GMAC: initialization vector and tag length.
    Gmac,
    /// AES-CCM: nonce, additional data, lengths of data and code.
    Ccm,
    /// ChaCha20: nonce and counter.
    ChaCha20,
    /// ChaCha20-Poly1305: nonce and additional data.
    ChaCha20Poly1305,
    /// None, or the default initial value of AES Key Wrap written out: 8 bytes.
    KeyWrapIv,
    /// None, or the default initial value of AES Key Wrap with Padding written out: 4 bytes.
    KeyWrapPaddedIv,
    /// AES-GCM: initialization vector, additional data, tag length.
    Gcm,
    /// AES-CTR: counter block and the length of the counter in it.
    Ctr,
    /// RSA-OAEP: digests and label.
    Oaep,
    /// RSA-PSS: digests and salt length. Where the row has a digest, none means that digest and its length.
    Pss,
    /// ECDH: the other side's public key and the key derivation function.
    Ecdh,
    /// Diffie-Hellman: the other side's public key.
    PublicValue,
    /// `EdDSA`: none, or pre-hashing and context.
    EdDsa,
    /// RSA-AES key wrap: the length of the AES key, and how it travels.
    RsaAesKeyWrap,
    /// ECDH-AES key wrap: the length of the AES key, and how it is derived.
    EcdhAesKeyWrap,
    /// ML-DSA and SLH-DSA: none, or context and hedging.
    Signature,
    /// ML-DSA and SLH-DSA of a digest that the caller made: which, context and hedging.
    HashSignature,
}

impl Algorithm {
    /// The algorithm called `name`, as on the wire.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        index::at(&index::BY_NAME, index::hash(name)).find(|algorithm| algorithm.name() == name)
    }

    /// The algorithm of the PKCS#11 mechanism `mechanism` when used for `purpose`; `CKM_RSA_PKCS` signs with one
    /// algorithm and encrypts with another.
    #[must_use]
    pub fn by_mechanism(mechanism: u64, purpose: Purpose) -> Option<Self> {
        index::at(&index::BY_MECHANISM, mechanism).find(|algorithm| {
            algorithm.row().pkcs11 == Some(mechanism) && algorithm.is_for(purpose)
        })
    }

    /// The canonical name, as on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The code that computes it.
    #[must_use]
    pub const fn family(self) -> Family {
        self.row().family
    }

    /// The digest that it applies to the message by itself.
    #[must_use]
    pub const fn digest(self) -> Option<Digest> {
        self.row().digest
    }

    /// True if it can be used for `purpose`.
    #[must_use]
    pub const fn is_for(self, purpose: Purpose) -> bool {
        self.row().purposes.contains(purpose)
    }

    /// True if keys of `kind` work with it.
    #[must_use]
    pub fn takes(self, kind: KeyKind) -> bool {
        self.row().keys.contains(&kind)
    }

    /// True if it signs with a secret key, which verifying needs too.
    #[must_use]
    pub const fn is_mac(self) -> bool {
        self.code_bytes_max().is_some()
    }

    /// True if it encrypts and authenticates with a nonce and a tag: what message-based functions take.
    #[must_use]
    pub const fn is_authenticated_cipher(self) -> bool {
        matches!(
            self.row().parameters,
            ParametersKind::Gcm | ParametersKind::Ccm | ParametersKind::ChaCha20Poly1305
        )
    }

    /// True if one side of it needs a public key alone: it verifies or encrypts without the daemon.
    #[must_use]
    pub const fn is_asymmetric(self) -> bool {
        matches!(
            self.family(),
            Family::RsaPkcs1Signature
                | Family::RsaPss
                | Family::RsaPkcs1Encryption
                | Family::RsaOaep
                | Family::RsaRaw
                | Family::RsaX931
                | Family::Ecdsa
                | Family::EdDsa
                | Family::Dsa
                | Family::Dh
                | Family::Ecdh
                | Family::MlKem
                | Family::RsaAesKeyWrap
                | Family::EcdhAesKeyWrap
                | Family::PublicFromPrivate
                | Family::MlDsa
                | Family::SlhDsa
        )
    }

    /// True if it is kept for what was made with it long ago; a strict token does not offer it.
    #[must_use]
    pub fn is_legacy(self) -> bool {
        let keys = self.row().keys;
        self.digest() == Some(Digest::Md5)
            || self.family() == Family::RsaX931
            || (!keys.is_empty() && keys.iter().all(|kind| kind.is_legacy()))
    }

    /// The block of the cipher in bytes: 8 for DES, 16 for AES and for whatever has no blocks.
    #[must_use]
    pub const fn block_bytes(self) -> usize {
        match self.family() {
            Family::DesEcb
            | Family::DesCbc
            | Family::DesCbcPad
            | Family::DesCmac
            | Family::DesCbcMac => 8,
            Family::EncryptData
                if !matches!(self, Self::AesEcbEncryptData | Self::AesCbcEncryptData) =>
            {
                8
            }
            _ => AES_BLOCK_BYTES,
        }
    }

    /// True if a second key goes into the derivation.
    #[must_use]
    pub fn takes_other_key(self, parameters: &Parameters) -> bool {
        match parameters {
            Parameters::Hkdf(hkdf) => hkdf.salt == HkdfSalt::Key,
            _ => self.row().parameters == ParametersKind::OtherKey,
        }
    }

    /// True if one derivation can make several keys.
    #[must_use]
    pub fn makes_several_keys(self) -> bool {
        self.family() == Family::Kbkdf || self.row().parameters == ParametersKind::TlsKeyBlock
    }

    /// The length of what a cipher of secret keys makes of `plaintext_bytes`: padding, tag and integrity block included.
    #[must_use]
    pub fn ciphertext_bytes(self, parameters: &Parameters, plaintext_bytes: usize) -> usize {
        let block = self.block_bytes();
        match (self.family(), parameters) {
            (_, Parameters::Gcm(gcm)) => plaintext_bytes + gcm.tag_bytes(),
            (_, Parameters::Ccm(ccm)) => plaintext_bytes + ccm.code_length_bytes as usize,
            (Family::AesCbcPad | Family::DesCbcPad, _) => (plaintext_bytes / block + 1) * block,
            (Family::AesKeyWrap, _) if self == Self::AesKwPkcs7 => (plaintext_bytes / 8 + 2) * 8,
            (Family::AesKeyWrap, _) => (plaintext_bytes.div_ceil(8) + 1) * 8,
            _ => plaintext_bytes,
        }
    }

    /// The length of a message authentication code before it is cut, in bytes. `None` if it makes none.
    #[must_use]
    pub const fn code_bytes_max(self) -> Option<usize> {
        match (self.family(), self.digest()) {
            (Family::Hmac, Some(digest)) => Some(digest.length_bytes()),
            (Family::TlsMac, _) => Some(TLS_CODE_MAX_BYTES),
            (
                Family::AesCmac
                | Family::AesCbcMac
                | Family::AesGmac
                | Family::DesCmac
                | Family::DesCbcMac,
                _,
            ) => Some(self.block_bytes()),
            _ => None,
        }
    }

    /// The length of a message authentication code made with `parameters`, in bytes. `None` if it makes none.
    #[must_use]
    pub fn code_bytes(self, parameters: &Parameters) -> Option<usize> {
        let whole = self.code_bytes_max()?;
        Some(match (self.family(), parameters) {
            (_, Parameters::CodeLength(length_bytes)) => *length_bytes as usize,
            (_, Parameters::Gcm(gcm)) => gcm.tag_bytes(),
            (_, Parameters::Tls(tls)) => tls.code_length_bytes as usize,
            // PKCS#11 has half a block where FIPS 113 leaves it open.
            (Family::AesCbcMac | Family::DesCbcMac, _) => whole / 2,
            _ => whole,
        })
    }

    /// The length of a signature or message authentication code made with a key of `spec` and these parameters, in
    /// bytes. `None` if it does not sign.
    #[must_use]
    pub fn signature_length_bytes(self, spec: KeySpec, parameters: &Parameters) -> Option<usize> {
        match self.family() {
            Family::RsaPkcs1Signature | Family::RsaPss | Family::RsaRaw | Family::RsaX931 => {
                Some(spec.length_bytes())
            }
            Family::Ecdsa => Some(2 * spec.length_bytes()),
            Family::EdDsa => spec
                .kind()
                .curve()
                .map(|curve| 2 * curve.public_key_bytes()),
            Family::Dsa => spec.kind().subgroup_bits().map(|bits| bits as usize / 4),
            Family::MlDsa | Family::SlhDsa => {
                spec.kind().post_quantum().map(|set| set.output_bytes)
            }
            _ => self.code_bytes(parameters),
        }
    }
}

impl std::fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests;
