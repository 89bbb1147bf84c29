//! The terms of the barrier keys: which there have been, which seals now, and which may still have sealed something.
//!
//! Every term's key is derived from the root key. What is kept is the newest term and the one by which everything was sealed
//! last, both in the clear: whoever makes the newest smaller makes the values of later terms unreadable, and so does whoever
//! makes the other larger; the other way round, keys are derived that open nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use hsmd_operations::Error;
use hsmd_secret_memory::LockedBytes;
use hsmd_storage::{Barrier, BarrierKeys, Cell, Key, Outcome, Storage, Table, Term, Transaction};
use hsmd_vault::RootKey;
use tokio::sync::Mutex;

/// The highest term: rotated every day, enough for almost three years.
const TERM_MAX: u32 = 1_000;
/// How many terms can begin before the daemon needs its root key for more: so many keys are derived ahead.
const AHEAD: u32 = 16;
/// How many records are looked at together.
const PAGE_RECORDS: usize = 1024;

/// The newest term.
const NEWEST: &[u8] = b"barrier-term";
/// The term by which every value is sealed, or a newer one.
const COMPLETE: &[u8] = b"barrier-complete";
const FORMAT: u8 = 1;

/// Begins new terms.
pub(crate) struct BarrierTerms {
    barrier: Arc<Barrier>,
    storage: Arc<dyn Storage>,
    /// Whether the newest term has sealed everything.
    is_complete: bool,
    ahead: Mutex<BTreeMap<u32, LockedBytes>>,
}

impl BarrierTerms {
    /// Puts the barrier before a store.
    ///
    /// # Errors
    ///
    /// Those of the store; that locked memory is used up.
    pub(crate) async fn open(root: &RootKey, storage: Arc<dyn Storage>) -> Result<Self, Error> {
        let newest = stored(&storage, NEWEST).await?;
        let complete = stored(&storage, COMPLETE).await?.min(newest);
        let subkey = |term: u32| root.subkey(&format!("hsmd barrier term {term}"));
        let mut keys = BarrierKeys::new(Term(complete), subkey(complete)?);
        for term in complete + 1..=newest {
            keys = keys.with(Term(term), subkey(term)?);
        }
        let mut ahead = BTreeMap::new();
        for term in newest + 1..=(newest + AHEAD).min(TERM_MAX) {
            ahead.insert(term, subkey(term)?);
        }
        Ok(Self {
            barrier: Arc::new(Barrier::new(Arc::clone(&storage), keys)),
            storage,
            is_complete: complete == newest,
            ahead: Mutex::new(ahead),
        })
    }

    /// Seals anew what older terms have sealed, so that their keys are of no use to anybody. To be called before anybody reads
    /// what may change here: versions rise.
    ///
    /// # Errors
    ///
    /// Those of the store. What was sealed anew stays so, and the next call goes on.
    pub(crate) async fn complete(&self) -> Result<(), Error> {
        if self.is_complete {
            return Ok(());
        }
        let newest = self.barrier.term();
        self.barrier.reseal(PAGE_RECORDS).await?;
        store(&self.storage, COMPLETE, newest.0).await?;
        self.barrier.forget_before(newest);
        tracing::info!(term = newest.0, "every stored value is sealed anew");
        Ok(())
    }

    /// What is before the store.
    pub(crate) fn barrier(&self) -> &Arc<Barrier> {
        &self.barrier
    }

    /// Begins a new term, which seals from now on. It is stored before its key seals anything.
    ///
    /// # Errors
    ///
    /// [`Error::LimitReached`] when there is no key for it; those of the store.
    pub(crate) async fn rotate(&self) -> Result<u32, Error> {
        let mut ahead = self.ahead.lock().await;
        let Some((term, key)) = ahead.pop_first() else {
            return Err(Error::LimitReached {
                what: "new barrier keys between two unsealings",
                maximum: AHEAD.into(),
            });
        };
        if let Err(error) = store(&self.storage, NEWEST, term).await {
            // Whether it was stored or not: the next try is for the same term.
            ahead.insert(term, key);
            return Err(error);
        }
        self.barrier.rotate(Term(term), key);
        tracing::info!(term, "a new barrier key seals");
        Ok(term)
    }
}

fn record(name: &[u8]) -> Key {
    Key::new(Cell::SYSTEM, Table::FOUNDATION, name)
}

/// A term of the store's; 1 if there is none.
async fn stored(storage: &Arc<dyn Storage>, name: &[u8]) -> Result<u32, Error> {
    let found = storage.get(&[record(name)]).await?;
    match found.into_iter().next().flatten() {
        Some(record) => term(&record.value),
        None => Ok(1),
    }
}

