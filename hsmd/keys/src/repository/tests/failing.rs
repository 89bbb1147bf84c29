//! Every call on the store fails once, in every way: what is in memory stays what is in the store.

use hsmd_storage::testing::{Failing, Failure};

use super::*;

/// Creates, changes and removes, whatever fails; then makes one write that has to work.
async fn script(repository: &Repository) -> Result<(), Error> {
    let partition = repository
        .create_partition(new_partition(0), Vec::new())
        .await;
    let Some(id) = partition
        .ok()
        .or_else(|| repository.partitions().into_iter().next())
        .map(|partition| partition.id)
    else {
        return Ok(());
    };
    for number in 0..6 {
        let objects = vec![
            new_object(repository, id, &format!("{number}")),
            new_object(repository, id, "twin"),
        ];
        if let Ok(objects) = insert(repository, objects).await {
            let mut object = Object::clone(&objects[0]);
            object
                .attributes
                .insert(CKA_LABEL, format!("changed {number}").into_bytes());
            drop(repository.replace(object).await);
            drop(repository.remove(id, &[objects[1].id]).await);
        }
    }
    if let Some(partition) = repository.partition(id) {
        let renamed = Partition {
            name: "renamed".to_owned(),
            ..Partition::clone(&partition)
        };
        drop(repository.replace_partition(renamed, Vec::new()).await);
    }
    // A write reads again what is not known.
    let last = insert(repository, vec![new_object(repository, id, "last")]).await;
    match last {
        Err(Error::Storage(_) | Error::OutcomeUnknown) => {
            insert(repository, vec![new_object(repository, id, "last")])
                .await
                .map(drop)
        }
        other => other.map(drop),
    }
}

/// Everything in memory, to be compared.
fn contents(repository: &Repository) -> Vec<(Arc<Partition>, Vec<Arc<Object>>)> {
    let everything = Query {
        includes_private: true,
        limit: usize::MAX,
        ..Query::default()
    };
    let contents = |partition: Arc<Partition>| {
        let objects = repository.find(partition.id, &everything).unwrap().objects;
        (partition, objects)
    };
    repository.partitions().into_iter().map(contents).collect()
}

#[test]
fn memory_and_store_agree_after_any_single_failure() {
    for failure in [
        Failure::Refused,
        Failure::UnknownAndLost,
        Failure::UnknownAndDone,
    ] {
        let mut call = 0;
        loop {
            call += 1;
            let store = Arc::new(Memory::default());
            let failing = Arc::new(Failing::new(Arc::clone(&store), call, failure));
            let engine: Arc<dyn Storage> = Arc::clone(&failing) as _;
            let (repository, loaded) = block_on(async {
                let opened = Repository::open(Arc::new(barrier(Arc::clone(&engine)))).await;
                let repository = match opened {
                    Ok(repository) => repository,
                    Err(_) => Repository::open(Arc::new(barrier(engine))).await.unwrap(),
                };
                script(&repository)
                    .await
                    .unwrap_or_else(|error| panic!("{failure:?} at call {call}: {error}"));
                (repository, open_in(&store).await)
            });
            assert_eq!(
                contents(&repository),
                contents(&loaded),
                "{failure:?} at call {call}"
            );
            if failing.calls() < call {
                assert!(call > 20, "the script has to call");
                break;
            }
        }
    }
}

#[test]
fn a_removal_that_was_decided_is_completed_after_a_crash() {
    for calls_before_the_crash in 1..12 {
        let store = Arc::new(Memory::default());
        let repository = open(&store);
        let (id, ids) = block_on(async {
            let id = partition(&repository).await;
            let mut ids = Vec::new();
            for _ in 0..10 {
                let objects: Vec<_> = (0..20).map(|_| new_object(&repository, id, "a")).collect();
                ids.extend(objects.iter().map(|object| object.id));
                insert(&repository, objects).await.unwrap();
            }
            (id, ids)
        });
        let failing = Arc::new(Failing::new(Arc::clone(&store), u64::MAX, Failure::Refused));
        let engine: Arc<dyn Storage> = Arc::clone(&failing) as _;
        let crashing = block_on(Repository::open(Arc::new(barrier(engine)))).unwrap();
        failing.fail_from(failing.calls() + calls_before_the_crash);
        let removed = block_on(crashing.remove(id, &ids));
        drop(crashing);

        let left = open(&store).counts(id).token_objects;
        assert_eq!(
            left,
            if removed.is_ok() { 0 } else { 200 },
            "{removed:?} before call {calls_before_the_crash}"
        );
    }
}
