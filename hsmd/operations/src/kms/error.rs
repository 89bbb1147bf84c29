//! Why a KMS operation fails: one variant for each error of AWS that the gate does not answer already, and the one place
//! where their texts are made.

use hsmd_gate::Refusal;
use hsmd_gate::aws::AwsRefusal;

use crate::road::Failure;

/// Why a KMS operation failed. `key` is an ARN.
///
/// Not `non_exhaustive` on purpose: the door maps every variant without a `_` arm.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// What the gate refuses: no permission, no such key, alias or grant, wrong state, wrong usage.
    #[error("{0}")]
    Refused(Box<AwsRefusal>),

    // ---- What was asked ----
    /// A member breaks a rule that the model does not state.
    #[error("{0}")]
    Validation(String),
    /// Something else than a key, an alias or a grant is not there.
    #[error("{0}")]
    NotFound(String),
    /// An ARN that cannot be one, or names a principal that does not exist.
    #[error("{0}")]
    InvalidArn(String),
    /// An alias under `alias/aws/`, which belongs to AWS services.
    #[error("")]
    NotAuthorized,
    /// A marker that this list did not give.
    #[error("")]
    InvalidMarker,
    /// A grant id that cannot be one.
    #[error("{0}")]
    InvalidGrantId(&'static str),
    /// The alias cannot have that name.
    #[error("{0}")]
    InvalidAliasName(&'static str),
    /// The policy is no policy, or would lock its writer out.
    #[error("{0}")]
    MalformedPolicyDocument(String),
    /// The tags cannot be set.
    #[error("{0}")]
    Tag(&'static str),
    /// The name is taken.
    #[error("An alias with the name {alias} already exists")]
    AlreadyExists {
        /// The alias's ARN.
        alias: String,
    },
    /// More than the account or key may have.
    #[error("{0}")]
    LimitExceeded(&'static str),
    /// A key was rotated on demand as often as a key can be.
    #[error(
        "The on-demand rotations limit has been reached for the given keyId. \
         No more on-demand rotations can be performed for this key: {key}"
    )]
    RotationsExhausted {
        /// The key's ARN.
        key: String,
    },
    /// Too many requests in too short a time.
    #[error("Rate exceeded")]
    Throttling,
    /// What was asked cannot be done with this kind of key, or is not offered.
    #[error("{0}")]
    UnsupportedOperation(String),
    /// It would have succeeded.
    #[error("The request would have succeeded, but the DryRun option is set.")]
    DryRunOperation,

    // ---- The key ----
    /// The key's state does not allow it.
    #[error("{0}")]
    InvalidState(String),
    /// The algorithm is none of this kind of key.
    #[error("Algorithm {algorithm} is incompatible with key spec {key_spec}.")]
    AlgorithmIncompatible {
        /// As `ECDSA_SHA_384`.
        algorithm: &'static str,
        /// As `ECC_NIST_P256`.
        key_spec: &'static str,
    },
    /// The key cannot be reached now.
    #[error("{key} is unavailable.")]
    KeyUnavailable {
        /// The key's ARN.
        key: String,
    },
    /// A rotation is under way, or another request changed the same thing.
    #[error("{0}")]
    Conflict(String),

    // ---- Cryptography ----
    /// The ciphertext was not made by this key with this context, or was changed. Says no more on purpose.
    #[error("")]
    InvalidCiphertext,
    /// The signature is not one of this key over this message.
    #[error("")]
    InvalidSignature,
    /// The authentication code is not one of this key over this message.
    #[error("")]
    InvalidMac,

    // ---- Imports ----
    /// The material is not what this key takes.
    #[error("{0}")]
    IncorrectKeyMaterial(&'static str),
    /// The import token is more than a day old.
    #[error("")]
    ExpiredImportToken,
    /// The import token is another key's, or none.
    #[error("")]
    InvalidImportToken,

    // ---- Custom key stores ----
    /// There is no such key store.
    #[error("")]
    CustomKeyStoreNotFound,
    /// The key store's state does not allow it.
    #[error("{0}")]
    CustomKeyStoreInvalidState(&'static str),

    // ---- Faults ----
    /// A fault of the daemon's own; what went wrong is in its log.
    #[error("the daemon failed while it was to {task}")]
    Internal {
        /// What it was doing, as an infinitive.
        task: &'static str,
    },
    /// Storage or the audit log does not answer, or the daemon is sealed: try again later.
    #[error("{0}")]
    DependencyTimeout(&'static str),
}

impl Error {
    /// AWS's name of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => match refusal.code() {
                "AccessDenied" => "AccessDeniedException",
                code => code,
            },
            Self::NotFound(_) => "NotFoundException",
            Self::InvalidArn(_) => "InvalidArnException",
            Self::NotAuthorized => "NotAuthorizedException",
            Self::Validation(_) => "ValidationException",
            Self::InvalidMarker => "InvalidMarkerException",
            Self::InvalidGrantId(_) => "InvalidGrantIdException",
            Self::InvalidAliasName(_) => "InvalidAliasNameException",
            Self::MalformedPolicyDocument(_) => "MalformedPolicyDocumentException",
            Self::Tag(_) => "TagException",
            Self::AlreadyExists { .. } => "AlreadyExistsException",
            Self::LimitExceeded(_) | Self::RotationsExhausted { .. } => "LimitExceededException",
            Self::Throttling => "ThrottlingException",
            Self::UnsupportedOperation(_) => "UnsupportedOperationException",
            Self::DryRunOperation => "DryRunOperationException",
            Self::InvalidState(_) => "KMSInvalidStateException",
            Self::AlgorithmIncompatible { .. } => "InvalidKeyUsageException",
            Self::KeyUnavailable { .. } => "KeyUnavailableException",
            Self::Conflict(_) => "ConflictException",
            Self::InvalidCiphertext => "InvalidCiphertextException",
            Self::InvalidSignature => "KMSInvalidSignatureException",
            Self::InvalidMac => "KMSInvalidMacException",
            Self::IncorrectKeyMaterial(_) => "IncorrectKeyMaterialException",
            Self::ExpiredImportToken => "ExpiredImportTokenException",
            Self::InvalidImportToken => "InvalidImportTokenException",
            Self::CustomKeyStoreNotFound => "CustomKeyStoreNotFoundException",
            Self::CustomKeyStoreInvalidState(_) => "CustomKeyStoreInvalidStateException",
            Self::Internal { .. } => "KMSInternalException",
            Self::DependencyTimeout(_) => "DependencyTimeoutException",
        }
    }
}

/// The name in the audit log, where `CloudTrail` writes `AccessDenied`.
impl Failure for Error {
    fn name(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            error => error.code(),
        }
    }

    fn message(&self) -> Option<String> {
        Some(self.to_string()).filter(|message| !message.is_empty())
    }
}

