//! The names of errors in the audit log.

use super::Error;
use crate::road::Failure;

impl Error {
    /// The name that the audit log writes as `errorCode`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Internal { .. } => "Internal",
            Self::Sealed => "Sealed",
            Self::NotInitialized => "NotInitialized",
            Self::AlreadyInitialized => "AlreadyInitialized",
            Self::UnsealFailed => "UnsealFailed",
            Self::UnknownApplication => "UnknownApplication",
            Self::MalformedRequest { .. } => "MalformedRequest",
            Self::TooLarge { .. } => "TooLarge",
            Self::DeadlineExceeded => "DeadlineExceeded",
            Self::LimitReached { .. } => "LimitReached",
            Self::Throttled { .. } => "Throttled",
            Self::Unsupported { .. } => "Unsupported",
            Self::AuditUnavailable => "AuditUnavailable",
            Self::StorageFull => "StorageFull",
            Self::StorageUnavailable => "StorageUnavailable",
            Self::StoreRolledBack => "StoreRolledBack",
            Self::Conflict => "Conflict",
            Self::AccessDenied => "AccessDenied",
            Self::NotLoggedIn => "NotLoggedIn",
            Self::AlreadyLoggedIn => "AlreadyLoggedIn",
            Self::AnotherRoleLoggedIn => "AnotherRoleLoggedIn",
            Self::PinIncorrect => "PinIncorrect",
            Self::PinInvalid => "PinInvalid",
            Self::PinLength { .. } => "PinLength",
            Self::PinLocked => "PinLocked",
            Self::PinNotSet => "PinNotSet",
            Self::PartitionNotFound => "PartitionNotFound",
            Self::ObjectNotFound => "ObjectNotFound",
            Self::NameInUse => "NameInUse",
            Self::IdentityNotFound => "IdentityNotFound",
            Self::AccountNotFound => "AccountNotFound",
            Self::AccountInUse => "AccountInUse",
            Self::KeyState => "KeyState",
            Self::KeyUseNotPermitted => "KeyUseNotPermitted",
            Self::KeyTypeInconsistent => "KeyTypeInconsistent",
            Self::KeySize => "KeySize",
            Self::KeyNotExtractable => "KeyNotExtractable",
            Self::KeyNotWrappable => "KeyNotWrappable",
            Self::WrappingKeySize => "WrappingKeySize",
            Self::WrappingKeyTypeInconsistent => "WrappingKeyTypeInconsistent",
            Self::WrappedKeyInvalid => "WrappedKeyInvalid",
            Self::AlgorithmUnknown => "AlgorithmUnknown",
            Self::AlgorithmParametersInvalid => "AlgorithmParametersInvalid",
            Self::CurveNotSupported => "CurveNotSupported",
            Self::InputLength => "InputLength",
            Self::InputInvalid => "InputInvalid",
            Self::CiphertextLength => "CiphertextLength",
            Self::CiphertextInvalid => "CiphertextInvalid",
            Self::SignatureLength => "SignatureLength",
            Self::SignatureInvalid => "SignatureInvalid",
            Self::AttributeReadOnly { .. } => "AttributeReadOnly",
            Self::AttributeSensitive { .. } => "AttributeSensitive",
            Self::AttributeTypeInvalid { .. } => "AttributeTypeInvalid",
            Self::AttributeValueInvalid { .. } => "AttributeValueInvalid",
            Self::TemplateIncomplete { .. } => "TemplateIncomplete",
            Self::TemplateInconsistent { .. } => "TemplateInconsistent",
            Self::ActionProhibited => "ActionProhibited",
        }
    }
}

impl Failure for Error {
    fn name(&self) -> &'static str {
        Self::name(*self)
    }
}
