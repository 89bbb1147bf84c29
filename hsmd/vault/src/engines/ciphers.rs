//! Ciphers of secret keys over data: AES in its modes, ChaCha20, and DES.

use hsm_algorithms::{Algorithm, Family, Parameters};
use hsm_aws_lc::symmetric::BlockCipher::{Aes, Des};
use hsm_aws_lc::symmetric::{self, Direction, Feedback};
use hsm_aws_lc::{Buffer, Error};

use super::EngineError;

/// True if the algorithms of `family` are computed here.
pub(super) const fn has(family: Family) -> bool {
    matches!(
        family,
        Family::AesEcb
            | Family::AesCbc
            | Family::AesCbcPad
            | Family::AesCtr
            | Family::AesGcm
            | Family::AesCts
            | Family::AesFeedback
            | Family::AesXts
            | Family::AesCcm
            | Family::ChaCha20
            | Family::ChaCha20Poly1305
            | Family::DesEcb
            | Family::DesCbc
            | Family::DesCbcPad
    )
}

/// Encrypts. The parameters have been checked against the algorithm.
pub(super) fn encrypt(
    key: &[u8],
    algorithm: Algorithm,
    parameters: &Parameters,
    plaintext: &[u8],
) -> Result<Vec<u8>, EngineError> {
    use Parameters::{Ccm, ChaCha20, Ctr, Gcm, Iv};
    Ok(match (algorithm.family(), parameters) {
        (Family::AesEcb, _) => symmetric::ecb_encrypt(Aes, key, plaintext),
        (Family::AesCbc, Iv(iv)) => symmetric::cbc_encrypt(Aes, key, iv, plaintext),
        (Family::AesCbcPad, Iv(iv)) => symmetric::cbc_pad_encrypt(Aes, key, iv, plaintext),
        (Family::AesCts, Iv(iv)) => symmetric::cts_encrypt(key, iv, plaintext),
        (Family::AesFeedback, Iv(iv)) => {
            let mode = feedback(algorithm)?;
            symmetric::feedback(mode, Direction::Encrypt, key, iv, plaintext)
        }
        (Family::AesXts, Iv(iv)) => symmetric::xts_encrypt(key, iv, plaintext),
        (Family::AesCtr, Ctr(counter)) => symmetric::ctr(key, counter, plaintext),
        (Family::AesGcm, Gcm(gcm)) => symmetric::gcm_encrypt(key, gcm, plaintext),
        (Family::AesCcm, Ccm(ccm)) => symmetric::ccm_encrypt(key, ccm, plaintext),
        (Family::ChaCha20, ChaCha20(chacha20)) => symmetric::chacha20(key, chacha20, plaintext),
        (Family::ChaCha20Poly1305, Gcm(parameters)) => {
            symmetric::chacha20_poly1305_encrypt(key, parameters, plaintext)
        }
        (Family::DesEcb, _) => symmetric::ecb_encrypt(Des, key, plaintext),
        (Family::DesCbc, Iv(iv)) => symmetric::cbc_encrypt(Des, key, iv, plaintext),
        (Family::DesCbcPad, Iv(iv)) => symmetric::cbc_pad_encrypt(Des, key, iv, plaintext),
        _ => Err(Error::KeyType { algorithm }),
    }?)
}

/// Decrypts. The parameters have been checked against the algorithm.
pub(super) fn decrypt<B: Buffer>(
    key: &[u8],
    algorithm: Algorithm,
    parameters: &Parameters,
    ciphertext: &[u8],
) -> Result<B, EngineError> {
    use Parameters::{Ccm, ChaCha20, Ctr, Gcm, Iv};
    Ok(match (algorithm.family(), parameters) {
        (Family::AesEcb, _) => symmetric::ecb_decrypt(Aes, key, ciphertext),
        (Family::AesCbc, Iv(iv)) => symmetric::cbc_decrypt(Aes, key, iv, ciphertext),
        (Family::AesCbcPad, Iv(iv)) => symmetric::cbc_pad_decrypt(Aes, key, iv, ciphertext),
        (Family::AesCts, Iv(iv)) => symmetric::cts_decrypt(key, iv, ciphertext),
        (Family::AesFeedback, Iv(iv)) => {
            let mode = feedback(algorithm)?;
            symmetric::feedback(mode, Direction::Decrypt, key, iv, ciphertext)
        }
        (Family::AesXts, Iv(iv)) => symmetric::xts_decrypt(key, iv, ciphertext),
        (Family::AesCtr, Ctr(counter)) => symmetric::ctr(key, counter, ciphertext),
        (Family::AesGcm, Gcm(gcm)) => symmetric::gcm_decrypt(key, gcm, ciphertext),
        (Family::AesCcm, Ccm(ccm)) => symmetric::ccm_decrypt(key, ccm, ciphertext),
        (Family::ChaCha20, ChaCha20(chacha20)) => symmetric::chacha20(key, chacha20, ciphertext),
        (Family::ChaCha20Poly1305, Gcm(parameters)) => {
            symmetric::chacha20_poly1305_decrypt(key, parameters, ciphertext)
        }
        (Family::DesEcb, _) => symmetric::ecb_decrypt(Des, key, ciphertext),
        (Family::DesCbc, Iv(iv)) => symmetric::cbc_decrypt(Des, key, iv, ciphertext),
        (Family::DesCbcPad, Iv(iv)) => symmetric::cbc_pad_decrypt(Des, key, iv, ciphertext),
        _ => Err(Error::KeyType { algorithm }),
    }?)
}

const fn feedback(algorithm: Algorithm) -> Result<Feedback, Error> {
    match algorithm {
        Algorithm::AesOfb => Ok(Feedback::Ofb),
        Algorithm::AesCfb128 => Ok(Feedback::Cfb128),
        Algorithm::AesCfb8 => Ok(Feedback::Cfb8),
        Algorithm::AesCfb1 => Ok(Feedback::Cfb1),
        _ => Err(Error::KeyType { algorithm }),
    }
}
