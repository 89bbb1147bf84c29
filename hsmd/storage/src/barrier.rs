//! The Barrier: seals every value, bound to its key and version, before an engine sees it.

use std::collections::BTreeMap;
use std::sync::Arc;

use hsmd_secret_memory::{LockedBytes, on_secret_stack};
use parking_lot::RwLock;

use crate::seal::{self, SealedBy};
use crate::{
    Answer, Change, Changes, Error, Key, Outcome, Page, Revision, Storage, TRANSACTION_BYTES_MAX,
    Table, Transaction, TransactionId, Versioned, WRITES_MAX, Write,
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

    /// Seals up to `limit` records after `after` anew, if an older term sealed them, and gives the last key it looked
    /// at; `None` at the end of the store. Records that someone else writes meanwhile are left to them.
    ///
    /// # Errors
    ///
    /// As [`Storage::scan`] and [`Storage::commit`].
    pub async fn reseal(&self, after: Option<&Key>, limit: usize) -> Result<Option<Key>, Error> {
        let newest = self.term();
        let page = self.engine.scan(&[], after, limit).await?;
        let last = page.entries.last().map(|entry| entry.key.clone());
        let mut transaction = Transaction::new()?;
        for entry in page.entries {
            if is_plain(&entry.key) || seal::term(&entry.record.value) == Some(newest) {
                continue;
            }
            let is_full = transaction.write.len() == WRITES_MAX
                || transaction.size_bytes() + entry.key.as_bytes().len() + entry.record.value.len()
                    > TRANSACTION_BYTES_MAX
                || transaction
                    .cell()
                    .is_some_and(|cell| cell != entry.key.cell());
            if is_full {
                let full = std::mem::replace(&mut transaction, Transaction::new()?);
                self.commit_resealed(full).await?;
            }
            let version = entry.record.version;
            let opened = self.open(&entry.key, entry.record)?;
            transaction =
                transaction.putting(entry.key, Some(version), page.revision, opened.value);
        }
        if !transaction.write.is_empty() {
            self.commit_resealed(transaction).await?;
        }
        Ok(if page.is_last { None } else { last })
    }

    /// Commits records that are only sealed anew. Where somebody else wrote one meanwhile, the others go one by one.
    async fn commit_resealed(&self, transaction: Transaction) -> Result<(), Error> {
        let singles: Vec<_> = transaction
            .write
            .iter()
            .zip(&transaction.expect)
            .map(|(write, expectation)| (write.clone(), expectation.clone()))
            .collect();
        match self.commit(transaction).await? {
            Outcome::Committed(_) => return Ok(()),
            Outcome::Unknown(_) => return Err(Error::Unavailable),
            Outcome::Conflict(_) => {}
        }
        for (write, expectation) in singles {
            let mut single = Transaction::new()?;
            single.write.push(write);
            single.expect.push(expectation);
            if let Outcome::Unknown(_) = self.commit(single).await? {
                return Err(Error::Unavailable);
            }
        }
        Ok(())
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
