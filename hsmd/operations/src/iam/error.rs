//! Why an operation of IAM or STS fails: AWS's codes and texts.

use hsmd_gate::Refusal;
use hsmd_identity::AccountError;

use crate::road::Failure;

/// Why an operation of IAM or STS failed.
///
/// Not `non_exhaustive` on purpose: the door maps every variant without a `_` arm.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// What the gate refuses.
    #[error("{0}")]
    Refused(Refusal),
    /// What the account does not have, or does not allow.
    #[error(transparent)]
    Account(AccountError),
    /// A member breaks its constraint.
    #[error(
        "1 validation error detected: Value {value} at '{member}' failed to satisfy constraint: {constraint}"
    )]
    Validation {
        /// `null`, or the value in quotes.
        value: String,
        /// In the API's spelling, its first letter small.
        member: String,
        /// As `Member must not be null`.
        constraint: &'static str,
    },
    /// A member has another type.
    #[error("Malformed input: {member}")]
    Malformed {
        /// In the API's spelling.
        member: &'static str,
    },
    /// The user has no password, as none has.
    #[error("Login Profile for User {user} cannot be found.")]
    NoLoginProfile {
        /// Its name.
        user: String,
    },
    /// The call needs a user's name, and the caller is no user.
    #[error("Must specify userName when calling with non-User credentials")]
    NoUserName,
    /// Temporary credentials cannot ask for this.
    #[error("Cannot call {operation} with session credentials")]
    SessionCredentials {
        /// As `GetSessionToken`.
        operation: &'static str,
    },
    /// A root user asked for a role.
    #[error("Roles may not be assumed by root accounts.")]
    RootMayNotAssume,
    /// Whose an access key is, is told to its own account alone.
    #[error(
        "User: {caller} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key {id}"
    )]
    UnknownAccessKey {
        /// The caller's ARN.
        caller: String,
        /// The key's id.
        id: String,
    },
    /// A text that is no role's ARN.
    #[error("{arn} is invalid")]
    NoRoleArn {
        /// The text.
        arn: String,
    },
    /// A member that does not fit the others, or asks for what there is not.
    #[error("{0}")]
    InvalidParameter(&'static str),
    /// A code of a device, of which nobody has any.
    #[error("MultiFactorAuthentication failed with invalid MFA one time pass code.")]
    NoSuchDevice,
    /// What was authorized is not any more what would be changed.
    #[error("The entity was changed by another request at the same time")]
    ConcurrentModification,
    /// The daemon cannot do it now.
    #[error("the daemon cannot do this now")]
    Unavailable,
}

impl Error {
    /// A member that breaks its constraint.
    #[must_use]
    pub fn constraint(value: &str, member: &str, constraint: &'static str) -> Self {
        let (first, rest) = member.split_at(member.len().min(1));
        Self::Validation {
            value: value.to_owned(),
            member: format!("{}{rest}", first.to_ascii_lowercase()),
            constraint,
        }
    }

    /// AWS's name of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused(Refusal::LimitReached { .. }) => "Throttling",
            Self::Refused(Refusal::AuditUnavailable) | Self::Unavailable => "ServiceUnavailable",
            Self::Refused(_)
            | Self::SessionCredentials { .. }
            | Self::RootMayNotAssume
            | Self::NoSuchDevice
            | Self::UnknownAccessKey { .. } => "AccessDenied",
            Self::InvalidParameter(_) => "InvalidParameterValue",
            Self::Validation { .. } | Self::NoUserName | Self::NoRoleArn { .. } => {
                "ValidationError"
            }
            Self::NoLoginProfile { .. } => "NoSuchEntity",
            Self::Malformed { .. } => "MalformedInput",
            Self::ConcurrentModification => "ConcurrentModification",
            Self::Account(error) => account_code(error),
        }
    }
}

const fn account_code(error: &AccountError) -> &'static str {
    match error {
        AccountError::NoSuchAccount(_)
        | AccountError::NoSuchEntity { .. }
        | AccountError::NoSuchPolicy { .. }
        | AccountError::NotAttachable { .. }
        | AccountError::NoSuchPolicyVersion { .. } => "NoSuchEntity",
        AccountError::AlreadyExists { .. } | AccountError::PolicyExists { .. } => {
            "EntityAlreadyExists"
        }
        AccountError::DeleteConflict { .. }
        | AccountError::PolicyAttached
        | AccountError::SeveralPolicyVersions
        | AccountError::DefaultPolicyVersion => "DeleteConflict",
        AccountError::LimitExceeded { .. } | AccountError::TooManyPolicyVersions { .. } => {
            "LimitExceeded"
        }
        AccountError::MalformedPolicy(_)
        | AccountError::PolicyVersion
        | AccountError::InvalidPrincipal => "MalformedPolicyDocument",
        AccountError::DuplicateTags { .. } => "InvalidInput",
        AccountError::Invalid { .. }
        | AccountError::SessionTooLong { .. }
        | AccountError::InvalidArn { .. }
        | AccountError::Constraint { .. } => "ValidationError",
        AccountError::Unmodifiable => "AccessDenied",
        AccountError::Store(hsmd_identity::Error::Conflict) => "ConcurrentModification",
        AccountError::Store(_) => "ServiceFailure",
    }
}

impl Failure for Error {
    fn name(&self) -> &'static str {
        self.code()
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<AccountError> for Error {
    fn from(error: AccountError) -> Self {
        Self::Account(error)
    }
}
