//! Users of an account.

use std::collections::BTreeMap;
use std::sync::Arc;

use hsmd_keys::AccountId;
use hsmd_storage::Cell;

use super::entities::{Entity, Tag, User};
use super::error::AccountError;
use super::names::KeyCase;
use super::stored::{StoredThing, user_to_stored};
use super::{Accounts, names};

/// The most users of one account.
const USERS_MAX: usize = 5_000;

impl Accounts {
    /// The user with this name, whatever the case of its letters.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchEntity`].
    pub fn user(&self, account: AccountId, name: &str) -> Result<Arc<User>, AccountError> {
        let known = self.known.read();
        let found = known.state(account)?.users.get(&name.to_ascii_lowercase());
        found
            .map(|kept| Arc::clone(&kept.value))
            .ok_or_else(|| AccountError::no_user(name))
    }

    /// Every user of the account, by name.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchAccount`].
    pub fn users(&self, account: AccountId) -> Result<Vec<Arc<User>>, AccountError> {
        let known = self.known.read();
        let users = known.state(account)?.users.values();
        Ok(users.map(|kept| Arc::clone(&kept.value)).collect())
    }

    /// Makes a user. `boundary` is the ARN of its permissions boundary.
    ///
    /// # Errors
    ///
    /// [`AccountError::AlreadyExists`], [`AccountError::NoSuchPolicy`], [`AccountError::Invalid`], [`AccountError::LimitExceeded`]; the store's.
    pub async fn create_user(
        &self,
        account: AccountId,
        name: &str,
        path: &str,
        tags: &[Tag],
        boundary: Option<&str>,
    ) -> Result<Arc<User>, AccountError> {
        let _turn = self.change.lock().await;
        self.check_boundary(account, boundary)?;
        self.check_new_user(account, name)?;
        names::check_path(path)?;
        let entity = Entity {
            account,
            name: name.to_owned(),
            path: path.to_owned(),
            id: names::new_id("AIDA", 21)?,
            created_at: self.now_seconds(),
            tags: names::with_tags(&[], tags, KeyCase::Ignored)?,
            inline_policies: BTreeMap::new(),
            attached_policies: Vec::new(),
            boundary: boundary.map(str::to_owned),
        };
        self.put_user(User { entity }, None).await
    }

    /// Gives a user another name or path.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchEntity`], [`AccountError::AlreadyExists`], [`AccountError::Invalid`]; the store's.
    pub async fn update_user(
        &self,
        account: AccountId,
        name: &str,
        new_name: Option<&str>,
        new_path: Option<&str>,
    ) -> Result<(), AccountError> {
        let _turn = self.change.lock().await;
        let mut user = User::clone(&*self.user(account, name)?);
        if let Some(new_name) = new_name {
            if !new_name.eq_ignore_ascii_case(name) {
                self.check_new_user(account, new_name)?;
            }
            names::check_name("newUserName", new_name, 64)?;
            new_name.clone_into(&mut user.entity.name);
        }
        if let Some(new_path) = new_path {
            names::check_path(new_path)?;
            new_path.clone_into(&mut user.entity.path);
        }
        self.put_user(user, Some(name)).await.map(drop)
    }

    /// Deletes a user that has no policies and access keys any more.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchEntity`], [`AccountError::DeleteConflict`]; the store's.
    pub async fn delete_user(&self, account: AccountId, name: &str) -> Result<(), AccountError> {
        let _turn = self.change.lock().await;
        let user = self.user(account, name)?;
        user.entity.check_unused()?;
        if !self.access_keys(account, Some(name))?.is_empty() {
            return Err(AccountError::DeleteConflict {
                must: "delete access keys",
            });
        }
        let version = {
            let known = self.known.read();
            let found = known.state(account)?.users.get(&name.to_ascii_lowercase());
            found.ok_or_else(|| AccountError::no_user(name))?.version
        };
        let id = user.entity.id.as_bytes();
        self.things.delete(Cell::SYSTEM, id, version).await?;
        let mut known = self.known.write();
        if let Some(state) = known.accounts.get_mut(&account) {
            state.users.remove(&name.to_ascii_lowercase());
        }
        self.sessions.forget_all();
        Ok(())
    }

    /// Changes a user. The lock on changes is held by the caller.
    pub(super) async fn change_user(
        &self,
        account: AccountId,
        name: &str,
        change: impl FnOnce(&mut Entity) -> Result<(), AccountError>,
    ) -> Result<(), AccountError> {
        let mut user = User::clone(&*self.user(account, name)?);
        change(&mut user.entity)?;
        self.put_user(user, Some(name)).await.map(drop)
    }

    /// Stores a user, which had the name `old_name`.
    async fn put_user(
        &self,
        user: User,
        old_name: Option<&str>,
    ) -> Result<Arc<User>, AccountError> {
        let account = user.entity.account;
        let old_name = old_name.map(str::to_ascii_lowercase);
        let expected = {
            let known = self.known.read();
            let users = &known.state(account)?.users;
            let present = old_name.as_ref().and_then(|name| users.get(name));
            present.map(|kept| kept.version)
        };
        let id = user.entity.id.as_bytes();
        let bytes = user_to_stored(&user);
        let version = self.things.put(Cell::SYSTEM, id, expected, bytes).await?;
        let name = user.entity.name.clone();
        {
            let mut known = self.known.write();
            if let Some((state, old_name)) = known.accounts.get_mut(&account).zip(old_name) {
                state.users.remove(&old_name);
            }
            known.insert(StoredThing::User(user), version);
        }
        self.sessions.forget_all();
        self.user(account, &name)
    }

    fn check_new_user(&self, account: AccountId, name: &str) -> Result<(), AccountError> {
        names::check_name("userName", name, 64)?;
        let known = self.known.read();
        let users = &known.state(account)?.users;
        if users.contains_key(&name.to_ascii_lowercase()) {
            return Err(AccountError::AlreadyExists {
                what: "User",
                name: name.to_owned(),
            });
        }
        names::check_count("UsersPerAccount", users.len(), USERS_MAX)
    }
}

impl Entity {
    /// Refuses to be deleted while it has policies.
    pub(super) fn check_unused(&self) -> Result<(), AccountError> {
        let must = if !self.inline_policies.is_empty() {
            "delete policies"
        } else if !self.attached_policies.is_empty() {
            "detach all policies"
        } else {
            return Ok(());
        };
        Err(AccountError::DeleteConflict { must })
    }
}
