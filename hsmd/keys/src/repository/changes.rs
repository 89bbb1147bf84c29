//! Several changes of one partition in one transaction: keys, their aliases and their grants.

use std::sync::Arc;

use hsmd_storage::{Key, Revision, Storage, Table, Transaction, Version, WRITES_MAX};
use sha2::{Digest, Sha256};

use super::last_uses::last_use_key;
use super::objects::{ATTEMPTS, expecting_partition, shrink};
use super::tenant::Tenant;
use super::{Inner, object_key};
use crate::format::{encode_alias, encode_grant, encode_object};
use crate::records::Settled;
use crate::{Alias, Error, Grant, GrantId, Lifetime, Object, ObjectId, Partition, PartitionId};

/// One change of something in a partition. What is replaced or removed must still have the revision that it says.
#[derive(Debug)]
pub enum Change {
    /// Adds an object.
    Insert(Box<Object>),
    /// Replaces an object.
    Replace(Box<Object>),
    /// Removes an object; of a KMS key, its aliases and grants as well.
    Remove(Arc<Object>),
    /// Adds an alias (revision 0), or replaces one.
    PutAlias(Alias),
    /// Removes an alias.
    RemoveAlias(Arc<Alias>),
    /// Adds a grant.
    AddGrant(Box<Grant>),
    /// Removes a grant.
    RemoveGrant(Arc<Grant>),
}

/// The most changes at once: room is left in the transaction for what it expects of the partition.
pub(super) const CHANGES_MAX: usize = WRITES_MAX - 4;

impl Inner {
    pub(super) async fn change(
        &self,
        partition: PartitionId,
        changes: Vec<Change>,
    ) -> Result<(), Error> {
        if changes.len() > CHANGES_MAX {
            return Err(Error::TooMany {
                asked: changes.len(),
                limit: CHANGES_MAX,
            });
        }
        self.settle().await?;
        for _ in 0..ATTEMPTS {
            let tenant = self.tenant(partition)?;
            check(&tenant, &changes)?;
            let partition = tenant.partition();
            let head = self.barrier.head().await?;
            let transaction = transaction(&partition, head, &changes)?;
            match self.commit(transaction).await? {
                Settled::Committed => return self.apply(&tenant, &partition, head, changes).await,
                Settled::Conflict(key) => {
                    self.reload(&key).await?;
                    if key.table() == Table::ALIAS && !is_known(&tenant, &key, &changes) {
                        // What is left of a key that is gone, and not removed yet, is in nobody's way.
                        self.clean(vec![key]).await;
                    }
                }
            }
        }
        Err(Error::Changed)
    }

    /// Makes in memory what was made in the store.
    async fn apply(
        &self,
        tenant: &Tenant,
        partition: &Partition,
        head: Revision,
        changes: Vec<Change>,
    ) -> Result<(), Error> {
        let mut garbage = Vec::new();
        for change in changes {
            match change {
                Change::Insert(mut object) => {
                    object.revision = Version::after(None, head).0;
                    shrink(&mut object);
                    tenant.add(&[Arc::from(object)], partition.era)?;
                }
                Change::Replace(mut object) => {
                    object.revision = Version::after(Some(Version(object.revision)), head).0;
                    shrink(&mut object);
                    tenant.replace(Arc::from(object))?;
                }
                Change::Remove(object) => {
                    if object.kms.is_some() {
                        garbage.push(last_use_key(partition.id, object.id));
                    }
                    let orphans = tenant.remove(&[object.id]);
                    let aliases = orphans.aliases.iter();
                    garbage.extend(aliases.map(|alias| alias_key(partition.id, &alias.name)));
                    let grants = orphans.grants.iter();
                    garbage
                        .extend(grants.map(|grant| grant_key(partition.id, grant.key, grant.id)));
                }
                Change::PutAlias(mut alias) => {
                    alias.revision = Version::after(expected(alias.revision), head).0;
                    tenant.account_mut().aliases.put(Arc::new(alias));
                }
                Change::RemoveAlias(alias) => tenant.account_mut().aliases.remove(&alias.name),
                Change::AddGrant(mut grant) => {
                    grant.revision = Version::after(None, head).0;
                    tenant.account_mut().grants.add(*grant);
                }
                Change::RemoveGrant(grant) => tenant.account_mut().grants.remove(&grant),
            }
        }
        // The key is gone, and these with it; a start that finds them removes them.
        self.clean(garbage).await;
        Ok(())
    }
}

