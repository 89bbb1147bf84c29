//! RSA decryption: PKCS#1 v1.5, OAEP (RFC 8017 §7), and without padding.

use hsm_algorithms::{Algorithm, Family, Parameters};
use hsm_aws_lc::private::RsaPrivateKey;
use hsm_aws_lc::{Buffer, Error};

use super::EngineError;

/// Decrypts. The parameters have been checked against the algorithm.
///
/// PKCS#1 v1.5 padding is checked in constant time and all its faults are one error; see
/// [`RsaPrivateKey::decrypt_pkcs1`] for what still shows.
pub(super) fn decrypt<B: Buffer>(
    key: &RsaPrivateKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    ciphertext: &[u8],
) -> Result<B, EngineError> {
    Ok(match (algorithm.family(), parameters) {
        (Family::RsaPkcs1Encryption, _) => key.decrypt_pkcs1(ciphertext),
        (Family::RsaOaep, Parameters::Oaep(oaep)) => key.decrypt_oaep(oaep, ciphertext),
        (Family::RsaRaw, _) if ciphertext.len() != key.modulus_bytes() => {
            Err(Error::CiphertextLength)
        }
        (Family::RsaRaw, _) => key.raw(ciphertext).map_err(|_| Error::CiphertextInvalid),
        _ => Err(Error::KeyType { algorithm }),
    }?)
}
