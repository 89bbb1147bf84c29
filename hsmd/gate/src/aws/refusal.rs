//! Why a request of an AWS principal is not admitted.

use std::fmt;

use hsm_algorithms::KmsKeyUsage;
use hsmd_keys::KeyState;
use hsmd_policy::Denial;

/// Why a request of an AWS principal is not admitted. Each is one exception of the KMS API; the door gives it its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AwsRefusal {
    /// Policies and grants do not allow it.
    AccessDenied {
        /// The caller's ARN.
        caller: String,
        /// The permission, as `kms:Decrypt`.
        permission: &'static str,
        /// The ARN that it was asked for.
        resource: String,
        /// Why.
        denial: Denial,
    },
    /// A ciphertext names a key that is not there, or that the caller may not use.
    CiphertextKeyDenied,
    /// The text names no key: `Invalid keyId '…'`.
    KeyIdInvalid {
        /// The text.
        text: String,
    },
    /// An alias where only ids and ARNs are taken.
    AliasNotTaken {
        /// The text.
        text: String,
    },
    /// The ARN is of another Region: `Invalid arn …`.
    ArnOfAnotherRegion {
        /// That Region.
        region: String,
    },
    /// The ARN is malformed.
    ArnInvalid {
        /// The text.
        text: String,
    },
    /// There is no such key in the caller's account.
    KeyNotFound {
        /// Its ARN.
        arn: String,
    },
    /// There is no such alias in the caller's account.
    AliasNotFound {
        /// Its ARN.
        arn: String,
    },
    /// There is no such grant.
    GrantNotFound {
        /// Its id.
        grant: String,
    },
    /// A grant token names no grant.
    GrantTokenInvalid,
    /// The key is disabled.
    Disabled {
        /// Its ARN.
        arn: String,
    },
    /// The key's state does not allow this.
    InvalidState {
        /// Its ARN.
        arn: String,
        /// The state.
        state: KeyState,
    },
    /// Keys in this state never allow this.
    Unsupported {
        /// The key's ARN.
        arn: String,
    },
    /// The ciphertext was made by another key than the one that is named.
    IncorrectKey,
    /// All is well, and the request asked no more than that.
    DryRun,
    /// The key is for something else.
    InvalidUsage {
        /// Its ARN.
        arn: String,
        /// What it is for.
        usage: KmsKeyUsage,
        /// What was asked, as `Encrypt`.
        operation: &'static str,
    },
}

impl AwsRefusal {
    /// The name that the audit log writes as `errorCode`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AccessDenied { .. } | Self::CiphertextKeyDenied => "AccessDenied",
            Self::KeyIdInvalid { .. }
            | Self::AliasNotTaken { .. }
            | Self::ArnOfAnotherRegion { .. }
            | Self::KeyNotFound { .. }
            | Self::AliasNotFound { .. }
            | Self::GrantNotFound { .. } => "NotFoundException",
            Self::ArnInvalid { .. } => "InvalidArnException",
            Self::GrantTokenInvalid => "InvalidGrantTokenException",
            Self::Disabled { .. } => "DisabledException",
            Self::InvalidState { .. } => "KMSInvalidStateException",
            Self::Unsupported { .. } => "UnsupportedOperationException",
            Self::IncorrectKey => "IncorrectKeyException",
            Self::DryRun => "DryRunOperationException",
            Self::InvalidUsage { .. } => "InvalidKeyUsageException",
        }
    }
}

/// The message, as AWS words it where it is known.
impl fmt::Display for AwsRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccessDenied {
                caller,
                permission,
                resource,
                denial,
            } => write!(
                f,
                "User: {caller} is not authorized to perform: {permission} on resource: {resource} {}",
                denial.reason(permission)
            ),
            Self::CiphertextKeyDenied => f.write_str(
                "The ciphertext refers to a customer master key that does not exist, does not exist in this region, \
                 or you are not allowed to access.",
            ),
            Self::KeyIdInvalid { text } => write!(f, "Invalid keyId '{text}'"),
            Self::AliasNotTaken { text } => write!(f, "Invalid keyId {text}"),
            Self::ArnOfAnotherRegion { region } => write!(f, "Invalid arn {region}"),
            Self::ArnInvalid { text } => write!(f, "Invalid arn {text}"),
            Self::KeyNotFound { arn } => write!(f, "Key '{arn}' does not exist"),
            Self::AliasNotFound { arn } => write!(f, "Alias {arn} is not found."),
            Self::GrantNotFound { grant } => write!(f, "Grant ID {grant} not found"),
            Self::GrantTokenInvalid => f.write_str("Invalid grant token"),
            Self::Disabled { arn } => write!(f, "{arn} is disabled."),
            Self::InvalidState { arn, state } => match state {
                KeyState::PendingDeletion => write!(f, "{arn} is pending deletion."),
                KeyState::PendingReplicaDeletion => write!(f, "{arn} is pending replica deletion."),
                KeyState::Unavailable => write!(f, "{arn} is unavailable."),
                KeyState::Creating => write!(f, "{arn} is creating."),
                KeyState::Updating => write!(f, "{arn} is updating."),
                KeyState::PendingImport => write!(f, "{arn} is pending import."),
                // What is left is a cancellation of what was not scheduled.
                KeyState::Enabled | KeyState::Disabled | KeyState::Destroyed => {
                    write!(f, "{arn} is not pending deletion.")
                }
            },
            Self::Unsupported { arn: _ } => Ok(()),
            Self::IncorrectKey => f.write_str(
                "The key ID in the request does not identify a CMK that can perform this operation.",
            ),
            Self::DryRun => {
                f.write_str("The request would have succeeded, but the DryRun option is set.")
            }
            Self::InvalidUsage {
                arn,
                usage,
                operation,
            } => write!(
                f,
                "{arn} key usage is {} which is not valid for {operation}.",
                usage.kms_name()
            ),
        }
    }
}

impl std::error::Error for AwsRefusal {}
