//! The functions of PKCS#11 3.2 by the shape of their arguments, where many share one: which of them is called is said by
//! a closure, as `|functions| functions.C_SignRecover`.

use std::ptr;

use cryptoki_sys as c;

use super::{CModule, Failure, GcmMessage, Mechanism, checked, template::length};

pub(super) type Session = c::CK_SESSION_HANDLE;
pub(super) type Handle = c::CK_OBJECT_HANDLE;
type Bytes = *mut c::CK_BYTE;
type Length = *mut c::CK_ULONG;
pub(super) type Functions = c::CK_FUNCTION_LIST_3_2;

/// `(session)`.
type End = Option<unsafe extern "C" fn(Session) -> c::CK_RV>;
/// `(session, mechanism, key)`.
type Start = Option<unsafe extern "C" fn(Session, *mut c::CK_MECHANISM, Handle) -> c::CK_RV>;
/// `(session, mechanism)`.
type StartWithoutKey = Option<unsafe extern "C" fn(Session, *mut c::CK_MECHANISM) -> c::CK_RV>;
/// `(session, input, length)`.
type Feed = Option<unsafe extern "C" fn(Session, Bytes, c::CK_ULONG) -> c::CK_RV>;
/// `(session, input, length, input, length)`.
type Check =
    Option<unsafe extern "C" fn(Session, Bytes, c::CK_ULONG, Bytes, c::CK_ULONG) -> c::CK_RV>;
/// `(session, output, length)`.
type Give = Option<unsafe extern "C" fn(Session, Bytes, Length) -> c::CK_RV>;
/// `(session, input, length, output, length)`.
type Transform =
    Option<unsafe extern "C" fn(Session, Bytes, c::CK_ULONG, Bytes, Length) -> c::CK_RV>;
/// `(session, parameter, length, associated data, length, input, length, output, length)`.
type Message = Option<
    unsafe extern "C" fn(
        Session,
        *mut std::ffi::c_void,
        c::CK_ULONG,
        Bytes,
        c::CK_ULONG,
        Bytes,
        c::CK_ULONG,
        Bytes,
        Length,
    ) -> c::CK_RV,
>;
/// `(session, parameter, length, input, length, output, length, flags)`.
type NextPart = Option<
    unsafe extern "C" fn(
        Session,
        *mut std::ffi::c_void,
        c::CK_ULONG,
        Bytes,
        c::CK_ULONG,
        Bytes,
        Length,
        c::CK_FLAGS,
    ) -> c::CK_RV,
>;

/// What a call that returns bytes gave.
#[derive(Debug, PartialEq, Eq)]
pub struct Given {
    /// The return value.
    pub value: c::CK_RV,
    /// What it says of the length.
    pub length: usize,
    /// The bytes, if it gave any.
    pub bytes: Vec<u8>,
}

impl Given {
    /// The bytes of a call that succeeded.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn bytes(self) -> Result<Vec<u8>, Failure> {
        checked(self.value).map(|()| self.bytes)
    }
}

/// Calls a function of the list with the given arguments.
macro_rules! selected {
    ($module:expr, $select:expr, $($argument:expr),* $(,)?) => {{
        let function = $select($module.functions_3_2()).expect("a function of 3.2");
        // SAFETY: the list is the module's own and lives as long as the library; the arguments are what the standard
        // asks for.
        unsafe { function($($argument),*) }
    }};
}

pub(super) use selected;

impl CModule {
    pub(super) fn functions_3_2(&self) -> &Functions {
        let mut version = c::CK_VERSION { major: 3, minor: 2 };
        let mut interface = ptr::null_mut();
        // SAFETY: the standard gives this symbol this type.
        let get = unsafe {
            self.library.get::<unsafe extern "C" fn(
                *const u8,
                *mut c::CK_VERSION,
                *mut *mut c::CK_INTERFACE,
                c::CK_FLAGS,
            ) -> c::CK_RV>(b"C_GetInterface\0")
        };
        let get = get.expect("C_GetInterface is exported");
        // SAFETY: all pointers are to locals or null.
        let value = unsafe { get(ptr::null(), &raw mut version, &raw mut interface, 0) };
        assert_eq!(value, c::CKR_OK, "C_GetInterface");
        // SAFETY: an interface of that version has a list of that version, which is the module's own.
        unsafe { &*(*interface).pFunctionList.cast::<Functions>() }
    }

