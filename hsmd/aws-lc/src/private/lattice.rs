//! Private keys of ML-KEM and ML-DSA.

use hsm_algorithms::pkcs11::{CKA_SEED, CKA_VALUE};
use hsm_algorithms::{Algorithm, Hedge, KeyKind, Parameters};
use subtle::ConstantTimeEq as _;

use crate::lattice::{Lattice, mu_of};
use crate::message::Message;
use crate::public::PublicKey;
use crate::secret_bytes::SecretBytes;
use crate::{Error, der, random};

/// A private key of ML-KEM or ML-DSA.
pub struct LatticePrivateKey {
    key: Lattice,
    /// What the key was expanded from, if that is known.
    seed: Option<SecretBytes>,
}

impl LatticePrivateKey {
    /// Makes a key.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] if `kind` is another one; [`Error::Library`] when aws-lc's heap is used up.
    pub fn generate(kind: KeyKind) -> Result<Self, Error> {
        let set = kind.post_quantum().ok_or(Error::KeyInvalid)?;
        let mut seed = SecretBytes::zeroed(set.seed_bytes)?;
        random::fill(seed.expose_mut())?;
        Self::from_seed(kind, seed.expose())
    }

    /// The key of a seed: `d ‖ z` of FIPS 203 §7.1, or ξ of FIPS 204 §5.1.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] if it has another length.
    pub fn from_seed(kind: KeyKind, seed: &[u8]) -> Result<Self, Error> {
        Ok(Self {
            key: Lattice::from_seed(kind, seed)?,
            seed: Some(SecretBytes::copy_of(seed)?),
        })
    }

    /// The key in its expanded encoding. The seed is not known.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] if it has another length, or its parts do not belong together.
    pub fn from_expanded(kind: KeyKind, expanded: &[u8]) -> Result<Self, Error> {
        Ok(Self {
            key: Lattice::from_expanded(kind, expanded)?,
            seed: None,
        })
    }

    /// The key of which `seed`, `expanded` or both are known.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] if there is neither, or they do not belong together.
    pub fn from_parts(
        kind: KeyKind,
        seed: Option<&[u8]>,
        expanded: Option<&[u8]>,
    ) -> Result<Self, Error> {
        match (seed, expanded) {
            (None, None) => Err(Error::KeyInvalid),
            (None, Some(expanded)) => Self::from_expanded(kind, expanded),
            (Some(seed), None) => Self::from_seed(kind, seed),
            (Some(seed), Some(expanded)) => {
                let key = Self::from_seed(kind, seed)?;
                let is_same = key.key.expanded()?.expose().ct_eq(expanded);
                if bool::from(is_same) {
                    Ok(key)
                } else {
                    Err(Error::KeyInvalid)
                }
            }
        }
    }

    /// Signs with ML-DSA, pure, pre-hashed or a `mu` made elsewhere; with fresh randomness unless the
    /// parameters say otherwise.
    ///
    /// # Errors
    ///
    /// [`Error::InputLength`]; [`Error::Parameters`]; [`Error::KeyType`] for an algorithm that is not ML-DSA's.
    pub fn sign(
        &self,
        algorithm: Algorithm,
        parameters: &Parameters,
        message: Message<'_>,
    ) -> Result<Vec<u8>, Error> {
        if algorithm.family() != hsm_algorithms::Family::MlDsa || !algorithm.takes(self.kind()) {
            return Err(Error::KeyType { algorithm });
        }
        let mu = mu_of(&self.key.public_bytes()?, algorithm, parameters, message)?;
        match parameters {
            Parameters::Signature(signature) if signature.hedge == Hedge::Deterministic => {
                self.key.sign_mu_deterministically(&mu)
            }
            _ => self.key.sign_mu(&mu),
        }
    }

    /// The shared secret in a ciphertext of ML-KEM. One that was not made for this key gives another secret (FIPS 203
    /// §6.3).
    ///
    /// # Errors
    ///
    /// [`Error::CiphertextLength`].
    pub fn decapsulate(&self, ciphertext: &[u8]) -> Result<SecretBytes, Error> {
        self.key.decapsulate(ciphertext)
    }

    /// The public half.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] when aws-lc's heap is used up.
    pub fn public(&self) -> Result<PublicKey, Error> {
        PublicKey::post_quantum(self.kind(), &self.key.public_bytes()?)
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        self.key.kind()
    }

    /// The seed if it is known, else the expanded key.
    pub(super) fn to_stored(&self) -> Result<SecretBytes, Error> {
        match &self.seed {
            Some(seed) => SecretBytes::copy_of(seed.expose()),
            None => self.key.expanded(),
        }
    }

