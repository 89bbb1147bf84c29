//! Errors of the crates below, in the product's own terms. What only an operator can do something about is logged here.

use hsm_algorithms::pkcs11::{CKA_KEY_TYPE, CKA_VALUE, CKA_VALUE_LEN};
use hsmd_gate::Refusal;
use hsmd_identity::{AccountError, PIN_LENGTH_MAX, PIN_LENGTH_MIN};
use hsmd_vault::{EngineError, VaultError};

use super::Error;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::PartitionNotFound => Self::PartitionNotFound,
            Refusal::ObjectNotFound => Self::ObjectNotFound,
            Refusal::NotLoggedIn => Self::NotLoggedIn,
            Refusal::KeyState => Self::KeyState,
            Refusal::KeyUseNotPermitted => Self::KeyUseNotPermitted,
            Refusal::AlgorithmNotOffered => Self::AlgorithmUnknown,
            Refusal::KeyNotExtractable => Self::KeyNotExtractable,
            Refusal::KeyNotWrappable => Self::KeyNotWrappable,
            Refusal::ActionProhibited => Self::ActionProhibited,
            Refusal::LimitReached { what, maximum } => Self::LimitReached { what, maximum },
            Refusal::Throttled { group } => Self::Throttled { group },
            // Doors other than AWS's have no words for which of a key's policies refuses.
            Refusal::AccessDenied | Refusal::Aws(_) => Self::AccessDenied,
            Refusal::AuditUnavailable => Self::AuditUnavailable,
        }
    }
}

impl From<hsmd_identity::Error> for Error {
    fn from(error: hsmd_identity::Error) -> Self {
        use hsmd_identity::Error as Below;
        match error {
            Below::NotRecognised => Self::AccessDenied,
            Below::UnknownApplication => Self::UnknownApplication,
            Below::LimitReached { what, maximum } => Self::LimitReached { what, maximum },
            Below::AlreadyLoggedIn => Self::AlreadyLoggedIn,
            Below::AnotherRoleLoggedIn => Self::AnotherRoleLoggedIn,
            Below::NotLoggedIn => Self::NotLoggedIn,
            Below::PinIncorrect => Self::PinIncorrect,
            Below::PinLength => Self::PinLength {
                length_min: PIN_LENGTH_MIN,
                length_max: PIN_LENGTH_MAX,
            },
            Below::PinLocked => Self::PinLocked,
            Below::PinNotSet => Self::PinNotSet,
            Below::NameInUse => Self::NameInUse,
            Below::IdentityNotFound => Self::IdentityNotFound,
            Below::NameInvalid => Self::MalformedRequest { field: "name" },
            Below::SubjectInvalid => Self::MalformedRequest { field: "subject" },
            Below::CertificateRequestInvalid => Self::MalformedRequest {
                field: "certificate_request_pem",
            },
            Below::Conflict => Self::Conflict,
            Below::StorageFull => Self::StorageFull,
            Below::StorageUnavailable => Self::StorageUnavailable,
            Below::CertificateInvalid { .. } | Below::Damaged { .. } | Below::Resources { .. } => {
                tracing::error!(%error, "an identity could not be proven or kept");
                Self::Internal {
                    task: "prove or keep an identity",
                }
            }
        }
    }
}

impl From<AccountError> for Error {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::NoSuchAccount(_)
            | AccountError::NoSuchEntity { .. }
            | AccountError::NoSuchPolicy { .. }
            | AccountError::NotAttachable { .. }
            | AccountError::NoSuchPolicyVersion { .. } => Self::AccountNotFound,
            AccountError::AlreadyExists { .. } | AccountError::PolicyExists { .. } => {
                Self::NameInUse
            }
            AccountError::DeleteConflict { .. }
            | AccountError::PolicyAttached
            | AccountError::SeveralPolicyVersions
            | AccountError::DefaultPolicyVersion
            | AccountError::Unmodifiable => Self::AccountInUse,
            AccountError::LimitExceeded { quota, maximum } => Self::LimitReached {
                what: quota,
                maximum: maximum as u64,
            },
            AccountError::TooManyPolicyVersions { maximum } => Self::LimitReached {
                what: "versions of a policy",
                maximum: maximum as u64,
            },
            AccountError::InvalidArn { .. } => Self::MalformedRequest { field: "arn" },
            AccountError::DuplicateTags { .. } => Self::MalformedRequest { field: "tags" },
            AccountError::Constraint { .. } => Self::MalformedRequest { field: "member" },
            AccountError::Invalid { member, .. } => Self::MalformedRequest { field: member },
            AccountError::SessionTooLong { .. } => Self::MalformedRequest { field: "seconds" },
            AccountError::MalformedPolicy(_)
            | AccountError::PolicyVersion
            | AccountError::InvalidPrincipal => Self::MalformedRequest { field: "policy" },
            AccountError::Store(error) => error.into(),
        }
    }
}

