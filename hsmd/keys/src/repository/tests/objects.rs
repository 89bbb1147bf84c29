//! Objects: searching, adding, changing and removing them.

use super::*;
use crate::LastUse;
use crate::format::vectors::example_kms_key;

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
        insert(&repository, objects).await.unwrap()
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
            insert(&repository, vec![object]).await.unwrap();
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
        let inserted = insert(&repository, objects).await.unwrap();
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
        let object = insert(&repository, vec![object]).await.unwrap().remove(0);
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
        let object = insert(&repository, vec![new_object(&repository, partition, "a")])
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
        insert(&repository, vec![there.clone()]).await.unwrap();
        let new = new_object(&repository, partition, "b");
        let refused = insert(&repository, vec![new.clone(), there]).await;
        assert!(matches!(refused, Err(Error::Exists(_))), "{refused:?}");
        assert_eq!(repository.object(partition, new.id), None);

        let foreign = new_object(&repository, PartitionId::random().unwrap(), "b");
        assert!(matches!(
            insert(&repository, vec![new.clone(), foreign.clone()]).await,
            Err(Error::NoSuchPartition(_))
        ));
        assert!(matches!(
            insert(&repository, vec![foreign]).await,
            Err(Error::NoSuchPartition(_))
        ));
        let many = vec![new; INSERTED_OBJECTS_MAX + 1];
        assert!(matches!(
            insert(&repository, many).await,
            Err(Error::TooMany {
                asked: 33,
                limit: 32
            })
        ));
        let mut large = new_object(&repository, partition, "large");
        large.attributes.insert(CKA_ID, vec![0; 256 * 1024]);
        assert!(matches!(
            insert(&repository, vec![large]).await,
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
            insert(&repository, vec![object]).await.unwrap();
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
fn the_last_use_of_a_key_goes_with_the_key() {
    block_on(last_use_goes_with_its_key());
}

async fn last_use_goes_with_its_key() {
    let store = Arc::new(Memory::default());
    let repository = open_in(&store).await;
    let partition = partition(&repository).await;
    let key = |id| Object {
        id,
        partition,
        revision: 0,
        ..example_kms_key()
    };
    let now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let [first, second] = [(); 2].map(|()| repository.new_object_id(now).unwrap());
    for id in [first, second] {
        let insert = vec![Change::Insert(Box::new(key(id)))];
        repository.change(partition, insert).await.unwrap();
    }
    let used = |operation: &'static str| LastUse {
        operation: operation.into(),
        at_unix_milliseconds: 1,
        event_id: "event".to_owned(),
        request_id: "request".to_owned(),
    };
    let stored = async |operation| {
        let uses = vec![(first, used(operation)), (second, used(operation))];
        repository.put_last_uses(partition, uses).await.unwrap();
    };
    stored("Encrypt").await;
    stored("Decrypt").await;
    let found = repository.last_use(partition, first).await.unwrap();
    assert_eq!(found, Some(used("Decrypt")));

    let object = repository.object(partition, first).unwrap();
    let remove = vec![Change::Remove(object)];
    repository.change(partition, remove).await.unwrap();
    assert_eq!(repository.last_use(partition, first).await.unwrap(), None);
    // A use that was noted before its key went is stored for the others alone.
    stored("Sign").await;
    assert_eq!(repository.last_use(partition, first).await.unwrap(), None);
    let found = open_in(&store).await.last_use(partition, second).await;
    assert_eq!(found.unwrap(), Some(used("Sign")));
}
