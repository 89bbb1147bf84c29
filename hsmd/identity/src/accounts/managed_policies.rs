//! Managed policies of an account, with their versions.

use std::sync::Arc;

use hsmd_keys::AccountId;
use hsmd_policy::{PolicyKind, StoredPolicy};
use hsmd_storage::Cell;

use super::entities::{ManagedPolicy, PolicyVersion, Tag};
use super::error::AccountError;
use super::names::KeyCase;
use super::stored::{StoredThing, policy_to_stored};
use super::{Accounts, Entity, names, provided};

/// The most managed policies of one account.
const POLICIES_MAX: usize = 1_500;

/// The most versions of one managed policy.
const VERSIONS_MAX: usize = 5;

/// A user or role that has a managed policy.
#[derive(Debug, Clone)]
pub struct PolicyUse {
    /// Who.
    pub entity: Entity,
    /// Whether it is a role.
    pub is_role: bool,
    /// Whether the policy is attached.
    pub is_attached: bool,
    /// Whether the policy is its permissions boundary.
    pub is_boundary: bool,
}

/// What makes a managed policy.
#[derive(Debug, Clone)]
pub struct NewPolicy {
    /// Its name.
    pub name: String,
    /// `/`, or words between slashes.
    pub path: String,
    /// What it says.
    pub text: String,
    /// What it is for.
    pub description: String,
    /// Its tags.
    pub tags: Vec<Tag>,
}

impl Accounts {
    /// The managed policy with this ARN, of the account or provided.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchPolicy`].
    pub fn policy(
        &self,
        account: AccountId,
        arn: &str,
    ) -> Result<Arc<ManagedPolicy>, AccountError> {
        let known = self.known.read();
        let found = known.state(account)?.policy(arn);
        found.ok_or_else(|| AccountError::NoSuchPolicy {
            arn: arn.to_owned(),
        })
    }

    /// The version with this name, as `v1`, of the managed policy with this ARN.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchPolicyVersion`], [`AccountError::Constraint`].
    pub fn policy_version(
        &self,
        account: AccountId,
        arn: &str,
        version: &str,
    ) -> Result<(Arc<ManagedPolicy>, PolicyVersion), AccountError> {
        let number = version_number(version)?;
        let found = self.policy(account, arn).ok().and_then(|policy| {
            let found = policy.version(number)?.clone();
            Some((policy, found))
        });
        found.ok_or_else(|| no_version(arn, version))
    }

    /// Refuses what is no managed policy that the account can attach.
    pub(super) fn attachable(&self, account: AccountId, arn: &str) -> Result<(), AccountError> {
        if !arn.starts_with("arn:") {
            return Err(AccountError::InvalidArn {
                text: arn.to_owned(),
            });
        }
        let found = self.policy(account, arn).map(drop);
        found.map_err(|_| AccountError::NotAttachable {
            arn: arn.to_owned(),
        })
    }

    /// Every managed policy that the account can attach: its own by name, then the provided ones.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchAccount`].
    pub fn policies(&self, account: AccountId) -> Result<Vec<Arc<ManagedPolicy>>, AccountError> {
        let known = self.known.read();
        let own = known.state(account)?.policies.values();
        let own = own.map(|kept| Arc::clone(&kept.value));
        Ok(own.chain(provided::all().iter().cloned()).collect())
    }

    /// The users and roles that have a managed policy, attached or as their boundary.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchAccount`].
    pub fn policy_uses(
        &self,
        account: AccountId,
        arn: &str,
    ) -> Result<Vec<PolicyUse>, AccountError> {
        let known = self.known.read();
        let state = known.state(account)?;
        let users = state.users.values().map(|kept| (false, &kept.value.entity));
        let roles = state.roles.values().map(|kept| (true, &kept.value.entity));
        let uses = users.chain(roles).filter_map(|(is_role, entity)| {
            let is_attached = entity.attached_policies.iter().any(|one| one == arn);
            let is_boundary = entity.boundary.as_deref() == Some(arn);
            (is_attached || is_boundary).then(|| PolicyUse {
                entity: entity.clone(),
                is_role,
                is_attached,
                is_boundary,
            })
        });
        Ok(uses.collect())
    }

