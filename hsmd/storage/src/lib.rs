//! Where sealed records are kept: one ordered key-value space with one-shot optimistic transactions.
//!
//! An engine is a [`Storage`]; the [`Embedded`] one keeps its files in a directory. The [`Barrier`] is a [`Storage`] too:
//! it seals every value before an engine sees it. Engines are not trusted with contents, only with availability.

#![forbid(unsafe_code)]

mod barrier;
mod embedded;
mod error;
mod key;
mod medium;
mod seal;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod transaction;

use std::pin::Pin;

pub use barrier::{Barrier, BarrierKeys, Term};
pub use embedded::{Embedded, Rebuilt, Statistics};
pub use error::Error;
pub use key::{Cell, Key, NAME_BYTES_MAX, Table};
pub use medium::{Directory, File, Medium};
pub use transaction::{
    Change, Changes, Entry, Expectation, Outcome, Page, Revision, TRANSACTION_BYTES_MAX,
    Transaction, TransactionId, Version, Versioned, WRITES_MAX, Write,
};

/// The answer of an engine, which may have to wait for a disk or a network.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// An engine: an ordered key-value space with one-shot optimistic transactions.
///
/// Reads see every commit that was acknowledged before they began. `conformance` is the suite that every engine passes.
pub trait Storage: Send + Sync {
    /// The records of `keys`, in the same order; `None` where there is none. All are of one revision.
    fn get<'a>(&'a self, keys: &'a [Key]) -> Answer<'a, Vec<Option<Versioned>>>;

    /// Up to `limit` records whose key begins with `prefix`, in order, above `after` if given.
    fn scan<'a>(
        &'a self,
        prefix: &'a [u8],
        after: Option<&'a Key>,
        limit: usize,
    ) -> Answer<'a, Page>;

    /// Writes everything in `transaction`, durably, or nothing.
    fn commit(&self, transaction: Transaction) -> Answer<'_, Outcome>;

    /// The revision of the transaction `id`, if it was committed; `None` if it was not and never will be. To be asked
    /// about an [`Outcome::Unknown`], soon: engines remember at least the last 16,384 transactions.
    fn outcome(&self, id: TransactionId) -> Answer<'_, Option<Revision>>;

    /// What changed after the revision `after`: a hint.
    fn changes(&self, after: Revision) -> Answer<'_, Changes>;

    /// The revision of the newest commit.
    fn head(&self) -> Answer<'_, Revision>;
}