async fn store(storage: &Arc<dyn Storage>, name: &[u8], term: u32) -> Result<(), Error> {
    let head = storage.head().await?;
    let found = storage.get(&[record(name)]).await?;
    let version = found
        .into_iter()
        .next()
        .flatten()
        .map(|record| record.version);
    let value = [&[FORMAT][..], &term.to_be_bytes()].concat();
    let transaction = Transaction::new()?.putting(record(name), version, head, value);
    match storage.commit(transaction).await? {
        Outcome::Committed(_) => Ok(()),
        Outcome::Conflict(_) | Outcome::Unknown(_) => Err(Error::StorageUnavailable),
    }
}

fn term(value: &[u8]) -> Result<u32, Error> {
    let term = match value {
        [FORMAT, term @ ..] => term.try_into().ok().map(u32::from_be_bytes),
        _ => None,
    };
    term.filter(|term| (1..=TERM_MAX).contains(term))
        .ok_or_else(|| {
            tracing::error!("the store's record of a barrier term cannot be read");
            Error::StorageUnavailable
        })
}

#[cfg(test)]
mod tests {
    use hsmd_keys::Records;
    use hsmd_storage::testing::{Failing, Failure, Memory};
    use hsmd_storage::{Embedded, TRANSACTION_BYTES_MAX, Version, WRITES_MAX};

    use super::*;

    /// A root key that is the same in every test.
    fn root(byte: u8) -> RootKey {
        RootKey::from_bytes(LockedBytes::copy_of(&[byte; 32]).unwrap()).unwrap()
    }

    /// As the daemon opens a store.
    async fn open(byte: u8, storage: &Arc<dyn Storage>) -> Result<BarrierTerms, Error> {
        let terms = BarrierTerms::open(&root(byte), Arc::clone(storage)).await?;
        terms.complete().await?;
        Ok(terms)
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Runtime::new().unwrap().block_on(future)
    }

    /// The terms that sealed what is stored, and all of it as it is in the clear.
    async fn terms_and_values(
        storage: &Arc<dyn Storage>,
        terms: &BarrierTerms,
    ) -> (Vec<u8>, Vec<Vec<u8>>) {
        let sealed = storage.scan(&[], None, 1024).await.unwrap().entries;
        let sealed = sealed
            .into_iter()
            .filter(|entry| entry.key.table() != Table::FOUNDATION);
        let by = sealed.map(|entry| entry.record.value[4]).collect();
        let records = Records::new(Arc::clone(terms.barrier()), Table::POLICY);
        let values = records.list(Cell::SYSTEM).await.unwrap();
        (by, values.into_iter().map(|record| record.value).collect())
    }

    async fn put(terms: &BarrierTerms, name: u8) -> Version {
        let records = Records::new(Arc::clone(terms.barrier()), Table::POLICY);
        let key = [name];
        let put = records.put(Cell::SYSTEM, &key, None, vec![name; 100]);
        put.await.unwrap()
    }

    #[test]
    fn a_new_term_seals_at_once_and_what_is_older_when_the_store_is_opened_again() {
        let directory = tempfile::tempdir().unwrap();
        let storage: Arc<dyn Storage> =
            Arc::new(Embedded::open(&directory.path().join("store")).unwrap());
        run(async {
            let terms = open(1, &storage).await.unwrap();
            // More records than one transaction takes.
            for name in 0..100 {
                put(&terms, name).await;
            }
            assert_eq!(terms.rotate().await.unwrap(), 2);
            let version = put(&terms, 100).await;
            let (by, values) = terms_and_values(&storage, &terms).await;
            assert_eq!((by[0], by[100]), (1, 2));
            assert_eq!(values.len(), 101);

            let terms = open(1, &storage).await.unwrap();
            let (by, again) = terms_and_values(&storage, &terms).await;
            assert!(by.iter().all(|term| *term == 2), "{by:?}");
            assert_eq!(again, values);
            // What the newest has sealed stays as it is.
            let records = Records::new(Arc::clone(terms.barrier()), Table::POLICY);
            let found = records.get(Cell::SYSTEM, &[100]).await.unwrap().unwrap();
            assert_eq!(found.version, version);

            // Another root key opens nothing.
            let other = BarrierTerms::open(&root(2), Arc::clone(&storage))
                .await
                .unwrap();
            let records = Records::new(Arc::clone(other.barrier()), Table::POLICY);
            assert!(records.list(Cell::SYSTEM).await.is_err());
        });
    }

