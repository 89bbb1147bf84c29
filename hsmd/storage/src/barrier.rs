//! The Barrier: seals every value, bound to its key and version, before an engine sees it.

use std::collections::BTreeMap;
use std::sync::Arc;

use hsmd_secret_memory::{LockedBytes, on_secret_stack};
use parking_lot::RwLock;

use crate::seal::{self, SealedBy};
use crate::{
    Answer, Change, Changes, Entry, Error, Key, Outcome, Page, Revision, Storage,
    TRANSACTION_BYTES_MAX, Table, Transaction, TransactionId, Versioned, WRITES_MAX, Write,
};

/// The number of a barrier key. Values name the term that sealed them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term(pub u32);

/// The barrier keys, of 32 bytes each: the newest seals, all of them open.
pub struct BarrierKeys {
    terms: BTreeMap<Term, Arc<LockedBytes>>,
}

impl BarrierKeys {
    /// A key ring with one key.
    ///
    /// # Panics
    ///
    /// If `key` is not 32 bytes long.
    #[must_use]
    pub fn new(term: Term, key: LockedBytes) -> Self {
        Self {
            terms: BTreeMap::new(),
        }
        .with(term, key)
    }

    /// Adds a key, which seals from now on if its term is the newest.
    ///
    /// # Panics
    ///
    /// If `key` is not 32 bytes long.
    #[must_use]
    pub fn with(mut self, term: Term, key: LockedBytes) -> Self {
        assert_eq!(key.len(), seal::KEY_BYTES, "a barrier key is 32 bytes long");
        self.terms.insert(term, Arc::new(key));
        self
    }

    fn newest(&self) -> (Term, Arc<LockedBytes>) {
        let (term, key) = self
            .terms
            .last_key_value()
            .expect("a key ring begins with a key and only grows");
        (*term, Arc::clone(key))
    }
}

/// A [`Storage`] whose values are sealed in the engine below it.
///
/// A value opens only as the value of its own key, in its own version: an engine that swaps values, or gives an old one
/// for a new version, is found out ([`Error::NotAuthentic`]). An engine that forgets a record, or gives an old value
/// *with* its old version, is not; signed heads are for that.
pub struct Barrier {
    engine: Arc<dyn Storage>,
    keys: RwLock<BarrierKeys>,
}

impl Barrier {
    /// Puts the barrier before `engine`.
    #[must_use]
    pub fn new(engine: Arc<dyn Storage>, keys: BarrierKeys) -> Self {
        Self {
            engine,
            keys: RwLock::new(keys),
        }
    }

    /// Adds a barrier key, which must be kept with the others before this is called. New values are sealed by the newest;
    /// [`reseal`](Self::reseal) brings the others there.
    ///
    /// # Panics
    ///
    /// If `key` is not 32 bytes long.
    pub fn rotate(&self, term: Term, key: LockedBytes) {
        let mut keys = self.keys.write();
        let grown = std::mem::replace(
            &mut *keys,
            BarrierKeys {
                terms: BTreeMap::new(),
            },
        )
        .with(term, key);
        *keys = grown;
    }

    /// Drops the keys of older terms, which have sealed nothing that is left.
    pub fn forget_before(&self, term: Term) {
        self.keys.write().terms.retain(|old, _| *old >= term);
    }

    /// The term that seals new values.
    #[must_use]
    pub fn term(&self) -> Term {
        self.keys.read().newest().0
    }

    /// Seals anew what older terms have sealed, so many records of the store at a time. Records that someone else writes
    /// meanwhile are left to them.
    ///
    /// # Errors
    ///
    /// As [`Storage::scan`] and [`Storage::commit`]. What was sealed anew stays so.
    pub async fn reseal(&self, page_records: usize) -> Result<(), Error> {
        let mut after = None;
        loop {
            let page = self.engine.scan(&[], after.as_ref(), page_records).await?;
            let last = page.entries.last().map(|entry| entry.key.clone());
            let is_last = page.is_last;
            if !self.reseal_page(page).await? {
                // Someone else wrote one of them: what they are now is read again.
                continue;
            }
            if is_last {
                return Ok(());
            }
            after = last;
        }
    }

    /// False if one of the records is not any more what was read.
    async fn reseal_page(&self, page: Page) -> Result<bool, Error> {
        let newest = self.term();
        let mut transaction = Transaction::new()?;
        let mut size_bytes = 0;
        for Entry { key, record } in page.entries {
            if is_plain(&key) || seal::term(&record.value) == Some(newest) {
                continue;
            }
            // As it is sealed, by whatever term: so the engine counts.
            let record_bytes = key.as_bytes().len() + record.value.len();
            let is_full = transaction.write.len() == WRITES_MAX
                || size_bytes + record_bytes > TRANSACTION_BYTES_MAX
                || transaction.cell().is_some_and(|cell| cell != key.cell());
            if is_full {
                let full = std::mem::replace(&mut transaction, Transaction::new()?);
                if !self.commit_resealed(full).await? {
                    return Ok(false);
                }
                size_bytes = 0;
            }
            size_bytes += record_bytes;
            let version = record.version;
            let opened = self.open(&key, record)?;
            transaction = transaction.putting(key, Some(version), page.revision, opened.value);
        }
        Ok(transaction.write.is_empty() || self.commit_resealed(transaction).await?)
    }

    /// False if it was not done because of someone else's write.
    async fn commit_resealed(&self, transaction: Transaction) -> Result<bool, Error> {
        match self.commit(transaction).await? {
            Outcome::Committed(_) => Ok(true),
            Outcome::Conflict(_) => Ok(false),
            Outcome::Unknown(_) => Err(Error::Unavailable),
        }
    }

