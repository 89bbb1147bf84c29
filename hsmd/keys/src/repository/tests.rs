//! The repository against a store in memory, and against one that fails.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use hsm_algorithms::pkcs11::{
    CKA_CLASS, CKA_ID, CKA_LABEL, CKA_PRIVATE, CKO_PRIVATE_KEY, CKO_SECRET_KEY,
};
use hsm_algorithms::{Attributes, KeySpec};
use hsmd_storage::testing::{Memory, barrier, block_on};
use hsmd_storage::{Storage, Table};

use super::*;
use crate::{KeyState, KeyVersion, Lifetime, PartitionKey, Records, TokenProfile, WrappedMaterial};

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
    }
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

#[test]
fn objects_are_there_after_a_restart() {
    let store = Arc::new(Memory::default());
    let repository = open(&store);
    let inserted = block_on(async {
        let partition = partition(&repository).await;
        let objects = vec![
            new_object(&repository, partition, "a"),
            new_object(&repository, partition, "b"),
        ];
        repository.insert(objects).await.unwrap()
    });
    let again = open(&store);
    assert_eq!(again.partitions(), repository.partitions());
    for object in inserted {
        assert_eq!(again.object(object.partition, object.id), Some(object));
    }
}

#[test]
fn a_search_by_label_finds_in_the_order_of_making() {
    let repository = open(&Arc::default());
    block_on(async {
        let partition = partition(&repository).await;
        let mut expected = Vec::new();
        for number in 0..50 {
            let label = if number % 2 == 0 { "even" } else { "odd" };
            let object = new_object(&repository, partition, label);
            if label == "even" {
                expected.push(object.id);
            }
            repository.insert(vec![object]).await.unwrap();
        }
        assert_eq!(
            ids(&repository.find(partition, &by_label("even")).unwrap()),
            expected
        );

        let mut paged = Vec::new();
        let mut query = Query {
            limit: 7,
            ..by_label("even")
        };
        loop {
            let page = repository.find(partition, &query).unwrap();
            paged.extend(ids(&page));
            query.after = paged.last().copied();
            if page.is_last_page {
                break;
            }
            // A page may begin after an object that is no more.
            repository
                .remove(partition, &[*paged.last().unwrap()])
                .await
                .unwrap();
        }
        assert_eq!(paged, expected);
        assert!(
            repository
                .find(partition, &by_label("none"))
                .unwrap()
                .objects
                .is_empty()
        );
    });
}
