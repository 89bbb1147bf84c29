//! Private keys, parsed once and used many times.
//!
//! Their numbers lie in aws-lc's heap. None of these types can be cloned, printed or compared.

use hsm_algorithms::{
    Algorithm, Curve, KeyKind, KeySpec, OaepParameters, Parameters, ParametersInvalid,
    PssParameters,
};

use crate::curve25519::{self, KEY_BYTES};
use crate::ec::Ec;
use crate::key_formats::{self, Parsed, RawCurve};
use crate::message::Message;
use crate::public::PublicKey;
use crate::rsa::{Padding, Rsa};
use crate::secret_bytes::{Buffer, SecretBytes};
use crate::{Error, random};

pub use crate::rsa::{RsaNumbers, RsaSecretNumbers};

/// A private key of any kind.
pub enum PrivateKey {
    /// RSA.
    Rsa(RsaPrivateKey),
    /// On a NIST curve.
    Ec(EcPrivateKey),
    /// Ed25519.
    Ed25519(Ed25519PrivateKey),
    /// X25519.
    X25519(X25519PrivateKey),
}

impl PrivateKey {
    /// Parses PKCS#8 (RFC 5958), all of `der`.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] if it is no such thing, or numbers in it do not belong together; [`Error::KeySize`].
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, Error> {
        Ok(match key_formats::parse_private(der)? {
            Parsed::Rsa(rsa) => Self::Rsa(RsaPrivateKey::from_rsa(rsa)?),
            Parsed::Ec(ec) => Self::Ec(EcPrivateKey(ec)),
            Parsed::Ed25519(seed) => Self::Ed25519(Ed25519PrivateKey::from_seed(seed.expose())?),
            Parsed::X25519(private) => {
                Self::X25519(X25519PrivateKey::from_bytes(private.expose())?)
            }
        })
    }

    /// Writes PKCS#8, version 1.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] when aws-lc's heap is used up.
    pub fn to_pkcs8(&self) -> Result<SecretBytes, Error> {
        key_formats::write_private(&match self {
            Self::Rsa(rsa) => rsa.0.generic()?,
            Self::Ec(ec) => ec.0.with_public()?.generic()?,
            Self::Ed25519(key) => key_formats::generic_private(RawCurve::Ed25519, key.seed())?,
            Self::X25519(key) => key_formats::generic_private(RawCurve::X25519, key.0.expose())?,
        })
    }

    /// The public half.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] when aws-lc's heap is used up.
    pub fn public(&self) -> Result<PublicKey, Error> {
        match self {
            Self::Rsa(rsa) => rsa.public(),
            Self::Ec(ec) => ec.public(),
            Self::Ed25519(key) => PublicKey::ed25519(key.public_bytes()),
            Self::X25519(key) => PublicKey::x25519(&key.public_bytes()?),
        }
    }

    /// The kind and size. `None` for an RSA modulus of a size that the key table does not have.
    #[must_use]
    pub fn spec(&self) -> Option<KeySpec> {
        match self {
            Self::Rsa(rsa) => rsa.spec(),
            Self::Ec(ec) => Some(KeySpec::of_curve(ec.curve())),
            Self::Ed25519(_) => Some(KeySpec::ED25519),
            Self::X25519(_) => Some(KeySpec::X25519),
        }
    }
}

/// An RSA private key.
pub struct RsaPrivateKey(Rsa);

impl RsaPrivateKey {
    /// Makes a key with a modulus of `bits` and the public exponent `e`, the most significant byte first.
    ///
    /// Takes from 50 ms on: run it where it may block.
    ///
    /// # Errors
    ///
    /// [`Error::KeySize`] unless `bits` is a multiple of 128 from 1024 to 8192; [`Error::KeyInvalid`] unless `e` is
    /// odd, above 1 and of at most 32 bits.
    pub fn generate(bits: u32, e: &[u8]) -> Result<Self, Error> {
        Rsa::generate(bits, e).map(Self)
    }

    /// Makes a key from its numbers.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] if they do not belong together; [`Error::KeySize`].
    pub fn from_numbers(numbers: &RsaNumbers<'_>) -> Result<Self, Error> {
        Rsa::private(numbers).map(Self)
    }

    /// Makes a key from modulus and exponents alone, and finds the primes again.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] if they do not belong together; [`Error::KeySize`].
    pub fn from_exponents(n: &[u8], e: &[u8], d: &[u8]) -> Result<Self, Error> {
        Rsa::from_exponents(n, e, d).map(Self)
    }

