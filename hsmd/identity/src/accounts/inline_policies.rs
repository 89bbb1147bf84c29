//! Policies and tags of one user or role.

use std::collections::BTreeMap;
use std::sync::Arc;

use hsmd_keys::AccountId;
use hsmd_policy::{PolicyKind, StoredPolicy};

use super::entities::{Entity, Tag};
use super::error::AccountError;
use super::names::KeyCase;
use super::{Accounts, names};

/// The most managed policies of one user or role.
const ATTACHED_MAX: usize = 20;

/// Who has policies and tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder<'a> {
    /// The user with this name.
    User(&'a str),
    /// The role with this name.
    Role(&'a str),
}

impl Accounts {
    /// The tags, inline policies and attached policies of a user or role.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchEntity`].
    pub fn entity(&self, account: AccountId, of: Holder<'_>) -> Result<Entity, AccountError> {
        match of {
            Holder::User(name) => Ok(self.user(account, name)?.entity.clone()),
            Holder::Role(name) => Ok(self.role(account, name)?.entity.clone()),
        }
    }

    /// An inline policy.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchEntity`].
    pub fn inline_policy(
        &self,
        account: AccountId,
        of: Holder<'_>,
        name: &str,
    ) -> Result<Arc<StoredPolicy>, AccountError> {
        let found = self.entity(account, of)?.inline_policies.remove(name);
        found.ok_or_else(|| no_policy(of, name))
    }

    /// Puts an inline policy, in place of one of the same name if there is one.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchEntity`], [`AccountError::MalformedPolicy`], [`AccountError::LimitExceeded`]; the store's.
    pub async fn put_inline_policy(
        &self,
        account: AccountId,
        of: Holder<'_>,
        name: &str,
        text: &str,
    ) -> Result<(), AccountError> {
        names::check_name("policyName", name, 128)?;
        let policy = StoredPolicy::parse(text, PolicyKind::Identity)?;
        self.change_entity(account, of, |entity| {
            entity.inline_policies.insert(name.to_owned(), policy);
            check_length(&entity.inline_policies)
        })
        .await
    }

    /// Deletes an inline policy.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchEntity`]; the store's.
    pub async fn delete_inline_policy(
        &self,
        account: AccountId,
        of: Holder<'_>,
        name: &str,
    ) -> Result<(), AccountError> {
        self.change_entity(account, of, |entity| {
            let removed = entity.inline_policies.remove(name);
            removed.map(drop).ok_or_else(|| no_policy(of, name))
        })
        .await
    }

    /// Attaches a managed policy; again if it is attached already.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchEntity`], [`AccountError::NoSuchPolicy`], [`AccountError::LimitExceeded`]; the store's.
    pub async fn attach_policy(
        &self,
        account: AccountId,
        of: Holder<'_>,
        arn: &str,
    ) -> Result<(), AccountError> {
        self.change_entity(account, of, |entity| {
            self.attachable(account, arn)?;
            if entity
                .attached_policies
                .iter()
                .any(|present| present == arn)
            {
                return Ok(());
            }
            let quota = match of {
                Holder::User(_) => "PoliciesPerUser",
                Holder::Role(_) => "PoliciesPerRole",
            };
            names::check_count(quota, entity.attached_policies.len(), ATTACHED_MAX)?;
            entity.attached_policies.push(arn.to_owned());
            Ok(())
        })
        .await
    }

    /// Detaches a managed policy.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchEntity`], [`AccountError::NoSuchPolicy`] if it is not attached; the store's.
    pub async fn detach_policy(
        &self,
        account: AccountId,
        of: Holder<'_>,
        arn: &str,
    ) -> Result<(), AccountError> {
        self.change_entity(account, of, |entity| {
            let position = entity
                .attached_policies
                .iter()
                .position(|present| present == arn);
            let position = position.ok_or_else(|| AccountError::NoSuchPolicy {
                arn: arn.to_owned(),
            })?;
            entity.attached_policies.remove(position);
            Ok(())
        })
        .await
    }

    /// Sets tags, in place of those of the same key.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchEntity`], [`AccountError::Invalid`], [`AccountError::LimitExceeded`]; the store's.
    pub async fn tag(
        &self,
        account: AccountId,
        of: Holder<'_>,
        tags: &[Tag],
    ) -> Result<(), AccountError> {
        self.change_entity(account, of, |entity| {
            entity.tags = names::with_tags(&entity.tags, tags, KeyCase::Ignored)?;
            Ok(())
        })
        .await
    }

    /// Removes tags; keys that are not there are left alone.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchEntity`]; the store's.
    pub async fn untag(
        &self,
        account: AccountId,
        of: Holder<'_>,
        keys: &[String],
    ) -> Result<(), AccountError> {
        self.change_entity(account, of, |entity| {
            entity
                .tags
                .retain(|(key, _)| !keys.iter().any(|one| KeyCase::Ignored.is_same(one, key)));
            Ok(())
        })
        .await
    }

    pub(super) async fn change_entity(
        &self,
        account: AccountId,
        of: Holder<'_>,
        change: impl FnOnce(&mut Entity) -> Result<(), AccountError>,
    ) -> Result<(), AccountError> {
        let _turn = self.change.lock().await;
        match of {
            Holder::User(name) => self.change_user(account, name, change).await,
            Holder::Role(name) => self.change_role(account, name, change).await,
        }
    }

    /// The managed policies attached to an entity, by name and ARN.
    #[must_use]
    pub fn attached_policies(&self, entity: &Entity) -> Vec<(String, String)> {
        let known = self.known.read();
        let state = known.accounts.get(&entity.account);
        let named = entity.attached_policies.iter().filter_map(|arn| {
            let policy = state?.policy(arn)?;
            Some((policy.name.clone(), arn.clone()))
        });
        named.collect()
    }
}

fn no_policy(of: Holder<'_>, name: &str) -> AccountError {
    match of {
        Holder::User(_) => AccountError::no_entity("user policy", name),
        Holder::Role(_) => AccountError::no_entity("role policy", name),
    }
}

/// AWS counts the characters of all inline policies together, white space left out.
fn check_length(policies: &BTreeMap<String, Arc<StoredPolicy>>) -> Result<(), AccountError> {
    let characters = |policy: &Arc<StoredPolicy>| {
        let characters = policy.text.chars();
        characters
            .filter(|character| !character.is_whitespace())
            .count()
    };
    if policies.values().map(characters).sum::<usize>() > names::INLINE_POLICY_BYTES_MAX {
        return Err(AccountError::LimitExceeded {
            quota: "bytes of inline policies",
            maximum: names::INLINE_POLICY_BYTES_MAX,
        });
    }
    Ok(())
}
