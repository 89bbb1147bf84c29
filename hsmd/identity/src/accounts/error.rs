//! Why something of an account is not there or cannot be changed.

use std::borrow::Cow;

use hsmd_keys::AccountId;
use hsmd_policy::MalformedPolicy;

/// Why a question about an account, or a change to it, failed. The texts are those that AWS is known to send.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// This daemon has no such account.
    #[error("there is no account {0}")]
    NoSuchAccount(AccountId),
    /// The account has no such thing.
    #[error("The {what} with {key} {value} cannot be found.")]
    NoSuchEntity {
        /// As `user`.
        what: &'static str,
        /// What it is found by: `name` or `id`.
        key: &'static str,
        /// The name.
        value: String,
    },
    /// There is no managed policy with this ARN.
    #[error("Policy {arn} was not found.")]
    NoSuchPolicy {
        /// The ARN.
        arn: String,
    },
    /// There is no managed policy with this ARN that could be attached.
    #[error("Policy {arn} does not exist or is not attachable.")]
    NotAttachable {
        /// The ARN.
        arn: String,
    },
    /// What should be an ARN is none.
    #[error("ARN {text} is not valid.")]
    InvalidArn {
        /// The text.
        text: String,
    },
    /// The policy has no such version.
    #[error("Policy {arn} version {version} does not exist or is not attachable.")]
    NoSuchPolicyVersion {
        /// The policy's ARN.
        arn: String,
        /// As `v2`.
        version: String,
    },
    /// The name belongs to another.
    #[error("{what} with name {name} already exists.")]
    AlreadyExists {
        /// As `User`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A managed policy has this name already.
    #[error("A policy called {name} already exists. Duplicate names are not allowed.")]
    PolicyExists {
        /// The name.
        name: String,
    },
    /// It still has something, or something still has it.
    #[error("Cannot delete entity, must {must} first.")]
    DeleteConflict {
        /// As `delete policies`.
        must: &'static str,
    },
    /// A managed policy that is attached cannot be deleted.
    #[error("Cannot delete a policy attached to entities.")]
    PolicyAttached,
    /// A managed policy is deleted with one version, not with several.
    #[error(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. \
         The default version is deleted with the policy."
    )]
    SeveralPolicyVersions,
    /// A managed policy has as many versions as it may have.
    #[error(
        "A managed policy can have up to {maximum} versions. Before you create a new version, you must delete an existing \
         version."
    )]
    TooManyPolicyVersions {
        /// How many there may be.
        maximum: usize,
    },
    /// The version that counts cannot be deleted.
    #[error("Cannot delete the default version of a policy.")]
    DefaultPolicyVersion,
    /// One of AWS's quotas.
    #[error("Cannot exceed quota for {quota}: {maximum}")]
    LimitExceeded {
        /// As `AccessKeysPerUser`.
        quota: &'static str,
        /// How many there may be.
        maximum: usize,
    },
    /// A policy's text is not a policy of its kind.
    #[error(transparent)]
    MalformedPolicy(#[from] MalformedPolicy),
    /// Managed policies are of the newest version of the language.
    #[error("Policy document must be version 2012-10-17 or greater.")]
    PolicyVersion,
    /// A trust policy names a principal that is not there.
    #[error("Invalid principal in policy")]
    InvalidPrincipal,
    /// A value cannot be what it should be.
    #[error("The specified value for {member} is invalid. {rule}")]
    Invalid {
        /// The member's name in its first letter's lower case.
        member: &'static str,
        /// What it must be.
        rule: &'static str,
    },
    /// A session would last longer than it may.
    #[error("The requested DurationSeconds exceeds the {limit}")]
    SessionTooLong {
        /// What says how long it may last.
        limit: &'static str,
    },
    /// A value breaks a constraint of AWS's model.
    #[error(
        "1 validation error detected: Value{} at '{member}' failed to satisfy constraint: Member must {rule}",
        shown(.value.as_deref())
    )]
    Constraint {
        /// The value, where AWS shows it.
        value: Option<String>,
        /// The member's path, as `tags.1.member.key`.
        member: String,
        /// As `have length less than or equal to 128`.
        rule: Cow<'static, str>,
    },
    /// Two tags of one request have one key.
    #[error("Duplicate tag keys found.{}", if *.is_case_ignored { " Please note that Tag keys are case insensitive." } else { "" })]
    DuplicateTags {
        /// Whether keys that differ in case alone are one.
        is_case_ignored: bool,
    },
    /// AWS's own policies cannot be changed.
    #[error("Policies that AWS provides cannot be changed.")]
    Unmodifiable,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] crate::Error),
}

impl AccountError {
    pub(super) fn no_user(name: &str) -> Self {
        Self::no_entity("user", name)
    }

    pub(super) fn no_role(name: &str) -> Self {
        Self::no_entity("role", name)
    }

    pub(super) fn no_entity(what: &'static str, name: &str) -> Self {
        Self::NoSuchEntity {
            what,
            key: "name",
            value: name.to_owned(),
        }
    }

    pub(super) fn no_access_key(id: &str) -> Self {
        Self::NoSuchEntity {
            what: "Access Key",
            key: "id",
            value: id.to_owned(),
        }
    }
}

fn shown(value: Option<&str>) -> String {
    value.map_or_else(String::new, |value| format!(" '{value}'"))
}

impl From<hsmd_keys::Error> for AccountError {
    fn from(error: hsmd_keys::Error) -> Self {
        Self::Store(error.into())
    }
}
