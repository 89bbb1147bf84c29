//! Public keys, and what they compute: verification and encryption. No secret is needed, so the daemon and the
//! PKCS#11 module both do this where they are.

mod key;
mod weakness;

use hsm_algorithms::{Algorithm, Family, Parameters, ParametersInvalid, Purpose};

use crate::Error;
use crate::curve448;
use crate::curve25519;
use crate::framing::Framed;
use crate::lattice::mu_of;
use crate::message::Message;
use crate::private::{checked_pss, pkcs1_input_bytes_max, zero_extended};
use crate::rsa::{Padding, identified};
use crate::secret_bytes::SecretBytes;
use crate::slh_dsa;

use key::Inner;

pub use key::{PublicKey, octet_string};
pub use weakness::Weakness;

/// Checks a signature of `message` by the holder of `key`.
///
/// # Errors
///
/// [`Error::SignatureInvalid`], [`Error::SignatureLength`]; [`Error::InputLength`] when the message does not fit the
/// algorithm; [`Error::Parameters`]; [`Error::KeyType`] or [`Error::Purpose`] when algorithm and key do not go
/// together.
///
/// # Examples
///
/// ```
/// use hsm_algorithms::{Algorithm, Curve, Parameters};
/// use hsm_aws_lc::{Error, Message, private::EcPrivateKey, public};
///
/// let private = EcPrivateKey::generate(Curve::P384)?;
/// let signature = private.sign(Algorithm::EcdsaSha384, Message::Whole(b"text"))?;
///
/// let verify = |message| {
///     public::verify(Algorithm::EcdsaSha384, &Parameters::None, &private.public()?, Message::Whole(message), &signature)
/// };
/// assert_eq!(verify(b"text"), Ok(()));
/// assert_eq!(verify(b"test"), Err(Error::SignatureInvalid));
/// # Ok::<(), Error>(())
/// ```
pub fn verify(
    algorithm: Algorithm,
    parameters: &Parameters,
    key: &PublicKey,
    message: Message<'_>,
    signature: &[u8],
) -> Result<(), Error> {
    check(algorithm, parameters, key, Purpose::Sign)?;
    if let (Family::EdDsa, Inner::Ed25519(public)) = (algorithm.family(), &key.0) {
        return match message {
            Message::Whole(message) => {
                curve25519::ed25519_verify(public, &parameters.eddsa(), message, signature)
            }
            Message::Digest(_) => Err(Error::InputInvalid),
        };
    }
    match (algorithm.family(), &key.0) {
        (Family::EdDsa, Inner::Curve448 { bytes, .. }) => {
            let Message::Whole(message) = message else {
                return Err(Error::InputInvalid);
            };
            return curve448::ed448_verify(bytes, &parameters.eddsa(), message, signature);
        }
        (Family::MlDsa, Inner::Lattice(key)) => {
            let mu = mu_of(&key.public_bytes()?, algorithm, parameters, message)?;
            return key.verify_mu(&mu, signature);
        }
        (Family::SlhDsa, Inner::SlhDsa { kind, bytes }) => {
            let framed = Framed::new(algorithm, parameters, message)?;
            return slh_dsa::verify(*kind, bytes, &framed.parts(), signature);
        }
        _ => {}
    }
    let input = message.prepare(algorithm)?;
    let input = input.as_ref();
    match (algorithm.family(), &key.0) {
        (Family::Ecdsa, Inner::Ec(ec)) => ec.verify(input, signature),
        (Family::Dsa, Inner::Field(key)) => key.verify(input, signature),
        (Family::RsaPkcs1Signature, Inner::Rsa(rsa)) => match algorithm.digest() {
            Some(digest) => rsa.verify_digest(digest, input, signature),
            None if input.len() > pkcs1_input_bytes_max(rsa) => Err(Error::InputLength),
            None => recovers(&rsa.recover(Padding::Pkcs1, signature)?, input),
        },
        (Family::RsaPss, Inner::Rsa(rsa)) => {
            let pss = checked_pss(rsa, algorithm, parameters, input)?;
            rsa.verify_pss(&pss, input, signature)
        }
        (Family::RsaX931, Inner::Rsa(rsa)) => match algorithm.digest() {
            Some(_) => rsa.verify_x931(&identified(input), signature),
            None => rsa.verify_x931(input, signature),
        },
        (Family::RsaRaw, Inner::Rsa(rsa)) => {
            let expected = zero_extended(rsa, input)?;
            recovers(&rsa.recover(Padding::None, signature)?, expected.expose())
        }
        _ => Err(Error::KeyType { algorithm }),
    }
}

/// What a signature was made over, for algorithms that give the message back: PKCS#1 v1.5 without a digest of its own,
/// and the RSA function alone.
///
/// # Errors
///
/// As [`verify`].
pub fn recover(algorithm: Algorithm, key: &PublicKey, signature: &[u8]) -> Result<Vec<u8>, Error> {
    check(algorithm, &Parameters::None, key, Purpose::Sign)?;
    match (algorithm.family(), algorithm.digest(), &key.0) {
        (Family::RsaPkcs1Signature, None, Inner::Rsa(rsa)) => {
            rsa.recover(Padding::Pkcs1, signature)
        }
        (Family::RsaRaw, None, Inner::Rsa(rsa)) => rsa.recover(Padding::None, signature),
        _ => Err(Error::Purpose { algorithm }),
    }
}

