//! The rules of the interface, each checked on a fresh store.

use std::sync::Arc;

use proptest::test_runner::{Config, TestRunner};

use super::{any_steps, block_on, check_steps};
use crate::{
    Cell, Change, Changes, Error, Expectation, Key, Outcome, Revision, Storage,
    TRANSACTION_BYTES_MAX, Table, Transaction, TransactionId, Version, Versioned, WRITES_MAX,
    Write,
};

/// Checks that the stores that `make` gives keep every rule of [`Storage`], and answer `sequences` random sequences of
/// calls as the model does.
///
/// # Panics
///
/// If a rule is broken.
pub fn conformance(make: impl Fn() -> Arc<dyn Storage>, sequences: u32) {
    block_on(async {
        an_empty_store_has_nothing(&*make()).await;
        what_is_committed_is_read(&*make()).await;
        a_conflict_writes_nothing(&*make()).await;
        a_deleted_record_can_be_made_again(&*make()).await;
        pages_are_in_order_and_complete(&*make()).await;
        limits_are_kept(&*make()).await;
        malformed_transactions_are_refused(&*make()).await;
        outcomes_are_remembered(&*make()).await;
        changes_are_named_or_resynced(&*make()).await;
        of_many_writers_of_one_record_one_wins(make()).await;
    });
    let config = Config {
        cases: sequences,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&any_steps(60), |steps| {
            block_on(check_steps(&*make(), &steps));
            Ok(())
        })
        .expect("the store answers as the model does");
}

fn key(name: &[u8]) -> Key {
    Key::new(Cell([1; 16]), Table::OBJECT, name)
}

fn putting(name: &[u8], expected: Option<Version>, head: Revision, value: &[u8]) -> Transaction {
    Transaction::new()
        .expect("randomness")
        .putting(key(name), expected, head, value.to_vec())
}

async fn read(store: &dyn Storage, name: &[u8]) -> Option<Versioned> {
    store
        .get(&[key(name)])
        .await
        .expect("the store reads")
        .remove(0)
}

async fn commit(store: &dyn Storage, transaction: Transaction) -> Revision {
    match store.commit(transaction).await.expect("the store commits") {
        Outcome::Committed(revision) => revision,
        outcome => panic!("{outcome:?} in place of a commit"),
    }
}

async fn an_empty_store_has_nothing(store: &dyn Storage) {
    assert_eq!(store.head().await.expect("head"), Revision(0));
    assert_eq!(read(store, b"a").await, None);
    assert_eq!(store.get(&[]).await.expect("get"), []);
    let page = store.scan(&[], None, 10).await.expect("scan");
    assert!(page.entries.is_empty() && page.is_last);
    assert_eq!(
        store
            .outcome(TransactionId([9; 16]))
            .await
            .expect("outcome"),
        None
    );
}

async fn what_is_committed_is_read(store: &dyn Storage) {
    let transaction =
        putting(b"a", None, Revision(0), b"one").putting(key(b"b"), None, Revision(0), Vec::new());
    assert_eq!(commit(store, transaction).await, Revision(1));
    let found = store
        .get(&[key(b"b"), key(b"c"), key(b"a")])
        .await
        .expect("get");
    let written = |value: &[u8]| {
        Some(Versioned {
            version: Version(1),
            value: value.to_vec(),
        })
    };
    assert_eq!(found, [written(b""), None, written(b"one")]);
    assert_eq!(store.head().await.expect("head"), Revision(1));

    commit(store, putting(b"a", Some(Version(1)), Revision(1), b"two")).await;
    assert_eq!(
        read(store, b"a").await,
        Some(Versioned {
            version: Version(2),
            value: b"two".to_vec()
        })
    );
}

