//! What an account has: users, roles, managed policies and access keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use hsmd_keys::AccountId;
use hsmd_policy::StoredPolicy;

/// A name and a value that someone gave to an entity.
pub type Tag = (String, String);

/// One account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its twelve digits.
    pub id: AccountId,
    /// What operators call it.
    pub name: String,
    /// Seconds since 1970.
    pub created_at: u64,
}

/// What users and roles have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// Whose it is.
    pub account: AccountId,
    /// Unique in the account among entities of its kind, whatever the case of its letters.
    pub name: String,
    /// `/`, or words between slashes.
    pub path: String,
    /// `AIDA…` of a user, `AROA…` of a role: never used again.
    pub id: String,
    /// Seconds since 1970.
    pub created_at: u64,
    /// By key.
    pub tags: Vec<Tag>,
    /// Policies of its own, by name.
    pub inline_policies: BTreeMap<String, Arc<StoredPolicy>>,
    /// The ARNs of managed policies.
    pub attached_policies: Vec<String>,
    /// The ARN of the managed policy that is its permissions boundary.
    pub boundary: Option<String>,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// What it has in common with roles.
    pub entity: Entity,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// What it has in common with users.
    pub entity: Entity,
    /// What it is for.
    pub description: String,
    /// The longest session, in seconds.
    pub session_seconds_max: u32,
    /// Who may assume it.
    pub trust: Arc<StoredPolicy>,
}

/// A policy with an ARN of its own, to be attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// Whose it is; none of those that AWS provides.
    pub account: Option<AccountId>,
    /// Unique in the account, whatever the case of its letters.
    pub name: String,
    /// `/`, or words between slashes.
    pub path: String,
    /// `ANPA…`: never used again.
    pub id: String,
    /// What it is for.
    pub description: String,
    /// Seconds since 1970.
    pub created_at: u64,
    /// Seconds since 1970.
    pub updated_at: u64,
    /// At most five, the oldest first.
    pub versions: Vec<PolicyVersion>,
    /// The number of the version that counts.
    pub default_version: u32,
    /// The number of the next version.
    pub next_version: u32,
    /// By key.
    pub tags: Vec<Tag>,
}

/// One version of a managed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyVersion {
    /// 1 for `v1`.
    pub number: u32,
    /// Seconds since 1970.
    pub created_at: u64,
    /// What it says.
    pub policy: Arc<StoredPolicy>,
}

/// What is known of an access key besides its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// `AKIA…`.
    pub id: String,
    /// Whose it is.
    pub account: AccountId,
    /// The name of its user; none of the root user's and of services'.
    pub user: Option<String>,
    /// The service that it proves, as `s3.amazonaws.com`.
    pub service: Option<String>,
    /// Whether it may be used.
    pub is_active: bool,
    /// Seconds since 1970.
    pub created_at: u64,
}

/// Whose an access key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyHolder<'a> {
    /// The account's root user.
    Root,
    /// The user with this name.
    User(&'a str),
    /// A service, as `s3.amazonaws.com`, which acts in the account.
    Service(&'a str),
}

/// The user with that name, or the root user.
impl<'a> From<Option<&'a str>> for KeyHolder<'a> {
    fn from(user: Option<&'a str>) -> Self {
        user.map_or(Self::Root, Self::User)
    }
}

impl AccessKey {
    /// Whose it is.
    #[must_use]
    pub fn holder(&self) -> KeyHolder<'_> {
        match &self.service {
            Some(service) => KeyHolder::Service(service),
            None => self.user.as_deref().into(),
        }
    }
}

impl Entity {
    fn arn(&self, kind: &str) -> String {
        format!(
            "arn:aws:iam::{}:{kind}{}{}",
            self.account, self.path, self.name
        )
    }
}

impl User {
    /// As `arn:aws:iam::111122223333:user/path/name`.
    #[must_use]
    pub fn arn(&self) -> String {
        self.entity.arn("user")
    }
}

impl Role {
    /// As `arn:aws:iam::111122223333:role/path/name`.
    #[must_use]
    pub fn arn(&self) -> String {
        self.entity.arn("role")
    }
}

impl ManagedPolicy {
    /// As `arn:aws:iam::111122223333:policy/path/name`, with `aws` as the account of those that AWS provides.
    #[must_use]
    pub fn arn(&self) -> String {
        match self.account {
            Some(account) => format!("arn:aws:iam::{account}:policy{}{}", self.path, self.name),
            None => format!("arn:aws:iam::aws:policy{}{}", self.path, self.name),
        }
    }

    /// The version with this number.
    #[must_use]
    pub fn version(&self, number: u32) -> Option<&PolicyVersion> {
        self.versions
            .iter()
            .find(|version| version.number == number)
    }

    /// The version that counts.
    #[must_use]
    pub fn default(&self) -> Option<&PolicyVersion> {
        self.version(self.default_version)
    }
}
