//! The repository against a store in memory, against one that fails, and against a simple model.

mod failing;
mod model;

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

/// Every stored record's table, to see what is left behind.
fn tables(store: &Memory) -> Vec<Table> {
    store.records().into_keys().map(|key| key.table()).collect()
}

#[test]
fn a_search_shows_nobody_what_is_not_for_them() {
    let repository = open(&Arc::default());
    block_on(async {
        let partition = partition(&repository).await;
        let mine = ApplicationId::random().unwrap();
        let others = ApplicationId::random().unwrap();
        let with = |lifetime, private: Option<bool>| {
            let mut object = new_object(&repository, partition, "a");
            object.lifetime = lifetime;
            match private {
                Some(private) => drop(object.attributes.insert(CKA_PRIVATE, private)),
                None => drop(object.attributes.remove(CKA_PRIVATE)),
            }
            object
        };
        let objects = vec![
            with(Lifetime::Token, Some(false)),
            with(Lifetime::Token, Some(true)),
            with(Lifetime::Token, None),
            with(Lifetime::Session(mine), Some(false)),
            with(Lifetime::Session(mine), Some(true)),
            with(Lifetime::Session(others), Some(false)),
        ];
        let inserted = repository.insert(objects).await.unwrap();
        let found = |includes_private, application| {
            let found = repository
                .find(
                    partition,
                    &Query {
                        includes_private,
                        application,
                        ..by_label("a")
                    },
                )
                .unwrap();
            found
                .objects
                .iter()
                .map(|object| inserted.iter().position(|other| other == object).unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(found(false, None), [0]);
        assert_eq!(found(false, Some(mine)), [0, 3]);
        assert_eq!(found(true, None), [0, 1, 2]);
        assert_eq!(found(true, Some(mine)), [0, 1, 2, 3, 4]);
        assert_eq!(found(true, Some(others)), [0, 1, 2, 5]);
        assert_eq!(
            repository.counts(partition),
            Counts {
                token_objects: 3,
                session_objects: 3
            }
        );

        repository.forget_application(mine);
        assert_eq!(found(true, Some(mine)), [0, 1, 2]);
        assert_eq!(
            repository.counts(partition),
            Counts {
                token_objects: 3,
                session_objects: 1
            }
        );
        assert_eq!(repository.object(partition, inserted[4].id), None);
    });
}

#[test]
fn session_objects_are_never_stored() {
    let store = Arc::new(Memory::default());
    let repository = open(&store);
    block_on(async {
        let partition = partition(&repository).await;
        let mut object = new_object(&repository, partition, "a");
        object.lifetime = Lifetime::Session(ApplicationId::random().unwrap());
        let object = repository.insert(vec![object]).await.unwrap().remove(0);
        let mut changed = Object::clone(&object);
        changed.attributes.insert(CKA_LABEL, b"b".to_vec());
        let replaced = repository.replace(changed.clone()).await.unwrap();
        assert!(replaced.revision > object.revision);
        assert!(matches!(
            repository.replace(changed).await,
            Err(Error::Changed)
        ));
        assert_eq!(
            ids(&repository
                .find(
                    partition,
                    &Query {
                        application: object.application(),
                        ..by_label("b")
                    }
                )
                .unwrap()),
            [object.id]
        );
        repository.remove(partition, &[object.id]).await.unwrap();
        assert_eq!(repository.object(partition, object.id), None);
    });
    assert_eq!(tables(&store), [Table::PARTITION]);
}

#[test]
fn of_two_changes_from_the_same_state_one_is_refused() {
    let repository = open(&Arc::default());
    block_on(async {
        let partition = partition(&repository).await;
        let object = repository
            .insert(vec![new_object(&repository, partition, "a")])
            .await
            .unwrap()
            .remove(0);
        let relabelled = |label: &str| {
            let mut object = Object::clone(&object);
            object
                .attributes
                .insert(CKA_LABEL, label.as_bytes().to_vec());
            object
        };
        let (first, second) = tokio::join!(
            repository.replace(relabelled("b")),
            repository.replace(relabelled("c"))
        );
        assert_ne!(first.is_ok(), second.is_ok(), "{first:?} {second:?}");
        let label = if first.is_ok() { "b" } else { "c" };
        assert!(matches!(first.and(second), Err(Error::Changed)));
        assert!(
            repository
                .find(partition, &by_label("a"))
                .unwrap()
                .objects
                .is_empty()
        );
        assert_eq!(
            ids(&repository.find(partition, &by_label(label)).unwrap()),
            [object.id]
        );
    });
}

#[test]
fn objects_are_added_all_or_none() {
    let repository = open(&Arc::default());
    block_on(async {
        let partition = partition(&repository).await;
        let there = new_object(&repository, partition, "a");
        repository.insert(vec![there.clone()]).await.unwrap();
        let new = new_object(&repository, partition, "b");
        let refused = repository.insert(vec![new.clone(), there]).await;
        assert!(matches!(refused, Err(Error::Exists(_))), "{refused:?}");
        assert_eq!(repository.object(partition, new.id), None);

        let foreign = new_object(&repository, PartitionId::random().unwrap(), "b");
        assert!(matches!(
            repository.insert(vec![new.clone(), foreign.clone()]).await,
            Err(Error::NoSuchPartition(_))
        ));
        assert!(matches!(
            repository.insert(vec![foreign]).await,
            Err(Error::NoSuchPartition(_))
        ));
        let many = vec![new; INSERTED_OBJECTS_MAX + 1];
        assert!(matches!(
            repository.insert(many).await,
            Err(Error::TooMany {
                asked: 33,
                limit: 32
            })
        ));
        let mut large = new_object(&repository, partition, "large");
        large.attributes.insert(CKA_ID, vec![0; 256 * 1024]);
        assert!(matches!(
            repository.insert(vec![large]).await,
            Err(Error::TooLarge { .. })
        ));
    });
}

#[test]
fn objects_are_removed_all_or_none() {
    let store = Arc::new(Memory::default());
    let repository = open(&store);
    block_on(async {
        let partition = partition(&repository).await;
        let mut all = Vec::new();
        for _ in 0..200 {
            let object = new_object(&repository, partition, "a");
            all.push(object.id);
            repository.insert(vec![object]).await.unwrap();
        }
        let missing = repository.new_object_id(UNIX_EPOCH).unwrap();
        let refused = repository.remove(partition, &[all[0], missing]).await;
        assert!(
            matches!(refused, Err(Error::NoSuchObject(id)) if id == missing),
            "{refused:?}"
        );
        assert_eq!(repository.counts(partition).token_objects, 200);

        repository.remove(partition, &all[..3]).await.unwrap();
        repository.remove(partition, &all[3..190]).await.unwrap();
        assert_eq!(
            ids(&repository.find(partition, &by_label("a")).unwrap()),
            all[190..]
        );
    });
    assert_eq!(tables(&store).len(), 11, "a partition and ten objects");
    assert_eq!(
        open(&store)
            .counts(repository.partitions()[0].id)
            .token_objects,
        10
    );
}

#[test]
fn initialising_again_destroys_every_object_at_once() {
    let store = Arc::new(Memory::default());
    let repository = open(&store);
    block_on(async {
        let id = partition(&repository).await;
        for _ in 0..100 {
            repository
                .insert(vec![new_object(&repository, id, "a")])
                .await
                .unwrap();
        }
        let before = Partition::clone(&repository.partition(id).unwrap());
        let pin = RecordChange {
            table: Table::PIN,
            name: b"so".to_vec(),
            expected: None,
            value: Some(vec![1, 2]),
        };
        let after = repository
            .reinitialize_partition(before.clone(), vec![pin])
            .await
            .unwrap();
        assert_eq!((before.era, after.era), (1, 2));
        assert_eq!(repository.counts(id), Counts::default());
        assert!(
            repository
                .find(id, &by_label("a"))
                .unwrap()
                .objects
                .is_empty()
        );
        assert!(matches!(
            repository.replace_partition(before, Vec::new()).await,
            Err(Error::Changed)
        ));
        // Before the old records are removed, they count for nothing at a restart.
        let again = open_in(&store).await;
        assert_eq!(again.counts(id), Counts::default());
        repository
            .insert(vec![new_object(&repository, id, "new")])
            .await
            .unwrap();
        until(|| tables(&store) == [Table::PARTITION, Table::OBJECT, Table::PIN]).await;
    });
}

#[test]
fn a_destroyed_partition_leaves_nothing_behind() {
    let store = Arc::new(Memory::default());
    let repository = open(&store);
    block_on(async {
        let (id, other) = (partition(&repository).await, partition(&repository).await);
        for _ in 0..100 {
            repository
                .insert(vec![new_object(&repository, id, "a")])
                .await
                .unwrap();
        }
        repository.destroy_partition(id).await.unwrap();
        assert_eq!(repository.partition(id), None);
        assert!(matches!(
            repository.destroy_partition(id).await,
            Err(Error::NoSuchPartition(_))
        ));
        let refused = repository
            .insert(vec![new_object(&repository, id, "a")])
            .await;
        assert!(
            matches!(refused, Err(Error::NoSuchPartition(_))),
            "{refused:?}"
        );
        // A restart in the middle of cleaning goes on with it.
        let again = open_in(&store).await;
        assert_eq!(
            again
                .partitions()
                .iter()
                .map(|partition| partition.id)
                .collect::<Vec<_>>(),
            [other]
        );
        drop(again);
        until(|| tables(&store) == [Table::PARTITION]).await;
    });
}

#[test]
fn slots_and_names_are_given_once() {
    let repository = open(&Arc::default());
    block_on(async {
        let first = repository
            .create_partition(new_partition(0), Vec::new())
            .await
            .unwrap();
        let refused = repository
            .create_partition(new_partition(0), Vec::new())
            .await;
        assert!(
            matches!(refused, Err(Error::Exists("a partition in that slot"))),
            "{refused:?}"
        );
        let same_name = Partition {
            name: first.name.clone(),
            ..new_partition(1)
        };
        let refused = repository.create_partition(same_name, Vec::new()).await;
        assert!(
            matches!(refused, Err(Error::Exists("a partition of that name"))),
            "{refused:?}"
        );
        let same_id = Partition {
            id: first.id,
            ..new_partition(1)
        };
        let refused = repository.create_partition(same_id, Vec::new()).await;
        assert!(
            matches!(refused, Err(Error::Exists("a partition of that id"))),
            "{refused:?}"
        );
        let (one, two) = tokio::join!(
            repository.create_partition(new_partition(2), Vec::new()),
            repository.create_partition(new_partition(2), Vec::new()),
        );
        assert_ne!(one.is_ok(), two.is_ok());
    });
}

#[test]
fn two_daemons_over_one_store_do_not_undo_each_other() {
    let store = Arc::new(Memory::default());
    block_on(async {
        let one = open_in(&store).await;
        let id = partition(&one).await;
        let object = one
            .insert(vec![new_object(&one, id, "a")])
            .await
            .unwrap()
            .remove(0);
        let two = open_in(&store).await;

        let mut changed = Object::clone(&object);
        changed.attributes.insert(CKA_LABEL, b"b".to_vec());
        two.replace(changed).await.unwrap();
        let mut stale = Object::clone(&object);
        stale.attributes.insert(CKA_LABEL, b"c".to_vec());
        assert!(matches!(one.replace(stale).await, Err(Error::Changed)));
        assert_eq!(
            ids(&one.find(id, &by_label("b")).unwrap()),
            [object.id],
            "it has learned of the change"
        );

        let partition = Partition::clone(&two.partition(id).unwrap());
        two.reinitialize_partition(partition, Vec::new())
            .await
            .unwrap();
        one.insert(vec![new_object(&one, id, "new")]).await.unwrap();
        assert_eq!(one.partition(id).unwrap().era, 2);
        assert_eq!(one.counts(id).token_objects, 1);
    });
}

#[test]
fn a_record_is_written_only_by_who_knows_it() {
    let store: Arc<dyn Storage> = Arc::new(Memory::default());
    let records = Records::new(Arc::new(barrier(store)), Table::PIN);
    block_on(async {
        let cell = Cell([1; 16]);
        assert_eq!(records.get(cell, b"user").await.unwrap(), None);
        let version = records.put(cell, b"user", None, vec![1, 9]).await.unwrap();
        let stored = Record {
            name: b"user".to_vec(),
            version,
            value: vec![1, 9],
        };
        assert_eq!(
            records.get(cell, b"user").await.unwrap(),
            Some(stored.clone())
        );
        for stale in [None, Some(Version(version.0 + 1))] {
            assert!(matches!(
                records.put(cell, b"user", stale, vec![1, 8]).await,
                Err(Error::Changed)
            ));
        }
        let newer = records
            .put(cell, b"user", Some(version), vec![1, 7])
            .await
            .unwrap();
        records.put(cell, b"so", None, vec![1]).await.unwrap();
        records
            .put(Cell([2; 16]), b"user", None, vec![2])
            .await
            .unwrap();
        let names: Vec<_> = records
            .list(cell)
            .await
            .unwrap()
            .into_iter()
            .map(|record| record.name)
            .collect();
        assert_eq!(names, [b"so".to_vec(), b"user".to_vec()]);
        assert!(matches!(
            records.delete(cell, b"user", version).await,
            Err(Error::Changed)
        ));
        records.delete(cell, b"user", newer).await.unwrap();
        assert_eq!(records.get(cell, b"user").await.unwrap(), None);
        assert!(matches!(
            records.get(cell, &[0; 129]).await,
            Err(Error::TooLarge {
                size_bytes: 129,
                ..
            })
        ));
    });
}

#[test]
fn a_record_moved_to_another_place_keeps_the_daemon_from_starting() {
    let store = Arc::new(Memory::default());
    let repository = open(&store);
    block_on(async {
        let id = partition(&repository).await;
        let objects = vec![
            new_object(&repository, id, "a"),
            new_object(&repository, id, "b"),
        ];
        let objects = repository.insert(objects).await.unwrap();
        let keys = [object_key(id, objects[0].id), object_key(id, objects[1].id)];
        let records = store.records();
        store.tamper(keys[1].clone(), Some(records[&keys[0]].clone()));
        let engine: Arc<dyn Storage> = Arc::clone(&store) as _;
        let refused = Repository::open(Arc::new(barrier(engine))).await.err();
        let is_noticed = |key: &Key| *key == keys[1];
        assert!(
            matches!(&refused, Some(Error::Storage(hsmd_storage::Error::NotAuthentic(key))) if is_noticed(key)),
            "{refused:?}"
        );
    });
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
