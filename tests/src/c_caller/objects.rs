//! Objects: copying, reading and changing them; wrapping, unwrapping and deriving keys.

use std::ptr;

use cryptoki_sys as c;

use super::{CModule, Failure, Mechanism, Template, call, checked, template::length};

/// The longest value and the longest wrapped key that these calls make room for, in bytes.
const ROOM: usize = 16 << 10;

impl CModule {
    /// `C_CopyObject`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn copy_object(
        &self,
        session: c::CK_SESSION_HANDLE,
        object: c::CK_OBJECT_HANDLE,
        template: &Template,
    ) -> Result<c::CK_OBJECT_HANDLE, Failure> {
        let mut attributes = template.attributes();
        let (list, count) = (attributes.as_mut_ptr(), template.len());
        let mut copy = 0;
        checked(call!(
            self,
            C_CopyObject(session, object, list, count, &raw mut copy)
        ))?;
        Ok(copy)
    }

    /// `C_GetObjectSize`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn object_size(
        &self,
        session: c::CK_SESSION_HANDLE,
        object: c::CK_OBJECT_HANDLE,
    ) -> Result<c::CK_ULONG, Failure> {
        let mut size = 0;
        checked(call!(self, C_GetObjectSize(session, object, &raw mut size)))?;
        Ok(size)
    }

    /// `C_GetAttributeValue` of one attribute.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn attribute(
        &self,
        session: c::CK_SESSION_HANDLE,
        object: c::CK_OBJECT_HANDLE,
        kind: c::CK_ATTRIBUTE_TYPE,
    ) -> Result<Vec<u8>, Failure> {
        let mut value = vec![0; ROOM];
        let mut attribute = c::CK_ATTRIBUTE {
            type_: kind,
            pValue: value.as_mut_ptr().cast(),
            ulValueLen: length(&value),
        };
        checked(call!(
            self,
            C_GetAttributeValue(session, object, &raw mut attribute, 1)
        ))?;
        value.truncate(usize::try_from(attribute.ulValueLen).expect("a length"));
        Ok(value)
    }

    /// `C_GetAttributeValue` of a truth value.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn flag(
        &self,
        session: c::CK_SESSION_HANDLE,
        object: c::CK_OBJECT_HANDLE,
        kind: c::CK_ATTRIBUTE_TYPE,
    ) -> Result<bool, Failure> {
        Ok(self.attribute(session, object, kind)? == [c::CK_TRUE])
    }

    /// `C_GetAttributeValue` of a number.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn number(
        &self,
        session: c::CK_SESSION_HANDLE,
        object: c::CK_OBJECT_HANDLE,
        kind: c::CK_ATTRIBUTE_TYPE,
    ) -> Result<c::CK_ULONG, Failure> {
        let bytes = self.attribute(session, object, kind)?;
        Ok(c::CK_ULONG::from_ne_bytes(
            bytes.try_into().expect("a number has the length of one"),
        ))
    }

    /// `C_SetAttributeValue`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn set_attributes(
        &self,
        session: c::CK_SESSION_HANDLE,
        object: c::CK_OBJECT_HANDLE,
        template: &Template,
    ) -> Result<(), Failure> {
        let mut attributes = template.attributes();
        let (list, count) = (attributes.as_mut_ptr(), template.len());
        checked(call!(
            self,
            C_SetAttributeValue(session, object, list, count)
        ))
    }

    /// `C_WrapKey`, first for the length, and then with just this room.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn wrap_key(
        &self,
        session: c::CK_SESSION_HANDLE,
        mechanism: &mut Mechanism,
        wrapping_key: c::CK_OBJECT_HANDLE,
        key: c::CK_OBJECT_HANDLE,
    ) -> Result<Vec<u8>, Failure> {
        let mechanism = mechanism.pointer();
        let mut room = 0;
        let nowhere = ptr::null_mut();
        checked(call!(
            self,
            C_WrapKey(
                session,
                mechanism,
                wrapping_key,
                key,
                nowhere,
                &raw mut room
            )
        ))?;
        let mut wrapped = vec![0; usize::try_from(room).expect("a length")];
        let buffer = wrapped.as_mut_ptr();
        checked(call!(
            self,
            C_WrapKey(session, mechanism, wrapping_key, key, buffer, &raw mut room)
        ))?;
        wrapped.truncate(usize::try_from(room).expect("a length"));
        Ok(wrapped)
    }

    /// `C_UnwrapKey`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn unwrap_key(
        &self,
        session: c::CK_SESSION_HANDLE,
        mechanism: &mut Mechanism,
        unwrapping_key: c::CK_OBJECT_HANDLE,
        wrapped: &[u8],
        template: &Template,
    ) -> Result<c::CK_OBJECT_HANDLE, Failure> {
        let mut attributes = template.attributes();
        let (list, count) = (attributes.as_mut_ptr(), template.len());
        let (bytes, mechanism) = (wrapped.as_ptr().cast_mut(), mechanism.pointer());
        let mut key = 0;
        checked(call!(
            self,
            C_UnwrapKey(
                session,
                mechanism,
                unwrapping_key,
                bytes,
                length(wrapped),
                list,
                count,
                &raw mut key
            )
        ))?;
        Ok(key)
    }

    /// `C_DeriveKey`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn derive_key(
        &self,
        session: c::CK_SESSION_HANDLE,
        mechanism: &mut Mechanism,
        base_key: c::CK_OBJECT_HANDLE,
        template: &Template,
    ) -> Result<c::CK_OBJECT_HANDLE, Failure> {
        let mut attributes = template.attributes();
        let (list, count) = (attributes.as_mut_ptr(), template.len());
        let mut key = 0;
        let mechanism = mechanism.pointer();
        checked(call!(
            self,
            C_DeriveKey(session, mechanism, base_key, list, count, &raw mut key)
        ))?;
        Ok(key)
    }

    /// `C_GenerateKey` with a mechanism that has parameters.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn generate_key_by(
        &self,
        session: c::CK_SESSION_HANDLE,
        mechanism: &mut Mechanism,
        template: &Template,
    ) -> Result<c::CK_OBJECT_HANDLE, Failure> {
        let mut attributes = template.attributes();
        let (list, count) = (attributes.as_mut_ptr(), template.len());
        let mut key = 0;
        let mechanism = mechanism.pointer();
        checked(call!(
            self,
            C_GenerateKey(session, mechanism, list, count, &raw mut key)
        ))?;
        Ok(key)
    }

    /// `C_DigestInit` and `C_Digest`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn digest(
        &self,
        session: c::CK_SESSION_HANDLE,
        mechanism: &mut Mechanism,
        data: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        checked(call!(self, C_DigestInit(session, mechanism.pointer())))?;
        let mut digest = vec![0; ROOM];
        let mut room = length(&digest);
        let (bytes, buffer) = (data.as_ptr().cast_mut(), digest.as_mut_ptr());
        checked(call!(
            self,
            C_Digest(session, bytes, length(data), buffer, &raw mut room)
        ))?;
        digest.truncate(usize::try_from(room).expect("a length"));
        Ok(digest)
    }

    /// `C_SignInit` and `C_Sign`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn signature(
        &self,
        session: c::CK_SESSION_HANDLE,
        mechanism: &mut Mechanism,
        key: c::CK_OBJECT_HANDLE,
        data: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        self.sign_init(session, mechanism, key)?;
        let mut signature = vec![0; ROOM];
        let given = self.sign(session, data, &mut signature)?;
        signature.truncate(given);
        Ok(signature)
    }

    /// `C_EncryptInit` and `C_Encrypt`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn ciphertext(
        &self,
        session: c::CK_SESSION_HANDLE,
        mechanism: &mut Mechanism,
        key: c::CK_OBJECT_HANDLE,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        let mut ciphertext = vec![0; ROOM];
        let given = self.encrypt(session, mechanism, key, plaintext, &mut ciphertext)?;
        ciphertext.truncate(given);
        Ok(ciphertext)
    }

    /// `C_DecryptInit` and `C_Decrypt`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn decrypt(
        &self,
        session: c::CK_SESSION_HANDLE,
        mechanism: &mut Mechanism,
        key: c::CK_OBJECT_HANDLE,
        ciphertext: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        checked(call!(
            self,
            C_DecryptInit(session, mechanism.pointer(), key)
        ))?;
        let mut plaintext = vec![0; ROOM.max(ciphertext.len())];
        let mut room = length(&plaintext);
        let (bytes, buffer) = (ciphertext.as_ptr().cast_mut(), plaintext.as_mut_ptr());
        checked(call!(
            self,
            C_Decrypt(session, bytes, length(ciphertext), buffer, &raw mut room)
        ))?;
        plaintext.truncate(usize::try_from(room).expect("a length"));
        Ok(plaintext)
    }

    /// SHA-256 of a key's value, by `C_DigestKey`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn digest_key(
        &self,
        session: c::CK_SESSION_HANDLE,
        key: c::CK_OBJECT_HANDLE,
    ) -> Result<Vec<u8>, Failure> {
        let mut mechanism = Mechanism::plain(c::CKM_SHA256);
        checked(call!(self, C_DigestInit(session, mechanism.pointer())))?;
        let digested = checked(call!(self, C_DigestKey(session, key)));
        let mut digest = vec![0; 32];
        let mut room = 32;
        let finished = checked(call!(
            self,
            C_DigestFinal(session, digest.as_mut_ptr(), &raw mut room)
        ));
        digested.and(finished).map(|()| digest)
    }

    /// `C_GetOperationState` of a SHA-256 digest that `C_DigestKey` gave a key's value.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn state_with_digested_key(
        &self,
        session: c::CK_SESSION_HANDLE,
        key: c::CK_OBJECT_HANDLE,
    ) -> Result<Vec<u8>, Failure> {
        let mut mechanism = Mechanism::plain(c::CKM_SHA256);
        checked(call!(self, C_DigestInit(session, mechanism.pointer())))?;
        let mut state = vec![0; ROOM];
        let mut room = length(&state);
        let (buffer, digested) = (
            state.as_mut_ptr(),
            checked(call!(self, C_DigestKey(session, key))),
        );
        let given = checked(call!(
            self,
            C_GetOperationState(session, buffer, &raw mut room)
        ));
        let (mut digest, mut digest_room) = ([0; 32], 32);
        // Ends the operation, whatever became of it.
        let _ = checked(call!(
            self,
            C_DigestFinal(session, digest.as_mut_ptr(), &raw mut digest_room)
        ));
        digested.and(given)?;
        state.truncate(usize::try_from(room).expect("a length"));
        Ok(state)
    }

    /// `C_OpenSession` for reading alone.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn open_read_only_session(
        &self,
        slot: c::CK_SLOT_ID,
    ) -> Result<c::CK_SESSION_HANDLE, Failure> {
        let mut session = 0;
        let flags = c::CKF_SERIAL_SESSION;
        checked(call!(
            self,
            C_OpenSession(slot, flags, ptr::null_mut(), None, &raw mut session)
        ))?;
        Ok(session)
    }

    /// `C_CloseAllSessions`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn close_all_sessions(&self, slot: c::CK_SLOT_ID) -> Result<(), Failure> {
        checked(call!(self, C_CloseAllSessions(slot)))
    }

    /// Whether the slot's token has a mechanism (`C_GetMechanismInfo`).
    #[must_use]
    pub fn has_mechanism(&self, slot: c::CK_SLOT_ID, mechanism: c::CK_MECHANISM_TYPE) -> bool {
        let mut info = c::CK_MECHANISM_INFO::default();
        checked(call!(
            self,
            C_GetMechanismInfo(slot, mechanism, &raw mut info)
        ))
        .is_ok()
    }
}