/// A new shared secret, and the ciphertext from which the holder of `key` takes it.
///
/// # Errors
///
/// [`Error::KeyType`] or [`Error::Purpose`] when algorithm and key do not go together; [`Error::Parameters`].
pub fn encapsulate(
    algorithm: Algorithm,
    parameters: &Parameters,
    key: &PublicKey,
) -> Result<(Vec<u8>, SecretBytes), Error> {
    check(algorithm, parameters, key, Purpose::Encapsulate)?;
    match (algorithm.family(), &key.0) {
        (Family::MlKem, Inner::Lattice(key)) => key.encapsulate(),
        _ => Err(Error::KeyType { algorithm }),
    }
}

/// Encrypts `plaintext` for the holder of `key`. The ciphertext is as long as the modulus.
///
/// # Errors
///
/// [`Error::InputLength`] when the plaintext is too long, [`Error::InputInvalid`] when without padding it is not below
/// the modulus; [`Error::Parameters`]; [`Error::KeyType`] or [`Error::Purpose`].
pub fn encrypt(
    algorithm: Algorithm,
    parameters: &Parameters,
    key: &PublicKey,
    plaintext: &[u8],
) -> Result<Vec<u8>, Error> {
    check(algorithm, parameters, key, Purpose::Encrypt)?;
    match (algorithm.family(), &key.0, parameters) {
        (Family::RsaPkcs1Encryption, Inner::Rsa(rsa), _)
            if plaintext.len() > pkcs1_input_bytes_max(rsa) =>
        {
            Err(Error::InputLength)
        }
        (Family::RsaPkcs1Encryption, Inner::Rsa(rsa), _) => rsa.encrypt(Padding::Pkcs1, plaintext),
        (Family::RsaRaw, Inner::Rsa(rsa), _) => {
            rsa.encrypt(Padding::None, zero_extended(rsa, plaintext)?.expose())
        }
        (Family::RsaOaep, Inner::Rsa(rsa), Parameters::Oaep(oaep)) => {
            match rsa.oaep_input_bytes_max(oaep.hash) {
                None => Err(ParametersInvalid {
                    algorithm,
                    problem: "has a digest too long for the key",
                }
                .into()),
                Some(max) if plaintext.len() > max => Err(Error::InputLength),
                Some(_) => rsa.encrypt_oaep(oaep, plaintext),
            }
        }
        _ => Err(Error::KeyType { algorithm }),
    }
}

fn check(
    algorithm: Algorithm,
    parameters: &Parameters,
    key: &PublicKey,
    purpose: Purpose,
) -> Result<(), Error> {
    if !algorithm.is_for(purpose) {
        return Err(Error::Purpose { algorithm });
    }
    if !algorithm.takes(key.kind()) {
        return Err(Error::KeyType { algorithm });
    }
    Ok(parameters.check(algorithm)?)
}

fn recovers(recovered: &[u8], expected: &[u8]) -> Result<(), Error> {
    // Both are public, so an ordinary comparison will do.
    if recovered == expected {
        Ok(())
    } else {
        Err(Error::SignatureInvalid)
    }
}

#[cfg(test)]
mod tests {
    use super::key::tests::one_key_of_each_kind;
    use super::*;
    use crate::private::RsaPrivateKey;

    #[test]
    fn raw_signatures_give_their_message_back() {
        let private = RsaPrivateKey::generate(1024, &[3]).unwrap();
        let public = private.public().unwrap();
        let signature = private
            .sign(
                Algorithm::RsassaPkcs1V15,
                &Parameters::None,
                Message::Whole(b"text"),
            )
            .unwrap();
        assert_eq!(
            recover(Algorithm::RsassaPkcs1V15, &public, &signature).unwrap(),
            b"text"
        );
        let hashed = recover(Algorithm::RsassaPkcs1V15Sha256, &public, &signature).err();
        assert_eq!(
            hashed,
            Some(Error::Purpose {
                algorithm: Algorithm::RsassaPkcs1V15Sha256
            })
        );
    }

    #[test]
    fn no_algorithm_verifies_or_encrypts_with_a_key_that_is_not_its_own() {
        for key in one_key_of_each_kind() {
            for algorithm in Algorithm::ALL
                .iter()
                .copied()
                .filter(|algorithm| !algorithm.takes(key.kind()))
            {
                let verified = verify(
                    algorithm,
                    &Parameters::None,
                    &key,
                    Message::Whole(&[0; 20]),
                    &[0; 64],
                );
                let encrypted = encrypt(algorithm, &Parameters::None, &key, &[0; 20]);
                for error in [verified.err(), encrypted.err()] {
                    assert!(
                        matches!(error, Some(Error::KeyType { .. } | Error::Purpose { .. })),
                        "{algorithm}"
                    );
                }
            }
        }
    }
}
