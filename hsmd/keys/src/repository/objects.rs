//! Writing objects: through to the store first, then in memory.

use std::sync::Arc;

use hsmd_storage::{Key, Revision, Storage, Table, Transaction, Version, WRITES_MAX};

use super::tenant::Tenant;
use super::{INSERTED_OBJECTS_MAX, Inner, REMOVED_OBJECTS_MAX, object_key, partition_key};
use crate::format::{encode_object, encode_removal};
use crate::records::{Settled, commit};
use crate::{Error, Lifetime, Object, ObjectId, Partition, PartitionId};

/// How often a write is tried again when its partition, or the head, moved under it.
pub(super) const ATTEMPTS: usize = 4;

impl Inner {
    pub(super) async fn insert(
        &self,
        partition: PartitionId,
        era: u32,
        mut objects: Vec<Object>,
    ) -> Result<Vec<Arc<Object>>, Error> {
        if objects.len() > INSERTED_OBJECTS_MAX {
            return Err(Error::TooMany {
                asked: objects.len(),
                limit: INSERTED_OBJECTS_MAX,
            });
        }
        if objects.iter().any(|object| object.partition != partition) {
            return Err(Error::NoSuchPartition(partition));
        }
        self.settle().await?;
        let tenant = self.tenant(partition)?;
        if objects
            .iter()
            .any(|object| object.lifetime == Lifetime::Token)
        {
            self.store_new(&tenant, era, &mut objects).await?;
        }
        for object in &mut objects {
            object.revision = object.revision.max(1);
            shrink(object);
        }
        let objects: Vec<_> = objects.into_iter().map(Arc::new).collect();
        tenant.add(&objects, era)?;
        Ok(objects)
    }

    /// Stores the token objects among these, made in `era`, and sets their revisions.
    async fn store_new(
        &self,
        tenant: &Tenant,
        era: u32,
        objects: &mut [Object],
    ) -> Result<(), Error> {
        for _ in 0..ATTEMPTS {
            let partition = tenant.partition();
            if partition.era != era {
                return Err(Error::NoSuchPartition(partition.id));
            }
            let head = self.barrier.head().await?;
            let mut transaction = expecting_partition(&partition)?;
            for object in objects
                .iter_mut()
                .filter(|object| object.lifetime == Lifetime::Token)
            {
                let value = encode_object(object, era);
                transaction =
                    transaction.putting(object_key(partition.id, object.id), None, head, value);
                object.revision = Version::after(None, head).0;
            }
            match self.commit(transaction).await? {
                Settled::Committed => return Ok(()),
                Settled::Conflict(key) if key.table() == Table::PARTITION => {
                    self.reload(&key).await?;
                }
                Settled::Conflict(_) => return Err(Error::Exists("an object of that id")),
            }
            self.tenant(partition.id)?;
        }
        Err(Error::Changed)
    }

    pub(super) async fn replace(&self, mut object: Object) -> Result<Arc<Object>, Error> {
        self.settle().await?;
        let tenant = self.tenant(object.partition)?;
        let revision = object.revision;
        object.revision = Version::after(Some(Version(revision)), Revision(0)).0;
        shrink(&mut object);
        let object = Arc::new(object);
        for _ in 0..ATTEMPTS {
            // The partition before the object: a new era between the two is then noticed by the store.
            let partition = tenant.partition();
            let old = tenant
                .object(object.id)
                .ok_or(Error::NoSuchObject(object.id))?;
            if old.revision != revision || old.lifetime != object.lifetime {
                return Err(Error::Changed);
            }
            if object.lifetime != Lifetime::Token {
                tenant.replace_at(revision, Arc::clone(&object))?;
                return Ok(object);
            }
            let value = encode_object(&object, partition.era);
            let key = object_key(object.partition, object.id);
            let transaction = expecting_partition(&partition)?.putting(
                key,
                Some(Version(revision)),
                Revision(0),
                value,
            );
            match self.commit(transaction).await? {
                Settled::Committed => {
                    tenant.replace(Arc::clone(&object))?;
                    return Ok(object);
                }
                Settled::Conflict(key) => self.reload(&key).await?,
            }
            self.tenant(object.partition)?;
        }
        Err(Error::Changed)
    }

