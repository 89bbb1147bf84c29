//! Message authentication codes: HMAC (FIPS 198-1), CMAC (SP 800-38B), GMAC (SP 800-38D) and CBC-MAC (FIPS 113).

use std::ffi::c_uint;

use aws_lc_sys as aws_lc;
use hsm_algorithms::{AES_BLOCK_BYTES, Digest, GcmParameters};
use subtle::ConstantTimeEq as _;

use crate::digest::{DigestValue, md};
use crate::owned::{Owned, fail, succeeded};
use crate::symmetric::{self, BlockCipher};
use crate::{Error, SecretBytes};

/// The HMAC of `message` under `key`, as long as the digest.
///
/// # Errors
///
/// [`Error::Library`] when aws-lc's heap is used up.
pub fn hmac(digest: Digest, key: &[u8], message: &[u8]) -> Result<DigestValue, Error> {
    let mut value = DigestValue::of_length(digest.length_bytes());
    let mut length: c_uint = 0;
    // SAFETY: key and message are slices with their lengths, and the output has the room that the digest needs.
    let output = unsafe {
        aws_lc::HMAC(
            md(digest),
            key.as_ptr().cast(),
            key.len(),
            message.as_ptr(),
            message.len(),
            value.buffer().as_mut_ptr(),
            &raw mut length,
        )
    };
    if output.is_null() {
        Err(fail(Error::Library))
    } else {
        Ok(value)
    }
}

/// The CMAC of `message` under `key`: one block.
///
/// # Errors
///
/// [`Error::KeySize`] if the key has not 16, 24 or 32 bytes for AES, 16 or 24 for triple DES; [`Error::Library`] when
/// aws-lc's heap is used up.
pub fn cmac(cipher: BlockCipher, key: &[u8], message: &[u8]) -> Result<DigestValue, Error> {
    let mut value = DigestValue::of_length(cipher.block_bytes());
    // SAFETY: these only return pointers to static tables.
    let cipher = unsafe {
        match (cipher, key.len()) {
            (BlockCipher::Aes, 16) => aws_lc::EVP_aes_128_cbc(),
            (BlockCipher::Aes, 24) => aws_lc::EVP_aes_192_cbc(),
            (BlockCipher::Aes, 32) => aws_lc::EVP_aes_256_cbc(),
            (BlockCipher::Des, 16) => aws_lc::EVP_des_ede_cbc(),
            (BlockCipher::Des, 24) => aws_lc::EVP_des_ede3_cbc(),
            _ => return Err(Error::KeySize),
        }
    };
    let mut length = 0;
    // SAFETY: the state is new.
    let state = unsafe { Owned::take(aws_lc::CMAC_CTX_new(), Error::Library) }?;
    // SAFETY: the state is live; key and message are slices with their lengths; a tag is one block.
    unsafe {
        let start = aws_lc::CMAC_Init(
            state.as_ptr(),
            key.as_ptr().cast(),
            key.len(),
            cipher,
            std::ptr::null_mut(),
        );
        succeeded(start, Error::Library)?;
        succeeded(
            aws_lc::CMAC_Update(state.as_ptr(), message.as_ptr(), message.len()),
            Error::Library,
        )?;
        succeeded(
            aws_lc::CMAC_Final(state.as_ptr(), value.buffer().as_mut_ptr(), &raw mut length),
            Error::Library,
        )?;
    }
    Ok(value)
}

/// CBC-MAC (FIPS 113, ISO/IEC 9797-1 algorithm 1): the last block of `message` in CBC mode, with zeros to fill it up.
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::Library`] when aws-lc's heap is used up.
pub fn cbc_mac(cipher: BlockCipher, key: &[u8], message: &[u8]) -> Result<DigestValue, Error> {
    let block_bytes = cipher.block_bytes();
    let mut padded = SecretBytes::zeroed(message.len().max(1).next_multiple_of(block_bytes))?;
    padded.expose_mut()[..message.len()].copy_from_slice(message);
    let iv = [0; AES_BLOCK_BYTES];
    let chained: SecretBytes =
        symmetric::cbc_encrypt(cipher, key, &iv[..block_bytes], padded.expose())?;
    let mut value = DigestValue::of_length(block_bytes);
    value
        .buffer()
        .copy_from_slice(&chained.expose()[chained.len() - block_bytes..]);
    Ok(value)
}

/// GMAC (SP 800-38D): the tag of AES-GCM over `message` alone.
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::Library`] when aws-lc's heap is used up.
pub fn gmac(key: &[u8], parameters: &GcmParameters, message: &[u8]) -> Result<DigestValue, Error> {
    let mut value = DigestValue::of_length(parameters.tag_bytes());
    symmetric::gmac(key, &parameters.iv, message, value.buffer())?;
    Ok(value)
}

/// Fills `output` with PBKDF2 (RFC 8018 §5.2) of a password.
///
/// # Errors
///
/// [`Error::InputLength`] for no iterations or more than 2³² − 1; [`Error::Library`] when aws-lc's heap is used up.
pub fn pbkdf2(
    digest: Digest,
    password: &[u8],
    salt: &[u8],
    iterations: u64,
    output: &mut [u8],
) -> Result<(), Error> {
    let iterations = u32::try_from(iterations).map_err(|_| Error::InputLength)?;
    if iterations == 0 {
        return Err(Error::InputLength);
    }
    // SAFETY: password, salt and output are slices with their lengths, and the digest is static.
    let code = unsafe {
        aws_lc::PKCS5_PBKDF2_HMAC(
            password.as_ptr().cast(),
            password.len(),
            salt.as_ptr(),
            salt.len(),
            iterations,
            md(digest),
            output.len(),
            output.as_mut_ptr(),
        )
    };
    succeeded(code, Error::Library)
}

/// Compares a computed code with a given one, in time that does not depend on where they differ.
///
/// # Errors
///
/// [`Error::SignatureLength`] or [`Error::SignatureInvalid`].
pub fn verify(computed: &[u8], given: &[u8]) -> Result<(), Error> {
    if given.len() != computed.len() {
        return Err(Error::SignatureLength);
    }
    if bool::from(computed.ct_eq(given)) {
        Ok(())
    } else {
        Err(Error::SignatureInvalid)
    }
}
