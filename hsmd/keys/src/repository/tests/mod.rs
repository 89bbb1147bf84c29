//! The repository against a store in memory, against one that fails, and against a simple model.

mod failing;
mod model;
mod objects;
mod partitions;

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use hsm_algorithms::pkcs11::{CKA_CLASS, CKA_ID, CKA_LABEL, CKA_PRIVATE, CKO_SECRET_KEY};
use hsm_algorithms::{Attributes, KeySpec};
use hsmd_storage::testing::{Memory, barrier, block_on};
use hsmd_storage::{Cell, Storage, Table, Version};

use super::*;
use crate::{
    KeyState, KeyVersion, Lifetime, PartitionKey, Record, Records, TokenProfile, WrappedMaterial,
};

fn open(store: &Arc<Memory>) -> Repository {
    let store: Arc<dyn Storage> = Arc::clone(store) as _;
    block_on(Repository::open(Arc::new(barrier(store)))).unwrap()
}

fn new_partition(slot: u64) -> Partition {
    Partition {
        id: PartitionId::random().unwrap(),
        slot,
        name: format!("tenant {slot}"),
        label: "token".to_owned(),
        profile: TokenProfile::Compatible,
        is_initialized: true,
        tenancy: None,
        keys: vec![PartitionKey {
            version: 1,
            wrapped: vec![3; 40],
        }],
        era: 0,
        created_at_unix_milliseconds: 1_700_000_000_000,
        revision: 0,
    }
}

async fn partition(repository: &Repository) -> PartitionId {
    repository
        .create_partition(
            new_partition(repository.partitions().len() as u64),
            Vec::new(),
        )
        .await
        .unwrap()
        .id
}

fn new_object(repository: &Repository, partition: PartitionId, label: &str) -> Object {
    let attributes: Attributes = [
        (CKA_CLASS, CKO_SECRET_KEY.into()),
        (CKA_PRIVATE, true.into()),
        (CKA_LABEL, label.as_bytes().into()),
        (CKA_ID, [7][..].into()),
    ]
    .into_iter()
    .collect();
    let material = WrappedMaterial {
        partition_key_version: 1,
        bytes: vec![5; 40],
    };
    Object {
        id: repository
            .new_object_id(UNIX_EPOCH + Duration::from_secs(1_700_000_000))
            .unwrap(),
        partition,
        lifetime: Lifetime::Token,
        revision: 0,
        attributes,
        state: KeyState::Enabled,
        spec: Some(KeySpec::AES_256),
        versions: vec![KeyVersion {
            number: 1,
            created_at_unix_milliseconds: 1_700_000_000_000,
            material,
        }],
        kms: None,
    }
}

/// Inserts objects for whoever was admitted to their partition as it is now.
async fn insert(repository: &Repository, objects: Vec<Object>) -> Result<Vec<Arc<Object>>, Error> {
    let id = objects[0].partition;
    let partition = repository.partition(id);
    let partition = partition.ok_or(Error::NoSuchPartition(id))?;
    repository.insert(&partition, objects).await
}

fn by_label(label: &str) -> Query {
    let template = [(CKA_LABEL, label.as_bytes().into())].into_iter().collect();
    Query {
        template,
        includes_private: true,
        application: None,
        after: None,
        limit: 100,
    }
}

fn ids(found: &FoundObjects) -> Vec<ObjectId> {
    found.objects.iter().map(|object| object.id).collect()
}

/// Opens a second repository over a store, within a runtime.
async fn open_in(store: &Arc<Memory>) -> Repository {
    let store: Arc<dyn Storage> = Arc::clone(store) as _;
    Repository::open(Arc::new(barrier(store))).await.unwrap()
}

/// Lets other tasks run until something is true.
async fn until(is_true: impl Fn() -> bool) {
    for _ in 0..10_000 {
        if is_true() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("it does not become true");
}

/// Every stored record's table, to see what is left behind.
fn tables(store: &Memory) -> Vec<Table> {
    store.records().into_keys().map(|key| key.table()).collect()
}
