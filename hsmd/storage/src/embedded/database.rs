//! The database of the embedded engine: redb, in tables of bytes. `docs/formats.md` has the layout.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use redb::{Database as Redb, ReadableDatabase, ReadableTable, StorageBackend, TableDefinition};

use super::frame::Frame;
use super::io_error;
use crate::medium::File;
use crate::{
    Change, Entry, Error, Expectation, Key, Page, Revision, TransactionId, Version, Versioned,
    Write,
};

/// The name of the database's file.
pub(crate) const DATABASE_FILE: &str = "hsmd.redb";

/// The transactions whose outcome is remembered: at least so many of the newest.
pub(crate) const REMEMBERED_TRANSACTIONS: u64 = 16_384;

/// The version of the tables' layout, and of each value in [`RECORDS`].
const FORMAT: u8 = 1;
/// Pages kept in memory. The repository has every record in memory anyway.
const CACHE_BYTES: usize = 16 << 20;

/// Key → `format (1) ‖ version (8) ‖ value`.
const RECORDS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("records");
/// Revision modulo [`REMEMBERED_TRANSACTIONS`] → `revision (8) ‖ transaction id (16)`.
const TRANSACTIONS: TableDefinition<u64, &[u8; 24]> = TableDefinition::new("transactions");
/// `store` → `format (1) ‖ the store's random name (16)`; `head` → the newest revision (8).
const ABOUT: TableDefinition<&str, &[u8]> = TableDefinition::new("about");

/// An open database.
pub(crate) struct Database(Redb);

/// Takes a record: its key, version and value.
pub(crate) type Visit<'a> = dyn FnMut(Key, Version, &[u8]) -> Result<(), Error> + 'a;

/// One write transaction of the database, which takes any number of ours.
pub(crate) struct Batch {
    transaction: redb::WriteTransaction,
    head: Revision,
}

impl Database {
    /// Makes a database without records in an empty file.
    pub(crate) fn create(file: Arc<dyn File>, store: [u8; 16]) -> Result<Self, Error> {
        let database = Self(open_redb(file)?);
        let transaction = database.begin_write()?;
        {
            let mut about = transaction.open_table(ABOUT).map_err(redb_error)?;
            let mut value = vec![FORMAT];
            value.extend_from_slice(&store);
            about
                .insert("store", value.as_slice())
                .map_err(redb_error)?;
            about
                .insert("head", [0; 8].as_slice())
                .map_err(redb_error)?;
            transaction.open_table(RECORDS).map_err(redb_error)?;
            transaction.open_table(TRANSACTIONS).map_err(redb_error)?;
        }
        transaction.commit().map_err(redb_error)?;
        Ok(database)
    }

    /// Opens a database and checks every page. `None` if its making was never completed.
    pub(crate) fn open(file: Arc<dyn File>) -> Result<Option<(Self, [u8; 16])>, Error> {
        if file
            .length_bytes()
            .map_err(io_error("measure", DATABASE_FILE))?
            == 0
        {
            return Ok(None);
        }
        let database = Self(open_redb(file)?);
        let transaction = database.0.begin_read().map_err(redb_error)?;
        let about = match transaction.open_table(ABOUT) {
            Ok(about) => about,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
            Err(error) => return Err(redb_error(error)),
        };
        let store = about.get("store").map_err(redb_error)?;
        let store = store.as_ref().map(redb::AccessGuard::value);
        match store.and_then(<[u8]>::split_first) {
            Some((&FORMAT, name)) => {
                let name = name
                    .try_into()
                    .map_err(|_| damaged("its name has another length"))?;
                Ok(Some((database, name)))
            }
            Some((&found, _)) => Err(Error::Format {
                file: DATABASE_FILE,
                found,
                supported: FORMAT,
            }),
            None => Err(damaged("it has no name")),
        }
    }

    /// The newest revision.
    pub(crate) fn head(&self) -> Result<Revision, Error> {
        let transaction = self.0.begin_read().map_err(redb_error)?;
        head(&transaction)
    }

    pub(crate) fn get(&self, keys: &[Key]) -> Result<Vec<Option<Versioned>>, Error> {
        let transaction = self.0.begin_read().map_err(redb_error)?;
        let records = transaction.open_table(RECORDS).map_err(redb_error)?;
        keys.iter().map(|key| record(&records, key)).collect()
    }

