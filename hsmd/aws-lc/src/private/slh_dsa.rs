//! Private keys of SLH-DSA.

use hsm_algorithms::{Algorithm, Family, Hedge, KeyKind, Parameters};

use crate::framing::Framed;
use crate::message::Message;
use crate::public::PublicKey;
use crate::secret_bytes::SecretBytes;
use crate::{Error, random, slh_dsa};

/// A private key of SLH-DSA.
pub struct SlhDsaPrivateKey {
    kind: KeyKind,
    bytes: SecretBytes,
}

impl SlhDsaPrivateKey {
    /// Makes a key. Takes up to a second: run it where it may block.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] if `kind` is another one; [`Error::Library`] when aws-lc's heap is used up.
    pub fn generate(kind: KeyKind) -> Result<Self, Error> {
        let bytes = slh_dsa::generate(kind)?;
        Ok(Self { kind, bytes })
    }

    /// The key in the encoding of FIPS 205 §9.1. Takes as long as making one: its root is checked.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] if it has another length, or another root.
    pub fn from_bytes(kind: KeyKind, private: &[u8]) -> Result<Self, Error> {
        let bytes = slh_dsa::import(kind, private)?;
        Ok(Self { kind, bytes })
    }

    /// Signs, pure or pre-hashed; with fresh randomness unless the parameters say otherwise. Takes from 10 ms to seconds.
    ///
    /// # Errors
    ///
    /// [`Error::InputLength`]; [`Error::Parameters`]; [`Error::KeyType`] for an algorithm that is not SLH-DSA's.
    pub fn sign(
        &self,
        algorithm: Algorithm,
        parameters: &Parameters,
        message: Message<'_>,
    ) -> Result<Vec<u8>, Error> {
        if algorithm.family() != Family::SlhDsa {
            return Err(Error::KeyType { algorithm });
        }
        let framed = Framed::new(algorithm, parameters, message)?;
        let is_deterministic = matches!(
            parameters,
            Parameters::Signature(signature) if signature.hedge == Hedge::Deterministic
        );
        let mut randomizer = SecretBytes::zeroed(self.bytes.len() / 4)?;
        random::fill(randomizer.expose_mut())?;
        let randomizer = (!is_deterministic).then_some(randomizer.expose());
        slh_dsa::sign(self.kind, self.bytes.expose(), &framed.parts(), randomizer)
    }

    /// The public half.
    ///
    /// # Errors
    ///
    /// None that can happen; the length was checked when the key was made.
    pub fn public(&self) -> Result<PublicKey, Error> {
        let bytes = self.bytes.expose();
        PublicKey::post_quantum(self.kind, &bytes[bytes.len() / 2..])
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The private key as FIPS 205 §9.1 encodes it.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.bytes.expose()
    }

    /// Undoes [`SlhDsaPrivateKey::expose`] for bytes that are known to be a key.
    pub(super) fn from_trusted(kind: KeyKind, bytes: &[u8]) -> Result<Self, Error> {
        let set = kind.post_quantum().ok_or(Error::KeyInvalid)?;
        if bytes.len() != set.private_key_bytes {
            return Err(Error::KeyInvalid);
        }
        Ok(Self {
            kind,
            bytes: SecretBytes::copy_of(bytes)?,
        })
    }
}
