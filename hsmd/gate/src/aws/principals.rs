//! What the gate asks of those who know AWS principals.

use std::sync::Arc;

use hsmd_identity::{Accounts, AwsPrincipal, PrincipalKind};
use hsmd_keys::AccountId;
use hsmd_policy::{Principal, StoredPolicy};

/// Knows principals and their policies.
pub trait Principals: Send + Sync {
    /// The policies of a user, or of the role of a session, now.
    fn identity_policies(&self, principal: &AwsPrincipal) -> Vec<Arc<StoredPolicy>>;

    /// The permissions boundary of a user, or of the role of a session.
    fn boundary(&self, principal: &AwsPrincipal) -> Option<Arc<StoredPolicy>>;

    /// What those policies are called, in the same order.
    fn policy_names(&self, principal: &AwsPrincipal) -> Vec<String>;

    /// The user of an account with this name.
    fn user(&self, account: AccountId, name: &str) -> Option<AwsPrincipal>;

    /// The role with this ARN: whose it is, and who may assume it.
    fn trust(&self, role_arn: &str) -> Option<Trust>;
}

/// Who may assume a role.
pub struct Trust {
    /// Whose the role is.
    pub account: AccountId,
    /// Its trust policy.
    pub policy: Arc<StoredPolicy>,
}

impl Principals for Accounts {
    fn identity_policies(&self, principal: &AwsPrincipal) -> Vec<Arc<StoredPolicy>> {
        self.identity_policies(principal)
    }

    fn boundary(&self, principal: &AwsPrincipal) -> Option<Arc<StoredPolicy>> {
        self.boundary(principal)
    }

    fn policy_names(&self, principal: &AwsPrincipal) -> Vec<String> {
        self.policy_names(principal)
    }

    fn user(&self, account: AccountId, name: &str) -> Option<AwsPrincipal> {
        self.user_principal(account, name)
    }

    fn trust(&self, role_arn: &str) -> Option<Trust> {
        let role = self.role_of_arn(role_arn)?;
        Some(Trust {
            account: role.entity.account,
            policy: Arc::clone(&role.trust),
        })
    }
}

/// Nobody has any policy: only key policies and grants count.
pub(crate) struct NoPrincipals;

impl Principals for NoPrincipals {
    fn identity_policies(&self, _principal: &AwsPrincipal) -> Vec<Arc<StoredPolicy>> {
        Vec::new()
    }

    fn boundary(&self, _principal: &AwsPrincipal) -> Option<Arc<StoredPolicy>> {
        None
    }

    fn policy_names(&self, _principal: &AwsPrincipal) -> Vec<String> {
        Vec::new()
    }

    fn user(&self, _account: AccountId, _name: &str) -> Option<AwsPrincipal> {
        None
    }

    fn trust(&self, _role_arn: &str) -> Option<Trust> {
        None
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
