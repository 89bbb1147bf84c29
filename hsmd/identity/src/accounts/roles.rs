//! Roles of an account.

use std::collections::BTreeMap;
use std::sync::Arc;

use hsmd_keys::AccountId;
use hsmd_policy::{PolicyKind, StoredPolicy};
use hsmd_storage::{Cell, Version};

use super::entities::{Entity, Role, Tag};
use super::error::AccountError;
use super::names::KeyCase;
use super::session_limits::check_maximum;
use super::stored::{StoredThing, role_to_stored};
use super::{Accounts, names};

/// The most roles of one account.
const ROLES_MAX: usize = 5_000;

/// What makes a role.
#[derive(Debug, Clone)]
pub struct NewRole {
    /// Its name.
    pub name: String,
    /// `/`, or words between slashes.
    pub path: String,
    /// Who may assume it.
    pub trust: String,
    /// What it is for.
    pub description: String,
    /// The longest session, in seconds: 3,600 to 43,200.
    pub session_seconds_max: u32,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// The ARN of its permissions boundary.
    pub boundary: Option<String>,
}

impl Accounts {
    /// The role with this name, whatever the case of its letters.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchEntity`].
    pub fn role(&self, account: AccountId, name: &str) -> Result<Arc<Role>, AccountError> {
        let known = self.known.read();
        let found = known.state(account)?.roles.get(&name.to_ascii_lowercase());
        found
            .map(|kept| Arc::clone(&kept.value))
            .ok_or_else(|| AccountError::no_role(name))
    }

    /// The role with this ARN, of any account.
    #[must_use]
    pub fn role_of_arn(&self, arn: &str) -> Option<Arc<Role>> {
        let (account, resource) = names::split_arn(arn)?;
        let name = resource.rsplit('/').next()?;
        let role = self.role(account, name).ok()?;
        (role.arn() == arn).then_some(role)
    }

    /// Every role of the account, by name.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchAccount`].
    pub fn roles(&self, account: AccountId) -> Result<Vec<Arc<Role>>, AccountError> {
        let known = self.known.read();
        let roles = known.state(account)?.roles.values();
        Ok(roles.map(|kept| Arc::clone(&kept.value)).collect())
    }

    /// Makes a role.
    ///
    /// # Errors
    ///
    /// [`AccountError::AlreadyExists`], [`AccountError::MalformedPolicy`], [`AccountError::InvalidPrincipal`],
    /// [`AccountError::Invalid`], [`AccountError::LimitExceeded`]; the store's.
    pub async fn create_role(
        &self,
        account: AccountId,
        new: NewRole,
    ) -> Result<Arc<Role>, AccountError> {
        names::check_name("roleName", &new.name, 64)?;
        names::check_path(&new.path)?;
        names::check_text("description", &new.description, 1_000)?;
        check_maximum(new.session_seconds_max)?;
        let tags = names::with_tags(&[], &new.tags, KeyCase::Ignored)?;
        let _turn = self.change.lock().await;
        self.check_boundary(account, new.boundary.as_deref())?;
        {
            let known = self.known.read();
            let roles = &known.state(account)?.roles;
            if roles.contains_key(&new.name.to_ascii_lowercase()) {
                return Err(AccountError::AlreadyExists {
                    what: "Role",
                    name: new.name,
                });
            }
            names::check_count("RolesPerAccount", roles.len(), ROLES_MAX)?;
        }
        let role = Role {
            entity: Entity {
                account,
                name: new.name,
                path: new.path,
                id: names::new_id("AROA", 21)?,
                created_at: self.now_seconds(),
                tags,
                inline_policies: BTreeMap::new(),
                attached_policies: Vec::new(),
                boundary: new.boundary,
            },
            description: new.description,
            session_seconds_max: new.session_seconds_max,
            trust: self.trust_policy(&new.trust)?,
        };
        self.put_role(role).await
    }

    /// Changes what a role is for and how long its sessions may be.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchEntity`], [`AccountError::Invalid`]; the store's.
    pub async fn update_role(
        &self,
        account: AccountId,
        name: &str,
        description: Option<String>,
        session_seconds_max: Option<u32>,
    ) -> Result<Arc<Role>, AccountError> {
        let _turn = self.change.lock().await;
        let mut role = Role::clone(&*self.role(account, name)?);
        if let Some(description) = description {
            names::check_text("description", &description, 1_000)?;
            role.description = description;
        }
        if let Some(seconds) = session_seconds_max {
            check_maximum(seconds)?;
            role.session_seconds_max = seconds;
        }
        self.put_role(role).await
    }

    /// Changes who may assume a role.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchEntity`], [`AccountError::MalformedPolicy`], [`AccountError::InvalidPrincipal`]; the store's.
    pub async fn update_trust_policy(
        &self,
        account: AccountId,
        name: &str,
        trust: &str,
    ) -> Result<(), AccountError> {
        let _turn = self.change.lock().await;
        let mut role = Role::clone(&*self.role(account, name)?);
        role.trust = self.trust_policy(trust)?;
        self.put_role(role).await.map(drop)
    }

    /// Deletes a role that has no policies any more. Its sessions end.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchEntity`], [`AccountError::DeleteConflict`]; the store's.
    pub async fn delete_role(&self, account: AccountId, name: &str) -> Result<(), AccountError> {
        let _turn = self.change.lock().await;
        let role = self.role(account, name)?;
        role.entity.check_unused()?;
        let version = self.role_version(&role)?;
        let id = role.entity.id.as_bytes();
        self.things
            .delete(
                Cell::SYSTEM,
                id,
                version.unwrap_or(hsmd_storage::Version(0)),
            )
            .await?;
        let mut known = self.known.write();
        if let Some(state) = known.accounts.get_mut(&account) {
            state.roles.remove(&name.to_ascii_lowercase());
        }
        self.sessions.forget_all();
        Ok(())
    }

    /// Changes a role. The lock on changes is held by the caller.
    pub(super) async fn change_role(
        &self,
        account: AccountId,
        name: &str,
        change: impl FnOnce(&mut Entity) -> Result<(), AccountError>,
    ) -> Result<(), AccountError> {
        let mut role = Role::clone(&*self.role(account, name)?);
        change(&mut role.entity)?;
        self.put_role(role).await.map(drop)
    }

    async fn put_role(&self, role: Role) -> Result<Arc<Role>, AccountError> {
        let expected = self.role_version(&role)?;
        let (account, name) = (role.entity.account, role.entity.name.clone());
        let id = role.entity.id.as_bytes();
        let bytes = role_to_stored(&role);
        let version = self.things.put(Cell::SYSTEM, id, expected, bytes).await?;
        self.known.write().insert(StoredThing::Role(role), version);
        self.sessions.forget_all();
        self.role(account, &name)
    }

    fn role_version(&self, role: &Role) -> Result<Option<Version>, AccountError> {
        let known = self.known.read();
        let roles = &known.state(role.entity.account)?.roles;
        let present = roles.get(&role.entity.name.to_ascii_lowercase());
        Ok(present.map(|kept| kept.version))
    }

    /// Reads a trust policy, whose principals must be there.
    fn trust_policy(&self, text: &str) -> Result<Arc<StoredPolicy>, AccountError> {
        let policy = StoredPolicy::parse(text, PolicyKind::Trust)?;
        let all_exist = policy
            .document
            .named_principals()
            .all(|principal| self.principal_exists(&principal));
        all_exist
            .then_some(policy)
            .ok_or(AccountError::InvalidPrincipal)
    }
}
