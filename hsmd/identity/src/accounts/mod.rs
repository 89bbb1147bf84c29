//! AWS accounts: their users, roles, policies and access keys, in memory and in the store.

mod access_keys;
mod boundaries;
mod credentials;
mod entities;
mod error;
mod inline_policies;
mod managed_policies;
mod names;
mod provided;
mod roles;
mod session_limits;
mod sessions;
mod stored;
#[cfg(test)]
mod tests;
mod users;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use hsmd_keys::{AccountId, Records};
use hsmd_policy::StoredPolicy;
use hsmd_secret_memory::LockedBytes;
use hsmd_storage::{Barrier, Cell, Table, Version};
use parking_lot::RwLock;

use crate::aws::{AwsPrincipal, PrincipalKind};
use crate::clock::Clock;
use crate::errors::Error;
use credentials::Credential;
use sessions::Sessions;
use stored::StoredThing;

pub use access_keys::NewAccessKey;
pub use entities::{
    AccessKey, Account, Entity, KeyHolder, ManagedPolicy, PolicyVersion, Role, Tag, User,
};
pub use error::AccountError;
pub use inline_policies::Holder;
pub use managed_policies::{NewPolicy, PolicyUse};
pub use roles::NewRole;
pub use sessions::{AssumeRole, SessionCredentials};

/// The most accounts of one daemon.
pub const ACCOUNTS_MAX: usize = 4_096;

/// All accounts, in memory and in the store.
#[expect(
    clippy::struct_field_names,
    reason = "one of its records is of the accounts themselves"
)]
pub struct Accounts {
    accounts: Records,
    things: Records,
    access_keys: Records,
    sessions: Sessions,
    clock: Arc<dyn Clock>,
    known: RwLock<Known>,
    /// Held while the store and the memory change together.
    change: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    accounts: BTreeMap<AccountId, State>,
    /// By access key id.
    credentials: HashMap<String, Arc<Credential>>,
}

/// One account with all that it has. Names are kept in lower case as well, by which they are unique.
struct State {
    account: Kept<Account>,
    users: BTreeMap<String, Kept<User>>,
    roles: BTreeMap<String, Kept<Role>>,
    policies: BTreeMap<String, Kept<ManagedPolicy>>,
}

/// Something and the version of its record.
struct Kept<T> {
    value: Arc<T>,
    version: Version,
}

impl Accounts {
    /// Opens the accounts of a store. `session_key` seals session tokens; it is 32 bytes long.
    ///
    /// # Errors
    ///
    /// [`Error::StorageUnavailable`], [`Error::Damaged`].
    pub async fn open(
        barrier: &Arc<Barrier>,
        session_key: LockedBytes,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let records = |table| Records::new(Arc::clone(barrier), table);
        let accounts = Self {
            accounts: records(Table::ACCOUNT),
            things: records(Table::PRINCIPAL),
            access_keys: records(Table::ACCESS_KEY),
            sessions: Sessions::new(session_key),
            clock,
            known: RwLock::default(),
            change: tokio::sync::Mutex::default(),
        };
        let mut known = Known::default();
        for record in accounts.accounts.list(Cell::SYSTEM).await? {
            let account = stored::account_from_stored(&record.name, &record.value)?;
            known.insert_account(account, record.version);
        }
        for record in accounts.things.list(Cell::SYSTEM).await? {
            known.insert(
                stored::thing_from_stored(&record.name, &record.value)?,
                record.version,
            );
        }
        for record in accounts.access_keys.list(Cell::SYSTEM).await? {
            let (key, user_id, secret) =
                stored::access_key_from_stored(&record.name, &record.value)?;
            known.insert_access_key(key, &user_id, secret, record.version);
        }
        *accounts.known.write() = known;
        Ok(accounts)
    }

