//! What keys compute: one file a family, over keys that are open.
//!
//! The functions here choose the family's file by the algorithm's row. They know nothing of permits: only
//! [`Vault`](crate::Vault), which asks for one, calls them. Input that fits no algorithm or key is refused before
//! anything is computed.

mod aes;
mod ecdh;
mod error;
pub(crate) mod key_wrap;
mod mac;
mod opened;
mod rsa;
mod wrapping;

use hsm_algorithms::{Algorithm, Family, Parameters, Purpose};
use hsm_aws_lc::private::PrivateKey;
use hsm_aws_lc::{Buffer, Message};

pub use error::EngineError;
pub use opened::{ImportedKey, KeyTarget, OpenedKey};
pub use wrapping::{Wrapper, unwrap, wrap};

/// Signs `message`, or computes its authentication code.
///
/// Signatures of ECDSA are `r ‖ s`, each as long as a coordinate of the curve.
///
/// # Errors
///
/// [`EngineError::Crypto`] when algorithm, parameters, key and message do not go together.
pub fn sign(
    key: &OpenedKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    message: Message<'_>,
) -> Result<Vec<u8>, EngineError> {
    check(key, algorithm, parameters, Purpose::Sign)?;
    match (algorithm.family(), key.private()) {
        (
            Family::RsaPkcs1Signature | Family::RsaPss | Family::RsaRaw,
            Some(PrivateKey::Rsa(rsa)),
        ) => Ok(rsa.sign(algorithm, parameters, message)?),
        (Family::Ecdsa, Some(PrivateKey::Ec(ec))) => Ok(ec.sign(algorithm, message)?),
        (Family::EdDsa, Some(PrivateKey::Ed25519(ed25519))) => match message {
            Message::Whole(message) => Ok(ed25519.sign(message)?),
            // Ed25519 reads the message twice: a digest of it is no substitute.
            Message::Digest(_) => Err(hsm_aws_lc::Error::InputInvalid.into()),
        },
        (Family::Hmac | Family::AesCmac, None) => {
            Ok(mac::compute(key.secret()?, algorithm, message)?
                .as_ref()
                .to_vec())
        }
        _ => Err(EngineError::key_type(algorithm)),
    }
}

/// Checks a message authentication code in time that does not depend on where it is wrong.
///
/// # Errors
///
/// [`EngineError::Crypto`] with `SignatureInvalid` or `SignatureLength`, or when algorithm, key and message do not go
/// together.
pub fn verify_mac(
    key: &OpenedKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    message: Message<'_>,
    code: &[u8],
) -> Result<(), EngineError> {
    check(key, algorithm, parameters, Purpose::Sign)?;
    if !algorithm.is_mac() {
        return Err(EngineError::key_type(algorithm));
    }
    let computed = mac::compute(key.secret()?, algorithm, message)?;
    Ok(hsm_aws_lc::mac::verify(&computed, code)?)
}

/// Encrypts with a secret key. What public keys encrypt is in [`hsm_aws_lc::public`].
///
/// # Errors
///
/// [`EngineError::Crypto`] when algorithm, parameters, key and plaintext do not go together.
pub fn encrypt(
    key: &OpenedKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    plaintext: &[u8],
) -> Result<Vec<u8>, EngineError> {
    check(key, algorithm, parameters, Purpose::Encrypt)?;
    encrypt_checked(key, algorithm, parameters, plaintext)
}

/// Decrypts with a private or secret key.
///
/// # Errors
///
/// [`EngineError::Crypto`]: `CiphertextInvalid` for whatever is wrong with the ciphertext but its length; others when
/// algorithm, parameters and key do not go together.
pub fn decrypt<B: Buffer>(
    key: &OpenedKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    ciphertext: &[u8],
) -> Result<B, EngineError> {
    check(key, algorithm, parameters, Purpose::Encrypt)?;
    decrypt_checked(key, algorithm, parameters, ciphertext)
}

/// Derives a key.
///
/// # Errors
///
/// [`EngineError::Crypto`] when algorithm, parameters and key do not go together, or the other side's public key is
/// invalid; [`EngineError::LengthNeeded`] and [`EngineError::KeySize`] when `target` does not say a length that the
/// derivation can give.
pub fn derive(
    key: &OpenedKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    target: KeyTarget,
) -> Result<OpenedKey, EngineError> {
    check(key, algorithm, parameters, Purpose::Derive)?;
    match (algorithm.family(), key.private(), parameters) {
        (Family::Ecdh, Some(private), Parameters::Ecdh(ecdh)) => {
            ecdh::derive(private, algorithm, ecdh, target)
        }
        _ => Err(EngineError::key_type(algorithm)),
    }
}

/// As [`encrypt`], for a purpose that has been checked: keys are wrapped by the same ciphers.
fn encrypt_checked(
    key: &OpenedKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    plaintext: &[u8],
) -> Result<Vec<u8>, EngineError> {
    match algorithm.family() {
        Family::AesEcb | Family::AesCbc | Family::AesCbcPad | Family::AesCtr | Family::AesGcm => {
            aes::encrypt(key.secret()?, algorithm, parameters, plaintext)
        }
        Family::AesKeyWrap => key_wrap::encrypt(key.secret()?, algorithm, plaintext),
        _ => Err(EngineError::key_type(algorithm)),
    }
}

/// As [`decrypt`], for a purpose that has been checked.
fn decrypt_checked<B: Buffer>(
    key: &OpenedKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    ciphertext: &[u8],
) -> Result<B, EngineError> {
    match (algorithm.family(), key.private()) {
        (
            Family::AesEcb | Family::AesCbc | Family::AesCbcPad | Family::AesCtr | Family::AesGcm,
            None,
        ) => aes::decrypt(key.secret()?, algorithm, parameters, ciphertext),
        (Family::AesKeyWrap, None) => key_wrap::decrypt(key.secret()?, algorithm, ciphertext),
        (
            Family::RsaPkcs1Encryption | Family::RsaOaep | Family::RsaRaw,
            Some(PrivateKey::Rsa(rsa)),
        ) => rsa::decrypt(rsa, algorithm, parameters, ciphertext),
        _ => Err(EngineError::key_type(algorithm)),
    }
}

/// Checks that algorithm, purpose, key and parameters go together.
fn check(
    key: &OpenedKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    purpose: Purpose,
) -> Result<(), EngineError> {
    if !algorithm.is_for(purpose) {
        return Err(hsm_aws_lc::Error::Purpose { algorithm }.into());
    }
    if !algorithm.takes(key.spec().kind()) {
        return Err(EngineError::key_type(algorithm));
    }
    Ok(parameters
        .check(algorithm)
        .map_err(hsm_aws_lc::Error::from)?)
}
