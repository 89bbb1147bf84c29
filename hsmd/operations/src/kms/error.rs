//! Why a KMS operation fails: one variant for each error of AWS, and the one place where their texts are made.

use hsmd_gate::Refusal;

use crate::road::Failure;

/// Why a KMS operation failed. `key` and `resource` are ARNs.
///
/// Not `non_exhaustive` on purpose: the door maps every variant without a `_` arm.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    // ---- Whose key is it, and may this caller? ----
    /// Authorization refused, or another account's key is not there.
    #[error("{0}")]
    AccessDenied(Forbidden),
    /// The caller's own account has no such thing.
    #[error("{0}")]
    NotFound(Missing),
    /// An ARN that cannot be one, or names a principal that does not exist.
    #[error("Invalid arn {0}")]
    InvalidArn(String),
    /// An alias under `alias/aws/`, which belongs to AWS services.
    #[error("")]
    NotAuthorized,

    // ---- What was asked ----
    /// A member breaks a rule that the model does not state.
    #[error("{0}")]
    Validation(String),
    /// A marker that this list did not give.
    #[error("")]
    InvalidMarker,
    /// A grant id that cannot be one.
    #[error("{0}")]
    InvalidGrantId(&'static str),
    /// A grant token that no grant gave.
    #[error("")]
    InvalidGrantToken,
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
    /// The key is disabled.
    #[error("{key} is disabled.")]
    Disabled {
        /// The key's ARN.
        key: String,
    },
    /// The key's state does not allow it.
    #[error("{key} {state}.")]
    InvalidState {
        /// The key's ARN.
        key: String,
        /// As `is pending deletion`.
        state: &'static str,
    },
    /// As [`InvalidState`](Self::InvalidState), with a text of its own.
    #[error("{0}")]
    InvalidStateBecause(String),
    /// The key is for something else.
    #[error("{0}")]
    InvalidKeyUsage(UseProblem),
    /// The key cannot be reached now.
    #[error("{key} is unavailable.")]
    KeyUnavailable {
        /// The key's ARN.
        key: String,
    },
    /// The ciphertext was made by another key than the one that is named.
    #[error("The key ID in the request does not identify a CMK that can perform this operation.")]
    IncorrectKey,
    /// A rotation is under way.
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

/// Why a caller may not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// Policies say no, or do not say yes.
    #[error(
        "User: {caller} is not authorized to perform: {action} on resource: {resource} because {reason}"
    )]
    Refused {
        /// The caller's ARN.
        caller: String,
        /// As `kms:Sign`.
        action: &'static str,
        /// The ARN of what was asked of.
        resource: String,
        /// As `no identity-based policy allows the kms:Sign action`.
        reason: String,
    },
    /// A ciphertext whose key is not there or not for this caller. Says no more on purpose.
    #[error(
        "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access."
    )]
    UnknownCiphertextKey,
    /// With a text of its own.
    #[error("{0}")]
    Because(String),
}

/// What is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// A well-formed key that the caller's account does not have.
    #[error("Key '{0}' does not exist")]
    Key(String),
    /// An alias, by its ARN.
    #[error("Alias {0} is not found.")]
    Alias(String),
    /// Neither key id, ARN nor alias.
    #[error("Invalid keyId '{0}'")]
    KeyIdText(String),
    /// An alias where only ids and ARNs are taken.
    #[error("Invalid keyId {0}")]
    AliasNotTaken(String),
    /// An ARN of another Region.
    #[error("Invalid arn {0}")]
    Region(String),
    /// A grant.
    #[error("Grant ID {0} not found")]
    Grant(String),
    /// A policy with another name than `default`.
    #[error("No such policy exists")]
    Policy,
}

/// Why a key cannot be used so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UseProblem {
    /// The key's usage is another.
    #[error("{key} key usage is {usage} which is not valid for {operation}.")]
    Usage {
        /// The key's ARN.
        key: String,
        /// As `SIGN_VERIFY`.
        usage: &'static str,
        /// As `Encrypt`.
        operation: &'static str,
    },
    /// The algorithm is none of this kind of key.
    #[error("Algorithm {algorithm} is incompatible with key spec {key_spec}.")]
    Algorithm {
        /// As `ECDSA_SHA_384`.
        algorithm: &'static str,
        /// As `ECC_NIST_P256`.
        key_spec: &'static str,
    },
}

impl Error {
    /// AWS's name of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AccessDenied(_) => "AccessDeniedException",
            Self::NotFound(_) => "NotFoundException",
            Self::InvalidArn(_) => "InvalidArnException",
            Self::NotAuthorized => "NotAuthorizedException",
            Self::Validation(_) => "ValidationException",
            Self::InvalidMarker => "InvalidMarkerException",
            Self::InvalidGrantId(_) => "InvalidGrantIdException",
            Self::InvalidGrantToken => "InvalidGrantTokenException",
            Self::InvalidAliasName(_) => "InvalidAliasNameException",
            Self::MalformedPolicyDocument(_) => "MalformedPolicyDocumentException",
            Self::Tag(_) => "TagException",
            Self::AlreadyExists { .. } => "AlreadyExistsException",
            Self::LimitExceeded(_) => "LimitExceededException",
            Self::Throttling => "ThrottlingException",
            Self::UnsupportedOperation(_) => "UnsupportedOperationException",
            Self::DryRunOperation => "DryRunOperationException",
            Self::Disabled { .. } => "DisabledException",
            Self::InvalidState { .. } | Self::InvalidStateBecause(_) => "KMSInvalidStateException",
            Self::InvalidKeyUsage(_) => "InvalidKeyUsageException",
            Self::KeyUnavailable { .. } => "KeyUnavailableException",
            Self::IncorrectKey => "IncorrectKeyException",
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

impl Failure for Error {
    fn name(&self) -> &'static str {
        self.code()
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::AuditUnavailable => Self::DependencyTimeout("the audit log cannot be written"),
            Refusal::LimitReached { .. } => Self::Throttling,
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
            Below::Conflict => {
                Self::Conflict("the key was changed by another request at the same time".to_owned())
            }
            Below::LimitReached { .. } => Self::LimitExceeded("a limit of the daemon was reached"),
            Below::AccessDenied => {
                Self::AccessDenied(Forbidden::Because("the caller may not do this".to_owned()))
            }
            Below::CiphertextInvalid | Below::CiphertextLength => Self::InvalidCiphertext,
            Below::SignatureInvalid | Below::SignatureLength => Self::InvalidSignature,
            error => {
                tracing::error!(%error, "an error from below that the KMS operation did not expect");
                Self::Internal {
                    task: "perform the operation",
                }
            }
        }
    }
}