    /// Every account, by id.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<Account>> {
        let known = self.known.read();
        let accounts = known.accounts.values();
        accounts
            .map(|state| Arc::clone(&state.account.value))
            .collect()
    }

    /// The account with this id.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<Arc<Account>> {
        let known = self.known.read();
        known
            .accounts
            .get(&id)
            .map(|state| Arc::clone(&state.account.value))
    }

    /// Makes an account, with a random id if none is given.
    ///
    /// # Errors
    ///
    /// [`AccountError::AlreadyExists`], [`AccountError::LimitExceeded`]; the store's.
    pub async fn create_account(
        &self,
        id: Option<AccountId>,
        name: &str,
    ) -> Result<Arc<Account>, AccountError> {
        names::check_account_name(name)?;
        let _turn = self.change.lock().await;
        let id = match id {
            Some(id) => id,
            None => self.unused_account_id()?,
        };
        {
            let known = self.known.read();
            if known.accounts.contains_key(&id) {
                return Err(AccountError::AlreadyExists {
                    what: "Account",
                    name: id.to_string(),
                });
            }
            names::check_count("Accounts", known.accounts.len(), ACCOUNTS_MAX)?;
        }
        let account = Account {
            id,
            name: name.to_owned(),
            created_at: self.now_seconds(),
        };
        let bytes = stored::account_to_stored(&account);
        let version = self
            .accounts
            .put(Cell::SYSTEM, id.as_bytes(), None, bytes)
            .await?;
        let mut known = self.known.write();
        known.insert_account(account, version);
        Ok(Arc::clone(&known.state(id)?.account.value))
    }

    /// Removes an account that has no users, roles, policies and access keys any more.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchAccount`], [`AccountError::DeleteConflict`]; the store's.
    pub async fn delete_account(&self, id: AccountId) -> Result<(), AccountError> {
        let _turn = self.change.lock().await;
        let version = {
            let known = self.known.read();
            let state = known.state(id)?;
            let is_empty =
                state.users.is_empty() && state.roles.is_empty() && state.policies.is_empty();
            if !is_empty || known.credentials.values().any(|one| one.key.account == id) {
                return Err(AccountError::DeleteConflict {
                    must: "delete its users, roles, policies and access keys",
                });
            }
            state.account.version
        };
        self.accounts
            .delete(Cell::SYSTEM, id.as_bytes(), version)
            .await?;
        self.known.write().accounts.remove(&id);
        Ok(())
    }

    /// The identity policies of a principal: its own, and those attached to it or to its role. Those of a session
    /// itself are [`AwsPrincipal::session_policies`].
    #[must_use]
    pub fn identity_policies(&self, principal: &AwsPrincipal) -> Vec<Arc<StoredPolicy>> {
        self.of_entity(principal, |state, entity| {
            let policies = state.policies_of(entity).map(|(_, policy)| policy);
            policies.collect()
        })
        .unwrap_or_default()
    }

    /// What those policies are called, in the same order: the names of inline policies, the ARNs of attached ones.
    #[must_use]
    pub fn policy_names(&self, principal: &AwsPrincipal) -> Vec<String> {
        self.of_entity(principal, |state, entity| {
            let names = state.policies_of(entity).map(|(name, _)| name.to_owned());
            names.collect()
        })
        .unwrap_or_default()
    }

    /// What `tell` says of the user, or of the role of the session, if it is still the same.
    fn of_entity<T>(
        &self,
        principal: &AwsPrincipal,
        tell: impl FnOnce(&State, &Entity) -> T,
    ) -> Option<T> {
        let known = self.known.read();
        let state = known.accounts.get(&principal.account)?;
        let entity = state.entity_of(principal);
        entity.map(|entity| tell(state, entity))
    }

    /// The principal with this ARN: a root user, a user, a session of a role, or any session of a role. It proves nothing.
    #[must_use]
    pub fn principal_of_arn(&self, arn: &str) -> Option<AwsPrincipal> {
        let (account, resource) = names::split_arn(arn)?;
        if resource == "root" {
            return self.account(account).map(|_| AwsPrincipal::root(account));
        }
        let (kind, name) = resource.split_once('/')?;
        match kind {
            "user" => {
                let user = self.user_principal(account, name.rsplit('/').next()?)?;
                (user.arn == arn).then_some(user)
            }
            "role" => {
                let role = self.role_of_arn(arn)?;
                Some(sessions::role_principal(&role, "any"))
            }
            "assumed-role" => {
                let (role, session) = name.split_once('/')?;
                let role = self.role(account, role).ok()?;
                Some(sessions::role_principal(&role, session))
            }
            _ => None,
        }
    }

    /// Whether an ARN, or an account's id, is a principal that there is: an account, a user, a role, or a session of a
    /// role.
    #[must_use]
    pub fn principal_exists(&self, arn: &str) -> bool {
        if let Ok(account) = arn.parse::<AccountId>() {
            return self.account(account).is_some();
        }
        self.principal_of_arn(arn).is_some()
    }

    /// The unique id of the user or role with this ARN, or of the role of this session, to which stored policies are
    /// bound.
    #[must_use]
    pub fn unique_id_of(&self, arn: &str) -> Option<String> {
        let principal = self.principal_of_arn(arn)?;
        match principal.kind {
            PrincipalKind::User => Some(principal.unique_id),
            PrincipalKind::AssumedRole { role_id, .. } => Some(role_id),
            PrincipalKind::Root | PrincipalKind::Service => None,
        }
    }

    /// The user with this name, as a principal: what someone is who logged in to a token under that name.
    #[must_use]
    pub fn user_principal(&self, account: AccountId, name: &str) -> Option<AwsPrincipal> {
        let user = self.user(account, name).ok()?;
        Some(credentials::user_principal(&user, String::new()))
    }

    fn now_seconds(&self) -> u64 {
        self.clock.since_epoch().as_secs()
    }

    fn unused_account_id(&self) -> Result<AccountId, AccountError> {
        loop {
            let mut bytes = [0; 8];
            names::random(&mut bytes)?;
            let number = 100_000_000_000 + u64::from_be_bytes(bytes) % 900_000_000_000;
            let id = AccountId::from_number(number);
            if let Some(id) = id.filter(|id| self.account(*id).is_none()) {
                return Ok(id);
            }
        }
    }
}

