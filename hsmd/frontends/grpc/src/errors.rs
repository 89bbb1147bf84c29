//! Errors as the contract codes them. No `_` arm: a new variant must be thought about here.

use hsm_proto::{self as proto, ErrorCode};
use hsmd_operations::Error;

/// The reply's error.
pub(crate) fn to_wire(error: Error) -> proto::Error {
    proto::Error::new(code(error), error.to_string())
}

fn code(error: Error) -> ErrorCode {
    match error {
        Error::Internal { .. } => ErrorCode::Internal,
        Error::Sealed => ErrorCode::Sealed,
        Error::NotInitialized => ErrorCode::NotInitialized,
        Error::AlreadyInitialized => ErrorCode::AlreadyInitialized,
        Error::UnsealFailed => ErrorCode::UnsealFailed,
        Error::UnknownApplication => ErrorCode::UnknownApplication,
        Error::MalformedRequest { .. } => ErrorCode::MalformedRequest,
        Error::TooLarge { .. } => ErrorCode::TooLarge,
        Error::DeadlineExceeded => ErrorCode::DeadlineExceeded,
        Error::LimitReached { .. } => ErrorCode::LimitReached,
        Error::Throttled { .. } => ErrorCode::Throttled,
        Error::Unsupported { .. } => ErrorCode::Unsupported,
        Error::AuditUnavailable => ErrorCode::AuditUnavailable,
        Error::StorageFull => ErrorCode::StorageFull,
        Error::StorageUnavailable => ErrorCode::StorageUnavailable,
        Error::StoreRolledBack => ErrorCode::StoreRolledBack,
        Error::Conflict => ErrorCode::Conflict,
        Error::AccessDenied => ErrorCode::AccessDenied,
        Error::NotLoggedIn => ErrorCode::NotLoggedIn,
        Error::AlreadyLoggedIn => ErrorCode::AlreadyLoggedIn,
        Error::AnotherRoleLoggedIn => ErrorCode::AnotherRoleLoggedIn,
        Error::PinIncorrect => ErrorCode::PinIncorrect,
        Error::PinInvalid => ErrorCode::PinInvalid,
        Error::PinLength { .. } => ErrorCode::PinLength,
        Error::PinLocked => ErrorCode::PinLocked,
        Error::PinNotSet => ErrorCode::PinNotSet,
        Error::PartitionNotFound => ErrorCode::PartitionNotFound,
        // The contract has one code for a name that is not there; the text says which.
        Error::ObjectNotFound | Error::IdentityNotFound | Error::AccountNotFound => {
            ErrorCode::ObjectNotFound
        }
        Error::NameInUse => ErrorCode::NameInUse,
        Error::KeyState => ErrorCode::KeyState,
        Error::KeyUseNotPermitted => ErrorCode::KeyUseNotPermitted,
        Error::KeyTypeInconsistent => ErrorCode::KeyTypeInconsistent,
        Error::KeySize => ErrorCode::KeySize,
        Error::KeyNotExtractable => ErrorCode::KeyNotExtractable,
        Error::KeyNotWrappable => ErrorCode::KeyNotWrappable,
        Error::WrappingKeySize => ErrorCode::WrappingKeySize,
        Error::WrappingKeyTypeInconsistent => ErrorCode::WrappingKeyTypeInconsistent,
        Error::WrappedKeyInvalid => ErrorCode::WrappedKeyInvalid,
        Error::AlgorithmUnknown => ErrorCode::AlgorithmUnknown,
        Error::AlgorithmParametersInvalid => ErrorCode::AlgorithmParametersInvalid,
        Error::CurveNotSupported => ErrorCode::CurveNotSupported,
        Error::InputLength => ErrorCode::InputLength,
        Error::InputInvalid => ErrorCode::InputInvalid,
        Error::CiphertextLength => ErrorCode::CiphertextLength,
        Error::CiphertextInvalid => ErrorCode::CiphertextInvalid,
        Error::SignatureLength => ErrorCode::SignatureLength,
        Error::SignatureInvalid => ErrorCode::SignatureInvalid,
        Error::AttributeReadOnly { .. } => ErrorCode::AttributeReadOnly,
        Error::AttributeSensitive { .. } => ErrorCode::AttributeSensitive,
        Error::AttributeTypeInvalid { .. } => ErrorCode::AttributeTypeInvalid,
        Error::AttributeValueInvalid { .. } => ErrorCode::AttributeValueInvalid,
        Error::TemplateIncomplete { .. } => ErrorCode::TemplateIncomplete,
        Error::TemplateInconsistent { .. } => ErrorCode::TemplateInconsistent,
        // An account with keys is not deleted.
        Error::ActionProhibited | Error::AccountInUse => ErrorCode::ActionProhibited,
    }
}
