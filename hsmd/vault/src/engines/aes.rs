//! AES modes over data: ECB, CBC without and with padding, CTR (SP 800-38A), GCM (SP 800-38D).

use hsm_algorithms::{AES_BLOCK_BYTES, Algorithm, Family, Parameters};
use hsm_aws_lc::{Buffer, Error, symmetric};

use super::EngineError;

/// Encrypts. The parameters have been checked against the algorithm.
pub(super) fn encrypt(
    key: &[u8],
    algorithm: Algorithm,
    parameters: &Parameters,
    plaintext: &[u8],
) -> Result<Vec<u8>, EngineError> {
    Ok(match (algorithm.family(), parameters) {
        (Family::AesEcb, _) => symmetric::ecb_encrypt(key, plaintext),
        (Family::AesCbc, Parameters::Iv(iv)) => symmetric::cbc_encrypt(key, block(iv)?, plaintext),
        (Family::AesCbcPad, Parameters::Iv(iv)) => {
            symmetric::cbc_pad_encrypt(key, block(iv)?, plaintext)
        }
        (Family::AesCtr, Parameters::Ctr(counter)) => symmetric::ctr(key, counter, plaintext),
        (Family::AesGcm, Parameters::Gcm(gcm)) => symmetric::gcm_encrypt(key, gcm, plaintext),
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
    Ok(match (algorithm.family(), parameters) {
        (Family::AesEcb, _) => symmetric::ecb_decrypt(key, ciphertext),
        (Family::AesCbc, Parameters::Iv(iv)) => symmetric::cbc_decrypt(key, block(iv)?, ciphertext),
        (Family::AesCbcPad, Parameters::Iv(iv)) => {
            symmetric::cbc_pad_decrypt(key, block(iv)?, ciphertext)
        }
        (Family::AesCtr, Parameters::Ctr(counter)) => symmetric::ctr(key, counter, ciphertext),
        (Family::AesGcm, Parameters::Gcm(gcm)) => symmetric::gcm_decrypt(key, gcm, ciphertext),
        _ => Err(Error::KeyType { algorithm }),
    }?)
}

fn block(iv: &[u8]) -> Result<&[u8; AES_BLOCK_BYTES], Error> {
    iv.try_into().map_err(|_| Error::InputLength)
}
