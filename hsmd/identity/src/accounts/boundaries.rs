//! Ceilings on what a user, or the sessions of a role, may do: permissions boundaries, which are managed policies, and the
//! policies that a session is given when it begins.

use std::sync::{Arc, LazyLock};

use hsmd_keys::AccountId;
use hsmd_policy::{PolicyKind, StoredPolicy};

use super::entities::Tag;
use super::error::AccountError;
use super::names::{self, KeyCase};
use super::{Accounts, Holder};
use crate::aws::AwsPrincipal;

/// The ceiling of whoever has a boundary that is not there: nothing.
static NOTHING: LazyLock<Option<Arc<StoredPolicy>>> = LazyLock::new(|| {
    let text =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
    StoredPolicy::parse(text, PolicyKind::Identity).ok()
});

impl Accounts {
    /// The permissions boundary of a principal, if it has one.
    #[must_use]
    pub fn boundary(&self, principal: &AwsPrincipal) -> Option<Arc<StoredPolicy>> {
        let bounded = self.of_entity(principal, |state, entity| {
            let arn = entity.boundary.as_deref()?;
            Some(state.policy_in_force(arn))
        });
        bounded??.or_else(|| NOTHING.clone())
    }

    /// Gives a principal the policies and the tags of its session.
    ///
    /// # Errors
    ///
    /// [`AccountError::MalformedPolicy`]; [`AccountError::NoSuchPolicy`] of a managed policy.
    pub fn give(
        &self,
        principal: &mut AwsPrincipal,
        policies: &[String],
        policy_arns: &[String],
        tags: &[Tag],
    ) -> Result<(), AccountError> {
        let given = policies.iter();
        let given = given.map(|text| Ok(StoredPolicy::parse(text, PolicyKind::Identity)?));
        let known = self.known.read();
        let state = known.state(principal.account)?;
        let managed = policy_arns.iter().map(|arn| {
            let policy = state.policy_in_force(arn);
            policy.ok_or_else(|| AccountError::NoSuchPolicy { arn: arn.clone() })
        });
        let ceilings: Result<_, AccountError> = given.chain(managed).collect();
        principal.session_policies = ceilings?;
        principal.tags = names::merged_tags(&principal.tags, tags, KeyCase::Ignored);
        Ok(())
    }

    /// Gives a user or role a permissions boundary by the ARN of a managed policy, or takes it away.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchEntity`], [`AccountError::NoSuchPolicy`]; the store's.
    pub async fn set_boundary(
        &self,
        account: AccountId,
        of: Holder<'_>,
        arn: Option<&str>,
    ) -> Result<(), AccountError> {
        self.change_entity(account, of, |entity| {
            self.check_boundary(account, arn)?;
            entity.boundary = arn.map(str::to_owned);
            Ok(())
        })
        .await
    }

    /// Refuses a boundary that is not there.
    pub(super) fn check_boundary(
        &self,
        account: AccountId,
        arn: Option<&str>,
    ) -> Result<(), AccountError> {
        arn.map_or(Ok(()), |arn| self.policy(account, arn).map(drop))
    }
}
