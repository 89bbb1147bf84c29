//! Writing partitions.

use std::sync::Arc;

use hsmd_storage::{Revision, Storage, Table, Transaction, Version};

use super::tenant::Tenant;
use super::{Inner, cleaning, partition_key};
use crate::format::{encode_destroyed_partition, encode_partition};
use crate::records::{Settled, with_changes};
use crate::{Error, Partition, PartitionId, RecordChange};

impl Inner {
    pub(super) async fn create_partition(
        &self,
        mut partition: Partition,
        records: Vec<RecordChange>,
    ) -> Result<Arc<Partition>, Error> {
        let _changing = self.changing_partitions.lock().await;
        self.settle().await?;
        self.check_is_free(&partition)?;
        let head = self.barrier.head().await?;
        partition.era = 1;
        partition.revision = Version::after(None, head).0;

        let value = encode_partition(&partition);
        let transaction =
            Transaction::new()?.putting(partition_key(partition.id), None, head, value);
        let transaction = with_changes(transaction, partition.id.cell(), head, records)?;
        match self.commit(transaction).await? {
            Settled::Committed => {}
            Settled::Conflict(key) if key.table() == Table::PARTITION => {
                return Err(Error::Exists("a partition of that id"));
            }
            Settled::Conflict(_) => return Err(Error::Changed),
        }
        let tenant = Arc::new(Tenant::new(partition));
        let partition = tenant.partition();
        self.change_partitions(|partitions| {
            drop(partitions.insert(partition.id, Arc::clone(&tenant)));
        });
        Ok(partition)
    }

    pub(super) async fn replace_partition(
        self: &Arc<Self>,
        mut partition: Partition,
        records: Vec<RecordChange>,
        clears_objects: bool,
    ) -> Result<Arc<Partition>, Error> {
        let _changing = self.changing_partitions.lock().await;
        self.settle().await?;
        let tenant = self.tenant(partition.id)?;
        let old = tenant.partition();
        if old.revision != partition.revision {
            return Err(Error::Changed);
        }
        self.check_is_free(&partition)?;
        let head = self.barrier.head().await?;
        let expected = Version(old.revision);
        partition.revision = Version::after(Some(expected), head).0;
        partition.era = if clears_objects { old.era + 1 } else { old.era };

        let value = encode_partition(&partition);
        let transaction =
            Transaction::new()?.putting(partition_key(partition.id), Some(expected), head, value);
        let transaction = with_changes(transaction, partition.id.cell(), head, records)?;
        match self.commit(transaction).await? {
            Settled::Committed => {}
            Settled::Conflict(key) => {
                if key.table() == Table::PARTITION {
                    self.reload(&key).await?;
                }
                return Err(Error::Changed);
            }
        }
        let partition = Arc::new(partition);
        if clears_objects {
            tenant.begin_era(Arc::clone(&partition));
            cleaning::remove_old_eras_later(self, Arc::clone(&partition));
        } else {
            tenant.set_partition(Arc::clone(&partition));
        }
        Ok(partition)
    }

    pub(super) async fn destroy_partition(self: &Arc<Self>, id: PartitionId) -> Result<(), Error> {
        let _changing = self.changing_partitions.lock().await;
        self.settle().await?;
        let expected = Version(self.tenant(id)?.partition().revision);
        // Without its keys, nothing in the partition can be opened any more.
        let transaction = Transaction::new()?.putting(
            partition_key(id),
            Some(expected),
            Revision(0),
            encode_destroyed_partition(),
        );
        match self.commit(transaction).await? {
            Settled::Committed => {}
            Settled::Conflict(key) => {
                self.reload(&key).await?;
                return Err(Error::Changed);
            }
        }
        self.change_partitions(|partitions| drop(partitions.remove(&id)));
        cleaning::remove_partition_later(self, id);
        Ok(())
    }

    /// Refuses a slot or name that another partition has.
    fn check_is_free(&self, partition: &Partition) -> Result<(), Error> {
        for other in self
            .partitions
            .load()
            .values()
            .map(|tenant| tenant.partition())
        {
            if other.id == partition.id {
                continue;
            }
            if other.slot == partition.slot {
                return Err(Error::Exists("a partition in that slot"));
            }
            if other.name == partition.name {
                return Err(Error::Exists("a partition of that name"));
            }
        }
        Ok(())
    }
}
