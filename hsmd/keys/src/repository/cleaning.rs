//! Removing records that are part of nothing any more. What a crash leaves behind is removed at the next start.

use std::sync::Arc;

use hsmd_storage::{Cell, Key, Storage, Table, Transaction, WRITES_MAX};

use super::loading::decode_object_record;
use super::{Inner, partition_key};
use crate::records::{Settled, commit};
use crate::{Error, Partition, PartitionId};

/// Records read from the store at once.
const PAGE_RECORDS: usize = 1024;
/// How often a removal is tried again when a record changed under it.
const ATTEMPTS: usize = 8;

/// Removes these records in the background, in this order.
pub(super) fn remove_later(inner: &Arc<Inner>, keys: Vec<Key>) {
    let inner = Arc::clone(inner);
    tokio::spawn(async move { inner.clean(keys).await });
}

/// Removes in the background the records of objects made before the partition's era.
pub(super) fn remove_old_eras_later(inner: &Arc<Inner>, partition: Arc<Partition>) {
    let inner = Arc::clone(inner);
    let policies_of = Arc::clone(&inner);
    tokio::spawn(async move {
        let prefix = Key::new(partition.id.cell(), Table::OBJECT, &[]);
        let cleaned = inner.clean_where(prefix.as_bytes(), |key, record| {
            Ok(decode_object_record(key, record, &policies_of.policies)?.1 < partition.era)
        });
        log(cleaned.await);
    });
}

/// Removes in the background every record of a partition that was destroyed.
pub(super) fn remove_partition_later(inner: &Arc<Inner>, id: PartitionId) {
    let inner = Arc::clone(inner);
    tokio::spawn(async move {
        let cleaned =
            inner.clean_where(id.as_bytes(), |key, _| Ok(key.table() != Table::PARTITION));
        let is_clean = cleaned.await;
        if is_clean.is_ok() {
            // The record that says so goes last.
            inner.clean(vec![partition_key(id)]).await;
        }
        log(is_clean);
    });
}

impl Inner {
    /// Removes these records, whatever their versions. Failures are logged: the next start tries again.
    pub(super) async fn clean(&self, keys: Vec<Key>) {
        let mut cells: Vec<(Cell, Vec<Key>)> = Vec::new();
        for key in keys {
            match cells.last_mut() {
                Some((cell, keys)) if *cell == key.cell() => keys.push(key),
                _ => cells.push((key.cell(), vec![key])),
            }
        }
        for (_, keys) in cells {
            // The last record may say what the others are, so it stays while one of them does.
            for keys in keys.chunks(WRITES_MAX) {
                let cleaned = self.clean_chunk(keys).await;
                let is_clean = cleaned.is_ok();
                log(cleaned);
                if !is_clean {
                    break;
                }
            }
        }
    }

    async fn clean_where(
        &self,
        prefix: &[u8],
        is_garbage: impl Fn(&Key, &hsmd_storage::Versioned) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let mut after = None;
        loop {
            let page = self
                .barrier
                .scan(prefix, after.as_ref(), PAGE_RECORDS)
                .await?;
            after = page.entries.last().map(|entry| entry.key.clone());
            let mut keys = Vec::new();
            for entry in page.entries {
                if is_garbage(&entry.key, &entry.record)? {
                    keys.push(entry.key);
                }
            }
            for keys in keys.chunks(WRITES_MAX) {
                self.clean_chunk(keys).await?;
            }
            if page.is_last {
                return Ok(());
            }
        }
    }

    async fn clean_chunk(&self, keys: &[Key]) -> Result<(), Error> {
        for _ in 0..ATTEMPTS {
            let records = self.barrier.get(keys).await?;
            let present = keys
                .iter()
                .zip(records)
                .filter_map(|(key, record)| Some((key.clone(), record?.version)));
            let deleting =
                |transaction: Transaction, (key, version)| transaction.deleting(key, version);
            let transaction = present.fold(Transaction::new()?, deleting);
            if transaction.write.is_empty() {
                return Ok(());
            }
            match commit(&self.barrier, transaction).await? {
                Settled::Committed => return Ok(()),
                // A write that began before the record became garbage came between.
                Settled::Conflict(_) => {}
            }
        }
        Err(Error::Changed)
    }
}

fn log(cleaned: Result<(), Error>) {
    if let Err(error) = cleaned {
        tracing::warn!(%error, "old records cannot be removed now; the next start tries again");
    }
}