    /// Signs with one of the RSA signature algorithms; the signature is as long as the modulus.
    ///
    /// # Errors
    ///
    /// [`Error::InputLength`] or [`Error::InputInvalid`] when the message does not fit algorithm and key;
    /// [`Error::Parameters`]; [`Error::KeyType`] for an algorithm that is not RSA's.
    pub fn sign(
        &self,
        algorithm: Algorithm,
        parameters: &Parameters,
        message: Message<'_>,
    ) -> Result<Vec<u8>, Error> {
        use hsm_algorithms::Family;
        let input = message.prepare(algorithm)?;
        let input = input.as_ref();
        match algorithm.family() {
            Family::RsaPkcs1Signature => match algorithm.digest() {
                Some(digest) => self.0.sign_digest(digest, input),
                None if input.len() > pkcs1_input_bytes_max(&self.0) => Err(Error::InputLength),
                None => self.0.sign_raw(Padding::Pkcs1, input),
            },
            Family::RsaPss => {
                let pss = checked_pss(&self.0, algorithm, parameters, input)?;
                self.0.sign_pss(&pss, input)
            }
            Family::RsaRaw => self.raw(input),
            _ => Err(Error::KeyType { algorithm }),
        }
    }

    /// Decrypts PKCS#1 v1.5 (RFC 8017 §7.2.2).
    ///
    /// The padding is checked in constant time, and every fault is [`Error::CiphertextInvalid`]. That there is a
    /// fault still shows, as PKCS#11 wants: who may decrypt with a key may learn whether a ciphertext of their choice
    /// is well formed, which is enough to decrypt others with many tries (Bleichenbacher 1998). Give such keys to
    /// OAEP alone where senders are not trusted.
    ///
    /// # Errors
    ///
    /// [`Error::CiphertextLength`] unless it is as long as the modulus; [`Error::CiphertextInvalid`].
    pub fn decrypt_pkcs1<B: Buffer>(&self, ciphertext: &[u8]) -> Result<B, Error> {
        self.0.decrypt(Padding::Pkcs1, ciphertext)
    }

    /// Decrypts OAEP (RFC 8017 §7.1.2).
    ///
    /// # Errors
    ///
    /// [`Error::CiphertextLength`] unless it is as long as the modulus; [`Error::CiphertextInvalid`] for every other
    /// fault, found in constant time.
    pub fn decrypt_oaep<B: Buffer>(
        &self,
        oaep: &OaepParameters,
        ciphertext: &[u8],
    ) -> Result<B, Error> {
        self.0.decrypt_oaep(oaep, ciphertext)
    }

    /// The private operation without padding; the result is as long as the modulus.
    ///
    /// # Errors
    ///
    /// [`Error::InputLength`] when `input` is longer than the modulus, [`Error::InputInvalid`] when it is not below it.
    pub fn raw<B: Buffer>(&self, input: &[u8]) -> Result<B, Error> {
        let input = zero_extended(&self.0, input)?;
        self.0.sign_raw(Padding::None, input.expose())
    }

    /// The public half.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] when aws-lc's heap is used up.
    pub fn public(&self) -> Result<PublicKey, Error> {
        PublicKey::rsa(&self.0.n()?, &self.0.e()?)
    }

    /// The secret numbers.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] when aws-lc's heap is used up.
    pub fn secret_numbers(&self) -> Result<RsaSecretNumbers, Error> {
        self.0.secret_numbers()
    }

    /// The kind and size. `None` for a modulus of a size that the key table does not have.
    #[must_use]
    pub fn spec(&self) -> Option<KeySpec> {
        KeySpec::new(KeyKind::Rsa, self.0.modulus_bits())
    }

    /// The length of the modulus in bytes.
    #[must_use]
    pub fn modulus_bytes(&self) -> usize {
        self.0.modulus_bytes()
    }

    fn from_rsa(rsa: Rsa) -> Result<Self, Error> {
        // A PKCS#8 key may lack the primes, and then could not be written again.
        rsa.secret_numbers()?;
        Ok(Self(rsa))
    }
}

/// A private key on a NIST curve.
pub struct EcPrivateKey(Ec);

impl EcPrivateKey {
    /// Makes a key.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] if `curve` is no NIST curve.
    pub fn generate(curve: Curve) -> Result<Self, Error> {
        Ec::generate(curve).map(Self)
    }