    /// Makes a managed policy.
    ///
    /// # Errors
    ///
    /// [`AccountError::AlreadyExists`], [`AccountError::MalformedPolicy`], [`AccountError::Invalid`],
    /// [`AccountError::LimitExceeded`]; the store's.
    pub async fn create_policy(
        &self,
        account: AccountId,
        new: NewPolicy,
    ) -> Result<Arc<ManagedPolicy>, AccountError> {
        names::check_name("policyName", &new.name, 128)?;
        names::check_path(&new.path)?;
        names::check_text("description", &new.description, 1_000)?;
        let now = self.now_seconds();
        let policy = ManagedPolicy {
            account: Some(account),
            id: names::new_id("ANPA", 21)?,
            created_at: now,
            updated_at: now,
            versions: vec![PolicyVersion {
                number: 1,
                created_at: now,
                policy: read(&new.text)?,
            }],
            default_version: 1,
            next_version: 2,
            tags: names::with_tags(&[], &new.tags, KeyCase::Counts)?,
            name: new.name,
            path: new.path,
            description: new.description,
        };
        let _turn = self.change.lock().await;
        {
            let known = self.known.read();
            let policies = &known.state(account)?.policies;
            if policies.contains_key(&policy.name.to_ascii_lowercase()) {
                return Err(AccountError::PolicyExists { name: policy.name });
            }
            names::check_count("PoliciesPerAccount", policies.len(), POLICIES_MAX)?;
        }
        self.put_policy(account, policy).await
    }

    /// Adds a version, which counts from now on if `is_default`.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchPolicy`], [`AccountError::MalformedPolicy`], [`AccountError::LimitExceeded`]; the store's.
    pub async fn create_policy_version(
        &self,
        account: AccountId,
        arn: &str,
        text: &str,
        is_default: bool,
    ) -> Result<PolicyVersion, AccountError> {
        let version = PolicyVersion {
            number: 0,
            created_at: self.now_seconds(),
            policy: read(text)?,
        };
        let policy = self
            .change_policy(account, arn, |policy| {
                if policy.versions.len() >= VERSIONS_MAX {
                    return Err(AccountError::TooManyPolicyVersions {
                        maximum: VERSIONS_MAX,
                    });
                }
                let number = policy.next_version;
                policy.versions.push(PolicyVersion { number, ..version });
                policy.next_version += 1;
                if is_default {
                    policy.default_version = number;
                }
                Ok(())
            })
            .await?;
        let newest = policy.versions.last().cloned();
        newest.ok_or_else(|| no_version(arn, "v1"))
    }

    /// Makes another version count.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchPolicyVersion`], [`AccountError::Constraint`]; the store's.
    pub async fn set_default_policy_version(
        &self,
        account: AccountId,
        arn: &str,
        version: &str,
    ) -> Result<(), AccountError> {
        let number = self.policy_version(account, arn, version)?.1.number;
        self.change_policy(account, arn, |policy| {
            // Another request may have deleted it meanwhile.
            let found = policy.version(number);
            policy.default_version = found.ok_or_else(|| no_version(arn, version))?.number;
            Ok(())
        })
        .await
        .map(drop)
    }

    /// Deletes a version that does not count.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchPolicyVersion`], [`AccountError::Constraint`], [`AccountError::DefaultPolicyVersion`]; the
    /// store's.
    pub async fn delete_policy_version(
        &self,
        account: AccountId,
        arn: &str,
        version: &str,
    ) -> Result<(), AccountError> {
        let number = self.policy_version(account, arn, version)?.1.number;
        self.change_policy(account, arn, |policy| {
            if number == policy.default_version {
                return Err(AccountError::DefaultPolicyVersion);
            }
            policy.versions.retain(|version| version.number != number);
            Ok(())
        })
        .await
        .map(drop)
    }

    /// Sets tags, in place of those of the same key.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchPolicy`], [`AccountError::Invalid`]; the store's.
    pub async fn tag_policy(
        &self,
        account: AccountId,
        arn: &str,
        tags: &[Tag],
    ) -> Result<(), AccountError> {
        self.change_policy(account, arn, |policy| {
            policy.tags = names::with_tags(&policy.tags, tags, KeyCase::Counts)?;
            Ok(())
        })
        .await
        .map(drop)
    }

