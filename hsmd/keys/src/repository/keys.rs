//! What the keys of accounts have beside their objects: aliases, grants, and the times when one changes by itself.

use std::sync::Arc;

use hsmd_policy::{EncryptionContext, MalformedPolicy};

use super::{Change, Repository, to_the_end};
use crate::{
    AccountId, Alias, Binding, Error, Grant, GrantId, Object, ObjectId, Page, Partition,
    PartitionId, RegionName, StoredPolicy,
};

impl Repository {
    /// The partition of an account in a Region.
    #[must_use]
    pub fn tenant_of(&self, account: &AccountId, region: &RegionName) -> Option<Arc<Partition>> {
        let tenants = self.inner.tenants.load();
        let tenant = tenants.get(&(*account, region.clone()))?;
        Some(tenant.partition())
    }

    /// The policy that says `text`, with these principals bound to their ids: the one that other keys have already, if
    /// they do.
    ///
    /// # Errors
    ///
    /// [`MalformedPolicy`] if it is no key policy.
    pub fn policy(
        &self,
        text: &str,
        bindings: &[Binding],
    ) -> Result<Arc<StoredPolicy>, MalformedPolicy> {
        self.inner.policies.policy(text, bindings)
    }

    /// Makes these changes in one partition, all or none. At most 60 at once, of token objects.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchPartition`]; [`Error::NoSuchObject`]; [`Error::Exists`] for a new object or alias that is there;
    /// [`Error::Changed`] if something has another revision; [`Error::TooLarge`]; [`Error::TooMany`]; the store's.
    pub async fn change(&self, partition: PartitionId, changes: Vec<Change>) -> Result<(), Error> {
        let inner = Arc::clone(&self.inner);
        to_the_end(tokio::spawn(async move {
            inner.change(partition, changes).await
        }))
        .await
    }

    /// A page of an account's keys, in the order of their making.
    #[must_use]
    pub fn kms_keys(
        &self,
        partition: PartitionId,
        after: Option<ObjectId>,
        limit: usize,
    ) -> Page<Object> {
        self.inner
            .tenant(partition)
            .map_or_else(|_| Page::default(), |tenant| tenant.kms_keys(after, limit))
    }

    /// How many keys an account has.
    #[must_use]
    pub fn kms_key_count(&self, partition: PartitionId) -> usize {
        self.inner
            .tenant(partition)
            .map_or(0, |tenant| tenant.account().key_count())
    }

    /// The keys whose time has come: to be rotated, to lose material, or to end. At most as many as there are objects.
    #[must_use]
    pub fn due_keys(&self, now_unix_milliseconds: u64) -> Vec<(PartitionId, ObjectId)> {
        let tenants = self.inner.tenants.load();
        let mut due = Vec::new();
        for tenant in tenants.values() {
            let partition = tenant.partition().id;
            let account = tenant.account();
            due.extend(account.due(now_unix_milliseconds).map(|id| (partition, id)));
        }
        due
    }

    /// The alias called `name`, without `alias/`.
    #[must_use]
    pub fn alias(&self, partition: PartitionId, name: &str) -> Option<Arc<Alias>> {
        let tenant = self.inner.tenant(partition).ok()?;
        tenant.account().aliases.alias(name)
    }

    /// A page of an account's aliases, by name.
    #[must_use]
    pub fn aliases(
        &self,
        partition: PartitionId,
        after: Option<&str>,
        limit: usize,
    ) -> Page<Alias> {
        self.inner.tenant(partition).map_or_else(
            |_| Page::default(),
            |tenant| tenant.account().aliases.page(after, limit),
        )
    }

    /// A key's aliases, the first that was made first.
    #[must_use]
    pub fn aliases_of(&self, partition: PartitionId, key: ObjectId) -> Vec<Arc<Alias>> {
        self.inner.tenant(partition).map_or_else(
            |_| Vec::new(),
            |tenant| tenant.account().aliases.of_key(key),
        )
    }

    /// One grant.
    #[must_use]
    pub fn grant(&self, partition: PartitionId, key: ObjectId, id: GrantId) -> Option<Arc<Grant>> {
        let tenant = self.inner.tenant(partition).ok()?;
        tenant.account().grants.grant(key, id)
    }

    /// A page of a key's grants, by id.
    #[must_use]
    pub fn grants(
        &self,
        partition: PartitionId,
        key: ObjectId,
        after: Option<GrantId>,
        limit: usize,
    ) -> Page<Grant> {
        self.inner.tenant(partition).map_or_else(
            |_| Page::default(),
            |tenant| tenant.account().grants.page(key, after, limit),
        )
    }

    /// A grant that lets this principal use a key and of which this is true. With a `context`, only those are asked that
    /// leave the encryption context open or fix it to this one.
    #[must_use]
    pub fn grant_to(
        &self,
        partition: PartitionId,
        key: ObjectId,
        grantee: &str,
        context: Option<&EncryptionContext>,
        is_it: impl FnMut(&Grant) -> bool,
    ) -> Option<Arc<Grant>> {
        let tenant = self.inner.tenant(partition).ok()?;
        let account = tenant.account();
        account.grants.to_grantee(key, grantee, context, is_it)
    }

    /// A page of the grants that let this principal use a key, by id.
    #[must_use]
    pub fn grants_to(
        &self,
        partition: PartitionId,
        key: ObjectId,
        grantee: &str,
        after: Option<GrantId>,
        limit: usize,
    ) -> Page<Grant> {
        self.inner.tenant(partition).map_or_else(
            |_| Page::default(),
            |tenant| tenant.account().grants.page_to(key, grantee, after, limit),
        )
    }

    /// A grant of this name that lets this principal use a key and of which this is true.
    #[must_use]
    pub fn grant_named(
        &self,
        partition: PartitionId,
        key: ObjectId,
        grantee: &str,
        name: &str,
        is_it: impl FnMut(&Grant) -> bool,
    ) -> Option<Arc<Grant>> {
        let tenant = self.inner.tenant(partition).ok()?;
        tenant.account().grants.named(key, grantee, name, is_it)
    }

    /// How many grants a key has.
    #[must_use]
    pub fn grant_count(&self, partition: PartitionId, key: ObjectId) -> usize {
        self.inner
            .tenant(partition)
            .map_or(0, |tenant| tenant.account().grants.count(key))
    }

    /// A page of the grants of a partition that this principal may retire, by key and id.
    #[must_use]
    pub fn retirable_grants(
        &self,
        partition: PartitionId,
        principal: &str,
        after: Option<(ObjectId, GrantId)>,
        limit: usize,
    ) -> Page<Grant> {
        self.inner.tenant(partition).map_or_else(
            |_| Page::default(),
            |tenant| tenant.account().grants.retirable(principal, after, limit),
        )
    }
}