impl Known {
    fn state(&self, account: AccountId) -> Result<&State, AccountError> {
        let state = self.accounts.get(&account);
        state.ok_or(AccountError::NoSuchAccount(account))
    }

    fn insert_account(&mut self, account: Account, version: Version) {
        let id = account.id;
        let account = Kept {
            value: Arc::new(account),
            version,
        };
        let state = State {
            account,
            users: BTreeMap::new(),
            roles: BTreeMap::new(),
            policies: BTreeMap::new(),
        };
        self.accounts.insert(id, state);
    }

    /// Puts a user, role or policy into its account. Credentials of a user that changed say so from now on.
    fn insert(&mut self, thing: StoredThing, version: Version) {
        match thing {
            StoredThing::User(user) => {
                self.refresh_credentials(&user);
                if let Some(state) = self.accounts.get_mut(&user.entity.account) {
                    let name = user.entity.name.to_ascii_lowercase();
                    let value = Arc::new(user);
                    state.users.insert(name, Kept { value, version });
                }
            }
            StoredThing::Role(role) => {
                if let Some(state) = self.accounts.get_mut(&role.entity.account) {
                    let name = role.entity.name.to_ascii_lowercase();
                    let value = Arc::new(role);
                    state.roles.insert(name, Kept { value, version });
                }
            }
            StoredThing::Policy(account, policy) => {
                if let Some(state) = self.accounts.get_mut(&account) {
                    let name = policy.name.to_ascii_lowercase();
                    let value = Arc::new(policy);
                    state.policies.insert(name, Kept { value, version });
                }
            }
        }
    }
}

impl State {
    /// The user that a principal is, or the role that it is a session of.
    fn entity_of(&self, principal: &AwsPrincipal) -> Option<&Entity> {
        let name = principal.name.to_ascii_lowercase();
        match &principal.kind {
            PrincipalKind::User => {
                let user = self.users.get(&name).map(|kept| &kept.value.entity);
                user.filter(|entity| entity.id == principal.unique_id)
            }
            PrincipalKind::AssumedRole { role_id, .. } => {
                let role = self.roles.get(&name).map(|kept| &kept.value.entity);
                role.filter(|entity| entity.id == *role_id)
            }
            PrincipalKind::Root | PrincipalKind::Service => None,
        }
    }

    /// The policies of an entity, and what they are called: inline ones by their name, then attached ones by their ARN.
    fn policies_of<'a>(
        &'a self,
        entity: &'a Entity,
    ) -> impl Iterator<Item = (&'a str, Arc<StoredPolicy>)> {
        let inline = entity.inline_policies.iter();
        let inline = inline.map(|(name, policy)| (name.as_str(), Arc::clone(policy)));
        let attached = entity.attached_policies.iter();
        let attached = attached.filter_map(|arn| Some((arn.as_str(), self.policy_in_force(arn)?)));
        inline.chain(attached)
    }

    /// What the managed policy with this ARN says in the version that counts.
    fn policy_in_force(&self, arn: &str) -> Option<Arc<StoredPolicy>> {
        Some(Arc::clone(&self.policy(arn)?.default()?.policy))
    }

    /// The managed policy with this ARN, of the account or provided.
    fn policy(&self, arn: &str) -> Option<Arc<ManagedPolicy>> {
        let name = arn.rsplit('/').next()?.to_ascii_lowercase();
        let own = self.policies.get(&name).map(|kept| &kept.value);
        let own = own.filter(|policy| policy.arn() == arn).cloned();
        own.or_else(|| provided::policy(arn))
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts")
            .field("accounts", &self.known.read().accounts.len())
            .finish_non_exhaustive()
    }
}