    pub(crate) fn scan(
        &self,
        prefix: &[u8],
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Page, Error> {
        let transaction = self.0.begin_read().map_err(redb_error)?;
        let records = transaction.open_table(RECORDS).map_err(redb_error)?;
        let mut page = Page {
            entries: Vec::new(),
            is_last: true,
            revision: head(&transaction)?,
        };
        let begin = after.map_or(prefix, |after| after.as_bytes().max(prefix));
        for entry in records.range(begin..).map_err(redb_error)? {
            let (key, value) = entry.map_err(redb_error)?;
            let key = key.value();
            if after.is_some_and(|after| after.as_bytes() == key) {
                continue;
            }
            if !key.starts_with(prefix) {
                break;
            }
            if page.entries.len() == limit {
                page.is_last = false;
                break;
            }
            page.entries.push(Entry {
                key: decode_key(key)?,
                record: decode_value(value.value())?,
            });
        }
        Ok(page)
    }

    /// Gives every record to `visit`, in the order of the keys.
    pub(crate) fn for_each(&self, visit: &mut Visit<'_>) -> Result<(), Error> {
        let transaction = self.0.begin_read().map_err(redb_error)?;
        let records = transaction.open_table(RECORDS).map_err(redb_error)?;
        for entry in records.iter().map_err(redb_error)? {
            let (key, value) = entry.map_err(redb_error)?;
            let (version, value) = split_value(value.value())?;
            visit(decode_key(key.value())?, version, value)?;
        }
        Ok(())
    }

    /// The transactions that are remembered, in no order.
    pub(crate) fn transactions(&self) -> Result<Vec<(TransactionId, Revision)>, Error> {
        let transaction = self.0.begin_read().map_err(redb_error)?;
        let table = transaction.open_table(TRANSACTIONS).map_err(redb_error)?;
        let entries = table.iter().map_err(redb_error)?;
        entries
            .map(|entry| {
                let (_, value) = entry.map_err(redb_error)?;
                let (revision, id) = value.value().split_at(8);
                let revision = revision.try_into().expect("split at eight bytes");
                let id = id.try_into().expect("sixteen of twenty-four bytes");
                Ok((TransactionId(id), Revision(u64::from_be_bytes(revision))))
            })
            .collect()
    }

    /// Begins a write transaction.
    pub(crate) fn begin(&self) -> Result<Batch, Error> {
        let head = self.head()?;
        Ok(Batch {
            transaction: self.begin_write()?,
            head,
        })
    }

    /// Applies commits of the recovery log that the database does not have yet.
    pub(crate) fn replay(&self, frames: &[Frame]) -> Result<(), Error> {
        let mut batch = self.begin()?;
        for frame in frames {
            batch.apply(frame.transaction, frame.revision, &frame.records)?;
        }
        batch.commit()
    }

    fn begin_write(&self) -> Result<redb::WriteTransaction, Error> {
        let mut transaction = self.0.begin_write().map_err(redb_error)?;
        // Recovery after a crash then takes no time, and commits are in two phases, which does not rely on a checksum
        // that is not cryptographic.
        transaction.set_quick_repair(true);
        Ok(transaction)
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Database")
    }
}

impl Batch {
    /// The revision of the newest commit, those of this batch included.
    pub(crate) fn head(&self) -> Revision {
        self.head
    }

    /// The first key that is not as expected, if there is one.
    pub(crate) fn conflict(&self, expect: &[Expectation]) -> Result<Option<Key>, Error> {
        let records = self.transaction.open_table(RECORDS).map_err(redb_error)?;
        for expectation in expect {
            let value = records
                .get(expectation.key.as_bytes())
                .map_err(redb_error)?;
            let version = value
                .map(|value| split_value(value.value()).map(|(version, _)| version))
                .transpose()?;
            if version != expectation.version {
                return Ok(Some(expectation.key.clone()));
            }
        }
        Ok(None)
    }

    /// Makes the writes of one commit.
    pub(crate) fn apply(
        &mut self,
        id: TransactionId,
        revision: Revision,
        writes: &[Write],
    ) -> Result<(), Error> {
        self.write(writes)?;
        let mut transactions = self
            .transaction
            .open_table(TRANSACTIONS)
            .map_err(redb_error)?;
        let mut value = [0; 24];
        value[..8].copy_from_slice(&revision.0.to_be_bytes());
        value[8..].copy_from_slice(&id.0);
        transactions
            .insert(revision.0 % REMEMBERED_TRANSACTIONS, &value)
            .map_err(redb_error)?;
        self.head = revision;
        Ok(())
    }

    /// Makes records of a snapshot, which shows the state at `revision`.
    pub(crate) fn apply_snapshot(
        &mut self,
        revision: Revision,
        writes: &[Write],
    ) -> Result<(), Error> {
        self.head = self.head.max(revision);
        self.write(writes)
    }

