//! RSA private keys.

use hsm_algorithms::{
    Algorithm, Family, KeyKind, KeySpec, OaepParameters, Parameters, ParametersInvalid,
    PssParameters,
};

use crate::Error;
use crate::message::Message;
use crate::public::PublicKey;
use crate::rsa::{Padding, Rsa, RsaNumbers, RsaSecretNumbers, identified};
use crate::secret_bytes::{Buffer, SecretBytes};

/// An RSA private key.
pub struct RsaPrivateKey(pub(super) Rsa);

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

    /// Makes a key of strong primes (ANSI X9.31, FIPS 186-4 §B.3.6). Takes a few times as long as [`RsaPrivateKey::generate`].
    ///
    /// # Errors
    ///
    /// As for that.
    pub fn generate_x931(bits: u32, e: &[u8]) -> Result<Self, Error> {
        Rsa::generate_x931(bits, e).map(Self)
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
            Family::RsaX931 if algorithm.digest().is_some() => self.0.sign_x931(&identified(input)),
            Family::RsaX931 => self.0.sign_x931(input),
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

    pub(super) fn from_rsa(rsa: Rsa) -> Result<Self, Error> {
        // A PKCS#8 key may lack the primes, and then could not be written again.
        rsa.secret_numbers()?;
        Ok(Self(rsa))
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
}