    #[test]
    fn values_that_fill_a_transaction_to_the_brim_are_sealed_anew() {
        let storage: Arc<dyn Storage> = Arc::new(Memory::default());
        run(async {
            let terms = open(1, &storage).await.unwrap();
            let records = Records::new(Arc::clone(terms.barrier()), Table::POLICY);
            // As long as a transaction of them may be in the clear, and too long for one when they are sealed.
            let value = vec![7; TRANSACTION_BYTES_MAX / WRITES_MAX - 32];
            for name in 0..70 {
                let key = [name];
                let put = records.put(Cell::SYSTEM, &key, None, value.clone());
                put.await.unwrap();
            }
            terms.rotate().await.unwrap();
            let terms = open(1, &storage).await.unwrap();
            let (by, values) = terms_and_values(&storage, &terms).await;
            assert!(by.iter().all(|term| *term == 2), "{by:?}");
            assert_eq!(values, vec![value; 70]);
        });
    }

    #[test]
    fn the_key_of_a_term_that_has_ended_opens_nothing_any_more() {
        let memory = Arc::new(Memory::default());
        let storage: Arc<dyn Storage> = Arc::clone(&memory) as _;
        run(async {
            let terms = open(1, &storage).await.unwrap();
            put(&terms, 1).await;
            let before = memory.records();
            terms.rotate().await.unwrap();
            let terms = open(1, &storage).await.unwrap();
            let (key, old) = before
                .into_iter()
                .find(|(key, _)| key.table() == Table::POLICY)
                .unwrap();
            memory.tamper(key, Some(old));
            let records = Records::new(Arc::clone(terms.barrier()), Table::POLICY);
            assert!(records.list(Cell::SYSTEM).await.is_err());
        });
    }

    #[test]
    fn terms_end_when_the_keys_that_were_derived_ahead_do() {
        let storage: Arc<dyn Storage> = Arc::new(Memory::default());
        run(async {
            let terms = open(1, &storage).await.unwrap();
            for term in 2..=1 + AHEAD {
                assert_eq!(terms.rotate().await.unwrap(), term);
            }
            let none = terms.rotate().await;
            assert!(matches!(none, Err(Error::LimitReached { .. })), "{none:?}");
            let terms = open(1, &storage).await.unwrap();
            assert_eq!(terms.rotate().await.unwrap(), 2 + AHEAD);
        });
    }

    /// The calls that opening a store takes which is complete.
    const CALLS_BEFORE: u64 = 2;

    /// A crash at every call to the store, from the rotation to the end of sealing anew.
    #[test]
    fn whatever_call_fails_nothing_is_lost_and_the_next_opening_finishes() {
        for failure in [
            Failure::Refused,
            Failure::UnknownAndLost,
            Failure::UnknownAndDone,
        ] {
            for call in 1.. {
                let memory = Arc::new(Memory::default());
                let storage: Arc<dyn Storage> = Arc::clone(&memory) as _;
                let is_through = run(async {
                    let terms = open(1, &storage).await.unwrap();
                    for name in 0..70 {
                        put(&terms, name).await;
                    }
                    drop(terms);
                    let failing = Arc::new(Failing::new(memory, CALLS_BEFORE + call, failure));
                    let failing_store: Arc<dyn Storage> = Arc::clone(&failing) as _;
                    let terms = open(1, &failing_store).await.unwrap();
                    assert_eq!(failing.calls(), CALLS_BEFORE);
                    // The call fails, and after it the power.
                    failing.fail_from(CALLS_BEFORE + call + 1);
                    let rotated = terms.rotate().await;
                    let opened = open(1, &failing_store).await;
                    let is_through = rotated.is_ok() && opened.is_ok();

                    let terms = open(1, &storage).await.unwrap();
                    let (by, values) = terms_and_values(&storage, &terms).await;
                    assert_eq!(values.len(), 70, "call {call} {failure:?}");
                    let first = by[0];
                    assert!(by.iter().all(|term| *term == first), "call {call}: {by:?}");
                    assert!(rotated.is_err() || first == 2, "call {call}: {by:?}");
                    is_through
                });
                if is_through {
                    break;
                }
            }
        }
    }

    #[test]
    fn a_record_of_another_form_is_no_term() {
        assert_eq!(term(&[1, 0, 0, 0, 9]).unwrap(), 9);
        for wrong in [
            &[][..],
            &[1],
            &[2, 0, 0, 0, 9],
            &[1, 0, 0, 0, 0],
            &[1, 9, 9, 9, 9],
            &[1, 0, 0, 0, 9, 0],
        ] {
            assert!(term(wrong).is_err(), "{wrong:?}");
        }
    }
}
