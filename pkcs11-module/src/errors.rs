//! Failures, and the one place where what the daemon says becomes a return value of the standard.

use std::fmt;

use cryptoki_sys::{
    CK_RV, CKR_ACTION_PROHIBITED, CKR_ATTRIBUTE_READ_ONLY, CKR_ATTRIBUTE_SENSITIVE,
    CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_VALUE_INVALID, CKR_CURVE_NOT_SUPPORTED,
    CKR_DATA_INVALID, CKR_DATA_LEN_RANGE, CKR_DEVICE_ERROR, CKR_DEVICE_MEMORY,
    CKR_ENCRYPTED_DATA_INVALID, CKR_ENCRYPTED_DATA_LEN_RANGE, CKR_FUNCTION_FAILED,
    CKR_FUNCTION_NOT_SUPPORTED, CKR_FUNCTION_REJECTED, CKR_GENERAL_ERROR,
    CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_KEY_HANDLE_INVALID, CKR_KEY_NOT_WRAPPABLE,
    CKR_KEY_SIZE_RANGE, CKR_KEY_TYPE_INCONSISTENT, CKR_KEY_UNEXTRACTABLE, CKR_MECHANISM_INVALID,
    CKR_MECHANISM_PARAM_INVALID, CKR_OBJECT_HANDLE_INVALID, CKR_PIN_INCORRECT, CKR_PIN_INVALID,
    CKR_PIN_LEN_RANGE, CKR_PIN_LOCKED, CKR_SESSION_HANDLE_INVALID, CKR_SIGNATURE_INVALID,
    CKR_SIGNATURE_LEN_RANGE, CKR_TEMPLATE_INCOMPLETE, CKR_TEMPLATE_INCONSISTENT,
    CKR_TOKEN_NOT_PRESENT, CKR_USER_ALREADY_LOGGED_IN, CKR_USER_ANOTHER_ALREADY_LOGGED_IN,
    CKR_USER_NOT_LOGGED_IN, CKR_USER_PIN_NOT_INITIALIZED, CKR_WRAPPED_KEY_INVALID,
    CKR_WRAPPING_KEY_SIZE_RANGE, CKR_WRAPPING_KEY_TYPE_INCONSISTENT,
};
use hsm_proto::ErrorCode;

use crate::log::return_value_name;
use crate::meanings::meaning;

/// What the module's functions return.
pub(crate) type Result<T = (), E = Failure> = std::result::Result<T, E>;

/// Why a function failed: its return value, and for the log what the daemon said.
#[derive(Debug)]
pub(crate) struct Failure {
    value: CK_RV,
    reason: Option<Box<str>>,
}

impl Failure {
    /// A failure with a reason for people. It must hold nothing that the caller passed.
    pub(crate) fn because(value: CK_RV, reason: impl Into<Box<str>>) -> Self {
        Self {
            value,
            reason: Some(reason.into()),
        }
    }

    /// What the daemon's refusal means to the application.
    pub(crate) fn refused(error: &hsm_proto::Error) -> Self {
        Self::because(return_value(error.code()), error.to_string())
    }

    /// The return value.
    pub(crate) fn value(&self) -> CK_RV {
        self.value
    }

    /// The same failure in a function that was given the object as a key.
    #[must_use]
    pub(crate) fn of_a_key(self) -> Self {
        self.instead(CKR_OBJECT_HANDLE_INVALID, CKR_KEY_HANDLE_INVALID)
    }

    /// The same failure, with `after` for the return value `before`.
    #[must_use]
    pub(crate) fn instead(mut self, before: CK_RV, after: CK_RV) -> Self {
        if self.value == before {
            self.value = after;
        }
        self
    }
}

impl From<CK_RV> for Failure {
    fn from(value: CK_RV) -> Self {
        Self {
            value,
            reason: None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&return_value_name(self.value))?;
        match (&self.reason, meaning(self.value)) {
            (Some(reason), _) => write!(formatter, ": {reason}"),
            (None, Some(meaning)) => write!(formatter, ": {meaning}"),
            (None, None) => Ok(()),
        }
    }
}