    /// A function that takes a session alone.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn end(&self, select: fn(&Functions) -> End, session: Session) -> Result<(), Failure> {
        checked(selected!(self, select, session))
    }

    /// A function that starts an operation.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn start(
        &self,
        select: fn(&Functions) -> Start,
        session: Session,
        mechanism: &mut Mechanism,
        key: Handle,
    ) -> Result<(), Failure> {
        checked(selected!(self, select, session, mechanism.pointer(), key))
    }

    /// As [`CModule::start`], for a function that takes no key.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn start_without_key(
        &self,
        select: fn(&Functions) -> StartWithoutKey,
        session: Session,
        mechanism: &mut Mechanism,
    ) -> Result<(), Failure> {
        checked(selected!(self, select, session, mechanism.pointer()))
    }

    /// A function that takes bytes.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn feed(
        &self,
        select: fn(&Functions) -> Feed,
        session: Session,
        input: &[u8],
    ) -> Result<(), Failure> {
        let (pointer, length) = (input.as_ptr().cast_mut(), length(input));
        checked(selected!(self, select, session, pointer, length))
    }

    /// A function that compares bytes with other bytes.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn check(
        &self,
        select: fn(&Functions) -> Check,
        session: Session,
        input: &[u8],
        other: &[u8],
    ) -> Result<(), Failure> {
        checked(selected!(
            self,
            select,
            session,
            input.as_ptr().cast_mut(),
            length(input),
            other.as_ptr().cast_mut(),
            length(other)
        ))
    }

    /// A function that gives bytes, into a buffer with room for `room`; none asks for the length.
    pub fn give(
        &self,
        select: fn(&Functions) -> Give,
        session: Session,
        room: Option<usize>,
    ) -> Given {
        given(room, |output, length| {
            selected!(self, select, session, output, length)
        })
    }

    /// A function that turns bytes into other bytes.
    pub fn transform(
        &self,
        select: fn(&Functions) -> Transform,
        session: Session,
        input: &[u8],
        room: Option<usize>,
    ) -> Given {
        let (pointer, input_length) = (input.as_ptr().cast_mut(), length(input));
        given(room, |output, length| {
            selected!(self, select, session, pointer, input_length, output, length)
        })
    }

    /// As [`CModule::transform`], with a null pointer and a length in place of the input, or without a place for the
    /// length of the output.
    pub fn transform_wrongly(
        &self,
        select: fn(&Functions) -> Transform,
        session: Session,
        has_input: bool,
    ) -> c::CK_RV {
        let (mut input, mut output, mut room) = ([0; 16], [0; 512], 512);
        let pointer = if has_input {
            input.as_mut_ptr()
        } else {
            ptr::null_mut()
        };
        let length = if has_input {
            ptr::null_mut()
        } else {
            &raw mut room
        };
        selected!(
            self,
            select,
            session,
            pointer,
            16,
            output.as_mut_ptr(),
            length
        )
    }

    /// `C_EncryptMessage` and `C_DecryptMessage`.
    pub fn message(
        &self,
        select: fn(&Functions) -> Message,
        session: Session,
        gcm: &mut GcmMessage,
        associated: &[u8],
        input: &[u8],
        room: Option<usize>,
    ) -> Given {
        let mut parameter = gcm.parameter(input.len());
        let (pointer, input_length) = (input.as_ptr().cast_mut(), length(input));
        given(room, |output, output_length| {
            selected!(
                self,
                select,
                session,
                parameter.pointer(),
                parameter.length(),
                associated.as_ptr().cast_mut(),
                length(associated),
                pointer,
                input_length,
                output,
                output_length
            )
        })
    }

    /// `C_EncryptMessageBegin` and `C_DecryptMessageBegin`, which have the shape of [`Check`] with a parameter.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn message_begin(
        &self,
        encrypts: bool,
        session: Session,
        gcm: &mut GcmMessage,
        associated: &[u8],
    ) -> Result<(), Failure> {
        let mut parameter = gcm.parameter(0);
        let begin = |functions: &Functions| {
            if encrypts {
                functions.C_EncryptMessageBegin
            } else {
                functions.C_DecryptMessageBegin
            }
        };
        checked(selected!(
            self,
            begin,
            session,
            parameter.pointer(),
            parameter.length(),
            associated.as_ptr().cast_mut(),
            length(associated)
        ))
    }

    /// `C_EncryptMessageNext` and `C_DecryptMessageNext`.
    pub fn message_next(
        &self,
        select: fn(&Functions) -> NextPart,
        session: Session,
        gcm: &mut GcmMessage,
        part: &[u8],
        room: Option<usize>,
        is_last: bool,
    ) -> Given {
        let mut parameter = gcm.parameter(0);
        let flags = if is_last { c::CKF_END_OF_MESSAGE } else { 0 };
        given(room, |output, output_length| {
            selected!(
                self,
                select,
                session,
                parameter.pointer(),
                parameter.length(),
                part.as_ptr().cast_mut(),
                length(part),
                output,
                output_length,
                flags
            )
        })
    }

    /// `C_SignMessage`.
    #[must_use]
    pub fn sign_message(&self, session: Session, data: &[u8], room: Option<usize>) -> Given {
        let function = |functions: &Functions| functions.C_SignMessage;
        let (pointer, input_length) = (data.as_ptr().cast_mut(), length(data));
        given(room, |output, output_length| {
            selected!(
                self,
                function,
                session,
                ptr::null_mut(),
                0,
                pointer,
                input_length,
                output,
                output_length
            )
        })
    }

    /// `C_SignMessageBegin` and `C_SignMessageNext` for each part.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn sign_message_parts(
        &self,
        session: Session,
        parts: &[&[u8]],
    ) -> Result<Vec<u8>, Failure> {
        let begin = |functions: &Functions| functions.C_SignMessageBegin;
        checked(selected!(self, begin, session, ptr::null_mut(), 0))?;
        let next = |functions: &Functions| functions.C_SignMessageNext;
        let (last, others) = parts.split_last().expect("a part");
        let pointer = |part: &[u8]| part.as_ptr().cast_mut();
        for part in others {
            let (out, len) = (ptr::null_mut(), ptr::null_mut());
            let value = selected!(
                self,
                next,
                session,
                ptr::null_mut(),
                0,
                pointer(part),
                length(part),
                out,
                len
            );
            checked(value)?;
        }
        given(Some(512), |out, len| {
            selected!(
                self,
                next,
                session,
                ptr::null_mut(),
                0,
                pointer(last),
                length(last),
                out,
                len
            )
        })
        .bytes()
    }

    /// `C_VerifyMessage`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn verify_message(
        &self,
        session: Session,
        data: &[u8],
        signature: &[u8],
    ) -> Result<(), Failure> {
        let function = |functions: &Functions| functions.C_VerifyMessage;
        checked(selected!(
            self,
            function,
            session,
            ptr::null_mut(),
            0,
            data.as_ptr().cast_mut(),
            length(data),
            signature.as_ptr().cast_mut(),
            length(signature)
        ))
    }

    /// `C_VerifyMessageBegin` and `C_VerifyMessageNext` for each part.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn verify_message_parts(
        &self,
        session: Session,
        parts: &[&[u8]],
        signature: &[u8],
    ) -> Result<(), Failure> {
        let begin = |functions: &Functions| functions.C_VerifyMessageBegin;
        checked(selected!(self, begin, session, ptr::null_mut(), 0))?;
        let next = |functions: &Functions| functions.C_VerifyMessageNext;
        for (index, part) in parts.iter().enumerate() {
            let (pointer, len) = if index + 1 == parts.len() {
                (signature.as_ptr().cast_mut(), length(signature))
            } else {
                (ptr::null_mut(), 0)
            };
            let value = selected!(
                self,
                next,
                session,
                ptr::null_mut(),
                0,
                part.as_ptr().cast_mut(),
                length(part),
                pointer,
                len
            );
            checked(value)?;
        }
        Ok(())
    }
}

pub(super) fn given(room: Option<usize>, call: impl FnOnce(Bytes, Length) -> c::CK_RV) -> Given {
    let mut buffer = vec![0; room.unwrap_or_default()];
    let mut told = length(&buffer);
    let pointer = if room.is_some() {
        buffer.as_mut_ptr()
    } else {
        ptr::null_mut()
    };
    let value = call(pointer, &raw mut told);
    let told = usize::try_from(told).expect("a length");
    let has_bytes = value == c::CKR_OK && room.is_some();
    buffer.truncate(if has_bytes { told } else { 0 });
    Given {
        value,
        length: told,
        bytes: buffer,
    }
}