    /// Removes tags; keys that are not there are left alone.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchPolicy`]; the store's.
    pub async fn untag_policy(
        &self,
        account: AccountId,
        arn: &str,
        keys: &[String],
    ) -> Result<(), AccountError> {
        self.change_policy(account, arn, |policy| {
            policy.tags.retain(|(key, _)| !keys.contains(key));
            Ok(())
        })
        .await
        .map(drop)
    }

    /// Deletes a managed policy that has one version and is attached nowhere.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchPolicy`], [`AccountError::PolicyAttached`], [`AccountError::DeleteConflict`]; the store's.
    pub async fn delete_policy(&self, account: AccountId, arn: &str) -> Result<(), AccountError> {
        let _turn = self.change.lock().await;
        let policy = self.own_policy(account, arn)?;
        if !self.policy_uses(account, arn)?.is_empty() {
            return Err(AccountError::PolicyAttached);
        }
        if policy.versions.len() > 1 {
            return Err(AccountError::SeveralPolicyVersions);
        }
        let name = policy.name.to_ascii_lowercase();
        let version = {
            let known = self.known.read();
            known
                .state(account)?
                .policies
                .get(&name)
                .map(|kept| kept.version)
        };
        if let Some(version) = version {
            let id = policy.id.as_bytes();
            self.things.delete(Cell::SYSTEM, id, version).await?;
        }
        if let Some(state) = self.known.write().accounts.get_mut(&account) {
            state.policies.remove(&name);
        }
        self.sessions.forget_all();
        Ok(())
    }

    async fn change_policy(
        &self,
        account: AccountId,
        arn: &str,
        change: impl FnOnce(&mut ManagedPolicy) -> Result<(), AccountError>,
    ) -> Result<Arc<ManagedPolicy>, AccountError> {
        let _turn = self.change.lock().await;
        let mut policy = ManagedPolicy::clone(&*self.own_policy(account, arn)?);
        change(&mut policy)?;
        policy.updated_at = self.now_seconds();
        self.put_policy(account, policy).await
    }

    fn own_policy(
        &self,
        account: AccountId,
        arn: &str,
    ) -> Result<Arc<ManagedPolicy>, AccountError> {
        let policy = self.policy(account, arn)?;
        if policy.account.is_none() {
            return Err(AccountError::Unmodifiable);
        }
        Ok(policy)
    }

    async fn put_policy(
        &self,
        account: AccountId,
        policy: ManagedPolicy,
    ) -> Result<Arc<ManagedPolicy>, AccountError> {
        let arn = policy.arn();
        let expected = {
            let known = self.known.read();
            let policies = &known.state(account)?.policies;
            let present = policies.get(&policy.name.to_ascii_lowercase());
            present.map(|kept| kept.version)
        };
        let id = policy.id.as_bytes();
        let bytes = policy_to_stored(account, &policy);
        let version = self.things.put(Cell::SYSTEM, id, expected, bytes).await?;
        let thing = StoredThing::Policy(account, policy);
        self.known.write().insert(thing, version);
        self.sessions.forget_all();
        self.policy(account, &arn)
    }
}

/// The number in a version's name, as `v1`. One that is too large is that of no version.
fn version_number(name: &str) -> Result<u32, AccountError> {
    let digits = name.strip_prefix('v').unwrap_or_default();
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    if digits.is_empty() || digits.starts_with('0') || !is_number {
        return Err(AccountError::Constraint {
            value: None,
            member: "versionId".to_owned(),
            rule: r"satisfy regular expression pattern: v[1-9][0-9]*(\.[A-Za-z0-9-]*)?".into(),
        });
    }
    Ok(digits.parse().unwrap_or(u32::MAX))
}

fn read(text: &str) -> Result<Arc<StoredPolicy>, AccountError> {
    let characters = text.chars().filter(|character| !character.is_whitespace());
    if characters.count() > names::MANAGED_POLICY_BYTES_MAX {
        return Err(AccountError::LimitExceeded {
            quota: "PolicySize",
            maximum: names::MANAGED_POLICY_BYTES_MAX,
        });
    }
    let policy = StoredPolicy::parse(text, PolicyKind::Identity)?;
    if policy.document.is_of_2012() {
        Ok(policy)
    } else {
        Err(AccountError::PolicyVersion)
    }
}

fn no_version(arn: &str, version: &str) -> AccountError {
    AccountError::NoSuchPolicyVersion {
        arn: arn.to_owned(),
        version: version.to_owned(),
    }
}
