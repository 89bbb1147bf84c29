//! When keys of accounts were used last: stored now and then, many at once, and read from the store.

use hsmd_storage::{Key, Storage, Table};

use super::changes::CHANGES_MAX;
use super::loading::malformed;
use super::objects::{ATTEMPTS, expecting_partition};
use super::{Inner, Repository, to_the_end};
use crate::format::{decode_last_use, encode_last_use};
use crate::records::Settled;
use crate::{Error, LastUse, ObjectId, PartitionId};

impl Repository {
    /// Stores when these keys of a partition were used last; of those that are gone, nothing.
    ///
    /// # Errors
    ///
    /// The store's. Those before are stored then.
    pub async fn put_last_uses(
        &self,
        partition: PartitionId,
        uses: Vec<(ObjectId, LastUse)>,
    ) -> Result<(), Error> {
        let inner = std::sync::Arc::clone(&self.inner);
        to_the_end(tokio::spawn(async move {
            for uses in uses.chunks(CHANGES_MAX) {
                inner.put_last_uses(partition, uses).await?;
            }
            Ok(())
        }))
        .await
    }

    /// When a key was used last, as it was stored last.
    ///
    /// # Errors
    ///
    /// The store's; [`Error::Malformed`].
    pub async fn last_use(
        &self,
        partition: PartitionId,
        key: ObjectId,
    ) -> Result<Option<LastUse>, Error> {
        let keys = [last_use_key(partition, key)];
        let found = self.inner.barrier.get(&keys).await?;
        let [key] = &keys;
        let record = found.into_iter().next().flatten();
        let usage = record.map(|record| decode_last_use(&record.value));
        usage.transpose().map_err(malformed(key))
    }
}

impl Inner {
    async fn put_last_uses(
        &self,
        partition: PartitionId,
        uses: &[(ObjectId, LastUse)],
    ) -> Result<(), Error> {
        for _ in 0..ATTEMPTS {
            let Ok(tenant) = self.tenant(partition) else {
                return Ok(());
            };
            let uses = uses.iter();
            let uses: Vec<_> = uses
                .filter(|(key, _)| tenant.object(*key).is_some())
                .collect();
            if uses.is_empty() {
                return Ok(());
            }
            let keys = uses.iter().map(|(key, _)| last_use_key(partition, *key));
            let keys: Vec<_> = keys.collect();
            let head = self.barrier.head().await?;
            let records = self.barrier.get(&keys).await?;
            let mut transaction = expecting_partition(&tenant.partition())?;
            for ((key, record), (_, usage)) in keys.into_iter().zip(records).zip(uses) {
                let expected = record.map(|record| record.version);
                transaction = transaction.putting(key, expected, head, encode_last_use(usage));
            }
            match self.commit(transaction).await? {
                Settled::Committed => return Ok(()),
                Settled::Conflict(key) => self.reload(&key).await?,
            }
        }
        Err(Error::Changed)
    }
}

/// The record of when a key was used last.
pub(super) fn last_use_key(partition: PartitionId, key: ObjectId) -> Key {
    Key::new(partition.cell(), Table::LAST_USE, key.as_bytes())
}
