//! From the store into memory: everything at the start, and single records whose state is not known.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use hsmd_storage::{Barrier, Cell, Entry, Key, Storage, Table, Versioned};
use parking_lot::Mutex;

use super::changes::alias_key;
use super::tenant::Tenant;
use super::{Inner, object_key};
use crate::format::{
    FormatError, PartitionRecord, decode_alias, decode_grant, decode_object, decode_partition,
    decode_removal,
};
use crate::policy::Policies;
use crate::{AccountId, Error, Grant, GrantId, Object, ObjectId, PartitionId, RegionName, Tenancy};

/// Records read from the store at once.
const PAGE_RECORDS: usize = 1024;

/// Reads the whole store. Gives the repository, and the records that are no longer part of anything.
pub(super) async fn load(barrier: Arc<Barrier>) -> Result<(Inner, Vec<Key>), Error> {
    let mut loading = Loading::default();
    let mut after = None;
    loop {
        let page = barrier.scan(&[], after.as_ref(), PAGE_RECORDS).await?;
        after = page.entries.last().map(|entry| entry.key.clone());
        for entry in page.entries {
            loading.add(entry)?;
        }
        if page.is_last {
            break;
        }
    }
    loading.finish_cell()?;
    let inner = Inner {
        barrier,
        tenants: ArcSwap::from_pointee(tenants(&loading.partitions)),
        partitions: ArcSwap::from_pointee(loading.partitions),
        policies: loading.policies,
        changing_partitions: tokio::sync::Mutex::new(()),
        newest_id: Mutex::new(loading.newest_id),
        unsettled: Mutex::new(Vec::new()),
    };
    Ok((inner, loading.garbage))
}

/// What was read so far. A cell's records come together, the partition's first.
#[derive(Default)]
struct Loading {
    policies: Policies,
    partitions: HashMap<PartitionId, Arc<Tenant>>,
    newest_id: Option<ObjectId>,
    cell: Option<Cell>,
    /// The partition of this cell, unless it was destroyed.
    tenant: Option<Arc<Tenant>>,
    objects: Vec<Arc<Object>>,
    /// Set where the partition of this cell was destroyed: its record, to be removed last.
    destroyed: Option<Key>,
    garbage: Vec<Key>,
}

