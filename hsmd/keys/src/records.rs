//! Small tables of others: PINs, identities, policies; bytes in, bytes out, written optimistically.

use std::sync::Arc;

use hsmd_storage::{Barrier, Cell, Table, Version};

use crate::Error;

/// A stored record of a small table. Its owner defines the bytes, the first of which is the version of their format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its name within cell and table.
    pub name: Vec<u8>,
    /// What a write must expect.
    pub version: Version,
    /// Its bytes.
    pub value: Vec<u8>,
}

/// A change to a record of a small table, made in one transaction with others of its cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordChange {
    /// The table.
    pub table: Table,
    /// The record's name, at most [`hsmd_storage::NAME_BYTES_MAX`] bytes.
    pub name: Vec<u8>,
    /// The version it has; `None` if it does not exist.
    pub expected: Option<Version>,
    /// The new bytes; `None` removes it.
    pub value: Option<Vec<u8>>,
}

/// One small table, in all cells. Reads go to the store, so that several daemons over one engine agree.
#[derive(Clone)]
pub struct Records {
    #[expect(dead_code)]
    barrier: Arc<Barrier>,
    #[expect(dead_code)]
    table: Table,
}

impl Records {
    /// The table `table` behind `barrier`.
    #[must_use]
    pub fn new(barrier: Arc<Barrier>, table: Table) -> Self {
        Self { barrier, table }
    }

    /// The record called `name`, if there is one.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`].
    pub async fn get(&self, cell: Cell, name: &[u8]) -> Result<Option<Record>, Error> {
        let _ = (cell, name);
        todo!()
    }

    /// Every record of a cell, by name.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`].
    pub async fn list(&self, cell: Cell) -> Result<Vec<Record>, Error> {
        let _ = cell;
        todo!()
    }

    /// Writes a record that has the version `expected` (`None`: that does not exist), and gives its new version.
    ///
    /// # Errors
    ///
    /// [`Error::Changed`] if it has another version; [`Error::TooLarge`]; [`Error::OutcomeUnknown`]; [`Error::Storage`].
    pub async fn put(
        &self,
        cell: Cell,
        name: &[u8],
        expected: Option<Version>,
        value: Vec<u8>,
    ) -> Result<Version, Error> {
        let _ = (cell, name, expected, value);
        todo!()
    }

    /// Removes a record that has the version `expected`.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put).
    pub async fn delete(&self, cell: Cell, name: &[u8], expected: Version) -> Result<(), Error> {
        let _ = (cell, name, expected);
        todo!()
    }
}
