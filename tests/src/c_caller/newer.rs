//! Functions of PKCS#11 3.0 and 3.2 that are alone in their shape.

use std::{
    ffi::{CString, c_void},
    ptr,
};

use cryptoki_sys as c;

use super::by_shape::{Functions, Given, Handle, Session, given, selected};
use super::{CModule, Failure, GcmMessage, Mechanism, Template, checked, template::length};

impl CModule {
    /// `C_VerifySignatureInit`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn verify_signature_init(
        &self,
        session: Session,
        mechanism: &mut Mechanism,
        key: Handle,
        signature: &[u8],
    ) -> Result<(), Failure> {
        let function = |functions: &Functions| functions.C_VerifySignatureInit;
        checked(selected!(
            self,
            function,
            session,
            mechanism.pointer(),
            key,
            signature.as_ptr().cast_mut(),
            length(signature)
        ))
    }

    /// `C_SetOperationState`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn set_operation_state(
        &self,
        session: Session,
        state: &[u8],
        keys: [Handle; 2],
    ) -> Result<(), Failure> {
        let function = |functions: &Functions| functions.C_SetOperationState;
        let pointer = state.as_ptr().cast_mut();
        let [encryption, authentication] = keys;
        checked(selected!(
            self,
            function,
            session,
            pointer,
            length(state),
            encryption,
            authentication
        ))
    }

    /// `C_SetOperationState` with a null pointer beside this length.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn set_null_operation_state(
        &self,
        session: Session,
        length: c::CK_ULONG,
    ) -> Result<(), Failure> {
        let function = |functions: &Functions| functions.C_SetOperationState;
        checked(selected!(
            self,
            function,
            session,
            ptr::null_mut(),
            length,
            0,
            0
        ))
    }

    /// `C_SessionCancel`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn session_cancel(&self, session: Session, flags: c::CK_FLAGS) -> Result<(), Failure> {
        let function = |functions: &Functions| functions.C_SessionCancel;
        checked(selected!(self, function, session, flags))
    }

    /// `C_LoginUser`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn login_user(&self, session: Session, user: &str, pin: &str) -> Result<(), Failure> {
        let function = |functions: &Functions| functions.C_LoginUser;
        let (user, pin) = (user.as_bytes(), pin.as_bytes());
        checked(selected!(
            self,
            function,
            session,
            c::CKU_USER,
            pin.as_ptr().cast_mut(),
            length(pin),
            user.as_ptr().cast_mut(),
            length(user)
        ))
    }

    /// `C_EncapsulateKey`: the ciphertext and the key.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn encapsulate(
        &self,
        session: Session,
        mechanism: &mut Mechanism,
        public_key: Handle,
        template: &Template,
    ) -> Result<(Vec<u8>, Handle), Failure> {
        let function = |functions: &Functions| functions.C_EncapsulateKey;
        let mut attributes = template.attributes();
        let mut key = 0;
        let ciphertext = given(Some(4096), |output, output_length| {
            selected!(
                self,
                function,
                session,
                mechanism.pointer(),
                public_key,
                attributes.as_mut_ptr(),
                template.len(),
                output,
                output_length,
                &raw mut key
            )
        });
        Ok((ciphertext.bytes()?, key))
    }

    /// `C_DecapsulateKey`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn decapsulate(
        &self,
        session: Session,
        mechanism: &mut Mechanism,
        private_key: Handle,
        template: &Template,
        ciphertext: &[u8],
    ) -> Result<Handle, Failure> {
        let function = |functions: &Functions| functions.C_DecapsulateKey;
        let mut attributes = template.attributes();
        let mut key = 0;
        checked(selected!(
            self,
            function,
            session,
            mechanism.pointer(),
            private_key,
            attributes.as_mut_ptr(),
            template.len(),
            ciphertext.as_ptr().cast_mut(),
            length(ciphertext),
            &raw mut key
        ))?;
        Ok(key)
    }

    /// `C_WrapKeyAuthenticated` with AES-GCM; a nonce that the module makes is written back.
    pub fn wrap_authenticated(
        &self,
        session: Session,
        gcm: &mut GcmMessage,
        keys: [Handle; 2],
        associated: &[u8],
        room: Option<usize>,
    ) -> Given {
        let function = |functions: &Functions| functions.C_WrapKeyAuthenticated;
        let mut parameter = wrap_parameter(gcm);
        let mut mechanism = mechanism(&mut parameter);
        let [wrapping, key] = keys;
        given(room, |output, output_length| {
            selected!(
                self,
                function,
                session,
                &raw mut mechanism,
                wrapping,
                key,
                associated.as_ptr().cast_mut(),
                length(associated),
                output,
                output_length
            )
        })
    }

    /// `C_UnwrapKeyAuthenticated` with AES-GCM.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn unwrap_authenticated(
        &self,
        session: Session,
        gcm: &mut GcmMessage,
        unwrapping: Handle,
        wrapped: &[u8],
        template: &Template,
        associated: &[u8],
    ) -> Result<Handle, Failure> {
        let function = |functions: &Functions| functions.C_UnwrapKeyAuthenticated;
        let mut parameter = wrap_parameter(gcm);
        let mut mechanism = mechanism(&mut parameter);
        let mut attributes = template.attributes();
        let mut key = 0;
        checked(selected!(
            self,
            function,
            session,
            &raw mut mechanism,
            unwrapping,
            wrapped.as_ptr().cast_mut(),
            length(wrapped),
            attributes.as_mut_ptr(),
            template.len(),
            associated.as_ptr().cast_mut(),
            length(associated),
            &raw mut key
        ))?;
        Ok(key)
    }

    /// `C_GetSessionValidationFlags`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn validation_flags(
        &self,
        session: Session,
        kind: c::CK_ULONG,
    ) -> Result<c::CK_FLAGS, Failure> {
        let function = |functions: &Functions| functions.C_GetSessionValidationFlags;
        let mut flags = 0;
        checked(selected!(self, function, session, kind, &raw mut flags))?;
        Ok(flags)
    }

    /// `C_Initialize` with these flags, as many of the four mutex functions, and something in the reserved field.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn initialize_as(
        &self,
        flags: c::CK_FLAGS,
        mutexes: usize,
        has_reserved: bool,
    ) -> Result<(), Failure> {
        unsafe extern "C" fn make(place: *mut *mut c_void) -> c::CK_RV {
            // SAFETY: the module gives a place for a mutex.
            unsafe { place.write(ptr::null_mut()) };
            c::CKR_OK
        }
        unsafe extern "C" fn touch(_: *mut c_void) -> c::CK_RV {
            c::CKR_OK
        }
        let touch: unsafe extern "C" fn(*mut c_void) -> c::CK_RV = touch;
        let mut reserved = 0_u8;
        let mut arguments = c::CK_C_INITIALIZE_ARGS {
            CreateMutex: (mutexes > 0).then_some(make),
            DestroyMutex: (mutexes > 1).then_some(touch),
            LockMutex: (mutexes > 2).then_some(touch),
            UnlockMutex: (mutexes > 3).then_some(touch),
            flags,
            pReserved: if has_reserved {
                (&raw mut reserved).cast()
            } else {
                ptr::null_mut()
            },
        };
        let function = |functions: &Functions| functions.C_Initialize;
        let arguments = (&raw mut arguments).cast();
        checked(selected!(self, function, arguments))
    }

    /// `C_WaitForSlotEvent`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn wait_for_slot_event(&self, flags: c::CK_FLAGS) -> Result<c::CK_SLOT_ID, Failure> {
        let function = |functions: &Functions| functions.C_WaitForSlotEvent;
        let mut slot = 0;
        let reserved = ptr::null_mut();
        checked(selected!(self, function, flags, &raw mut slot, reserved))?;
        Ok(slot)
    }

    /// `C_OpenSession` with these flags besides `CKF_SERIAL_SESSION`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn open_with(&self, slot: c::CK_SLOT_ID, flags: c::CK_FLAGS) -> Result<Session, Failure> {
        let function = |functions: &Functions| functions.C_OpenSession;
        let flags = flags | c::CKF_SERIAL_SESSION;
        let mut session = 0;
        checked(selected!(
            self,
            function,
            slot,
            flags,
            ptr::null_mut(),
            None,
            &raw mut session
        ))?;
        Ok(session)
    }

    /// `C_AsyncComplete`: the two handles.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn async_complete(&self, session: Session, function: &str) -> Result<[Handle; 2], Failure> {
        let name = CString::new(function).expect("a name");
        let mut data = c::CK_ASYNC_DATA::default();
        let function = |functions: &Functions| functions.C_AsyncComplete;
        let pointer = name.as_ptr().cast_mut().cast();
        checked(selected!(self, function, session, pointer, &raw mut data))?;
        Ok([data.hObject, data.hAdditionalObject])
    }

    /// `C_AsyncGetID`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn async_id(&self, session: Session, function: &str) -> Result<c::CK_ULONG, Failure> {
        let name = CString::new(function).expect("a name");
        let mut id = 0;
        let function = |functions: &Functions| functions.C_AsyncGetID;
        let pointer = name.as_ptr().cast_mut().cast();
        checked(selected!(self, function, session, pointer, &raw mut id))?;
        Ok(id)
    }

    /// `C_AsyncJoin`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn async_join(
        &self,
        session: Session,
        function: &str,
        id: c::CK_ULONG,
    ) -> Result<(), Failure> {
        let name = CString::new(function).expect("a name");
        let function = |functions: &Functions| functions.C_AsyncJoin;
        let pointer = name.as_ptr().cast_mut().cast();
        let (data, length) = (ptr::null_mut(), 0);
        checked(selected!(
            self, function, session, pointer, id, data, length
        ))
    }
}

fn wrap_parameter(gcm: &mut GcmMessage) -> c::CK_GCM_WRAP_PARAMS {
    c::CK_GCM_WRAP_PARAMS {
        pIv: gcm.nonce.as_mut_ptr(),
        ulIvLen: 12,
        ulIvFixedBits: gcm.fixed_bits,
        ivGenerator: gcm.generator,
        pAAD: ptr::null_mut(),
        ulAADLen: 0,
        ulTagBits: 128,
    }
}

fn mechanism(parameter: &mut c::CK_GCM_WRAP_PARAMS) -> c::CK_MECHANISM {
    c::CK_MECHANISM {
        mechanism: c::CKM_AES_GCM,
        pParameter: ptr::from_mut(parameter).cast(),
        ulParameterLen: c::CK_ULONG::try_from(size_of_val(parameter)).expect("a size"),
    }
}