impl From<AwsRefusal> for Error {
    fn from(refusal: AwsRefusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::AuditUnavailable => Self::DependencyTimeout("the audit log cannot be written"),
            Refusal::LimitReached { .. } | Refusal::Throttled { .. } => Self::Throttling,
            Refusal::Aws(refusal) => Self::Refused(Box::new(AwsRefusal::clone(&refusal))),
            refusal => crate::Error::from(refusal).into(),
        }
    }
}

/// Errors from below that no KMS operation explains better.
impl From<crate::Error> for Error {
    fn from(error: crate::Error) -> Self {
        use crate::Error as Below;
        match error {
            Below::Sealed | Below::NotInitialized => {
                Self::DependencyTimeout("the daemon is sealed")
            }
            Below::AuditUnavailable => Self::DependencyTimeout("the audit log cannot be written"),
            Below::StorageFull | Below::StorageUnavailable => {
                Self::DependencyTimeout("the storage is not available")
            }
            Below::DeadlineExceeded => Self::DependencyTimeout("the request was not done in time"),
            // What is not there any more was there when the request was admitted.
            Below::Conflict | Below::ObjectNotFound => {
                Self::Conflict("another request changed the same key".to_owned())
            }
            Below::NameInUse => Self::Conflict("another request took the same name".to_owned()),
            Below::LimitReached { .. } => Self::LimitExceeded("a limit of the daemon was reached"),
            Below::CiphertextInvalid | Below::CiphertextLength => Self::InvalidCiphertext,
            Below::SignatureInvalid | Below::SignatureLength => Self::InvalidSignature,
            error => {
                tracing::error!(%error, "a KMS operation did not expect an error from below");
                Self::Internal {
                    task: "perform the operation",
                }
            }
        }
    }
}
