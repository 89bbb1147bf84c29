//! The embedded engine under the conformance suite, on a directory and on a disk in memory.

use super::*;
use crate::testing::{Disk, block_on, conformance};
use crate::{Cell, Table};

fn key(name: &[u8]) -> Key {
    Key::new(Cell([1; 16]), Table::OBJECT, name)
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
