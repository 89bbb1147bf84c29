//! Partitions, the small tables, and several daemons over one store.

use super::*;

#[test]
fn initialising_again_destroys_every_object_at_once() {
    let store = Arc::new(Memory::default());
    let repository = open(&store);
    block_on(async {
        let id = partition(&repository).await;
        for _ in 0..100 {
            insert(&repository, vec![new_object(&repository, id, "a")])
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
        insert(&repository, vec![new_object(&repository, id, "new")])
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
            insert(&repository, vec![new_object(&repository, id, "a")])
                .await
                .unwrap();
        }
        repository.destroy_partition(id).await.unwrap();
        assert_eq!(repository.partition(id), None);
        assert!(matches!(
            repository.destroy_partition(id).await,
            Err(Error::NoSuchPartition(_))
        ));
        let refused = insert(&repository, vec![new_object(&repository, id, "a")]).await;
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
        let object = insert(&one, vec![new_object(&one, id, "a")])
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
        let new = || vec![new_object(&one, id, "new")];
        let refused = insert(&one, new()).await;
        assert!(
            matches!(refused, Err(Error::NoSuchPartition(_))),
            "it is an object of the token that was: {refused:?}"
        );
        insert(&one, new()).await.unwrap();
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
        let objects = insert(&repository, objects).await.unwrap();
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

#[test]
fn what_was_begun_before_a_token_was_initialised_again_is_not_put_into_it() {
    let repository = open(&Arc::default());
    block_on(async {
        let id = partition(&repository).await;
        let before = repository.partition(id).unwrap();
        let renewed = Partition {
            keys: vec![PartitionKey {
                version: 2,
                wrapped: vec![4; 40],
            }],
            ..Partition::clone(&before)
        };
        let reinitialized = repository.reinitialize_partition(renewed, Vec::new());
        reinitialized.await.unwrap();
        for lifetime in [
            Lifetime::Token,
            Lifetime::Session(ApplicationId::from_bytes([1; 16])),
        ] {
            let object = Object {
                lifetime,
                ..new_object(&repository, id, "late")
            };
            let refused = repository.insert(&before, vec![object]).await;
            assert!(
                matches!(refused, Err(Error::NoSuchPartition(_))),
                "{refused:?}"
            );
        }
        assert_eq!(repository.counts(id), Counts::default());
    });
}
