//! Why the gate refuses.

use std::sync::Arc;

use crate::aws::AwsRefusal;

/// Why a request was not admitted. Every one is in the audit log, but [`Refusal::AuditUnavailable`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The caller has no right to this action.
    #[error("the caller may not do this")]
    AccessDenied,
    /// There is no such partition, or the caller has no right to it. Says no more on purpose.
    #[error("there is no such partition")]
    PartitionNotFound,
    /// There is no such object in the partition, or it is another application's session object. Says no more on purpose.
    #[error("there is no such object")]
    ObjectNotFound,
    /// The role that the action needs is not logged in, or a key that asks for the PIN at each use was not given it.
    #[error("the action needs a login that the application does not have")]
    NotLoggedIn,
    /// The key's state does not allow the action now.
    #[error("the key's state does not allow this")]
    KeyState,
    /// The key's attributes do not allow the use, or not with this algorithm.
    #[error("the key's attributes do not allow this use")]
    KeyUseNotPermitted,
    /// The algorithm is kept for what was made with it long ago, and a strict token does not offer it.
    #[error("the token's profile does not offer this algorithm")]
    AlgorithmNotOffered,
    /// The key may not leave the partition.
    #[error("the key is not extractable")]
    KeyNotExtractable,
    /// The key may leave the partition, but not under this wrapping key (`CKA_WRAP_WITH_TRUSTED`).
    #[error("the key cannot be wrapped like this")]
    KeyNotWrappable,
    /// The object forbids the action on itself: it is not modifiable, copyable or destroyable.
    #[error("the object's own attributes forbid this action")]
    ActionProhibited,
    /// A quota was reached.
    #[error("the limit of {maximum} {what} was reached")]
    LimitReached {
        /// What there may not be more of.
        what: &'static str,
        /// How many there may be.
        maximum: u64,
    },
    /// The partition has asked more often than its rate of this group allows.
    #[error("there are too many requests of the group {group}; try again later")]
    Throttled {
        /// The group's name, as in the configuration.
        group: &'static str,
    },
    /// An AWS principal's request is refused, with an exception of AWS.
    #[error("{0}")]
    Aws(Arc<AwsRefusal>),
    /// The audit log cannot be written, so nothing is admitted.
    #[error("the audit log cannot be written, so nothing is done until it can")]
    AuditUnavailable,
}

impl Refusal {
    /// The name that the audit log writes as `errorCode`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::AccessDenied => "AccessDenied",
            Self::PartitionNotFound => "PartitionNotFound",
            Self::ObjectNotFound => "ObjectNotFound",
            Self::NotLoggedIn => "NotLoggedIn",
            Self::KeyState => "KeyState",
            Self::KeyUseNotPermitted => "KeyUseNotPermitted",
            Self::AlgorithmNotOffered => "AlgorithmUnknown",
            Self::KeyNotExtractable => "KeyNotExtractable",
            Self::KeyNotWrappable => "KeyNotWrappable",
            Self::ActionProhibited => "ActionProhibited",
            Self::LimitReached { .. } => "LimitReached",
            Self::Throttled { .. } => "Throttled",
            Self::Aws(refusal) => refusal.code(),
            Self::AuditUnavailable => "AuditUnavailable",
        }
    }
}

impl From<AwsRefusal> for Refusal {
    fn from(refusal: AwsRefusal) -> Self {
        Self::Aws(Arc::new(refusal))
    }
}
