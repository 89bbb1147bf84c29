//! Random sequences of calls, and the comparison of an engine with the model.

use proptest::prelude::*;

use super::Memory;
use crate::{Cell, Key, Outcome, Storage, Table, Transaction, Version};

/// One call on a store of a few keys.
#[derive(Debug, Clone)]
pub enum Step {
    /// Commits these writes, some of them with an expectation that does not hold.
    Commit(Vec<StepWrite>),
    /// Reads these keys.
    Get(Vec<u8>),
    /// Reads a page.
    Scan {
        /// How much of the key of 0 is the prefix, in bytes.
        prefix_bytes: usize,
        /// The key to begin after.
        after: Option<u8>,
        /// The length of the page.
        limit: usize,
    },
}

/// A write of one of the keys.
#[derive(Debug, Clone)]
pub struct StepWrite {
    key: u8,
    /// The new value's length; `None` deletes.
    value_bytes: Option<usize>,
    is_stale: bool,
}

/// A sequence of up to `length_max` calls.
pub fn any_steps(length_max: usize) -> impl Strategy<Value = Vec<Step>> {
    let write = (
        0..12_u8,
        prop::option::weighted(0.7, 0..3000_usize),
        prop::bool::weighted(0.05),
    )
        .prop_map(|(key, value_bytes, is_stale)| StepWrite {
            key,
            value_bytes,
            is_stale,
        });
    let step = prop_oneof![
        4 => prop::collection::vec(write, 1..6).prop_map(Step::Commit),
        1 => prop::collection::vec(0..12_u8, 0..5).prop_map(Step::Get),
        1 => (0..20_usize, prop::option::of(0..12_u8), 0..14_usize)
            .prop_map(|(prefix_bytes, after, limit)| Step::Scan { prefix_bytes, after, limit }),
    ];
    prop::collection::vec(step, 0..length_max)
}

/// Makes the calls on `store`, which is empty, and on a model, and compares every answer.
///
/// # Panics
///
/// If an answer differs.
pub async fn check_steps(store: &dyn Storage, steps: &[Step]) {
    let model = Memory::default();
    for step in steps {
        match step {
            Step::Get(keys) => {
                let keys: Vec<_> = keys.iter().map(|key| key_number(*key)).collect();
                let found = store.get(&keys).await.expect("the store reads");
                assert_eq!(found, model.get(&keys).await.expect("the model reads"));
            }
            Step::Scan {
                prefix_bytes,
                after,
                limit,
            } => {
                let first = key_number(0);
                let prefix = &first.as_bytes()[..(*prefix_bytes).min(first.as_bytes().len())];
                let after = after.map(key_number);
                let found = store
                    .scan(prefix, after.as_ref(), *limit)
                    .await
                    .expect("the store scans");
                assert_eq!(
                    found,
                    model
                        .scan(prefix, after.as_ref(), *limit)
                        .await
                        .expect("the model scans")
                );
            }
            Step::Commit(writes) => {
                let Some(transaction) = transaction(&model, writes).await else {
                    continue;
                };
                let id = transaction.id;
                let expected = model
                    .commit(transaction.clone())
                    .await
                    .expect("the model commits");
                let outcome = store.commit(transaction).await.expect("the store commits");
                assert_eq!(outcome, expected);
                let revision = if let Outcome::Committed(revision) = expected {
                    Some(revision)
                } else {
                    None
                };
                assert_eq!(
                    store.outcome(id).await.expect("the store remembers"),
                    revision
                );
            }
        }
        let head = model.head().await.expect("the model has a head");
        assert_eq!(store.head().await.expect("the store has a head"), head);
    }
}

/// Keys in one cell and two tables.
fn key_number(number: u8) -> Key {
    Key::new(Cell([1; 16]), Table(number % 2 + 4), &[number; 16])
}

/// The transaction of these writes, with what the model has as expectations. `None` if it would be malformed.
async fn transaction(model: &Memory, writes: &[StepWrite]) -> Option<Transaction> {
    let head = model.head().await.expect("the model has a head");
    let mut transaction = Transaction::new().expect("randomness");
    for write in writes {
        let key = key_number(write.key);
        let current = model
            .get(std::slice::from_ref(&key))
            .await
            .expect("the model reads")[0]
            .clone();
        let version = current.map(|record| record.version);
        let expected = if write.is_stale {
            Some(version.map_or(Version(1), |version| Version(version.0 + 1)))
        } else {
            version
        };
        transaction = match (write.value_bytes, expected) {
            (Some(length), expected) => {
                transaction.putting(key, expected, head, vec![write.key; length])
            }
            (None, Some(expected)) => transaction.deleting(key, expected),
            (None, None) => transaction,
        };
    }
    transaction.check().is_ok().then_some(transaction)
}
