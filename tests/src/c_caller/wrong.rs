//! Calls with any pointers and lengths, also such as no program should pass.

use std::{ffi::c_void, ptr};

use cryptoki_sys as c;

use super::{CModule, Mechanism, call};

#[expect(
    clippy::not_unsafe_ptr_arg_deref,
    reason = "wrong pointers are what these are for; the module must bear them"
)]
impl CModule {
    /// `C_Initialize` with these arguments.
    pub fn initialize_raw(&self, arguments: *mut c_void) -> c::CK_RV {
        call!(self, C_Initialize(arguments))
    }

    /// `C_Sign` with these pointers and lengths.
    pub fn sign_raw(
        &self,
        session: c::CK_SESSION_HANDLE,
        data: *mut u8,
        data_length: c::CK_ULONG,
        signature: *mut u8,
        signature_length: *mut c::CK_ULONG,
    ) -> c::CK_RV {
        call!(
            self,
            C_Sign(session, data, data_length, signature, signature_length)
        )
    }

    /// `C_SignInit` with this pointer.
    pub fn sign_init_raw(
        &self,
        session: c::CK_SESSION_HANDLE,
        mechanism: *mut c::CK_MECHANISM,
        key: c::CK_OBJECT_HANDLE,
    ) -> c::CK_RV {
        call!(self, C_SignInit(session, mechanism, key))
    }

    /// `C_EncryptInit` with this pointer.
    pub fn encrypt_init_raw(
        &self,
        session: c::CK_SESSION_HANDLE,
        mechanism: *mut c::CK_MECHANISM,
        key: c::CK_OBJECT_HANDLE,
    ) -> c::CK_RV {
        call!(self, C_EncryptInit(session, mechanism, key))
    }

    /// `C_Encrypt` with these pointers and lengths.
    pub fn encrypt_raw(
        &self,
        session: c::CK_SESSION_HANDLE,
        data: *mut u8,
        data_length: c::CK_ULONG,
        output: *mut u8,
        output_length: *mut c::CK_ULONG,
    ) -> c::CK_RV {
        call!(
            self,
            C_Encrypt(session, data, data_length, output, output_length)
        )
    }

    /// `C_Digest` after `C_DigestInit` with SHA-256, with these pointers and lengths.
    pub fn digest_raw(
        &self,
        session: c::CK_SESSION_HANDLE,
        data: *mut u8,
        data_length: c::CK_ULONG,
        digest: *mut u8,
        digest_length: *mut c::CK_ULONG,
    ) -> c::CK_RV {
        let mut mechanism = Mechanism::plain(c::CKM_SHA256);
        let started = call!(self, C_DigestInit(session, mechanism.pointer()));
        assert_eq!(started, c::CKR_OK, "C_DigestInit");
        call!(
            self,
            C_Digest(session, data, data_length, digest, digest_length)
        )
    }

    /// `C_FindObjectsInit` with this pointer and count.
    pub fn find_init_raw(
        &self,
        session: c::CK_SESSION_HANDLE,
        template: *mut c::CK_ATTRIBUTE,
        count: c::CK_ULONG,
    ) -> c::CK_RV {
        call!(self, C_FindObjectsInit(session, template, count))
    }

    /// `C_FindObjects` with this pointer and count.
    pub fn find_raw(
        &self,
        session: c::CK_SESSION_HANDLE,
        objects: *mut c::CK_OBJECT_HANDLE,
        max: c::CK_ULONG,
        count: *mut c::CK_ULONG,
    ) -> c::CK_RV {
        call!(self, C_FindObjects(session, objects, max, count))
    }

    /// `C_CreateObject` with this pointer and count.
    pub fn create_object_raw(
        &self,
        session: c::CK_SESSION_HANDLE,
        template: *mut c::CK_ATTRIBUTE,
        count: c::CK_ULONG,
        object: *mut c::CK_OBJECT_HANDLE,
    ) -> c::CK_RV {
        call!(self, C_CreateObject(session, template, count, object))
    }

    /// `C_GetAttributeValue` with this pointer and count.
    pub fn attributes_raw(
        &self,
        session: c::CK_SESSION_HANDLE,
        object: c::CK_OBJECT_HANDLE,
        template: *mut c::CK_ATTRIBUTE,
        count: c::CK_ULONG,
    ) -> c::CK_RV {
        call!(self, C_GetAttributeValue(session, object, template, count))
    }

    /// `C_GenerateRandom` with this pointer and length.
    pub fn random_raw(
        &self,
        session: c::CK_SESSION_HANDLE,
        buffer: *mut u8,
        length: c::CK_ULONG,
    ) -> c::CK_RV {
        call!(self, C_GenerateRandom(session, buffer, length))
    }

    /// `C_Login` with this pointer and length.
    pub fn login_raw(
        &self,
        session: c::CK_SESSION_HANDLE,
        user: c::CK_USER_TYPE,
        pin: *mut u8,
        length: c::CK_ULONG,
    ) -> c::CK_RV {
        call!(self, C_Login(session, user, pin, length))
    }

    /// `C_GetSlotList` with these pointers.
    pub fn slot_list_raw(&self, slots: *mut c::CK_SLOT_ID, count: *mut c::CK_ULONG) -> c::CK_RV {
        call!(self, C_GetSlotList(c::CK_TRUE, slots, count))
    }

    /// `C_GetTokenInfo` with this pointer.
    pub fn token_info_raw(&self, slot: c::CK_SLOT_ID, info: *mut c::CK_TOKEN_INFO) -> c::CK_RV {
        call!(self, C_GetTokenInfo(slot, info))
    }

    /// `C_OpenSession` with this pointer.
    pub fn open_session_raw(
        &self,
        slot: c::CK_SLOT_ID,
        flags: c::CK_FLAGS,
        session: *mut c::CK_SESSION_HANDLE,
    ) -> c::CK_RV {
        call!(
            self,
            C_OpenSession(slot, flags, ptr::null_mut(), None, session)
        )
    }

    /// `C_GetSessionInfo` with this pointer.
    pub fn session_info_raw(
        &self,
        session: c::CK_SESSION_HANDLE,
        info: *mut c::CK_SESSION_INFO,
    ) -> c::CK_RV {
        call!(self, C_GetSessionInfo(session, info))
    }
}
