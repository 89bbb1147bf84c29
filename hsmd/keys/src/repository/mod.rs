//! Every partition and object, in memory with indexes and written through to the store.

mod account;
mod aliases;
mod changes;
mod cleaning;
mod grants;
mod indexes;
mod keys;
mod last_uses;
mod loading;
mod objects;
mod partitions;
mod tenant;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use hsmd_storage::{Barrier, Key, Table};
use parking_lot::Mutex;
use tokio::task::JoinHandle;

use crate::{
    ApplicationId, Counts, Error, FoundObjects, Object, ObjectId, Partition, PartitionId, Query,
    RecordChange,
};

use crate::policy::Policies;
use crate::{AccountId, RegionName};
use tenant::Tenant;

pub use changes::Change;

/// The most objects that [`Repository::insert`] takes at once.
pub const INSERTED_OBJECTS_MAX: usize = 32;
/// The most objects that [`Repository::remove`] takes at once.
pub const REMOVED_OBJECTS_MAX: usize = 1_000;

/// All partitions and objects. Reads are from memory and take well under a microsecond; writes of token objects return
/// once they are durable. Writes are optimistic: what is replaced must still have the revision that was read.
///
/// A write goes on to its end when the future that asked for it is dropped; so writes need a tokio runtime.
pub struct Repository {
    inner: Arc<Inner>,
}

struct Inner {
    barrier: Arc<Barrier>,
    partitions: ArcSwap<HashMap<PartitionId, Arc<Tenant>>>,
    /// Those of accounts.
    tenants: ArcSwap<HashMap<(AccountId, RegionName), Arc<Tenant>>>,
    policies: Policies,
    /// Held while the set of partitions, or one of them, changes.
    changing_partitions: tokio::sync::Mutex<()>,
    newest_id: Mutex<Option<ObjectId>>,
    /// Records that may or may not have been written, and must be read again before the next write.
    unsettled: Mutex<Vec<Key>>,
}

impl Repository {
    /// Loads everything behind `barrier`.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`], and [`Error::Malformed`] if a record cannot be read.
    pub async fn open(barrier: Arc<Barrier>) -> Result<Self, Error> {
        let (inner, garbage) = loading::load(barrier).await?;
        let inner = Arc::new(inner);
        if !garbage.is_empty() {
            cleaning::remove_later(&inner, garbage);
        }
        Ok(Self { inner })
    }

    /// A new id, above all that were given out before. `now` is the time of making.
    ///
    /// # Errors
    ///
    /// [`Error::Random`].
    pub fn new_object_id(&self, now: SystemTime) -> Result<ObjectId, Error> {
        let mut newest = self.inner.newest_id.lock();
        let id = ObjectId::above(*newest, now)?;
        *newest = Some(id);
        Ok(id)
    }

    /// Every partition, by slot.
    #[must_use]
    pub fn partitions(&self) -> Vec<Arc<Partition>> {
        let mut partitions: Vec<_> = self
            .inner
            .partitions
            .load()
            .values()
            .map(|tenant| tenant.partition())
            .collect();
        partitions.sort_by_key(|partition| partition.slot);
        partitions
    }

    /// One partition.
    #[must_use]
    pub fn partition(&self, id: PartitionId) -> Option<Arc<Partition>> {
        Some(self.inner.partitions.load().get(&id)?.partition())
    }

    /// Stores a new partition, with further records of its cell, in one transaction.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`] if its id, slot or name is taken; the store's errors.
    pub async fn create_partition(
        &self,
        partition: Partition,
        records: Vec<RecordChange>,
    ) -> Result<Arc<Partition>, Error> {
        let inner = Arc::clone(&self.inner);
        to_the_end(tokio::spawn(async move {
            inner.create_partition(partition, records).await
        }))
        .await
    }

    /// Replaces a partition that has the revision in `partition`, with further records of its cell, in one transaction.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchPartition`]; [`Error::Exists`] if its new name or slot is taken; [`Error::Changed`] if its
    /// revision, or a record's version, is another; the store's.
    pub async fn replace_partition(
        &self,
        partition: Partition,
        records: Vec<RecordChange>,
    ) -> Result<Arc<Partition>, Error> {
        let inner = Arc::clone(&self.inner);
        to_the_end(tokio::spawn(async move {
            inner.replace_partition(partition, records, false).await
        }))
        .await
    }

