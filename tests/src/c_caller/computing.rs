//! Signatures, encryption and digests.

use std::ptr;

use cryptoki_sys as c;

use super::{CModule, Failure, Mechanism, call, checked, template::length};

impl CModule {
    /// `C_SignInit`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn sign_init(
        &self,
        session: c::CK_SESSION_HANDLE,
        mechanism: &mut Mechanism,
        key: c::CK_OBJECT_HANDLE,
    ) -> Result<(), Failure> {
        checked(call!(self, C_SignInit(session, mechanism.pointer(), key)))
    }

    /// `C_Sign` into `signature`; gives the length.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn sign(
        &self,
        session: c::CK_SESSION_HANDLE,
        data: &[u8],
        signature: &mut [u8],
    ) -> Result<usize, Failure> {
        let mut room = length(signature);
        let data_pointer = data.as_ptr().cast_mut();
        checked(call!(
            self,
            C_Sign(
                session,
                data_pointer,
                length(data),
                signature.as_mut_ptr(),
                &raw mut room
            )
        ))?;
        Ok(usize::try_from(room).expect("a length"))
    }

    /// The length query of `C_Sign`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn signature_length(
        &self,
        session: c::CK_SESSION_HANDLE,
        data: &[u8],
    ) -> Result<usize, Failure> {
        let mut room = 0;
        let data_pointer = data.as_ptr().cast_mut();
        checked(call!(
            self,
            C_Sign(
                session,
                data_pointer,
                length(data),
                ptr::null_mut(),
                &raw mut room
            )
        ))?;
        Ok(usize::try_from(room).expect("a length"))
    }

    /// `C_VerifyInit` and `C_Verify`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn verify(
        &self,
        session: c::CK_SESSION_HANDLE,
        mechanism: &mut Mechanism,
        key: c::CK_OBJECT_HANDLE,
        data: &[u8],
        signature: &[u8],
    ) -> Result<(), Failure> {
        checked(call!(self, C_VerifyInit(session, mechanism.pointer(), key)))?;
        let (data_pointer, signature_pointer) =
            (data.as_ptr().cast_mut(), signature.as_ptr().cast_mut());
        checked(call!(
            self,
            C_Verify(
                session,
                data_pointer,
                length(data),
                signature_pointer,
                length(signature)
            )
        ))
    }

    /// `C_EncryptInit` and `C_Encrypt` into `ciphertext`; gives the length.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn encrypt(
        &self,
        session: c::CK_SESSION_HANDLE,
        mechanism: &mut Mechanism,
        key: c::CK_OBJECT_HANDLE,
        plaintext: &[u8],
        ciphertext: &mut [u8],
    ) -> Result<usize, Failure> {
        checked(call!(
            self,
            C_EncryptInit(session, mechanism.pointer(), key)
        ))?;
        let mut room = length(ciphertext);
        let plain = plaintext.as_ptr().cast_mut();
        let value = call!(
            self,
            C_Encrypt(
                session,
                plain,
                length(plaintext),
                ciphertext.as_mut_ptr(),
                &raw mut room
            )
        );
        checked(value)?;
        Ok(usize::try_from(room).expect("a length"))
    }

    /// `C_DigestInit` and `C_Digest` with SHA-256.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn sha256(&self, session: c::CK_SESSION_HANDLE, data: &[u8]) -> Result<[u8; 32], Failure> {
        let mut mechanism = Mechanism::plain(c::CKM_SHA256);
        checked(call!(self, C_DigestInit(session, mechanism.pointer())))?;
        let mut digest = [0; 32];
        let mut room = 32;
        let data_pointer = data.as_ptr().cast_mut();
        checked(call!(
            self,
            C_Digest(
                session,
                data_pointer,
                length(data),
                digest.as_mut_ptr(),
                &raw mut room
            )
        ))?;
        Ok(digest)
    }
}
