//! The store's head: a sealed record that counts on as the store changes, so that an old store put back can be told from
//! the newest.
//!
//! What counts is the record's version, which the Barrier seals together with it: nobody without the barrier keys can make
//! the head newer than it is. Whoever compares it with what was signed elsewhere knows whether the store is older.

use std::sync::Arc;

use hsmd_storage::{Barrier, Cell, Revision, Storage as _, Table, Version};
use parking_lot::Mutex;

use crate::{Error, Records};

/// The record's name. Its value is its format alone: what it says is its version.
const NAME: &[u8] = b"head";
const FORMAT: u8 = 1;

/// How far the store is.
pub struct StoreHead {
    barrier: Arc<Barrier>,
    records: Records,
    written: Mutex<Written>,
}

#[derive(Clone, Copy)]
struct Written {
    version: Option<Version>,
    /// The store's revision with it: what is committed later is not counted yet.
    revision: Option<Revision>,
}

impl StoreHead {
    /// Reads the head as it was written last.
    ///
    /// # Errors
    ///
    /// Those of the store; that it is not authentic is one of them.
    pub async fn open(barrier: Arc<Barrier>) -> Result<Self, Error> {
        let records = Records::new(Arc::clone(&barrier), Table::AUDIT);
        let found = records.get(Cell::SYSTEM, NAME).await?;
        Ok(Self {
            barrier,
            records,
            written: Mutex::new(Written {
                version: found.map(|record| record.version),
                revision: None,
            }),
        })
    }

    /// The count as it was written last. 0 if it never was.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.written.lock().version.map_or(0, |version| version.0)
    }

    /// Counts on if anything was committed since this was called last, and gives the number when that is durable. One
    /// caller at a time.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn advance(&self) -> Result<u64, Error> {
        let last = *self.written.lock();
        let revision = self.barrier.head().await?;
        if last.revision != Some(revision) {
            let put = self
                .records
                .put(Cell::SYSTEM, NAME, last.version, vec![FORMAT]);
            let version = put.await?;
            *self.written.lock() = Written {
                version: Some(version),
                // Had another commit come between, the store would be further than this, and counted next time.
                revision: Some(Revision(revision.0 + 1)),
            };
        }
        Ok(self.number())
    }
}

#[cfg(test)]
mod tests {
    use hsmd_storage::testing::{Memory, barrier, block_on};

    use super::*;

    #[test]
    fn the_head_counts_every_change_and_nothing_else() {
        block_on(counts_changes());
    }

    async fn counts_changes() {
        let barrier = Arc::new(barrier(Arc::new(Memory::default())));
        let others = Records::new(Arc::clone(&barrier), Table::POLICY);
        let head = StoreHead::open(Arc::clone(&barrier)).await.unwrap();
        assert_eq!(head.number(), 0);
        let mut last = head.advance().await.unwrap();
        for name in [b"a", b"b", b"c"] {
            let version = others.put(Cell::SYSTEM, name, None, vec![1]).await.unwrap();
            let next = head.advance().await.unwrap();
            assert!(next > last);
            assert_eq!(head.advance().await.unwrap(), next, "nothing has changed");
            others.delete(Cell::SYSTEM, name, version).await.unwrap();
            last = head.advance().await.unwrap();
            assert!(last > next, "a deletion counts too");
        }
        let again = StoreHead::open(barrier).await.unwrap();
        assert_eq!(again.number(), last);
    }
}
