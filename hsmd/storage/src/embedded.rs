//! The engine for one machine: redb, and beside it an append-only recovery log.

use std::path::Path;

use crate::{
    Answer, Changes, Error, Key, Outcome, Page, Revision, Storage, Transaction, TransactionId,
    Versioned,
};

/// The store of one daemon, in a directory of its own.
pub struct Embedded {}

/// What [`Embedded::rebuild_from_log`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebuilt {
    /// Records in the new store.
    pub records: u64,
    /// The newest commit.
    pub revision: Revision,
}

impl Embedded {
    /// Opens the store in `directory`, which is made (mode 0700) if it does not exist.
    ///
    /// # Errors
    ///
    /// [`Error::InUse`] if another daemon has it; [`Error::Damaged`], [`Error::Missing`] or [`Error::Format`] if its
    /// files are not as they were left; [`Error::Io`] and [`Error::Full`] from the operating system.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        let _ = directory;
        todo!()
    }

    /// Makes the store's database anew from its recovery log. A database that is there is kept under another name.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn rebuild_from_log(directory: &Path) -> Result<Rebuilt, Error> {
        let _ = directory;
        todo!()
    }
}

impl Storage for Embedded {
    fn get<'a>(&'a self, _keys: &'a [Key]) -> Answer<'a, Vec<Option<Versioned>>> {
        todo!()
    }

    fn scan<'a>(
        &'a self,
        _prefix: &'a [u8],
        _after: Option<&'a Key>,
        _limit: usize,
    ) -> Answer<'a, Page> {
        todo!()
    }

    fn commit(&self, _transaction: Transaction) -> Answer<'_, Outcome> {
        todo!()
    }

    fn outcome(&self, _id: TransactionId) -> Answer<'_, Option<Revision>> {
        todo!()
    }

    fn changes(&self, _after: Revision) -> Answer<'_, Changes> {
        todo!()
    }

    fn head(&self) -> Answer<'_, Revision> {
        todo!()
    }
}
