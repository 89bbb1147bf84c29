//! The table of every C function of PKCS#11 2.40, 3.0 and 3.2. One line each gives the exported symbol, its place in the
//! function lists, the panic guard, the log line and the return value; what it does is one safe function in
//! [`crate::functions`].
#![allow(non_snake_case, reason = "the functions are named by the standard")]
#![allow(
    clippy::missing_safety_doc,
    reason = "the standard is the contract of every function: see the module's text"
)]

use std::ffi::c_void;

use cryptoki_sys::{
    CK_ASYNC_DATA, CK_ATTRIBUTE, CK_BBOOL, CK_BYTE, CK_FLAGS, CK_FUNCTION_LIST,
    CK_FUNCTION_LIST_3_0, CK_FUNCTION_LIST_3_2, CK_INFO, CK_INTERFACE, CK_MECHANISM,
    CK_MECHANISM_INFO, CK_MECHANISM_TYPE, CK_NOTIFY, CK_OBJECT_HANDLE, CK_RV, CK_SESSION_HANDLE,
    CK_SESSION_INFO, CK_SESSION_VALIDATION_FLAGS_TYPE, CK_SLOT_ID, CK_SLOT_INFO, CK_TOKEN_INFO,
    CK_ULONG, CK_USER_TYPE, CK_UTF8CHAR, CK_VERSION,
};

use super::trace::Argument;
use super::{
    Input, Mechanism, MessageParameter, Output, OutputArray, OutputList, Place, Template, guard,
    interfaces,
};
use crate::functions::cipher::Direction::{Decrypt, Encrypt};
use crate::functions::dual::Beside;
use crate::functions::{
    Half, asynchronous, digest, dual, encryption, general, key_agreement, key_management,
    message_ciphers, message_signatures, objects, operation_state, random, recovery, sessions,
    signing, slots, validation, verification, wrapping,
};

macro_rules! pkcs11_functions {
    (
        2.40: { $(fn $name_2_40:ident($($arg_2_40:ident: $type_2_40:ty),*) => $body_2_40:expr;)* }
        3.0: { $(fn $name_3_0:ident($($arg_3_0:ident: $type_3_0:ty),*) => $body_3_0:expr;)* }
        3.2: { $(fn $name_3_2:ident($($arg_3_2:ident: $type_3_2:ty),*) => $body_3_2:expr;)* }
    ) => {
        $(pkcs11_functions!(@export $name_2_40($($arg_2_40: $type_2_40),*) $body_2_40);)*
        $(pkcs11_functions!(@export $name_3_0($($arg_3_0: $type_3_0),*) $body_3_0);)*
        $(pkcs11_functions!(@export $name_3_2($($arg_3_2: $type_3_2),*) $body_3_2);)*

        /// The functions of PKCS#11 2.40.
        pub(super) static FUNCTIONS_2_40: CK_FUNCTION_LIST = CK_FUNCTION_LIST {
            version: CK_VERSION { major: 2, minor: 40 },
            $($name_2_40: Some($name_2_40),)*
        };

        /// The functions of PKCS#11 3.0 and 3.1.
        pub(super) static FUNCTIONS_3_0: CK_FUNCTION_LIST_3_0 = CK_FUNCTION_LIST_3_0 {
            version: CK_VERSION { major: 3, minor: 0 },
            $($name_2_40: Some($name_2_40),)*
            $($name_3_0: Some($name_3_0),)*
        };

        /// The functions of PKCS#11 3.2.
        pub(super) static FUNCTIONS_3_2: CK_FUNCTION_LIST_3_2 = CK_FUNCTION_LIST_3_2 {
            version: CK_VERSION { major: 3, minor: 2 },
            $($name_2_40: Some($name_2_40),)*
            $($name_3_0: Some($name_3_0),)*
            $($name_3_2: Some($name_3_2),)*
        };
    };
    (@export $name:ident($($arg:ident: $type:ty),*) $body:expr) => {
        #[doc = concat!("`", stringify!($name), "` of PKCS#11. # Safety: as the standard says.")]
        #[unsafe(no_mangle)]
        pub(crate) unsafe extern "C" fn $name($($arg: $type),*) -> CK_RV {
            // SAFETY: the caller passes pointers as the standard asks: null, or to memory of the length passed beside
            // them that stays put until the function returns. That is what the guard and each constructor in the table
            // need.
            #[allow(unused_unsafe, reason = "not every function takes a pointer")]
            unsafe {
                guard::call(stringify!($name), || [$((stringify!($arg), Argument::from($arg))),*], $body)
            }
        }
    };
}

