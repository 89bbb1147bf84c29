//! The embedded engine under the conformance suite, on a directory and on a disk in memory.

mod damage;
mod faults;
mod groups;
mod kills;
mod power;
mod vectors;

use super::*;
use crate::testing::{Disk, block_on, conformance};
use crate::{Cell, Table, Version};

fn key(name: &[u8]) -> Key {
    Key::new(Cell([1; 16]), Table::OBJECT, name)
}

/// Commits one record as the next version of `name`, and gives the outcome and the id.
fn write(store: &Embedded, name: &[u8], value: &[u8]) -> (Result<Outcome, Error>, TransactionId) {
    let outcome = block_on(async {
        let expected = store
            .get(&[key(name)])
            .await?
            .remove(0)
            .map(|record| record.version);
        Ok((expected, store.head().await?))
    });
    match outcome {
        Ok((expected, head)) => {
            let transaction =
                Transaction::new()
                    .unwrap()
                    .putting(key(name), expected, head, value.to_vec());
            let id = transaction.id;
            (block_on(store.commit(transaction)), id)
        }
        Err(error) => (Err(error), TransactionId([0; 16])),
    }
}

/// The value of `name`.
fn read(store: &Embedded, name: &[u8]) -> Option<Vec<u8>> {
    block_on(store.get(&[key(name)]))
        .unwrap()
        .remove(0)
        .map(|record| record.value)
}

/// Numbers below the argument, the same for the same seed.
fn random(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    }
}

#[test]
fn the_engine_keeps_the_rules_of_the_interface() {
    conformance(
        || Arc::new(Embedded::open_on(Arc::new(Disk::new())).unwrap()),
        32,
    );
}

#[test]
fn the_barrier_keeps_the_rules_of_the_interface() {
    conformance(
        || {
            Arc::new(crate::testing::barrier(Arc::new(
                crate::testing::Memory::default(),
            )))
        },
        256,
    );
}

#[test]
fn what_was_committed_is_there_when_the_directory_is_opened_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    for number in 0..3_u64 {
        let store = Embedded::open(&path).unwrap();
        assert_eq!(block_on(store.head()).unwrap(), Revision(number));
        let name = number.to_be_bytes();
        let transaction =
            Transaction::new()
                .unwrap()
                .putting(key(&name), None, Revision(number), vec![1; 5000]);
        let id = transaction.id;
        assert_eq!(
            block_on(store.commit(transaction)).unwrap(),
            Outcome::Committed(Revision(number + 1))
        );
        drop(store);
        let store = Embedded::open(&path).unwrap();
        assert_eq!(
            block_on(store.outcome(id)).unwrap(),
            Some(Revision(number + 1))
        );
        assert_eq!(
            block_on(store.scan(&[], None, 10)).unwrap().entries.len() as u64,
            number + 1
        );
    }
}