impl From<hsmd_keys::Error> for Error {
    fn from(error: hsmd_keys::Error) -> Self {
        use hsmd_keys::Error as Below;
        match error {
            Below::NoSuchPartition(_) => Self::PartitionNotFound,
            Below::NoSuchObject(_) => Self::ObjectNotFound,
            Below::Exists(_) => Self::NameInUse,
            Below::Changed => Self::Conflict,
            Below::TooLarge {
                what,
                size_bytes,
                limit_bytes,
            } => Self::TooLarge {
                what,
                length_bytes: size_bytes as u64,
                limit_bytes: limit_bytes as u64,
            },
            Below::TooMany { limit, .. } => Self::LimitReached {
                what: "objects at once",
                maximum: limit as u64,
            },
            Below::Storage(error) => error.into(),
            // Everything else says that what is stored cannot be read or written.
            error => {
                tracing::error!(%error, "the repository failed");
                Self::StorageUnavailable
            }
        }
    }
}

impl From<hsmd_storage::Error> for Error {
    fn from(error: hsmd_storage::Error) -> Self {
        match error {
            hsmd_storage::Error::Full => Self::StorageFull,
            error => {
                tracing::error!(%error, "the storage failed");
                Self::StorageUnavailable
            }
        }
    }
}

impl From<VaultError> for Error {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Engine(error) => error.into(),
            VaultError::NoMaterial | VaultError::NotAnAccountsKey => Self::KeyTypeInconsistent,
            VaultError::Overloaded { waiting_max } => Self::LimitReached {
                what: "long computations that wait",
                maximum: waiting_max as u64,
            },
            VaultError::MaterialDamaged
            | VaultError::NoPartitionKey { .. }
            | VaultError::MemoryExhausted(_) => {
                tracing::error!(%error, "the vault failed");
                Self::Internal {
                    task: "use key material",
                }
            }
        }
    }
}

impl From<EngineError> for Error {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Crypto(error) => error.into(),
            EngineError::WrappedKeyInvalid | EngineError::WrappedKeyLength => {
                Self::WrappedKeyInvalid
            }
            EngineError::NotWrappable { .. } => Self::KeyNotWrappable,
            EngineError::KeySize => Self::KeySize,
            EngineError::KeyTypeUnknown => Self::AttributeValueInvalid {
                attribute: CKA_KEY_TYPE,
            },
            EngineError::LengthNeeded => Self::TemplateIncomplete {
                attribute: CKA_VALUE_LEN,
            },
            EngineError::Incomplete => Self::TemplateIncomplete {
                attribute: CKA_VALUE,
            },
            EngineError::StoredFormat => {
                tracing::error!(%error, "a stored key cannot be read");
                Self::Internal {
                    task: "use key material",
                }
            }
        }
    }
}

impl From<hsm_aws_lc::Error> for Error {
    fn from(error: hsm_aws_lc::Error) -> Self {
        use hsm_aws_lc::Error as Below;
        match error {
            Below::Parameters(_) | Below::PublicPointInvalid => Self::AlgorithmParametersInvalid,
            Below::KeyType { .. } => Self::KeyTypeInconsistent,
            Below::Purpose { .. } => Self::AlgorithmUnknown,
            Below::KeyInvalid => Self::AttributeValueInvalid {
                attribute: CKA_VALUE,
            },
            Below::KeySize => Self::KeySize,
            Below::InputLength => Self::InputLength,
            Below::InputInvalid => Self::InputInvalid,
            Below::CiphertextLength => Self::CiphertextLength,
            Below::CiphertextInvalid => Self::CiphertextInvalid,
            Below::SignatureLength => Self::SignatureLength,
            Below::SignatureInvalid => Self::SignatureInvalid,
            Below::Library => Self::Internal {
                task: "compute with a key",
            },
        }
    }
}