async fn a_conflict_writes_nothing(store: &dyn Storage) {
    commit(store, putting(b"a", None, Revision(0), b"one")).await;
    for expected in [None, Some(Version(7))] {
        let transaction = putting(b"b", None, Revision(1), b"new").putting(
            key(b"a"),
            expected,
            Revision(9),
            b"x".to_vec(),
        );
        let id = transaction.id;
        assert_eq!(
            store.commit(transaction).await.expect("commit"),
            Outcome::Conflict(key(b"a"))
        );
        assert_eq!(read(store, b"b").await, None);
        assert_eq!(store.outcome(id).await.expect("outcome"), None);
    }
    let only_expecting =
        putting(b"b", None, Revision(1), b"new").expecting(key(b"c"), Some(Version(1)));
    assert_eq!(
        store.commit(only_expecting).await.expect("commit"),
        Outcome::Conflict(key(b"c"))
    );
    assert_eq!(read(store, b"b").await, None);
    assert_eq!(
        read(store, b"a").await.map(|record| record.value),
        Some(b"one".to_vec())
    );
    assert_eq!(store.head().await.expect("head"), Revision(1));
}

async fn a_deleted_record_can_be_made_again(store: &dyn Storage) {
    commit(store, putting(b"a", None, Revision(0), b"one")).await;
    let deleting = Transaction::new()
        .expect("randomness")
        .deleting(key(b"a"), Version(1));
    let head = commit(store, deleting).await;
    assert_eq!(read(store, b"a").await, None);
    commit(store, putting(b"a", None, head, b"again")).await;
    let again = read(store, b"a").await.expect("it is there again");
    assert_eq!(again.version, Version(3), "above all that it ever was");
}

async fn pages_are_in_order_and_complete(store: &dyn Storage) {
    let mut expected = Vec::new();
    for cell in [2_u8, 1] {
        for name in [&b"b"[..], b"", b"a", b"ab", b"\xff"] {
            let key = Key::new(Cell([cell; 16]), Table::OBJECT, name);
            let head = store.head().await.expect("head");
            let transaction = Transaction::new().expect("randomness").putting(
                key.clone(),
                None,
                head,
                name.to_vec(),
            );
            commit(store, transaction).await;
            expected.push(key);
        }
    }
    expected.sort();
    for limit in 1..=11 {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = store.scan(&[], after.as_ref(), limit).await.expect("scan");
            assert!(page.entries.len() <= limit);
            assert!(page.is_last || page.entries.len() == limit);
            found.extend(page.entries.into_iter().map(|entry| entry.key));
            if page.is_last {
                break;
            }
            after = found.last().cloned();
        }
        assert_eq!(found, expected, "in pages of {limit}");
    }
    let page = store.scan(&[1; 16], None, 100).await.expect("scan");
    assert!(
        page.entries
            .iter()
            .map(|entry| &entry.key)
            .eq(&expected[..5]),
        "one cell alone"
    );
    let page = store
        .scan(&[1; 16], Some(&expected[7]), 100)
        .await
        .expect("scan");
    assert!(page.entries.is_empty() && page.is_last, "after the prefix");
}

async fn limits_are_kept(store: &dyn Storage) {
    let many = |count: usize| {
        (0..count).fold(
            Transaction::new().expect("randomness"),
            |transaction, number| {
                transaction.putting(key(&number.to_be_bytes()), None, Revision(0), vec![1])
            },
        )
    };
    let refused = store.commit(many(WRITES_MAX + 1)).await;
    assert!(
        matches!(
            refused,
            Err(Error::TooLarge {
                size: 65,
                limit: WRITES_MAX,
                ..
            })
        ),
        "{refused:?}"
    );
    let refused = store
        .commit(putting(
            b"a",
            None,
            Revision(0),
            &vec![0; TRANSACTION_BYTES_MAX],
        ))
        .await;
    assert!(
        matches!(
            refused,
            Err(Error::TooLarge {
                limit: TRANSACTION_BYTES_MAX,
                ..
            })
        ),
        "{refused:?}"
    );
    assert_eq!(store.head().await.expect("head"), Revision(0));

    commit(store, many(WRITES_MAX)).await;
    // The barrier needs some room beside the value.
    let large = vec![7; TRANSACTION_BYTES_MAX - 100];
    commit(store, putting(b"a", None, Revision(1), &large)).await;
    assert_eq!(
        read(store, b"a").await.map(|record| record.value),
        Some(large)
    );
}

