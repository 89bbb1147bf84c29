//! What each return value means, in one sentence for people: the reason in the log of a call that has none of its own.

use cryptoki_sys::{
    CK_RV, CKR_ACTION_PROHIBITED, CKR_AEAD_DECRYPT_FAILED, CKR_ARGUMENTS_BAD,
    CKR_ATTRIBUTE_READ_ONLY, CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID,
    CKR_ATTRIBUTE_VALUE_INVALID, CKR_BUFFER_TOO_SMALL, CKR_CRYPTOKI_ALREADY_INITIALIZED,
    CKR_CRYPTOKI_NOT_INITIALIZED, CKR_CURVE_NOT_SUPPORTED, CKR_DATA_INVALID, CKR_DATA_LEN_RANGE,
    CKR_DEVICE_ERROR, CKR_DEVICE_MEMORY, CKR_DEVICE_REMOVED, CKR_ENCRYPTED_DATA_INVALID,
    CKR_ENCRYPTED_DATA_LEN_RANGE, CKR_FUNCTION_FAILED, CKR_FUNCTION_NOT_PARALLEL,
    CKR_FUNCTION_NOT_SUPPORTED, CKR_FUNCTION_REJECTED, CKR_GENERAL_ERROR, CKR_HOST_MEMORY,
    CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_KEY_HANDLE_INVALID, CKR_KEY_INDIGESTIBLE,
    CKR_KEY_NOT_NEEDED, CKR_KEY_NOT_WRAPPABLE, CKR_KEY_SIZE_RANGE, CKR_KEY_TYPE_INCONSISTENT,
    CKR_KEY_UNEXTRACTABLE, CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID, CKR_NO_EVENT,
    CKR_OBJECT_HANDLE_INVALID, CKR_OK, CKR_OPERATION_ACTIVE, CKR_OPERATION_NOT_INITIALIZED,
    CKR_PENDING, CKR_PIN_INCORRECT, CKR_PIN_INVALID, CKR_PIN_LEN_RANGE, CKR_PIN_LOCKED,
    CKR_SAVED_STATE_INVALID, CKR_SESSION_ASYNC_NOT_SUPPORTED, CKR_SESSION_COUNT,
    CKR_SESSION_EXISTS, CKR_SESSION_HANDLE_INVALID, CKR_SESSION_PARALLEL_NOT_SUPPORTED,
    CKR_SESSION_READ_ONLY, CKR_SESSION_READ_ONLY_EXISTS, CKR_SESSION_READ_WRITE_SO_EXISTS,
    CKR_SIGNATURE_INVALID, CKR_SIGNATURE_LEN_RANGE, CKR_SLOT_ID_INVALID, CKR_STATE_UNSAVEABLE,
    CKR_TEMPLATE_INCOMPLETE, CKR_TEMPLATE_INCONSISTENT, CKR_TOKEN_NOT_PRESENT,
    CKR_TOKEN_NOT_RECOGNIZED, CKR_UNWRAPPING_KEY_HANDLE_INVALID, CKR_UNWRAPPING_KEY_SIZE_RANGE,
    CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, CKR_USER_ALREADY_LOGGED_IN,
    CKR_USER_ANOTHER_ALREADY_LOGGED_IN, CKR_USER_NOT_LOGGED_IN, CKR_USER_PIN_NOT_INITIALIZED,
    CKR_USER_TYPE_INVALID, CKR_WRAPPED_KEY_INVALID, CKR_WRAPPED_KEY_LEN_RANGE,
    CKR_WRAPPING_KEY_HANDLE_INVALID, CKR_WRAPPING_KEY_SIZE_RANGE,
    CKR_WRAPPING_KEY_TYPE_INCONSISTENT,
};