    fn write(&self, writes: &[Write]) -> Result<(), Error> {
        let mut records = self.transaction.open_table(RECORDS).map_err(redb_error)?;
        for write in writes {
            match &write.change {
                Change::Delete => drop(records.remove(write.key.as_bytes()).map_err(redb_error)?),
                Change::Put(record) => {
                    let length = 9 + record.value.len();
                    let mut value = records
                        .insert_reserve(write.key.as_bytes(), length)
                        .map_err(redb_error)?;
                    let bytes = value.as_mut();
                    bytes[0] = FORMAT;
                    bytes[1..9].copy_from_slice(&record.version.0.to_be_bytes());
                    bytes[9..].copy_from_slice(&record.value);
                }
            }
        }
        Ok(())
    }

    /// Makes everything durable.
    pub(crate) fn commit(self) -> Result<(), Error> {
        {
            let mut about = self.transaction.open_table(ABOUT).map_err(redb_error)?;
            about
                .insert("head", self.head.0.to_be_bytes().as_slice())
                .map_err(redb_error)?;
        }
        self.transaction.commit().map_err(redb_error)
    }
}

/// Opens redb with every page checked. A file that was altered may trip redb's own assertions instead of its checks;
/// that is damage as well, and no reason to end the process.
fn open_redb(file: Arc<dyn File>) -> Result<Redb, Error> {
    let open = || {
        let mut builder = Redb::builder();
        builder
            .set_cache_size(CACHE_BYTES)
            .set_check_integrity_on_open(true);
        builder.create_with_backend(Backend(file))
    };
    match catch_unwind(AssertUnwindSafe(open)) {
        Ok(Ok(database)) => Ok(database),
        Ok(Err(error)) => Err(redb_error(error)),
        Err(_) => Err(damaged("its structure is inconsistent")),
    }
}

fn head(transaction: &redb::ReadTransaction) -> Result<Revision, Error> {
    let about = transaction.open_table(ABOUT).map_err(redb_error)?;
    let head = about
        .get("head")
        .map_err(redb_error)?
        .ok_or_else(|| damaged("it has no head"))?;
    let head = head
        .value()
        .try_into()
        .map_err(|_| damaged("its head has another length"))?;
    Ok(Revision(u64::from_be_bytes(head)))
}

fn record(
    records: &impl ReadableTable<&'static [u8], &'static [u8]>,
    key: &Key,
) -> Result<Option<Versioned>, Error> {
    let value = records.get(key.as_bytes()).map_err(redb_error)?;
    value.map(|value| decode_value(value.value())).transpose()
}

fn decode_key(bytes: &[u8]) -> Result<Key, Error> {
    Key::from_bytes(bytes).ok_or_else(|| damaged("a key has an impossible length"))
}

fn decode_value(bytes: &[u8]) -> Result<Versioned, Error> {
    let (version, value) = split_value(bytes)?;
    Ok(Versioned {
        version,
        value: value.to_vec(),
    })
}

fn split_value(bytes: &[u8]) -> Result<(Version, &[u8]), Error> {
    match bytes.split_first_chunk::<9>() {
        Some(([FORMAT, version @ ..], value)) => Ok((Version(u64::from_be_bytes(*version)), value)),
        Some(([found, ..], _)) => Err(Error::Format {
            file: DATABASE_FILE,
            found: *found,
            supported: FORMAT,
        }),
        None => Err(damaged("a value is too short")),
    }
}

fn damaged(what: &str) -> Error {
    Error::Damaged {
        file: DATABASE_FILE,
        what: what.to_owned(),
    }
}

fn redb_error(error: impl Into<redb::Error>) -> Error {
    match error.into() {
        redb::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            damaged("it is shorter than it says")
        }
        redb::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            damaged(&error.to_string())
        }
        redb::Error::Io(error) => io_error("use", DATABASE_FILE)(error),
        redb::Error::PreviousIo | redb::Error::DatabaseClosed => Error::Unavailable,
        redb::Error::DatabaseAlreadyOpen => Error::InUse(DATABASE_FILE.into()),
        error => damaged(&error.to_string()),
    }
}

/// A [`File`] as redb wants it.
#[derive(Debug)]
struct Backend(Arc<dyn File>);

impl StorageBackend for Backend {
    fn len(&self) -> Result<u64, io::Error> {
        self.0.length_bytes()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), io::Error> {
        self.0.read_at(offset, out)
    }

    fn set_len(&self, length_bytes: u64) -> Result<(), io::Error> {
        self.0.set_len(length_bytes)
    }

    fn sync_data(&self) -> Result<(), io::Error> {
        self.0.sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), io::Error> {
        self.0.write_at(offset, data)
    }
}