    /// Undoes [`LatticePrivateKey::to_stored`]; the lengths tell the forms apart.
    pub(super) fn from_stored(kind: KeyKind, form: &[u8]) -> Result<Self, Error> {
        let set = kind.post_quantum().ok_or(Error::KeyInvalid)?;
        if form.len() == set.seed_bytes {
            Self::from_seed(kind, form)
        } else {
            Self::from_expanded(kind, form)
        }
    }

    /// `CKA_VALUE`, and `CKA_SEED` if the seed is known.
    pub(super) fn secret_attributes(&self) -> Result<Vec<(u64, SecretBytes)>, Error> {
        let mut attributes = vec![(CKA_VALUE, self.key.expanded()?)];
        if let Some(seed) = &self.seed {
            attributes.push((CKA_SEED, SecretBytes::copy_of(seed.expose())?));
        }
        Ok(attributes)
    }

    /// The private key in PKCS#8: the seed if it is known, else the expanded key (RFC 9881 §6, RFC 9935 §6).
    pub(super) fn to_pkcs8(&self) -> Result<SecretBytes, Error> {
        let set = self.kind().post_quantum().ok_or(Error::KeyInvalid)?;
        let choice = match &self.seed {
            Some(seed) => der::wrapped(der::SEED, seed.expose()),
            None => der::wrapped(der::OCTET_STRING, self.key.expanded()?.expose()),
        }?;
        der::pkcs8(set.oid, choice.expose())
    }

    /// Undoes [`LatticePrivateKey::to_pkcs8`], and reads the form that has both.
    pub(super) fn from_pkcs8_choice(kind: KeyKind, choice: &[u8]) -> Result<Self, Error> {
        let only = |tag| match der::element(tag, choice) {
            Some((content, [])) => Some(content),
            _ => None,
        };
        let (seed, expanded) = match only(der::SEQUENCE) {
            Some(both) => match der::element(der::OCTET_STRING, both) {
                Some((seed, rest)) => match der::element(der::OCTET_STRING, rest) {
                    Some((expanded, [])) => (Some(seed), Some(expanded)),
                    _ => (None, None),
                },
                None => (None, None),
            },
            None => (only(der::SEED), only(der::OCTET_STRING)),
        };
        Self::from_parts(kind, seed, expanded)
    }
}

#[cfg(test)]
mod tests {
    use hsm_algorithms::Digest;

    use super::*;
    use crate::public;

    /// FIPS 204 §6.2: who has the public key may compute `mu`, and the signature is one of the message.
    #[test]
    fn a_signature_of_mu_is_one_of_its_message_and_nothing_else_is_a_mu() {
        for kind in [KeyKind::MlDsa44, KeyKind::MlDsa65, KeyKind::MlDsa87] {
            let key = LatticePrivateKey::generate(kind).unwrap();
            let public = key.public().unwrap();
            let none = Parameters::None;
            let verify = |algorithm, message: &[u8], signature: &[u8]| {
                public::verify(
                    algorithm,
                    &none,
                    &public,
                    Message::Whole(message),
                    signature,
                )
            };
            let bytes = key.key.public_bytes().unwrap();
            let message = Message::Whole(b"text");
            let mu = mu_of(&bytes, Algorithm::MlDsa, &none, message).unwrap();
            let of_mu = key
                .sign(Algorithm::MlDsaExternalMu, &none, Message::Whole(&mu))
                .unwrap();
            assert_eq!(verify(Algorithm::MlDsa, b"text", &of_mu), Ok(()));
            let of_message = key.sign(Algorithm::MlDsa, &none, message).unwrap();
            assert_eq!(verify(Algorithm::MlDsaExternalMu, &mu, &of_message), Ok(()));
            assert_eq!(
                verify(Algorithm::MlDsa, &mu, &of_mu),
                Err(Error::SignatureInvalid)
            );
            for length in [0, 32, 63, 65] {
                let message = Message::Whole(&[1; 65][..length]);
                let refused = key.sign(Algorithm::MlDsaExternalMu, &none, message);
                assert_eq!(refused.err(), Some(Error::InputLength), "{length}");
            }
            let named = Parameters::Signature(hsm_algorithms::SignatureParameters {
                hash: Some(Digest::Sha256),
                ..Default::default()
            });
            let refused = key.sign(Algorithm::MlDsaExternalMu, &named, Message::Whole(&mu));
            assert!(matches!(refused, Err(Error::Parameters(_))));
        }
    }
}
