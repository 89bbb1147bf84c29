//! One partition in memory: its objects in shards, for the look-ups of every use, and its indexes, for searches.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use hsm_algorithms::pkcs11::CKA_PRIVATE;
use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::account::{Account, Orphans};
use super::indexes::Indexes;
use crate::{
    ApplicationId, Counts, Error, FoundObjects, Lifetime, Object, ObjectId, Page, Partition, Query,
};

/// Look-ups of different objects seldom meet at one lock.
const SHARDS: usize = 16;

/// The objects that a search looks at while it holds the lock of the indexes; then it lets writers in.
const CANDIDATES_MAX: usize = 256;

/// A partition and its objects.
///
/// Whoever changes an object holds the lock of the indexes; so what is in the shards and in the indexes agrees for
/// whoever holds it, and readers of the shards never wait for a search.
pub(super) struct Tenant {
    partition: ArcSwap<Partition>,
    shards: [RwLock<HashMap<ObjectId, Arc<Object>>>; SHARDS],
    indexes: RwLock<Indexes>,
    /// Changed while the lock of the indexes is held, where objects change.
    account: RwLock<Account>,
}

impl Tenant {
    pub(super) fn new(partition: Partition) -> Self {
        Self {
            partition: ArcSwap::from_pointee(partition),
            shards: Default::default(),
            indexes: RwLock::default(),
            account: RwLock::default(),
        }
    }

    pub(super) fn partition(&self) -> Arc<Partition> {
        self.partition.load_full()
    }

    pub(super) fn set_partition(&self, partition: Arc<Partition>) {
        self.partition.store(partition);
    }

    /// Sets a partition of a new era, in which there are no objects.
    pub(super) fn begin_era(&self, partition: Arc<Partition>) {
        let mut indexes = self.indexes.write();
        // In this order, nobody sees an object of the old era in a partition of the new one.
        self.shards
            .iter()
            .for_each(|shard| *shard.write() = HashMap::new());
        indexes.clear();
        *self.account.write() = Account::default();
        self.partition.store(partition);
    }

    pub(super) fn object(&self, id: ObjectId) -> Option<Arc<Object>> {
        self.shard(id).read().get(&id).cloned()
    }

    /// Adds objects made in `era`, all or none.
    pub(super) fn add(&self, objects: &[Arc<Object>], era: u32) -> Result<(), Error> {
        let mut indexes = self.indexes.write();
        let partition = self.partition.load();
        if partition.era != era {
            return Err(Error::NoSuchPartition(partition.id));
        }
        if objects
            .iter()
            .any(|object| self.object(object.id).is_some())
        {
            return Err(Error::Exists("an object of that id"));
        }
        for object in objects {
            self.shard(object.id)
                .write()
                .insert(object.id, Arc::clone(object));
            indexes.add(object);
            self.account.write().add(object);
        }
        Ok(())
    }

    /// Puts a newer state of an object in place of an older one; of two that come out of order, the newer stays.
    pub(super) fn replace(&self, new: Arc<Object>) -> Result<(), Error> {
        let mut indexes = self.indexes.write();
        let old = self.object(new.id).ok_or(Error::NoSuchObject(new.id))?;
        if old.revision >= new.revision {
            return Err(Error::Changed);
        }
        indexes.replace(&old, &new);
        self.account.write().replace(&old, &new);
        self.shard(new.id).write().insert(new.id, new);
        Ok(())
    }

    /// As [`replace`](Self::replace), if the object has `revision`.
    pub(super) fn replace_at(&self, revision: u64, new: Arc<Object>) -> Result<(), Error> {
        let mut indexes = self.indexes.write();
        let old = self.object(new.id).ok_or(Error::NoSuchObject(new.id))?;
        if old.revision != revision {
            return Err(Error::Changed);
        }
        indexes.replace(&old, &new);
        self.account.write().replace(&old, &new);
        self.shard(new.id).write().insert(new.id, new);
        Ok(())
    }

    /// Sets an object to what the store says of it.
    pub(super) fn set(&self, id: ObjectId, stored: Option<Arc<Object>>) {
        let mut indexes = self.indexes.write();
        let old = self.shard(id).write().remove(&id);
        if let Some(old) = &old {
            indexes.remove(old);
        }
        match (&old, &stored) {
            (Some(old), Some(new)) => self.account.write().replace(old, new),
            (Some(old), None) => drop(self.account.write().remove(old)),
            (None, Some(new)) => self.account.write().add(new),
            (None, None) => {}
        }
        if let Some(object) = stored {
            indexes.add(&object);
            self.shard(id).write().insert(id, object);
        }
    }

    /// Removes whichever of these objects are there, and gives what went with them.
    pub(super) fn remove(&self, ids: &[ObjectId]) -> Orphans {
        let mut indexes = self.indexes.write();
        let mut orphans = Orphans::default();
        for id in ids {
            let removed = self.shard(*id).write().remove(id);
            if let Some(object) = removed {
                indexes.remove(&object);
                orphans.extend(self.account.write().remove(&object));
            }
        }
        orphans
    }

    /// KMS keys, aliases and grants.
    pub(super) fn account(&self) -> RwLockReadGuard<'_, Account> {
        self.account.read()
    }

    /// The same, to change aliases and grants.
    pub(super) fn account_mut(&self) -> RwLockWriteGuard<'_, Account> {
        self.account.write()
    }

    /// A page of the KMS keys, in the order of their making.
    pub(super) fn kms_keys(&self, after: Option<ObjectId>, limit: usize) -> Page<Object> {
        let mut ids: Vec<_> = self.account().keys(after).take(limit + 1).collect();
        let is_last = ids.len() <= limit;
        ids.truncate(limit);
        Page {
            entries: ids.into_iter().filter_map(|id| self.object(id)).collect(),
            is_last,
        }
    }

    pub(super) fn forget_application(&self, application: ApplicationId) {
        let ids = self.indexes.read().of_application(application);
        if !ids.is_empty() {
            self.remove(&ids);
        }
    }

    pub(super) fn counts(&self) -> Counts {
        self.indexes.read().counts()
    }

    pub(super) fn find(&self, query: &Query) -> FoundObjects {
        let mut found = FoundObjects {
            objects: Vec::new(),
            is_last_page: true,
        };
        let mut candidates = Vec::new();
        let mut after = query.after;
        loop {
            candidates.clear();
            let is_end =
                self.indexes
                    .read()
                    .candidates(query, after, CANDIDATES_MAX, &mut candidates);
            for id in &candidates {
                let Some(object) = self.object(*id).filter(|object| is_found(object, query)) else {
                    continue;
                };
                if found.objects.len() == query.limit {
                    found.is_last_page = false;
                    return found;
                }
                found.objects.push(object);
            }
            if is_end {
                return found;
            }
            after = candidates.last().copied();
        }
    }

    fn shard(&self, id: ObjectId) -> &RwLock<HashMap<ObjectId, Arc<Object>>> {
        // The last byte of an id is random.
        &self.shards[usize::from(id.as_bytes()[15]) % SHARDS]
    }
}

fn is_found(object: &Object, query: &Query) -> bool {
    let is_owned = match object.lifetime {
        Lifetime::Token => true,
        Lifetime::Session(application) => query.application == Some(application),
    };
    // Where nothing says that an object is public, it is not.
    let is_visible = query.includes_private || object.attributes.flag(CKA_PRIVATE) == Some(false);
    is_owned && is_visible && object.attributes.matches(&query.template)
}