/// What `value` means.
pub(crate) const fn meaning(value: CK_RV) -> Option<&'static str> {
    Some(match value {
        CKR_OK => "the call succeeded",
        CKR_HOST_MEMORY => "this process has no memory left",
        CKR_SLOT_ID_INVALID => "no slot has this number",
        CKR_GENERAL_ERROR => "a fault of the module or the daemon",
        CKR_FUNCTION_FAILED => "what was asked for is not there, or changed under the call",
        CKR_ARGUMENTS_BAD => "a pointer is null or misaligned, or a length or flag is impossible",
        CKR_NO_EVENT => "nothing has happened to a slot",
        CKR_ATTRIBUTE_READ_ONLY => "the template sets an attribute that cannot be set so",
        CKR_ATTRIBUTE_SENSITIVE => "an attribute is part of a secret that cannot be read",
        CKR_ATTRIBUTE_TYPE_INVALID => "the object has no such attribute",
        CKR_ATTRIBUTE_VALUE_INVALID => {
            "the value of an attribute does not have the form of its type"
        }
        CKR_ACTION_PROHIBITED => "the object does not allow this to be done to it",
        CKR_DATA_INVALID => "the mechanism cannot process this input",
        CKR_DATA_LEN_RANGE => "the input has a length that the mechanism does not take",
        CKR_DEVICE_ERROR => "the daemon cannot do this now",
        CKR_DEVICE_MEMORY => "the daemon has no room left",
        CKR_DEVICE_REMOVED => "the daemon cannot be reached",
        CKR_ENCRYPTED_DATA_INVALID => "the ciphertext does not open",
        CKR_ENCRYPTED_DATA_LEN_RANGE => {
            "the ciphertext has a length that the mechanism does not give"
        }
        CKR_AEAD_DECRYPT_FAILED => "ciphertext, tag or associated data were changed",
        CKR_FUNCTION_NOT_PARALLEL => "no function runs in parallel",
        CKR_FUNCTION_NOT_SUPPORTED => "the daemon does not offer this",
        CKR_KEY_HANDLE_INVALID => "no key has this handle in this session's token",
        CKR_KEY_SIZE_RANGE => "the mechanism takes no key of this size",
        CKR_KEY_TYPE_INCONSISTENT => "the key is not of a type that the mechanism takes",
        CKR_KEY_NOT_NEEDED => "the saved operation uses no key",
        CKR_KEY_INDIGESTIBLE => "the value of the key must not be told",
        CKR_KEY_FUNCTION_NOT_PERMITTED => "the key's attributes do not allow this use",
        CKR_KEY_NOT_WRAPPABLE => "the key cannot be wrapped this way",
        CKR_KEY_UNEXTRACTABLE => "the key is not extractable",
        CKR_MECHANISM_INVALID => "the token, or this key, does not offer the mechanism for this",
        CKR_MECHANISM_PARAM_INVALID => "the parameter does not fit the mechanism",
        CKR_OBJECT_HANDLE_INVALID => "no object has this handle in this session's token",
        CKR_OPERATION_ACTIVE => "another operation of this kind is under way in the session",
        CKR_OPERATION_NOT_INITIALIZED => "no operation of this kind was started in the session",
        CKR_PIN_INCORRECT => "the PIN is wrong",
        CKR_PIN_INVALID => "the PIN has characters that it cannot have",
        CKR_PIN_LEN_RANGE => "the PIN is too short or too long",
        CKR_PIN_LOCKED => "too many wrong PINs; the security officer can set a new one",
        CKR_SESSION_COUNT => "too many sessions are open",
        CKR_SESSION_HANDLE_INVALID => "no session has this handle, or the daemon was restarted",
        CKR_SESSION_PARALLEL_NOT_SUPPORTED => "sessions are opened with CKF_SERIAL_SESSION",
        CKR_SESSION_READ_ONLY => "the session was opened for reading only",
        CKR_SESSION_EXISTS => "sessions are open with the token",
        CKR_SESSION_READ_ONLY_EXISTS => {
            "the security officer cannot log in while a read-only session is open"
        }
        CKR_SESSION_READ_WRITE_SO_EXISTS => {
            "no read-only session can be opened while the security officer is logged in"
        }
        CKR_SIGNATURE_INVALID => "the signature is not of this message by this key",
        CKR_SIGNATURE_LEN_RANGE => "the signature has a length that the mechanism does not give",
        CKR_TEMPLATE_INCOMPLETE => "the template lacks an attribute that is needed",
        CKR_TEMPLATE_INCONSISTENT => "the template contradicts itself, or what it is for",
        CKR_TOKEN_NOT_PRESENT => "the token is gone, or not this user's",
        CKR_TOKEN_NOT_RECOGNIZED => "the token is not initialised",
        CKR_UNWRAPPING_KEY_HANDLE_INVALID => "no unwrapping key has this handle",
        CKR_UNWRAPPING_KEY_SIZE_RANGE => "the unwrapping key is too small",
        CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT => "the unwrapping key does not fit the mechanism",
        CKR_USER_ALREADY_LOGGED_IN => "this user is logged in",
        CKR_USER_NOT_LOGGED_IN => "nobody with the right to this is logged in",
        CKR_USER_PIN_NOT_INITIALIZED => "the user has no PIN yet",
        CKR_USER_TYPE_INVALID => "there is no such type of user",
        CKR_USER_ANOTHER_ALREADY_LOGGED_IN => "another user is logged in",
        CKR_WRAPPED_KEY_INVALID => {
            "the wrapped key does not open, or is not of the template's type"
        }
        CKR_WRAPPED_KEY_LEN_RANGE => {
            "the wrapped key has a length that the mechanism does not give"
        }
        CKR_WRAPPING_KEY_HANDLE_INVALID => "no wrapping key has this handle",
        CKR_WRAPPING_KEY_SIZE_RANGE => "the wrapping key is weaker than the wrapped one",
        CKR_WRAPPING_KEY_TYPE_INCONSISTENT => "the wrapping key does not fit the mechanism",
        CKR_CURVE_NOT_SUPPORTED => "the token does not have this curve",
        CKR_BUFFER_TOO_SMALL => "the buffer is too short; the length that is needed was told",
        CKR_SAVED_STATE_INVALID => "this is no saved state, or was changed",
        CKR_STATE_UNSAVEABLE => "the state would hold a secret, or is not told by the library",
        CKR_CRYPTOKI_NOT_INITIALIZED => "C_Initialize was not called in this process",
        CKR_CRYPTOKI_ALREADY_INITIALIZED => "C_Initialize was called before",
        CKR_FUNCTION_REJECTED => "this client has no right to this",
        CKR_PENDING => "the work is not done yet",
        CKR_SESSION_ASYNC_NOT_SUPPORTED => "the session was not opened with CKF_ASYNC_SESSION",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use hsm_algorithms::pkcs11::{RETURN_VALUES, name_of};

    use super::*;

    /// Every return value that stands in the sources of the module.
    #[test]
    fn whatever_the_module_returns_has_a_meaning_and_a_name() {
        let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
        let mut missing = Vec::new();
        for (name, value) in RETURN_VALUES {
            let is_returned = returned(std::path::Path::new(sources), name);
            if is_returned && meaning(*value).is_none() {
                missing.push(name);
            }
            assert_eq!(name_of(RETURN_VALUES, *value), Some(*name));
        }
        assert!(missing.is_empty(), "no meaning for {missing:?}");
    }

    fn returned(folder: &std::path::Path, name: &str) -> bool {
        std::fs::read_dir(folder).unwrap().any(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() {
                return returned(&path, name);
            }
            let source = std::fs::read_to_string(&path).unwrap();
            let is_word_end =
                |rest: &str| !rest.starts_with(|c: char| c == '_' || c.is_alphanumeric());
            let mut pieces = source.split(name).skip(1);
            !path.ends_with("meanings.rs") && pieces.any(is_word_end)
        })
    }
}