    /// The key with this private scalar, the most significant byte first. Costs no curve arithmetic.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] unless it is from 1 to the order less 1 and `curve` is a NIST curve.
    pub fn from_scalar(curve: Curve, scalar: &[u8]) -> Result<Self, Error> {
        Ec::private(curve, scalar).map(Self)
    }

    /// Signs with ECDSA: `r ‖ s`, each as long as a coordinate of the curve.
    ///
    /// # Errors
    ///
    /// [`Error::InputLength`] when there is no digest to sign; [`Error::KeyType`] for another algorithm.
    pub fn sign(&self, algorithm: Algorithm, message: Message<'_>) -> Result<Vec<u8>, Error> {
        if algorithm.family() != hsm_algorithms::Family::Ecdsa {
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

    /// Signs the whole message.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] when aws-lc's heap is used up.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let pair = self
            .pair
            .expose()
            .try_into()
            .map_err(|_| Error::KeyInvalid)?;
        Ok(curve25519::ed25519_sign(pair, message)?.to_vec())
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
pub struct X25519PrivateKey(SecretBytes);

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

/// The longest input of PKCS#1 v1.5 padding: RFC 8017 §7.2.1, step 1.
pub(crate) fn pkcs1_input_bytes_max(rsa: &Rsa) -> usize {
    rsa.modulus_bytes() - 11
}

/// The input of the RSA function, with zeros in front up to the length of the modulus. It may be a key.
pub(crate) fn zero_extended(rsa: &Rsa, input: &[u8]) -> Result<SecretBytes, Error> {
    let missing = rsa
        .modulus_bytes()
        .checked_sub(input.len())
        .ok_or(Error::InputLength)?;
    let mut extended = SecretBytes::zeroed(rsa.modulus_bytes())?;
    extended.expose_mut()[missing..].copy_from_slice(input);
    Ok(extended)
}

/// The PSS parameters, if digest and salt fit the key.
pub(crate) fn checked_pss(
    rsa: &Rsa,
    algorithm: Algorithm,
    parameters: &Parameters,
    digest: &[u8],
) -> Result<PssParameters, Error> {
    parameters.check(algorithm)?;
    let missing = ParametersInvalid {
        algorithm,
        problem: "needs PSS parameters",
    };
    let pss = parameters.pss(algorithm).ok_or(missing)?;
    if !rsa.salt_fits(&pss) {
        return Err(ParametersInvalid {
            algorithm,
            problem: "has a salt too long for the key",
        }
        .into());
    }
    if digest.len() == pss.hash.length_bytes() {
        Ok(pss)
    } else {
        Err(Error::InputLength)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_not_made_of_odd_sizes_or_bad_exponents() {
        for bits in [0, 512, 1000, 1025, 2049, 16_384, u32::MAX] {
            assert_eq!(
                RsaPrivateKey::generate(bits, &[3]).err(),
                Some(Error::KeySize),
                "{bits}"
            );
        }
        for exponent in [
            &[][..],
            &[0],
            &[1],
            &[2],
            &[0, 0, 1],
            &[1, 0, 0],
            &[1, 0, 0, 0, 1],
            &[0xff; 128],
        ] {
            let key = RsaPrivateKey::generate(1024, exponent);
            assert_eq!(key.err(), Some(Error::KeyInvalid), "{exponent:?}");
        }
        assert!(RsaPrivateKey::generate(1024, &[0, 0, 1, 0, 1]).is_ok());
    }

    #[test]
    fn private_keys_come_back_from_pkcs8() {
        let keys = [
            PrivateKey::Rsa(RsaPrivateKey::generate(1024, &[1, 0, 1]).unwrap()),
            PrivateKey::Ec(EcPrivateKey::generate(Curve::P521).unwrap()),
            PrivateKey::Ed25519(Ed25519PrivateKey::generate().unwrap()),
            PrivateKey::X25519(X25519PrivateKey::generate().unwrap()),
        ];
        for key in keys {
            let der = key.to_pkcs8().unwrap();
            let again = PrivateKey::from_pkcs8(der.expose()).unwrap();
            assert_eq!(again.to_pkcs8().unwrap().expose(), der.expose());
            let public = |key: &PrivateKey| key.public().unwrap().to_spki_der().unwrap();
            assert_eq!(public(&again), public(&key));
            assert!(PrivateKey::from_pkcs8(&der.expose()[..der.len() - 1]).is_err());
        }
        assert!(PrivateKey::from_pkcs8(&[]).is_err());
    }
}
