//! Private keys on elliptic curves.

use hsm_algorithms::{Algorithm, Curve, Family, Parameters};

use crate::curve25519::{self, KEY_BYTES};
use crate::ec::Ec;
use crate::message::Message;
use crate::public::PublicKey;
use crate::secret_bytes::SecretBytes;
use crate::{Error, random};

/// A private key on a short Weierstrass curve.
pub struct EcPrivateKey(pub(super) Ec);

impl EcPrivateKey {
    /// Makes a key.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] if `curve` is no short Weierstrass curve.
    pub fn generate(curve: Curve) -> Result<Self, Error> {
        Ec::generate(curve).map(Self)
    }

    /// The key with this private scalar, the most significant byte first. Costs no curve arithmetic.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] unless it is from 1 to the order less 1 and `curve` is a short Weierstrass curve.
    pub fn from_scalar(curve: Curve, scalar: &[u8]) -> Result<Self, Error> {
        Ec::private(curve, scalar).map(Self)
    }

    /// Signs with ECDSA: `r ‖ s`, each as long as a coordinate of the curve.
    ///
    /// # Errors
    ///
    /// [`Error::InputLength`] when there is no digest to sign; [`Error::KeyType`] for another algorithm.
    pub fn sign(&self, algorithm: Algorithm, message: Message<'_>) -> Result<Vec<u8>, Error> {
        if algorithm.family() != Family::Ecdsa {
            return Err(Error::KeyType { algorithm });
        }
        self.0.sign(message.prepare(algorithm)?.as_ref())
    }

    /// The shared secret with the holder of `point`: the x coordinate, as long as the curve's field.
    ///
    /// # Errors
    ///
    /// [`Error::PublicPointInvalid`] unless `point` is uncompressed and on the curve.
    pub fn agree(&self, point: &[u8]) -> Result<SecretBytes, Error> {
        self.0.agree(point)
    }

    /// The private scalar, as long as a coordinate.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] when aws-lc's heap is used up.
    pub fn scalar(&self) -> Result<SecretBytes, Error> {
        self.0.scalar()
    }

    /// The public half.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] when aws-lc's heap is used up.
    pub fn public(&self) -> Result<PublicKey, Error> {
        PublicKey::ec(self.curve(), &self.0.point()?)
    }

    /// The curve.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.0.curve()
    }
}

/// An Ed25519 private key.
pub struct Ed25519PrivateKey {
    /// The seed, then the public key.
    pair: SecretBytes,
}

impl Ed25519PrivateKey {
    /// Makes a key.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] when aws-lc's heap is used up.
    pub fn generate() -> Result<Self, Error> {
        let mut seed = SecretBytes::zeroed(KEY_BYTES)?;
        random::fill(seed.expose_mut())?;
        Self::from_seed(seed.expose())
    }

    /// The key of a seed of 32 bytes, RFC 8032 §5.1.5.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] if it has another length.
    pub fn from_seed(seed: &[u8]) -> Result<Self, Error> {
        let seed = seed.try_into().map_err(|_| Error::KeyInvalid)?;
        Ok(Self {
            pair: curve25519::ed25519_expand(seed)?,
        })
    }

    /// The key of a seed and its public key, 64 bytes, as [`Ed25519PrivateKey::expose_pair`] gives them. Costs no
    /// curve arithmetic, so the two must be known to belong together: a signature with a wrong public key gives the
    /// private key away.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] if it has another length.
    pub fn from_trusted_pair(pair: &[u8]) -> Result<Self, Error> {
        if pair.len() != 2 * KEY_BYTES {
            return Err(Error::KeyInvalid);
        }
        Ok(Self {
            pair: SecretBytes::copy_of(pair)?,
        })
    }

    /// Signs the whole message: pure, with a context, or pre-hashed.
    ///
    /// # Errors
    ///
    /// [`Error::Parameters`]; [`Error::Library`] when aws-lc's heap is used up.
    pub fn sign(&self, parameters: &Parameters, message: &[u8]) -> Result<Vec<u8>, Error> {
        parameters.check(Algorithm::EdDsa)?;
        let pair = self
            .pair
            .expose()
            .try_into()
            .map_err(|_| Error::KeyInvalid)?;
        Ok(curve25519::ed25519_sign(pair, &parameters.eddsa(), message)?.to_vec())
    }

    /// The seed and the public key, 64 bytes.
    #[must_use]
    pub fn expose_pair(&self) -> &[u8] {
        self.pair.expose()
    }

    /// The seed, 32 bytes.
    #[must_use]
    pub fn seed(&self) -> &[u8] {
        &self.pair.expose()[..KEY_BYTES]
    }

    /// The public key, 32 bytes.
    #[must_use]
    pub fn public_bytes(&self) -> &[u8] {
        &self.pair.expose()[KEY_BYTES..]
    }
}

/// An X25519 private key.
pub struct X25519PrivateKey(pub(super) SecretBytes);

impl X25519PrivateKey {
    /// Makes a key.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] when aws-lc's heap is used up.
    pub fn generate() -> Result<Self, Error> {
        let mut private = SecretBytes::zeroed(KEY_BYTES)?;
        random::fill(private.expose_mut())?;
        Ok(Self(private))
    }

    /// The key of these 32 bytes, RFC 7748 §5.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] if there are more or less.
    pub fn from_bytes(private: &[u8]) -> Result<Self, Error> {
        if private.len() == KEY_BYTES {
            Ok(Self(SecretBytes::copy_of(private)?))
        } else {
            Err(Error::KeyInvalid)
        }
    }

    /// The shared secret with the holder of `public`.
    ///
    /// # Errors
    ///
    /// [`Error::PublicPointInvalid`] unless it has 32 bytes and is not of small order.
    pub fn agree(&self, public: &[u8]) -> Result<SecretBytes, Error> {
        curve25519::x25519_agree(self.array()?, public)
    }

    /// The private key, 32 bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }

    /// The public key.
    ///
    /// # Errors
    ///
    /// None that can happen; the length was checked when the key was made.
    pub fn public_bytes(&self) -> Result<[u8; KEY_BYTES], Error> {
        Ok(curve25519::x25519_public(self.array()?))
    }

    fn array(&self) -> Result<&[u8; KEY_BYTES], Error> {
        self.0.expose().try_into().map_err(|_| Error::KeyInvalid)
    }
}