/// The record of an alias: its name is hashed, since it may be longer than the name of a record.
pub(super) fn alias_key(partition: PartitionId, name: &str) -> Key {
    Key::new(partition.cell(), Table::ALIAS, &Sha256::digest(name))
}

/// The record of a grant.
pub(super) fn grant_key(partition: PartitionId, key: ObjectId, id: GrantId) -> Key {
    let name = [key.as_bytes().as_slice(), id.as_bytes()].concat();
    Key::new(partition.cell(), Table::GRANT, &name)
}

/// The version that a record must have: none if it is new.
fn expected(revision: u64) -> Option<Version> {
    (revision > 0).then_some(Version(revision))
}

/// Checks that everything is as the changes say.
fn check(tenant: &Tenant, changes: &[Change]) -> Result<(), Error> {
    for change in changes {
        match change {
            Change::Insert(object) => {
                if tenant.object(object.id).is_some() {
                    return Err(Error::Exists("an object of that id"));
                }
            }
            Change::Replace(object) => check_object(tenant, object)?,
            Change::Remove(object) => check_object(tenant, object)?,
            Change::PutAlias(alias) => {
                let is_new = |change: &Change| matches!(change, Change::Insert(object) if object.id == alias.target);
                if tenant.object(alias.target).is_none() && !changes.iter().any(is_new) {
                    return Err(Error::NoSuchObject(alias.target));
                }
                let present = tenant.account().aliases.alias(&alias.name);
                match (present, alias.revision) {
                    (None, 0) => {}
                    (Some(_), 0) => return Err(Error::Exists("an alias of that name")),
                    (Some(present), revision) if present.revision == revision => {}
                    (_, _) => return Err(Error::Changed),
                }
            }
            Change::RemoveAlias(alias) => {
                let present = tenant.account().aliases.alias(&alias.name);
                if present.is_none_or(|present| present.revision != alias.revision) {
                    return Err(Error::Changed);
                }
            }
            Change::AddGrant(grant) => {
                if tenant.object(grant.key).is_none() {
                    return Err(Error::NoSuchObject(grant.key));
                }
            }
            Change::RemoveGrant(grant) => {
                if tenant.account().grants.grant(grant.key, grant.id).is_none() {
                    return Err(Error::Changed);
                }
            }
        }
    }
    Ok(())
}

fn check_object(tenant: &Tenant, object: &Object) -> Result<(), Error> {
    let present = tenant
        .object(object.id)
        .ok_or(Error::NoSuchObject(object.id))?;
    let is_same = present.revision == object.revision && present.lifetime == Lifetime::Token;
    is_same.then_some(()).ok_or(Error::Changed)
}

fn transaction(
    partition: &Partition,
    head: Revision,
    changes: &[Change],
) -> Result<Transaction, Error> {
    let id = partition.id;
    let add = |transaction: Transaction, change: &Change| match change {
        Change::Insert(object) => {
            let value = encode_object(object, partition.era);
            transaction.putting(object_key(id, object.id), None, head, value)
        }
        Change::Replace(object) => {
            let value = encode_object(object, partition.era);
            let version = Some(Version(object.revision));
            transaction.putting(object_key(id, object.id), version, head, value)
        }
        Change::Remove(object) => {
            transaction.deleting(object_key(id, object.id), Version(object.revision))
        }
        Change::PutAlias(alias) => {
            let key = alias_key(id, &alias.name);
            transaction.putting(key, expected(alias.revision), head, encode_alias(alias))
        }
        Change::RemoveAlias(alias) => {
            transaction.deleting(alias_key(id, &alias.name), Version(alias.revision))
        }
        Change::AddGrant(grant) => {
            let key = grant_key(id, grant.key, grant.id);
            transaction.putting(key, None, head, encode_grant(grant))
        }
        Change::RemoveGrant(grant) => {
            let key = grant_key(id, grant.key, grant.id);
            transaction.deleting(key, Version(grant.revision))
        }
    };
    Ok(changes.iter().fold(expecting_partition(partition)?, add))
}

/// Whether an alias that stands in the way is one that somebody has.
fn is_known(tenant: &Tenant, key: &Key, changes: &[Change]) -> bool {
    changes.iter().any(|change| match change {
        Change::PutAlias(alias) => {
            alias_key(tenant.partition().id, &alias.name) == *key
                && tenant.account().aliases.alias(&alias.name).is_some()
        }
        _ => false,
    })
}