    fn open(&self, key: &Key, record: Versioned) -> Result<Versioned, Error> {
        on_secret_stack(|| self.open_here(key, record))
    }

    fn open_here(&self, key: &Key, record: Versioned) -> Result<Versioned, Error> {
        if is_plain(key) {
            return Ok(record);
        }
        let not_authentic = || Error::NotAuthentic(key.clone());
        let term = seal::term(&record.value).ok_or_else(not_authentic)?;
        let barrier_key = self
            .keys
            .read()
            .terms
            .get(&term)
            .cloned()
            .ok_or_else(not_authentic)?;
        let sealed_by = SealedBy {
            term,
            key: &barrier_key,
        };
        let value =
            seal::open(sealed_by, key, record.version, record.value).ok_or_else(not_authentic)?;
        Ok(Versioned {
            version: record.version,
            value,
        })
    }

    /// The same transaction with sealed values.
    fn seal(&self, mut transaction: Transaction) -> Result<Transaction, Error> {
        let (term, barrier_key) = self.keys.read().newest();
        on_secret_stack(|| {
            for Write { key, change } in &mut transaction.write {
                if let Change::Put(record) = change
                    && !is_plain(key)
                {
                    let sealed_by = SealedBy {
                        term,
                        key: &barrier_key,
                    };
                    record.value = seal::seal(sealed_by, key, record.version, &record.value)?;
                }
            }
            Ok(transaction)
        })
    }
}

/// Records that are read before there are barrier keys.
fn is_plain(key: &Key) -> bool {
    key.table() == Table::FOUNDATION
}

impl Storage for Barrier {
    fn get<'a>(&'a self, keys: &'a [Key]) -> Answer<'a, Vec<Option<Versioned>>> {
        Box::pin(async move {
            let records = self.engine.get(keys).await?;
            on_secret_stack(|| {
                let opened = keys.iter().zip(records);
                opened
                    .map(|(key, record)| {
                        record.map(|record| self.open_here(key, record)).transpose()
                    })
                    .collect()
            })
        })
    }

    fn scan<'a>(
        &'a self,
        prefix: &'a [u8],
        after: Option<&'a Key>,
        limit: usize,
    ) -> Answer<'a, Page> {
        Box::pin(async move {
            let mut page = self.engine.scan(prefix, after, limit).await?;
            on_secret_stack(|| {
                for entry in &mut page.entries {
                    let sealed = Versioned {
                        version: entry.record.version,
                        value: std::mem::take(&mut entry.record.value),
                    };
                    entry.record = self.open_here(&entry.key, sealed)?;
                }
                Ok(page)
            })
        })
    }

    fn commit(&self, transaction: Transaction) -> Answer<'_, Outcome> {
        Box::pin(async move {
            transaction.check()?;
            self.engine.commit(self.seal(transaction)?).await
        })
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

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;

    use super::*;
    use crate::Cell;
    use crate::testing::{Memory, block_on};

    /// A store in which somebody writes between the first scan and what follows it.
    struct Meddled {
        engine: Arc<Memory>,
        write: Mutex<Option<Transaction>>,
    }

    impl Storage for Meddled {
        fn get<'a>(&'a self, keys: &'a [Key]) -> Answer<'a, Vec<Option<Versioned>>> {
            self.engine.get(keys)
        }

        fn scan<'a>(
            &'a self,
            prefix: &'a [u8],
            after: Option<&'a Key>,
            limit: usize,
        ) -> Answer<'a, Page> {
            Box::pin(async move {
                let page = self.engine.scan(prefix, after, limit).await?;
                let write = self.write.lock().take();
                if let Some(write) = write {
                    let outcome = self.engine.commit(write).await?;
                    assert!(matches!(outcome, Outcome::Committed(_)), "{outcome:?}");
                }
                Ok(page)
            })
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

    #[test]
    fn what_someone_else_writes_meanwhile_is_theirs_and_the_rest_is_sealed_anew() {
        let key = |byte| LockedBytes::copy_of(&[byte; 32]).unwrap();
        let name = |name: u8| Key::new(Cell::SYSTEM, Table::POLICY, &[name]);
        let engine = Arc::new(Memory::default());
        let barrier = Barrier::new(Arc::clone(&engine) as _, BarrierKeys::new(Term(1), key(1)));
        block_on(async {
            for number in 0..3 {
                let head = barrier.head().await.unwrap();
                let put = Transaction::new().unwrap();
                let put = put.putting(name(number), None, head, vec![number]);
                assert!(matches!(
                    barrier.commit(put).await,
                    Ok(Outcome::Committed(_))
                ));
            }
            barrier.rotate(Term(2), key(2));
            let head = barrier.head().await.unwrap();
            let present = barrier.get(&[name(1)]).await.unwrap();
            let version = present[0].as_ref().unwrap().version;
            let theirs = Transaction::new().unwrap();
            let theirs = theirs.putting(name(1), Some(version), head, vec![9]);
            let meddled = Meddled {
                engine: Arc::clone(&engine),
                write: Mutex::new(Some(barrier.seal(theirs).unwrap())),
            };
            let keys = BarrierKeys::new(Term(1), key(1)).with(Term(2), key(2));
            let meddled = Barrier::new(Arc::new(meddled), keys);
            meddled.reseal(2).await.unwrap();

            barrier.forget_before(Term(2));
            let found = barrier.get(&[name(0), name(1), name(2)]).await.unwrap();
            let found: Vec<_> = found.into_iter().map(|one| one.unwrap().value).collect();
            assert_eq!(found, [[0], [9], [2]]);
        });
    }
}