    pub(super) async fn remove(
        &self,
        partition: PartitionId,
        mut ids: Vec<ObjectId>,
    ) -> Result<(), Error> {
        ids.sort_unstable();
        ids.dedup();
        if ids.len() > REMOVED_OBJECTS_MAX {
            return Err(Error::TooMany {
                asked: ids.len(),
                limit: REMOVED_OBJECTS_MAX,
            });
        }
        self.settle().await?;
        let tenant = self.tenant(partition)?;
        let mut stored = Vec::new();
        for id in &ids {
            let object = tenant.object(*id).ok_or(Error::NoSuchObject(*id))?;
            if object.lifetime == Lifetime::Token {
                stored.push((*id, Version(object.revision)));
            }
        }
        if stored.len() <= WRITES_MAX {
            self.remove_stored(&stored, partition).await?;
            tenant.remove(&ids);
            return Ok(());
        }
        let stored = stored.into_iter().map(|(id, _)| id).collect();
        let garbage = self.decide_removal(stored, partition).await?;
        tenant.remove(&ids);
        self.clean(garbage).await;
        Ok(())
    }

    async fn remove_stored(
        &self,
        stored: &[(ObjectId, Version)],
        partition: PartitionId,
    ) -> Result<(), Error> {
        if stored.is_empty() {
            return Ok(());
        }
        let deleting = |transaction: Transaction, (id, version): &(ObjectId, Version)| {
            transaction.deleting(object_key(partition, *id), *version)
        };
        let transaction = stored.iter().fold(Transaction::new()?, deleting);
        match self.commit(transaction).await? {
            Settled::Committed => Ok(()),
            Settled::Conflict(key) => {
                self.reload(&key).await?;
                Err(Error::Changed)
            }
        }
    }

    /// Removes more objects than one transaction takes. Writing down which ones is what removes them; gives the records
    /// to be cleaned up after, here or at the next start.
    async fn decide_removal(
        &self,
        ids: Vec<ObjectId>,
        partition: PartitionId,
    ) -> Result<Vec<Key>, Error> {
        let head = self.barrier.head().await?;
        let decision = Key::new(
            partition.cell(),
            Table::REMOVAL,
            PartitionId::random()?.as_bytes(),
        );
        let transaction =
            Transaction::new()?.putting(decision.clone(), None, head, encode_removal(&ids));
        match self.commit(transaction).await? {
            Settled::Committed => {}
            Settled::Conflict(_) => return Err(Error::Changed),
        }
        let objects = ids.into_iter().map(|id| object_key(partition, id));
        Ok(objects.chain([decision]).collect())
    }

    /// Commits; remembers what must be read again if the store cannot tell what became of it.
    pub(super) async fn commit(&self, transaction: Transaction) -> Result<Settled, Error> {
        let keys: Vec<_> = transaction
            .write
            .iter()
            .map(|write| write.key.clone())
            .collect();
        let settled = commit(&self.barrier, transaction).await;
        if matches!(settled, Err(Error::OutcomeUnknown)) {
            self.unsettled.lock().extend(keys);
        }
        settled
    }

    /// Reads again what an earlier write left unknown.
    pub(super) async fn settle(&self) -> Result<(), Error> {
        let keys = self.unsettled.lock().clone();
        for key in keys {
            self.reload(&key).await?;
            self.unsettled.lock().retain(|other| *other != key);
        }
        Ok(())
    }
}

/// Objects stay in memory, a hundred thousand of them: none keeps room that it does not need.
pub(super) fn shrink(object: &mut Object) {
    object.attributes.shrink_to_fit();
    object.versions.shrink_to_fit();
}

/// A transaction that fails if the partition is no longer what it is.
pub(super) fn expecting_partition(partition: &Partition) -> Result<Transaction, Error> {
    Ok(Transaction::new()?.expecting(
        partition_key(partition.id),
        Some(Version(partition.revision)),
    ))
}