pkcs11_functions! {
    2.40: {
        fn C_Initialize(arguments: *mut c_void) => |library| general::initialize(library, &general::InitializeArguments::read(&Place::new(arguments.cast()))?);
        fn C_Finalize(reserved: *mut c_void) => |library| general::finalize(library, reserved.is_null());
        fn C_GetInfo(info: *mut CK_INFO) => |library| general::info(library, &Place::new(info));
        fn C_GetFunctionList(list: *mut *mut CK_FUNCTION_LIST) => |_| interfaces::function_list(&Place::new(list));
        fn C_GetSlotList(token_present: CK_BBOOL, list: *mut CK_SLOT_ID, count: *mut CK_ULONG) => |library| slots::list(library, token_present != 0, OutputList::new(list, count));
        fn C_GetSlotInfo(slot: CK_SLOT_ID, info: *mut CK_SLOT_INFO) => |library| slots::info(library, slot, &Place::new(info));
        fn C_GetTokenInfo(slot: CK_SLOT_ID, info: *mut CK_TOKEN_INFO) => |library| slots::token_info(library, slot, &Place::new(info));
        fn C_GetMechanismList(slot: CK_SLOT_ID, list: *mut CK_MECHANISM_TYPE, count: *mut CK_ULONG) => |library| slots::mechanism_list(library, slot, OutputList::new(list, count));
        fn C_GetMechanismInfo(slot: CK_SLOT_ID, mechanism: CK_MECHANISM_TYPE, info: *mut CK_MECHANISM_INFO) => |library| slots::mechanism_info(library, slot, mechanism, &Place::new(info));
        fn C_InitToken(slot: CK_SLOT_ID, pin: *mut CK_UTF8CHAR, pin_len: CK_ULONG, label: *mut CK_UTF8CHAR) => |library| slots::init_token(library, slot, &Input::new(pin, pin_len), &Input::new(label, 32));
        fn C_InitPIN(session: CK_SESSION_HANDLE, pin: *mut CK_UTF8CHAR, pin_len: CK_ULONG) => |library| slots::init_pin(library, session, &Input::new(pin, pin_len));
        fn C_SetPIN(session: CK_SESSION_HANDLE, old_pin: *mut CK_UTF8CHAR, old_len: CK_ULONG, new_pin: *mut CK_UTF8CHAR, new_len: CK_ULONG) => |library| slots::set_pin(library, session, &Input::new(old_pin, old_len), &Input::new(new_pin, new_len));
        fn C_OpenSession(slot: CK_SLOT_ID, flags: CK_FLAGS, _application: *mut c_void, _notify: CK_NOTIFY, session: *mut CK_SESSION_HANDLE) => |library| sessions::open(library, slot, flags, &Place::new(session));
        fn C_CloseSession(session: CK_SESSION_HANDLE) => |library| sessions::close(library, session);
        fn C_CloseAllSessions(slot: CK_SLOT_ID) => |library| sessions::close_all(library, slot);
        fn C_GetSessionInfo(session: CK_SESSION_HANDLE, info: *mut CK_SESSION_INFO) => |library| sessions::info(library, session, &Place::new(info));
        fn C_GetOperationState(session: CK_SESSION_HANDLE, state: *mut CK_BYTE, state_len: *mut CK_ULONG) => |library| operation_state::save(library, session, Output::new(state, state_len));
        fn C_SetOperationState(session: CK_SESSION_HANDLE, state: *mut CK_BYTE, state_len: CK_ULONG, encryption_key: CK_OBJECT_HANDLE, authentication_key: CK_OBJECT_HANDLE) => |library| operation_state::restore(library, session, &Input::new(state, state_len), [encryption_key, authentication_key]);
        fn C_Login(session: CK_SESSION_HANDLE, user_type: CK_USER_TYPE, pin: *mut CK_UTF8CHAR, pin_len: CK_ULONG) => |library| sessions::login(library, session, user_type, &Input::new(pin, pin_len));
        fn C_Logout(session: CK_SESSION_HANDLE) => |library| sessions::logout(library, session);
        fn C_CreateObject(session: CK_SESSION_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG, object: *mut CK_OBJECT_HANDLE) => |library| objects::create(library, session, &Template::new(template, count), &Place::new(object));
        fn C_CopyObject(session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG, copy: *mut CK_OBJECT_HANDLE) => |library| objects::copy(library, session, object, &Template::new(template, count), &Place::new(copy));
        fn C_DestroyObject(session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE) => |library| objects::destroy(library, session, object);
        fn C_GetObjectSize(session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE, size: *mut CK_ULONG) => |library| objects::size(library, session, object, &Place::new(size));
        fn C_GetAttributeValue(session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG) => |library| objects::read_attributes(library, session, object, &Template::new(template, count));
        fn C_SetAttributeValue(session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG) => |library| objects::write_attributes(library, session, object, &Template::new(template, count));
        fn C_FindObjectsInit(session: CK_SESSION_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG) => |library| objects::find_init(library, session, &Template::new(template, count));
        fn C_FindObjects(session: CK_SESSION_HANDLE, objects: *mut CK_OBJECT_HANDLE, count_max: CK_ULONG, count: *mut CK_ULONG) => |library| objects::find(library, session, OutputArray::new(objects, count_max, count));
        fn C_FindObjectsFinal(session: CK_SESSION_HANDLE) => |library| objects::find_final(library, session);
        fn C_EncryptInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE) => |library| encryption::init(library, session, Encrypt, &Mechanism::new(mechanism), key);
        fn C_Encrypt(session: CK_SESSION_HANDLE, data: *mut CK_BYTE, data_len: CK_ULONG, encrypted: *mut CK_BYTE, encrypted_len: *mut CK_ULONG) => |library| encryption::whole(library, session, Encrypt, &Input::new(data, data_len), Output::new(encrypted, encrypted_len));
        fn C_EncryptUpdate(session: CK_SESSION_HANDLE, part: *mut CK_BYTE, part_len: CK_ULONG, encrypted: *mut CK_BYTE, encrypted_len: *mut CK_ULONG) => |library| encryption::update(library, session, Encrypt, &Input::new(part, part_len), Output::new(encrypted, encrypted_len));
        fn C_EncryptFinal(session: CK_SESSION_HANDLE, encrypted: *mut CK_BYTE, encrypted_len: *mut CK_ULONG) => |library| encryption::finish(library, session, Encrypt, Output::new(encrypted, encrypted_len));
        fn C_DecryptInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE) => |library| encryption::init(library, session, Decrypt, &Mechanism::new(mechanism), key);
        fn C_Decrypt(session: CK_SESSION_HANDLE, encrypted: *mut CK_BYTE, encrypted_len: CK_ULONG, data: *mut CK_BYTE, data_len: *mut CK_ULONG) => |library| encryption::whole(library, session, Decrypt, &Input::new(encrypted, encrypted_len), Output::new(data, data_len));
        fn C_DecryptUpdate(session: CK_SESSION_HANDLE, encrypted: *mut CK_BYTE, encrypted_len: CK_ULONG, part: *mut CK_BYTE, part_len: *mut CK_ULONG) => |library| encryption::update(library, session, Decrypt, &Input::new(encrypted, encrypted_len), Output::new(part, part_len));
        fn C_DecryptFinal(session: CK_SESSION_HANDLE, part: *mut CK_BYTE, part_len: *mut CK_ULONG) => |library| encryption::finish(library, session, Decrypt, Output::new(part, part_len));
        fn C_DigestInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM) => |library| digest::init(library, session, &Mechanism::new(mechanism));
        fn C_Digest(session: CK_SESSION_HANDLE, data: *mut CK_BYTE, data_len: CK_ULONG, digest: *mut CK_BYTE, digest_len: *mut CK_ULONG) => |library| digest::digest(library, session, &Input::new(data, data_len), Output::new(digest, digest_len));
        fn C_DigestUpdate(session: CK_SESSION_HANDLE, part: *mut CK_BYTE, part_len: CK_ULONG) => |library| digest::update(library, session, &Input::new(part, part_len));
        fn C_DigestKey(session: CK_SESSION_HANDLE, key: CK_OBJECT_HANDLE) => |library| digest::update_with_key(library, session, key);
        fn C_DigestFinal(session: CK_SESSION_HANDLE, digest: *mut CK_BYTE, digest_len: *mut CK_ULONG) => |library| digest::finish(library, session, Output::new(digest, digest_len));
        fn C_SignInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE) => |library| signing::init(library, session, &Mechanism::new(mechanism), key);
        fn C_Sign(session: CK_SESSION_HANDLE, data: *mut CK_BYTE, data_len: CK_ULONG, signature: *mut CK_BYTE, signature_len: *mut CK_ULONG) => |library| signing::sign(library, session, &Input::new(data, data_len), Output::new(signature, signature_len));
        fn C_SignUpdate(session: CK_SESSION_HANDLE, part: *mut CK_BYTE, part_len: CK_ULONG) => |library| signing::update(library, session, &Input::new(part, part_len));
        fn C_SignFinal(session: CK_SESSION_HANDLE, signature: *mut CK_BYTE, signature_len: *mut CK_ULONG) => |library| signing::finish(library, session, Output::new(signature, signature_len));
        fn C_SignRecoverInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE) => |library| recovery::init(library, session, Half::Private, &Mechanism::new(mechanism), key);
        fn C_SignRecover(session: CK_SESSION_HANDLE, data: *mut CK_BYTE, data_len: CK_ULONG, signature: *mut CK_BYTE, signature_len: *mut CK_ULONG) => |library| recovery::sign(library, session, &Input::new(data, data_len), Output::new(signature, signature_len));
        fn C_VerifyInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE) => |library| verification::init(library, session, &Mechanism::new(mechanism), key);
        fn C_Verify(session: CK_SESSION_HANDLE, data: *mut CK_BYTE, data_len: CK_ULONG, signature: *mut CK_BYTE, signature_len: CK_ULONG) => |library| verification::verify(library, session, &Input::new(data, data_len), &Input::new(signature, signature_len));
        fn C_VerifyUpdate(session: CK_SESSION_HANDLE, part: *mut CK_BYTE, part_len: CK_ULONG) => |library| verification::update(library, session, &Input::new(part, part_len));
        fn C_VerifyFinal(session: CK_SESSION_HANDLE, signature: *mut CK_BYTE, signature_len: CK_ULONG) => |library| verification::finish(library, session, &Input::new(signature, signature_len));
        fn C_VerifyRecoverInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE) => |library| recovery::init(library, session, Half::Public, &Mechanism::new(mechanism), key);
        fn C_VerifyRecover(session: CK_SESSION_HANDLE, signature: *mut CK_BYTE, signature_len: CK_ULONG, data: *mut CK_BYTE, data_len: *mut CK_ULONG) => |library| recovery::verify(library, session, &Input::new(signature, signature_len), Output::new(data, data_len));
        fn C_DigestEncryptUpdate(session: CK_SESSION_HANDLE, part: *mut CK_BYTE, part_len: CK_ULONG, encrypted: *mut CK_BYTE, encrypted_len: *mut CK_ULONG) => |library| dual::update(library, session, Encrypt, Beside::Digest, &Input::new(part, part_len), Output::new(encrypted, encrypted_len));
        fn C_DecryptDigestUpdate(session: CK_SESSION_HANDLE, encrypted: *mut CK_BYTE, encrypted_len: CK_ULONG, part: *mut CK_BYTE, part_len: *mut CK_ULONG) => |library| dual::update(library, session, Decrypt, Beside::Digest, &Input::new(encrypted, encrypted_len), Output::new(part, part_len));
        fn C_SignEncryptUpdate(session: CK_SESSION_HANDLE, part: *mut CK_BYTE, part_len: CK_ULONG, encrypted: *mut CK_BYTE, encrypted_len: *mut CK_ULONG) => |library| dual::update(library, session, Encrypt, Beside::Sign, &Input::new(part, part_len), Output::new(encrypted, encrypted_len));
        fn C_DecryptVerifyUpdate(session: CK_SESSION_HANDLE, encrypted: *mut CK_BYTE, encrypted_len: CK_ULONG, part: *mut CK_BYTE, part_len: *mut CK_ULONG) => |library| dual::update(library, session, Decrypt, Beside::Verify, &Input::new(encrypted, encrypted_len), Output::new(part, part_len));
        fn C_GenerateKey(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, template: *mut CK_ATTRIBUTE, count: CK_ULONG, key: *mut CK_OBJECT_HANDLE) => |library| key_management::generate_key(library, session, &Mechanism::new(mechanism), &Template::new(template, count), &Place::new(key));
        fn C_GenerateKeyPair(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, public_template: *mut CK_ATTRIBUTE, public_count: CK_ULONG, private_template: *mut CK_ATTRIBUTE, private_count: CK_ULONG, public_key: *mut CK_OBJECT_HANDLE, private_key: *mut CK_OBJECT_HANDLE) => |library| key_management::generate_key_pair(library, session, &Mechanism::new(mechanism), &Template::new(public_template, public_count), &Template::new(private_template, private_count), (&Place::new(public_key), &Place::new(private_key)));
        fn C_WrapKey(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, wrapping_key: CK_OBJECT_HANDLE, key: CK_OBJECT_HANDLE, wrapped: *mut CK_BYTE, wrapped_len: *mut CK_ULONG) => |library| wrapping::wrap(library, session, &Mechanism::new(mechanism), [wrapping_key, key], Output::new(wrapped, wrapped_len));
        fn C_UnwrapKey(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, unwrapping_key: CK_OBJECT_HANDLE, wrapped: *mut CK_BYTE, wrapped_len: CK_ULONG, template: *mut CK_ATTRIBUTE, count: CK_ULONG, key: *mut CK_OBJECT_HANDLE) => |library| wrapping::unwrap(library, session, &Mechanism::new(mechanism), unwrapping_key, &Input::new(wrapped, wrapped_len), &Template::new(template, count), &Place::new(key));
        fn C_DeriveKey(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, base_key: CK_OBJECT_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG, key: *mut CK_OBJECT_HANDLE) => |library| key_agreement::derive(library, session, &Mechanism::new(mechanism), base_key, &Template::new(template, count), Place::new(key));
        fn C_SeedRandom(session: CK_SESSION_HANDLE, seed: *mut CK_BYTE, seed_len: CK_ULONG) => |library| random::seed(library, session, &Input::new(seed, seed_len));
        fn C_GenerateRandom(session: CK_SESSION_HANDLE, data: *mut CK_BYTE, data_len: CK_ULONG) => |library| { let mut length = data_len; random::generate(library, session, data_len, Output::new(data, &raw mut length)) };
        fn C_GetFunctionStatus(session: CK_SESSION_HANDLE) => |library| general::function_not_parallel(library, session);
        fn C_CancelFunction(session: CK_SESSION_HANDLE) => |library| general::function_not_parallel(library, session);
        fn C_WaitForSlotEvent(flags: CK_FLAGS, _slot: *mut CK_SLOT_ID, reserved: *mut c_void) => |library| slots::wait_for_event(library, flags, reserved.is_null());
    }
    3.0: {
        fn C_GetInterfaceList(list: *mut CK_INTERFACE, count: *mut CK_ULONG) => |_| interfaces::list(OutputList::new(list, count));
        fn C_GetInterface(name: *mut CK_UTF8CHAR, version: *mut CK_VERSION, interface: *mut *mut CK_INTERFACE, flags: CK_FLAGS) => |_| interfaces::interface(interfaces::name(name), &Place::new(version), &Place::new(interface), flags);
        fn C_LoginUser(session: CK_SESSION_HANDLE, user_type: CK_USER_TYPE, pin: *mut CK_UTF8CHAR, pin_len: CK_ULONG, username: *mut CK_UTF8CHAR, username_len: CK_ULONG) => |library| sessions::login_user(library, session, user_type, &Input::new(pin, pin_len), &Input::new(username, username_len));
        fn C_SessionCancel(session: CK_SESSION_HANDLE, flags: CK_FLAGS) => |library| sessions::cancel(library, session, flags);
        fn C_MessageEncryptInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE) => |library| message_ciphers::init(library, session, Encrypt, &Mechanism::new(mechanism), key);
        fn C_EncryptMessage(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_len: CK_ULONG, associated: *mut CK_BYTE, associated_len: CK_ULONG, plaintext: *mut CK_BYTE, plaintext_len: CK_ULONG, ciphertext: *mut CK_BYTE, ciphertext_len: *mut CK_ULONG) => |library| message_ciphers::whole(library, session, Encrypt, (&MessageParameter::new(parameter, parameter_len), &Input::new(associated, associated_len)), &Input::new(plaintext, plaintext_len), Output::new(ciphertext, ciphertext_len));
        fn C_EncryptMessageBegin(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_len: CK_ULONG, associated: *mut CK_BYTE, associated_len: CK_ULONG) => |library| message_ciphers::begin(library, session, Encrypt, &MessageParameter::new(parameter, parameter_len), &Input::new(associated, associated_len));
        fn C_EncryptMessageNext(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_len: CK_ULONG, plaintext: *mut CK_BYTE, plaintext_len: CK_ULONG, ciphertext: *mut CK_BYTE, ciphertext_len: *mut CK_ULONG, flags: CK_FLAGS) => |library| message_ciphers::next(library, session, Encrypt, &MessageParameter::new(parameter, parameter_len), &Input::new(plaintext, plaintext_len), (Output::new(ciphertext, ciphertext_len), flags));
        fn C_MessageEncryptFinal(session: CK_SESSION_HANDLE) => |library| message_ciphers::finish(library, session, Encrypt);
        fn C_MessageDecryptInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE) => |library| message_ciphers::init(library, session, Decrypt, &Mechanism::new(mechanism), key);
        fn C_DecryptMessage(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_len: CK_ULONG, associated: *mut CK_BYTE, associated_len: CK_ULONG, ciphertext: *mut CK_BYTE, ciphertext_len: CK_ULONG, plaintext: *mut CK_BYTE, plaintext_len: *mut CK_ULONG) => |library| message_ciphers::whole(library, session, Decrypt, (&MessageParameter::new(parameter, parameter_len), &Input::new(associated, associated_len)), &Input::new(ciphertext, ciphertext_len), Output::new(plaintext, plaintext_len));
        fn C_DecryptMessageBegin(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_len: CK_ULONG, associated: *mut CK_BYTE, associated_len: CK_ULONG) => |library| message_ciphers::begin(library, session, Decrypt, &MessageParameter::new(parameter, parameter_len), &Input::new(associated, associated_len));
        fn C_DecryptMessageNext(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_len: CK_ULONG, ciphertext: *mut CK_BYTE, ciphertext_len: CK_ULONG, plaintext: *mut CK_BYTE, plaintext_len: *mut CK_ULONG, flags: CK_FLAGS) => |library| message_ciphers::next(library, session, Decrypt, &MessageParameter::new(parameter, parameter_len), &Input::new(ciphertext, ciphertext_len), (Output::new(plaintext, plaintext_len), flags));
        fn C_MessageDecryptFinal(session: CK_SESSION_HANDLE) => |library| message_ciphers::finish(library, session, Decrypt);
        fn C_MessageSignInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE) => |library| message_signatures::sign_init(library, session, &Mechanism::new(mechanism), key);
        fn C_SignMessage(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_len: CK_ULONG, data: *mut CK_BYTE, data_len: CK_ULONG, signature: *mut CK_BYTE, signature_len: *mut CK_ULONG) => |library| message_signatures::sign(library, session, &MessageParameter::new(parameter, parameter_len), &Input::new(data, data_len), Output::new(signature, signature_len));
        fn C_SignMessageBegin(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_len: CK_ULONG) => |library| message_signatures::sign_begin(library, session, &MessageParameter::new(parameter, parameter_len));
        fn C_SignMessageNext(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_len: CK_ULONG, data: *mut CK_BYTE, data_len: CK_ULONG, signature: *mut CK_BYTE, signature_len: *mut CK_ULONG) => |library| message_signatures::sign_next(library, session, &MessageParameter::new(parameter, parameter_len), &Input::new(data, data_len), Output::new(signature, signature_len));
        fn C_MessageSignFinal(session: CK_SESSION_HANDLE) => |library| message_signatures::sign_finish(library, session);
        fn C_MessageVerifyInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE) => |library| message_signatures::verify_init(library, session, &Mechanism::new(mechanism), key);
        fn C_VerifyMessage(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_len: CK_ULONG, data: *mut CK_BYTE, data_len: CK_ULONG, signature: *mut CK_BYTE, signature_len: CK_ULONG) => |library| message_signatures::verify(library, session, &MessageParameter::new(parameter, parameter_len), &Input::new(data, data_len), &Input::new(signature, signature_len));
        fn C_VerifyMessageBegin(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_len: CK_ULONG) => |library| message_signatures::verify_begin(library, session, &MessageParameter::new(parameter, parameter_len));
        fn C_VerifyMessageNext(session: CK_SESSION_HANDLE, parameter: *mut c_void, parameter_len: CK_ULONG, data: *mut CK_BYTE, data_len: CK_ULONG, signature: *mut CK_BYTE, signature_len: CK_ULONG) => |library| message_signatures::verify_next(library, session, &MessageParameter::new(parameter, parameter_len), &Input::new(data, data_len), &Input::new(signature, signature_len));
        fn C_MessageVerifyFinal(session: CK_SESSION_HANDLE) => |library| message_signatures::verify_finish(library, session);
    }
    3.2: {
        fn C_EncapsulateKey(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, public_key: CK_OBJECT_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG, ciphertext: *mut CK_BYTE, ciphertext_len: *mut CK_ULONG, key: *mut CK_OBJECT_HANDLE) => |library| key_agreement::encapsulate(library, session, &Mechanism::new(mechanism), public_key, &Template::new(template, count), Output::new(ciphertext, ciphertext_len), &Place::new(key));
        fn C_DecapsulateKey(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, private_key: CK_OBJECT_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG, ciphertext: *mut CK_BYTE, ciphertext_len: CK_ULONG, key: *mut CK_OBJECT_HANDLE) => |library| key_agreement::decapsulate(library, session, &Mechanism::new(mechanism), private_key, &Template::new(template, count), &Input::new(ciphertext, ciphertext_len), &Place::new(key));
        fn C_VerifySignatureInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE, signature: *mut CK_BYTE, signature_len: CK_ULONG) => |library| verification::init_with_signature(library, session, &Mechanism::new(mechanism), key, &Input::new(signature, signature_len));
        fn C_VerifySignature(session: CK_SESSION_HANDLE, data: *mut CK_BYTE, data_len: CK_ULONG) => |library| verification::verify_given(library, session, &Input::new(data, data_len));
        fn C_VerifySignatureUpdate(session: CK_SESSION_HANDLE, part: *mut CK_BYTE, part_len: CK_ULONG) => |library| verification::update_given(library, session, &Input::new(part, part_len));
        fn C_VerifySignatureFinal(session: CK_SESSION_HANDLE) => |library| verification::finish_given(library, session);
        fn C_GetSessionValidationFlags(session: CK_SESSION_HANDLE, kind: CK_SESSION_VALIDATION_FLAGS_TYPE, flags: *mut CK_FLAGS) => |library| validation::flags(library, session, kind, &Place::new(flags));
        fn C_AsyncComplete(session: CK_SESSION_HANDLE, function: *mut CK_UTF8CHAR, result: *mut CK_ASYNC_DATA) => |library| asynchronous::complete(library, session, interfaces::name(function), &Place::new(result));
        fn C_AsyncGetID(session: CK_SESSION_HANDLE, function: *mut CK_UTF8CHAR, id: *mut CK_ULONG) => |library| asynchronous::id(library, session, interfaces::name(function), &Place::new(id));
        fn C_AsyncJoin(session: CK_SESSION_HANDLE, function: *mut CK_UTF8CHAR, id: CK_ULONG, _data: *mut CK_BYTE, _data_len: CK_ULONG) => |library| asynchronous::join(library, session, interfaces::name(function), id);
        fn C_WrapKeyAuthenticated(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, wrapping_key: CK_OBJECT_HANDLE, key: CK_OBJECT_HANDLE, associated: *mut CK_BYTE, associated_len: CK_ULONG, wrapped: *mut CK_BYTE, wrapped_len: *mut CK_ULONG) => |library| wrapping::wrap_authenticated(library, session, &Mechanism::new(mechanism), [wrapping_key, key], &Input::new(associated, associated_len), Output::new(wrapped, wrapped_len));
        fn C_UnwrapKeyAuthenticated(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, unwrapping_key: CK_OBJECT_HANDLE, wrapped: *mut CK_BYTE, wrapped_len: CK_ULONG, template: *mut CK_ATTRIBUTE, count: CK_ULONG, associated: *mut CK_BYTE, associated_len: CK_ULONG, key: *mut CK_OBJECT_HANDLE) => |library| wrapping::unwrap_authenticated(library, session, &Mechanism::new(mechanism), unwrapping_key, &Input::new(wrapped, wrapped_len), &Template::new(template, count), &Input::new(associated, associated_len), &Place::new(key));
    }
}