async fn malformed_transactions_are_refused(store: &dyn Storage) {
    let new = || Transaction::new().expect("randomness");
    let put = |version| {
        Change::Put(Versioned {
            version: Version(version),
            value: vec![1],
        })
    };
    let other_cell = Key::new(Cell([2; 16]), Table::OBJECT, b"a");
    let twice =
        putting(b"a", None, Revision(0), b"1").putting(key(b"a"), None, Revision(0), b"2".to_vec());
    let mut unexpected = new();
    unexpected.write.push(Write {
        key: key(b"a"),
        change: put(1),
    });
    let mut deleting_nothing = new();
    deleting_nothing.expect.push(Expectation {
        key: key(b"a"),
        version: None,
    });
    deleting_nothing.write.push(Write {
        key: key(b"a"),
        change: Change::Delete,
    });
    let mut not_rising = new();
    not_rising.expect.push(Expectation {
        key: key(b"a"),
        version: Some(Version(3)),
    });
    not_rising.write.push(Write {
        key: key(b"a"),
        change: put(3),
    });
    for transaction in [
        new(),
        new().expecting(key(b"a"), None),
        putting(b"a", None, Revision(0), b"1").putting(
            other_cell,
            None,
            Revision(0),
            b"1".to_vec(),
        ),
        twice,
        unexpected,
        deleting_nothing,
        not_rising,
    ] {
        let refused = store.commit(transaction.clone()).await;
        assert!(
            matches!(refused, Err(Error::Malformed(_))),
            "{refused:?} for {transaction:?}"
        );
    }
    assert_eq!(store.head().await.expect("head"), Revision(0));
}

async fn outcomes_are_remembered(store: &dyn Storage) {
    let mut ids = Vec::new();
    for number in 0..100_u8 {
        let transaction = putting(&[number], None, Revision(number.into()), b"value");
        ids.push(transaction.id);
        commit(store, transaction).await;
    }
    for (revision, id) in (1..).zip(ids) {
        assert_eq!(
            store.outcome(id).await.expect("outcome"),
            Some(Revision(revision))
        );
    }
}

async fn changes_are_named_or_resynced(store: &dyn Storage) {
    for number in 0..4_u8 {
        commit(
            store,
            putting(&[number], None, Revision(number.into()), b"value"),
        )
        .await;
    }
    match store.changes(Revision(2)).await.expect("changes") {
        Changes::Keys(changes) => {
            let named: Vec<_> = changes.into_iter().flat_map(|(_, keys)| keys).collect();
            assert!(
                named.contains(&key(&[2])) && named.contains(&key(&[3])),
                "{named:?}"
            );
        }
        Changes::Resync(head) => assert_eq!(head, Revision(4)),
    }
    assert_eq!(
        store.changes(Revision(4)).await.expect("changes"),
        Changes::Keys(Vec::new())
    );
}

async fn of_many_writers_of_one_record_one_wins(store: Arc<dyn Storage>) {
    let writers: Vec<_> = (0..16_u8)
        .map(|number| {
            let store = Arc::clone(&store);
            std::thread::spawn(move || {
                block_on(store.commit(putting(b"a", None, Revision(0), &[number])))
            })
        })
        .collect();
    let outcomes = writers
        .into_iter()
        .map(|writer| writer.join().expect("no panic").expect("the store commits"));
    let winners: Vec<_> = outcomes
        .enumerate()
        .filter(|(_, outcome)| matches!(outcome, Outcome::Committed(_)))
        .collect();
    assert_eq!(winners.len(), 1);
    let winner = u8::try_from(winners[0].0).expect("of sixteen");
    assert_eq!(
        read(&*store, b"a").await.map(|record| record.value),
        Some(vec![winner])
    );
}
