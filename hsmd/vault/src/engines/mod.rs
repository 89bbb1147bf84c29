//! What keys compute: one file per family of algorithms.
//!
//! Everything here runs on the secret stack, with a key that was opened for it.

use hsm_algorithms::{Algorithm, Parameters};
use hsm_aws_lc::{Buffer, Error, Message, SecretBytes};

use crate::opened_key::OpenedKey;

/// Signs, or makes a message authentication code.
pub(crate) fn sign(
    _key: &OpenedKey,
    _algorithm: Algorithm,
    _parameters: &Parameters,
    _message: Message<'_>,
) -> Result<Vec<u8>, Error> {
    todo!()
}

/// Checks a message authentication code.
pub(crate) fn verify_mac(
    _key: &OpenedKey,
    _algorithm: Algorithm,
    _parameters: &Parameters,
    _message: &[u8],
    _mac: &[u8],
) -> Result<(), Error> {
    todo!()
}

/// Encrypts with a secret key. A key that is to be wrapped is encrypted by this too.
pub(crate) fn encrypt(
    _key: &OpenedKey,
    _algorithm: Algorithm,
    _parameters: &Parameters,
    _plaintext: &[u8],
) -> Result<Vec<u8>, Error> {
    todo!()
}

/// Decrypts with a private or secret key: into ordinary memory for the caller, into [`SecretBytes`] for a wrapped key.
pub(crate) fn decrypt<B: Buffer>(
    _key: &OpenedKey,
    _algorithm: Algorithm,
    _parameters: &Parameters,
    _ciphertext: &[u8],
) -> Result<B, Error> {
    todo!()
}

/// Derives a secret of `length_bytes`.
pub(crate) fn derive(
    _key: &OpenedKey,
    _algorithm: Algorithm,
    _parameters: &Parameters,
    _length_bytes: usize,
) -> Result<SecretBytes, Error> {
    todo!()
}
