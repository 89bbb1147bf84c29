//! Message authentication codes: HMAC (FIPS 198-1) and AES-CMAC (SP 800-38B).

use std::ffi::c_uint;

use aws_lc_sys as aws_lc;
use hsm_algorithms::Digest;
use subtle::ConstantTimeEq as _;

use crate::Error;
use crate::digest::{DigestValue, md};
use crate::owned::{Owned, fail, succeeded};

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

/// The AES-CMAC of `message` under `key`: 16 bytes.
///
/// # Errors
///
/// [`Error::KeySize`] if the key has not 16, 24 or 32 bytes; [`Error::Library`] when aws-lc's heap is used up.
pub fn cmac(key: &[u8], message: &[u8]) -> Result<DigestValue, Error> {
    // SAFETY: these only return pointers to static tables.
    let cipher = unsafe {
        match key.len() {
            16 => aws_lc::EVP_aes_128_cbc(),
            24 => aws_lc::EVP_aes_192_cbc(),
            32 => aws_lc::EVP_aes_256_cbc(),
            _ => return Err(Error::KeySize),
        }
    };
    let mut value = DigestValue::of_length(16);
    let mut length = 0;
    // SAFETY: the state is new.
    let state = unsafe { Owned::take(aws_lc::CMAC_CTX_new(), Error::Library) }?;
    // SAFETY: the state is live; key and message are slices with their lengths; a tag has 16 bytes.
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

/// Compares a computed code with a given one, in time that does not depend on where they differ.
///
/// # Errors
///
/// [`Error::SignatureLength`] or [`Error::SignatureInvalid`].
pub fn verify(computed: &DigestValue, given: &[u8]) -> Result<(), Error> {
    if given.len() != computed.as_ref().len() {
        return Err(Error::SignatureLength);
    }
    if bool::from(computed.as_ref().ct_eq(given)) {
        Ok(())
    } else {
        Err(Error::SignatureInvalid)
    }
}