    /// As [`replace_partition`](Self::replace_partition), and destroys every object in the same transaction, as
    /// `C_InitToken` does.
    ///
    /// # Errors
    ///
    /// As [`replace_partition`](Self::replace_partition).
    pub async fn reinitialize_partition(
        &self,
        partition: Partition,
        records: Vec<RecordChange>,
    ) -> Result<Arc<Partition>, Error> {
        let inner = Arc::clone(&self.inner);
        to_the_end(tokio::spawn(async move {
            inner.replace_partition(partition, records, true).await
        }))
        .await
    }

    /// Destroys a partition and everything in it: its keys at once, the rest of its records after.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchPartition`]; the store's.
    pub async fn destroy_partition(&self, id: PartitionId) -> Result<(), Error> {
        let inner = Arc::clone(&self.inner);
        to_the_end(tokio::spawn(
            async move { inner.destroy_partition(id).await },
        ))
        .await
    }

    /// One object, of whatever lifetime. Whether the caller may see it is the gate's to say.
    #[must_use]
    pub fn object(&self, partition: PartitionId, id: ObjectId) -> Option<Arc<Object>> {
        self.inner.partitions.load().get(&partition)?.object(id)
    }

    /// One object as it is at this time: see [`Object::at`].
    #[must_use]
    pub fn object_at(
        &self,
        partition: PartitionId,
        id: ObjectId,
        now: Duration,
    ) -> Option<Arc<Object>> {
        self.object(partition, id)?.at(now)
    }

    /// One page of a search. It costs what it costs among ten objects when the template has a label or an id.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchPartition`].
    pub fn find(&self, partition: PartitionId, query: &Query) -> Result<FoundObjects, Error> {
        Ok(self.inner.tenant(partition)?.find(query))
    }

    /// Adds new objects, all or none; token objects are durable when this returns. At most [`INSERTED_OBJECTS_MAX`] at
    /// once, of one partition, which is given as it was when they were made: the keys that wrap them are its.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchPartition`], also if its token was initialised again since then; [`Error::Exists`]; [`Error::TooLarge`]; [`Error::TooMany`]; the store's.
    pub async fn insert(
        &self,
        partition: &Partition,
        objects: Vec<Object>,
    ) -> Result<Vec<Arc<Object>>, Error> {
        let inner = Arc::clone(&self.inner);
        let (id, era) = (partition.id, partition.era);
        to_the_end(tokio::spawn(
            async move { inner.insert(id, era, objects).await },
        ))
        .await
    }

    /// Replaces an object that has the revision in `object`. Its lifetime stays what it was.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchObject`]; [`Error::Changed`] if it has another revision; [`Error::TooLarge`]; the store's.
    pub async fn replace(&self, object: Object) -> Result<Arc<Object>, Error> {
        let inner = Arc::clone(&self.inner);
        to_the_end(tokio::spawn(async move { inner.replace(object).await })).await
    }

    /// Removes all of these objects, or none if one does not exist. At most [`REMOVED_OBJECTS_MAX`] at once.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchPartition`]; [`Error::NoSuchObject`]; [`Error::TooMany`]; the store's.
    pub async fn remove(&self, partition: PartitionId, ids: &[ObjectId]) -> Result<(), Error> {
        let inner = Arc::clone(&self.inner);
        let ids = ids.to_vec();
        to_the_end(tokio::spawn(
            async move { inner.remove(partition, ids).await },
        ))
        .await
    }

    /// Drops the session objects of an application, in every partition.
    pub fn forget_application(&self, application: ApplicationId) {
        for tenant in self.inner.partitions.load().values() {
            tenant.forget_application(application);
        }
    }

    /// How many objects a partition holds; zero if it does not exist.
    #[must_use]
    pub fn counts(&self, partition: PartitionId) -> Counts {
        self.inner
            .partitions
            .load()
            .get(&partition)
            .map_or_else(Counts::default, |tenant| tenant.counts())
    }
}

impl Inner {
    fn tenant(&self, id: PartitionId) -> Result<Arc<Tenant>, Error> {
        self.partitions
            .load()
            .get(&id)
            .cloned()
            .ok_or(Error::NoSuchPartition(id))
    }
}

/// The record of an object.
fn object_key(partition: PartitionId, id: ObjectId) -> Key {
    Key::new(partition.cell(), Table::OBJECT, id.as_bytes())
}

/// The record of a partition.
fn partition_key(id: PartitionId) -> Key {
    Key::new(id.cell(), Table::PARTITION, &[])
}

/// Waits for a write that goes on by itself.
async fn to_the_end<T>(write: JoinHandle<Result<T, Error>>) -> Result<T, Error> {
    match write.await {
        Ok(outcome) => outcome,
        Err(stopped) => match stopped.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down, and took the write with it.
            Err(_) => Err(Error::OutcomeUnknown),
        },
    }
}
