//! Every partition and object, in memory with indexes and written through to the store.

use std::sync::Arc;
use std::time::SystemTime;

use hsmd_storage::Barrier;

use crate::{
    ApplicationId, Counts, Error, FoundObjects, Object, ObjectId, Partition, PartitionId, Query,
    RecordChange,
};

/// All partitions and objects. Reads are from memory and take well under a microsecond; writes of token objects return
/// once they are durable. Writes are optimistic: what is replaced must still have the revision that was read.
pub struct Repository {}

impl Repository {
    /// Loads everything behind `barrier`.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`], and [`Error::Malformed`] if a record cannot be read.
    pub async fn open(barrier: Arc<Barrier>) -> Result<Self, Error> {
        let _ = barrier;
        todo!()
    }

    /// A new id, above all that were given out before. `now` is the time of making.
    ///
    /// # Errors
    ///
    /// [`Error::Random`].
    pub fn new_object_id(&self, now: SystemTime) -> Result<ObjectId, Error> {
        let _ = now;
        todo!()
    }

    /// Every partition, by slot.
    #[must_use]
    pub fn partitions(&self) -> Vec<Arc<Partition>> {
        todo!()
    }

    /// One partition.
    #[must_use]
    pub fn partition(&self, id: PartitionId) -> Option<Arc<Partition>> {
        let _ = id;
        todo!()
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
        let _ = (partition, records);
        todo!()
    }

    /// Replaces a partition that has the revision in `partition`, with further records of its cell, in one transaction.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchPartition`]; [`Error::Changed`] if its revision, or a record's version, is another; the store's.
    pub async fn replace_partition(
        &self,
        partition: Partition,
        records: Vec<RecordChange>,
    ) -> Result<Arc<Partition>, Error> {
        let _ = (partition, records);
        todo!()
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
        let _ = (partition, records);
        todo!()
    }

    /// Destroys a partition and everything in it: its keys at once, the rest of its records after.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchPartition`]; the store's.
    pub async fn destroy_partition(&self, id: PartitionId) -> Result<(), Error> {
        let _ = id;
        todo!()
    }

    /// One object, of whatever lifetime. Whether the caller may see it is the gate's to say.
    #[must_use]
    pub fn object(&self, partition: PartitionId, id: ObjectId) -> Option<Arc<Object>> {
        let _ = (partition, id);
        todo!()
    }

    /// One page of a search. It costs what it costs among ten objects when the template has a label or an id.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchPartition`].
    pub fn find(&self, partition: PartitionId, query: &Query) -> Result<FoundObjects, Error> {
        let _ = (partition, query);
        todo!()
    }

    /// Adds new objects, all or none; token objects are durable when this returns. At most 32 at once, of one partition.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchPartition`]; [`Error::Exists`]; [`Error::TooLarge`]; [`Error::TooMany`]; the store's.
    pub async fn insert(&self, objects: Vec<Object>) -> Result<Vec<Arc<Object>>, Error> {
        let _ = objects;
        todo!()
    }

    /// Replaces an object that has the revision in `object`.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchObject`]; [`Error::Changed`] if it has another revision; [`Error::TooLarge`]; the store's.
    pub async fn replace(&self, object: Object) -> Result<Arc<Object>, Error> {
        let _ = object;
        todo!()
    }

    /// Removes all of these objects, or none if one does not exist.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchPartition`]; [`Error::NoSuchObject`]; the store's.
    pub async fn remove(&self, partition: PartitionId, ids: &[ObjectId]) -> Result<(), Error> {
        let _ = (partition, ids);
        todo!()
    }

    /// Drops the session objects of an application, in every partition.
    pub fn forget_application(&self, application: ApplicationId) {
        let _ = application;
        todo!()
    }

    /// How many objects a partition holds; zero if it does not exist.
    #[must_use]
    pub fn counts(&self, partition: PartitionId) -> Counts {
        let _ = partition;
        todo!()
    }
}
