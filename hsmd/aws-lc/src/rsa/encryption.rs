//! RSA encryption and decryption: PKCS#1 v1.5 and OAEP (RFC 8017 §7), and without padding.

use std::ffi::c_int;

use aws_lc_sys as aws_lc;
use hsm_algorithms::{Digest, OaepParameters};

use super::{Padding, Rsa};
use crate::Error;
use crate::digest::md;
use crate::owned::{Owned, fail, succeeded};
use crate::secret_bytes::Buffer;

impl Rsa {
    /// The public operation over `input` in `padding`; PKCS#1 of type 2.
    pub(crate) fn encrypt(&self, padding: Padding, input: &[u8]) -> Result<Vec<u8>, Error> {
        let mut output = vec![0; self.modulus_bytes()];
        let mut length = 0;
        // SAFETY: input and output are slices with their lengths.
        let code = unsafe {
            aws_lc::RSA_encrypt(
                self.as_ptr(),
                &raw mut length,
                output.as_mut_ptr(),
                output.len(),
                input.as_ptr(),
                input.len(),
                padding.code(),
            )
        };
        succeeded(code, Error::InputInvalid)?;
        Ok(output)
    }

    /// Undoes [`Rsa::encrypt`]. With PKCS#1 padding, aws-lc checks it in constant time, and every failure is the same
    /// error.
    pub(crate) fn decrypt<B: Buffer>(
        &self,
        padding: Padding,
        ciphertext: &[u8],
    ) -> Result<B, Error> {
        self.check_ciphertext_length(ciphertext)?;
        let mut output = B::zeroed(self.modulus_bytes())?;
        let room = output.as_mut_slice();
        let mut length = 0;
        // SAFETY: ciphertext and output are slices with their lengths.
        let code = unsafe {
            aws_lc::RSA_decrypt(
                self.as_ptr(),
                &raw mut length,
                room.as_mut_ptr(),
                room.len(),
                ciphertext.as_ptr(),
                ciphertext.len(),
                padding.code(),
            )
        };
        succeeded(code, Error::CiphertextInvalid)?;
        output.truncate(length);
        Ok(output)
    }

    /// The longest input of OAEP with this digest: RFC 8017 §7.1.1, step 1b. `None` if the key is too small for it.
    pub(crate) fn oaep_input_bytes_max(&self, hash: Digest) -> Option<usize> {
        self.modulus_bytes()
            .checked_sub(2 * hash.length_bytes() + 2)
    }

    /// RSAES-OAEP.
    pub(crate) fn encrypt_oaep(
        &self,
        oaep: &OaepParameters,
        input: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let operation = self.oaep(oaep, aws_lc::EVP_PKEY_encrypt_init)?;
        let mut output = vec![0; self.modulus_bytes()];
        let mut length = output.len();
        // SAFETY: input and output are slices with their lengths.
        let code = unsafe {
            aws_lc::EVP_PKEY_encrypt(
                operation.as_ptr(),
                output.as_mut_ptr(),
                &raw mut length,
                input.as_ptr(),
                input.len(),
            )
        };
        succeeded(code, Error::InputLength)?;
        Ok(output)
    }

    /// Undoes [`Rsa::encrypt_oaep`]. aws-lc checks the padding in constant time, and every failure is the same error.
    pub(crate) fn decrypt_oaep<B: Buffer>(
        &self,
        oaep: &OaepParameters,
        ciphertext: &[u8],
    ) -> Result<B, Error> {
        self.check_ciphertext_length(ciphertext)?;
        let operation = self.oaep(oaep, aws_lc::EVP_PKEY_decrypt_init)?;
        let mut output = B::zeroed(self.modulus_bytes())?;
        let room = output.as_mut_slice();
        let mut length = room.len();
        // SAFETY: ciphertext and output are slices with their lengths.
        let code = unsafe {
            aws_lc::EVP_PKEY_decrypt(
                operation.as_ptr(),
                room.as_mut_ptr(),
                &raw mut length,
                ciphertext.as_ptr(),
                ciphertext.len(),
            )
        };
        succeeded(code, Error::CiphertextInvalid)?;
        output.truncate(length);
        Ok(output)
    }

    fn oaep(
        &self,
        oaep: &OaepParameters,
        start: unsafe extern "C" fn(*mut aws_lc::EVP_PKEY_CTX) -> c_int,
    ) -> Result<Owned<aws_lc::EVP_PKEY_CTX>, Error> {
        let key = self.generic()?;
        // SAFETY: the operation is new, takes a reference of its own to the key, and is set up in the order that
        // aws-lc asks for.
        let operation = unsafe {
            let operation = aws_lc::EVP_PKEY_CTX_new(key.as_ptr(), std::ptr::null_mut());
            let operation = Owned::take(operation, Error::Library)?;
            let pointer = operation.as_ptr();
            succeeded(start(pointer), Error::Library)?;
            succeeded(
                aws_lc::EVP_PKEY_CTX_set_rsa_padding(pointer, aws_lc::RSA_PKCS1_OAEP_PADDING),
                Error::Library,
            )?;
            succeeded(
                aws_lc::EVP_PKEY_CTX_set_rsa_oaep_md(pointer, md(oaep.hash)),
                Error::Library,
            )?;
            succeeded(
                aws_lc::EVP_PKEY_CTX_set_rsa_mgf1_md(pointer, md(oaep.mgf1_hash)),
                Error::Library,
            )?;
            operation
        };
        if !oaep.label.is_empty() {
            // SAFETY: the label is copied into aws-lc's heap, and on success the operation owns the copy.
            unsafe {
                let copy = aws_lc::OPENSSL_memdup(oaep.label.as_ptr().cast(), oaep.label.len())
                    .cast::<u8>();
                if copy.is_null() {
                    return Err(Error::Library);
                }
                if aws_lc::EVP_PKEY_CTX_set0_rsa_oaep_label(
                    operation.as_ptr(),
                    copy,
                    oaep.label.len(),
                ) != 1
                {
                    aws_lc::OPENSSL_free(copy.cast());
                    return Err(fail(Error::Library));
                }
            }
        }
        Ok(operation)
    }

    fn check_ciphertext_length(&self, ciphertext: &[u8]) -> Result<(), Error> {
        if ciphertext.len() == self.modulus_bytes() {
            Ok(())
        } else {
            Err(Error::CiphertextLength)
        }
    }
}
