//! Small tables of others: PINs, identities, policies; bytes in, bytes out, written optimistically.

use std::sync::Arc;

use hsmd_storage::{
    Barrier, Cell, Key, NAME_BYTES_MAX, Outcome, Revision, Storage, Table, Transaction, Version,
};

use crate::Error;

/// Records read from the store at once.
const PAGE_RECORDS: usize = 1024;

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
    /// The record's name, at most [`NAME_BYTES_MAX`] bytes. It is stored in the clear: an id, or a word that the audit
    /// log shows as well.
    pub name: Vec<u8>,
    /// The version it has; `None` if it does not exist.
    pub expected: Option<Version>,
    /// The new bytes; `None` removes it.
    pub value: Option<Vec<u8>>,
}

/// One small table, in all cells. Reads go to the store, so that several daemons over one engine agree.
#[derive(Clone)]
pub struct Records {
    barrier: Arc<Barrier>,
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
    /// [`Error::TooLarge`] if the name is too long; [`Error::Storage`].
    pub async fn get(&self, cell: Cell, name: &[u8]) -> Result<Option<Record>, Error> {
        let keys = [key(cell, self.table, name)?];
        let record = self.barrier.get(&keys).await?.into_iter().next().flatten();
        Ok(record.map(|record| Record {
            name: name.to_vec(),
            version: record.version,
            value: record.value,
        }))
    }

    /// Every record of a cell, by name.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`].
    pub async fn list(&self, cell: Cell) -> Result<Vec<Record>, Error> {
        let prefix = Key::new(cell, self.table, &[]);
        let mut records = Vec::new();
        let mut after = None;
        loop {
            let page = self
                .barrier
                .scan(prefix.as_bytes(), after.as_ref(), PAGE_RECORDS)
                .await?;
            after = page.entries.last().map(|entry| entry.key.clone());
            records.extend(page.entries.into_iter().map(|entry| Record {
                name: entry.key.name().to_vec(),
                version: entry.record.version,
                value: entry.record.value,
            }));
            if page.is_last {
                return Ok(records);
            }
        }
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
        let head = self.barrier.head().await?;
        let transaction =
            Transaction::new()?.putting(key(cell, self.table, name)?, expected, head, value);
        commit_or_changed(&self.barrier, transaction).await?;
        Ok(Version::after(expected, head))
    }

    /// Removes a record that has the version `expected`.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put).
    pub async fn delete(&self, cell: Cell, name: &[u8], expected: Version) -> Result<(), Error> {
        let transaction = Transaction::new()?.deleting(key(cell, self.table, name)?, expected);
        commit_or_changed(&self.barrier, transaction).await
    }
}

/// Adds changes of small tables to a transaction.
pub(crate) fn with_changes(
    mut transaction: Transaction,
    cell: Cell,
    head: Revision,
    changes: Vec<RecordChange>,
) -> Result<Transaction, Error> {
    for change in changes {
        let key = key(cell, change.table, &change.name)?;
        transaction = match (change.expected, change.value) {
            (expected, Some(value)) => transaction.putting(key, expected, head, value),
            (Some(expected), None) => transaction.deleting(key, expected),
            (None, None) => transaction.expecting(key, None),
        };
    }
    Ok(transaction)
}

/// What became of a transaction, when the store could say.
pub(crate) enum Settled {
    Committed,
    Conflict(Key),
}

/// Commits, and asks again where the engine cannot tell what became of it.
pub(crate) async fn commit(barrier: &Barrier, transaction: Transaction) -> Result<Settled, Error> {
    match barrier.commit(transaction).await {
        Ok(Outcome::Committed(_)) => Ok(Settled::Committed),
        Ok(Outcome::Conflict(key)) => Ok(Settled::Conflict(key)),
        Ok(Outcome::Unknown(id)) => match barrier.outcome(id).await {
            Ok(Some(_)) => Ok(Settled::Committed),
            Ok(None) => Err(Error::Storage(hsmd_storage::Error::Unavailable)),
            Err(error) => {
                tracing::error!(%error, "the store cannot tell what became of a write");
                Err(Error::OutcomeUnknown)
            }
        },
        Err(hsmd_storage::Error::TooLarge {
            what: "bytes",
            size,
            limit,
        }) => Err(Error::TooLarge {
            what: "a transaction",
            size_bytes: size,
            limit_bytes: limit,
        }),
        Err(hsmd_storage::Error::TooLarge { size, limit, .. }) => {
            Err(Error::TooMany { asked: size, limit })
        }
        Err(error) => Err(Error::Storage(error)),
    }
}

async fn commit_or_changed(barrier: &Barrier, transaction: Transaction) -> Result<(), Error> {
    match commit(barrier, transaction).await? {
        Settled::Committed => Ok(()),
        Settled::Conflict(_) => Err(Error::Changed),
    }
}

fn key(cell: Cell, table: Table, name: &[u8]) -> Result<Key, Error> {
    if name.len() > NAME_BYTES_MAX {
        return Err(Error::TooLarge {
            what: "a name",
            size_bytes: name.len(),
            limit_bytes: NAME_BYTES_MAX,
        });
    }
    Ok(Key::new(cell, table, name))
}
