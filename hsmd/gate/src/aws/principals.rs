//! What the gate asks of those who know AWS principals.

use std::sync::Arc;

use hsmd_identity::{AwsPrincipal, PrincipalKind};
use hsmd_policy::{CallerPolicies, Principal, StoredPolicy};

/// Knows the policies of principals.
pub trait PrincipalPolicies: Send + Sync {
    /// The policies that come with a principal now.
    fn policies(&self, principal: &AwsPrincipal) -> Policies;
}

/// The policies that come with a principal.
#[derive(Debug, Clone, Default)]
pub struct Policies {
    /// Those of the user or role.
    pub identity: Vec<Arc<StoredPolicy>>,
    /// The permissions boundary.
    pub boundary: Option<Arc<StoredPolicy>>,
    /// Those given when the session began.
    pub session: Vec<Arc<StoredPolicy>>,
}

impl Policies {
    /// As evaluation takes them.
    #[must_use]
    pub fn as_caller(&self) -> CallerPolicies<'_> {
        CallerPolicies {
            identity: &self.identity,
            boundary: self.boundary.as_deref(),
            session: &self.session,
        }
    }
}

/// Nobody has any policy: only key policies and grants count.
pub(crate) struct NoPolicies;

impl PrincipalPolicies for NoPolicies {
    fn policies(&self, _principal: &AwsPrincipal) -> Policies {
        Policies::default()
    }
}

/// A principal as policies name it.
#[must_use]
pub fn policy_principal(principal: &AwsPrincipal) -> Principal<'_> {
    use hsmd_policy::PrincipalKind as Kind;
    let (kind, unique_id) = match &principal.kind {
        PrincipalKind::Root => (Kind::Root, principal.unique_id.as_str()),
        PrincipalKind::User => (Kind::User, principal.unique_id.as_str()),
        PrincipalKind::AssumedRole {
            role_arn, role_id, ..
        } => (Kind::Session { role_arn }, role_id.as_str()),
        PrincipalKind::Service => (Kind::Service, ""),
    };
    Principal {
        account: principal.account.as_str(),
        arn: &principal.arn,
        unique_id,
        kind,
    }
}
