//! Permissions boundaries: managed policies that are ceilings on what a user, or the sessions of a role, may do.

use std::sync::{Arc, LazyLock};

use hsmd_keys::AccountId;
use hsmd_policy::{PolicyKind, StoredPolicy};

use super::error::AccountError;
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

    /// How many users and roles a managed policy bounds.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchAccount`].
    pub fn bounded_by(&self, account: AccountId, arn: &str) -> Result<usize, AccountError> {
        let known = self.known.read();
        let state = known.state(account)?;
        let users = state.users.values().map(|kept| &kept.value.entity);
        let roles = state.roles.values().map(|kept| &kept.value.entity);
        let bounded = users
            .chain(roles)
            .filter(|entity| entity.boundary.as_deref() == Some(arn));
        Ok(bounded.count())
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