/// The return value for what the daemon says.
const fn return_value(code: ErrorCode) -> CK_RV {
    match code {
        ErrorCode::Unspecified | ErrorCode::Internal | ErrorCode::MalformedRequest => {
            CKR_GENERAL_ERROR
        }
        // There is a device, and it cannot work now.
        ErrorCode::Sealed
        | ErrorCode::NotInitialized
        | ErrorCode::DeadlineExceeded
        | ErrorCode::AuditUnavailable
        | ErrorCode::StorageUnavailable
        | ErrorCode::StoreRolledBack => CKR_DEVICE_ERROR,
        ErrorCode::LimitReached | ErrorCode::StorageFull => CKR_DEVICE_MEMORY,
        ErrorCode::UnknownApplication => CKR_SESSION_HANDLE_INVALID,
        ErrorCode::Unsupported => CKR_FUNCTION_NOT_SUPPORTED,
        ErrorCode::AlreadyInitialized
        | ErrorCode::Conflict
        | ErrorCode::NameInUse
        | ErrorCode::Throttled => CKR_FUNCTION_FAILED,
        ErrorCode::AccessDenied | ErrorCode::UnsealFailed => CKR_FUNCTION_REJECTED,
        ErrorCode::NotLoggedIn => CKR_USER_NOT_LOGGED_IN,
        ErrorCode::AlreadyLoggedIn => CKR_USER_ALREADY_LOGGED_IN,
        ErrorCode::AnotherRoleLoggedIn => CKR_USER_ANOTHER_ALREADY_LOGGED_IN,
        ErrorCode::PinIncorrect => CKR_PIN_INCORRECT,
        ErrorCode::PinInvalid => CKR_PIN_INVALID,
        ErrorCode::PinLength => CKR_PIN_LEN_RANGE,
        ErrorCode::PinLocked => CKR_PIN_LOCKED,
        ErrorCode::PinNotSet => CKR_USER_PIN_NOT_INITIALIZED,
        ErrorCode::PartitionNotFound => CKR_TOKEN_NOT_PRESENT,
        ErrorCode::ObjectNotFound => CKR_OBJECT_HANDLE_INVALID,
        ErrorCode::KeyState | ErrorCode::KeyUseNotPermitted => CKR_KEY_FUNCTION_NOT_PERMITTED,
        ErrorCode::KeyTypeInconsistent => CKR_KEY_TYPE_INCONSISTENT,
        ErrorCode::KeySize => CKR_KEY_SIZE_RANGE,
        ErrorCode::KeyNotExtractable => CKR_KEY_UNEXTRACTABLE,
        ErrorCode::KeyNotWrappable => CKR_KEY_NOT_WRAPPABLE,
        ErrorCode::WrappingKeySize => CKR_WRAPPING_KEY_SIZE_RANGE,
        ErrorCode::WrappingKeyTypeInconsistent => CKR_WRAPPING_KEY_TYPE_INCONSISTENT,
        ErrorCode::WrappedKeyInvalid => CKR_WRAPPED_KEY_INVALID,
        ErrorCode::AlgorithmUnknown => CKR_MECHANISM_INVALID,
        ErrorCode::AlgorithmParametersInvalid => CKR_MECHANISM_PARAM_INVALID,
        ErrorCode::CurveNotSupported => CKR_CURVE_NOT_SUPPORTED,
        ErrorCode::TooLarge | ErrorCode::InputLength => CKR_DATA_LEN_RANGE,
        ErrorCode::InputInvalid => CKR_DATA_INVALID,
        ErrorCode::CiphertextLength => CKR_ENCRYPTED_DATA_LEN_RANGE,
        ErrorCode::CiphertextInvalid => CKR_ENCRYPTED_DATA_INVALID,
        ErrorCode::SignatureLength => CKR_SIGNATURE_LEN_RANGE,
        ErrorCode::SignatureInvalid => CKR_SIGNATURE_INVALID,
        ErrorCode::AttributeReadOnly => CKR_ATTRIBUTE_READ_ONLY,
        ErrorCode::AttributeSensitive => CKR_ATTRIBUTE_SENSITIVE,
        ErrorCode::AttributeTypeInvalid => CKR_ATTRIBUTE_TYPE_INVALID,
        ErrorCode::AttributeValueInvalid => CKR_ATTRIBUTE_VALUE_INVALID,
        ErrorCode::TemplateIncomplete => CKR_TEMPLATE_INCOMPLETE,
        ErrorCode::TemplateInconsistent => CKR_TEMPLATE_INCONSISTENT,
        ErrorCode::ActionProhibited => CKR_ACTION_PROHIBITED,
    }
}