impl Loading {
    fn add(&mut self, Entry { key, record }: Entry) -> Result<(), Error> {
        if self.cell != Some(key.cell()) {
            self.finish_cell()?;
            self.cell = Some(key.cell());
        }
        if key.cell() == Cell::SYSTEM {
            return Ok(());
        }
        if key.table() == Table::PARTITION {
            let id = PartitionId::from_bytes(key.cell().0);
            match decode_partition(id, record.version.0, &record.value).map_err(malformed(&key))? {
                PartitionRecord::Present(partition) => {
                    self.tenant = Some(Arc::new(Tenant::new(partition)));
                }
                PartitionRecord::Destroyed => self.destroyed = Some(key),
            }
            return Ok(());
        }
        if self.destroyed.is_some() {
            self.garbage.push(key);
            return Ok(());
        }
        let Some(tenant) = &self.tenant else {
            tracing::warn!(record = %key, "a record belongs to no partition");
            return Ok(());
        };
        match key.table() {
            Table::OBJECT => {
                let (object, era) = decode_object_record(&key, &record, &self.policies)?;
                self.newest_id = self.newest_id.max(Some(object.id));
                if era == tenant.partition().era {
                    self.objects.push(Arc::new(object));
                } else {
                    self.garbage.push(key);
                }
            }
            Table::REMOVAL => {
                let removed = decode_removal(&record.value).map_err(malformed(&key))?;
                let partition = tenant.partition().id;
                // Those that are still there; the others were cleaned up before.
                let (gone, kept) = self
                    .objects
                    .drain(..)
                    .partition(|object| removed.contains(&object.id));
                self.objects = kept;
                self.garbage.extend(
                    gone.iter()
                        .map(|object: &Arc<Object>| object_key(partition, object.id)),
                );
                self.garbage.push(key);
            }
            Table::ALIAS => {
                let tenant = Arc::clone(tenant);
                self.add_objects(&tenant)?;
                let alias =
                    decode_alias(record.version.0, &record.value).map_err(malformed(&key))?;
                if tenant.object(alias.target).is_some() {
                    tenant.account_mut().aliases.put(Arc::new(alias));
                } else {
                    self.garbage.push(key);
                }
            }
            Table::GRANT => {
                let tenant = Arc::clone(tenant);
                self.add_objects(&tenant)?;
                let grant = decode_grant_record(&key, &record)?;
                if tenant.object(grant.key).is_some() {
                    tenant.account_mut().grants.add(grant);
                } else {
                    self.garbage.push(key);
                }
            }
            Table::LAST_USE => {
                let tenant = Arc::clone(tenant);
                self.add_objects(&tenant)?;
                if tenant.object(object_id(&key)?).is_none() {
                    self.garbage.push(key);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Puts the objects that were read into their partition: all of them come before aliases and grants.
    fn add_objects(&mut self, tenant: &Tenant) -> Result<(), Error> {
        if self.objects.is_empty() {
            return Ok(());
        }
        let objects = std::mem::take(&mut self.objects);
        tenant.add(&objects, tenant.partition().era)
    }

    /// Puts the partition that was read among the others.
    fn finish_cell(&mut self) -> Result<(), Error> {
        self.garbage.extend(self.destroyed.take());
        if let Some(tenant) = self.tenant.take() {
            self.add_objects(&tenant)?;
            self.partitions.insert(tenant.partition().id, tenant);
        }
        Ok(())
    }
}

/// The partitions of accounts among these.
fn tenants(
    partitions: &HashMap<PartitionId, Arc<Tenant>>,
) -> HashMap<(AccountId, RegionName), Arc<Tenant>> {
    partitions
        .values()
        .filter_map(|tenant| {
            let Tenancy { account, region } = tenant.partition().tenancy.clone()?;
            Some(((account, region), Arc::clone(tenant)))
        })
        .collect()
}

impl Inner {
    /// Sets what is in memory to what the store says now of a partition or object.
    pub(super) async fn reload(&self, key: &Key) -> Result<(), Error> {
        let record = self
            .barrier
            .get(std::slice::from_ref(key))
            .await?
            .into_iter()
            .next()
            .flatten();
        let partition_id = PartitionId::from_bytes(key.cell().0);
        match key.table() {
            Table::PARTITION => self.reload_partition(partition_id, key, record)?,
            Table::OBJECT => {
                let Ok(tenant) = self.tenant(partition_id) else {
                    return Ok(());
                };
                let id = object_id(key)?;
                let stored = record
                    .map(|record| decode_object_record(key, &record, &self.policies))
                    .transpose()?;
                let is_of_era = |era: &u32| *era == tenant.partition().era;
                tenant.set(
                    id,
                    stored
                        .filter(|(_, era)| is_of_era(era))
                        .map(|(object, _)| Arc::new(object)),
                );
            }
            Table::ALIAS | Table::GRANT => {
                if let Ok(tenant) = self.tenant(partition_id) {
                    set_account_record(&tenant, key, record)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn reload_partition(
        &self,
        id: PartitionId,
        key: &Key,
        record: Option<Versioned>,
    ) -> Result<(), Error> {
        let stored = match record {
            Some(record) => {
                decode_partition(id, record.version.0, &record.value).map_err(malformed(key))?
            }
            None => PartitionRecord::Destroyed,
        };
        match (stored, self.tenant(id)) {
            (PartitionRecord::Present(partition), Ok(tenant))
                if tenant.partition().era == partition.era =>
            {
                tenant.set_partition(Arc::new(partition));
            }
            (PartitionRecord::Present(partition), Ok(tenant)) => {
                tenant.begin_era(Arc::new(partition));
            }
            (PartitionRecord::Present(partition), Err(_)) => {
                self.change_partitions(|partitions| {
                    drop(partitions.insert(id, Arc::new(Tenant::new(partition.clone()))));
                });
            }
            (PartitionRecord::Destroyed, _) => {
                self.change_partitions(|partitions| drop(partitions.remove(&id)));
            }
        }
        Ok(())
    }

    /// Changes the set of partitions. Readers see it before or after.
    pub(super) fn change_partitions(
        &self,
        change: impl Fn(&mut HashMap<PartitionId, Arc<Tenant>>),
    ) {
        self.partitions.rcu(|partitions| {
            let mut partitions = HashMap::clone(partitions);
            change(&mut partitions);
            partitions
        });
        self.tenants
            .store(Arc::new(tenants(&self.partitions.load())));
    }
}

/// Sets an alias or grant to what the store says of it.
fn set_account_record(tenant: &Tenant, key: &Key, record: Option<Versioned>) -> Result<(), Error> {
    let mut account = tenant.account_mut();
    match record {
        Some(record) if key.table() == Table::ALIAS => {
            let alias = decode_alias(record.version.0, &record.value).map_err(malformed(key))?;
            if tenant.object(alias.target).is_some() {
                account.aliases.put(Arc::new(alias));
            }
        }
        Some(record) => {
            let grant = decode_grant_record(key, &record)?;
            if tenant.object(grant.key).is_some() {
                account.grants.add(grant);
            }
        }
        None if key.table() == Table::ALIAS => {
            let partition = tenant.partition().id;
            account
                .aliases
                .remove_where(|alias| alias_key(partition, &alias.name) == *key);
        }
        None => {
            let (object, id) = grant_ids(key)?;
            if let Some(grant) = account.grants.grant(object, id) {
                account.grants.remove(&grant);
            }
        }
    }
    Ok(())
}

fn decode_grant_record(key: &Key, record: &Versioned) -> Result<Grant, Error> {
    let (object, id) = grant_ids(key)?;
    decode_grant(object, id, record.version.0, &record.value).map_err(malformed(key))
}

/// The key and the grant that a record's key names.
fn grant_ids(key: &Key) -> Result<(ObjectId, GrantId), Error> {
    let ids = key.name().split_first_chunk().and_then(|(object, id)| {
        let id = GrantId::from_bytes(id.try_into().ok()?);
        Some((ObjectId::from_bytes(*object), id))
    });
    ids.ok_or(FormatError::InvalidField("id"))
        .map_err(malformed(key))
}

/// The object in a record, and its era.
pub(super) fn decode_object_record(
    key: &Key,
    record: &Versioned,
    policies: &Policies,
) -> Result<(Object, u32), Error> {
    let partition = PartitionId::from_bytes(key.cell().0);
    decode_object(
        partition,
        object_id(key)?,
        record.version.0,
        &record.value,
        policies,
    )
    .map_err(malformed(key))
}

fn object_id(key: &Key) -> Result<ObjectId, Error> {
    ObjectId::from_slice(key.name())
        .ok_or(FormatError::InvalidField("id"))
        .map_err(malformed(key))
}

pub(super) fn malformed(key: &Key) -> impl Fn(FormatError) -> Error {
    move |what| Error::Malformed {
        key: key.clone(),
        what,
    }
}
