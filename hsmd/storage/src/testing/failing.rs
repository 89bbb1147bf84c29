//! A store whose n-th call fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{
    Answer, Changes, Error, Key, Outcome, Page, Revision, Storage, Transaction, TransactionId,
    Versioned,
};

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Nothing is done.
    Refused,
    /// Nothing is done, and a commit's outcome is unknown.
    UnknownAndLost,
    /// A commit is done, and its outcome is unknown.
    UnknownAndDone,
}

/// A store below which one call fails, the `n`-th of those that commit or read.
pub struct Failing<S> {
    engine: Arc<S>,
    calls: AtomicU64,
    call_that_fails: u64,
    /// Every call from this one on fails too.
    last_working_call: AtomicU64,
    failure: Failure,
}

impl<S: Storage> Failing<S> {
    /// Makes the call number `failing_call` fail, counted from 1.
    #[must_use]
    pub fn new(engine: Arc<S>, failing_call: u64, failure: Failure) -> Self {
        Self {
            engine,
            calls: AtomicU64::new(0),
            call_that_fails: failing_call,
            last_working_call: AtomicU64::new(u64::MAX),
            failure,
        }
    }

    /// Makes every call from number `call` on fail, as after a crash.
    pub fn fail_from(&self, call: u64) {
        self.last_working_call.store(call - 1, Ordering::SeqCst);
    }

    /// The calls so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    fn fails_now(&self) -> bool {
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        call == self.call_that_fails || call > self.last_working_call.load(Ordering::SeqCst)
    }

    fn unless_failing<'a, T: Send + 'a>(&'a self, answer: Answer<'a, T>) -> Answer<'a, T> {
        if self.fails_now() {
            Box::pin(async { Err(Error::Unavailable) })
        } else {
            answer
        }
    }
}

impl<S: Storage> Storage for Failing<S> {
    fn get<'a>(&'a self, keys: &'a [Key]) -> Answer<'a, Vec<Option<Versioned>>> {
        self.unless_failing(self.engine.get(keys))
    }

    fn scan<'a>(
        &'a self,
        prefix: &'a [u8],
        after: Option<&'a Key>,
        limit: usize,
    ) -> Answer<'a, Page> {
        self.unless_failing(self.engine.scan(prefix, after, limit))
    }

    fn commit(&self, transaction: Transaction) -> Answer<'_, Outcome> {
        if !self.fails_now() {
            return self.engine.commit(transaction);
        }
        Box::pin(async move {
            let id = transaction.id;
            match self.failure {
                Failure::Refused => Err(Error::Unavailable),
                Failure::UnknownAndLost => Ok(Outcome::Unknown(id)),
                Failure::UnknownAndDone => match self.engine.commit(transaction).await? {
                    Outcome::Committed(_) => Ok(Outcome::Unknown(id)),
                    outcome => Ok(outcome),
                },
            }
        })
    }

    fn outcome(&self, id: TransactionId) -> Answer<'_, Option<Revision>> {
        self.unless_failing(self.engine.outcome(id))
    }

    fn changes(&self, after: Revision) -> Answer<'_, Changes> {
        self.engine.changes(after)
    }

    fn head(&self) -> Answer<'_, Revision> {
        self.unless_failing(self.engine.head())
    }
}
