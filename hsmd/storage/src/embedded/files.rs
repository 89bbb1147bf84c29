//! Opening the two files of the embedded engine together: they must agree, or one is made good from the other.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::database::{DATABASE_FILE, Database};
use super::frame::{Frame, Header, Kind};
use super::io_error;
use super::log::{self, LOG_FILE, Log};
use crate::medium::Medium;
use crate::{
    Change, Error, Revision, TRANSACTION_BYTES_MAX, TransactionId, Versioned, WRITES_MAX, Write,
};

/// The name under which an unusable database is kept.
const DAMAGED_DATABASE_FILE: &str = "hsmd.redb.damaged";

/// The database and the recovery log, at the same commit.
pub(crate) struct Files {
    pub(crate) database: Database,
    pub(crate) log: Mutex<Log>,
}

impl Files {
    /// Opens the files of a store, or makes those of a new one in an empty directory.
    ///
    /// The log is written before the database, so after a crash it may have commits that the database has not: they are
    /// made there. Then every record of the two is compared.
    pub(crate) fn open(medium: &dyn Medium) -> Result<Self, Error> {
        // What an earlier daemon renamed before it failed must not come back.
        medium
            .sync()
            .map_err(io_error("sync the directory of", DATABASE_FILE))?;
        let database = match medium
            .open(DATABASE_FILE)
            .map_err(io_error("open", DATABASE_FILE))?
        {
            Some(file) => Database::open(file),
            None => Ok(None),
        };
        let (database, store) = match database {
            Ok(Some(opened)) => opened,
            Ok(None) => return Self::create_or_complete(medium, None),
            Err(damage @ Error::Damaged { .. }) => {
                return Self::create_or_complete(medium, Some(damage));
            }
            Err(error) => return Err(error),
        };
        let head = database.head()?;

        let mut missing = Vec::new();
        let mut expected = Contents::default();
        let mut visit = |frame: Frame| {
            expected.add(&frame);
            if frame.kind == Kind::Commit && frame.revision > head {
                missing.push(frame);
            }
            Ok(())
        };
        let (mut log, tail) = Log::open(medium, &mut visit)?.ok_or(Error::Missing(LOG_FILE))?;
        if log.header().store != store {
            return Err(log::damaged("it belongs to another store".to_owned()));
        }
        // Whatever was acknowledged is in the database too, so a log that ends before it is not merely torn.
        if tail.newest < head {
            let what = format!(
                "it ends at commit {}, and the database has commit {}",
                tail.newest.0, head.0
            );
            return Err(log::damaged(what));
        }
        if missing
            .first()
            .is_some_and(|frame| frame.revision.0 != head.0 + 1)
        {
            let what = format!(
                "it ends at commit {}, and the recovery log begins after that",
                head.0
            );
            return Err(Error::Damaged {
                file: DATABASE_FILE,
                what,
            });
        }
        if tail.torn_bytes > 0 {
            tracing::warn!(
                bytes = tail.torn_bytes,
                "the recovery log ended in a write that was not acknowledged"
            );
            log.cut()?;
        }
        if !missing.is_empty() {
            tracing::info!(
                commits = missing.len(),
                "commits of the recovery log were made in the database"
            );
            database.replay(&missing)?;
        }
        expected.compare(&database)?;
        log.set_live_bytes(expected.live_bytes);
        Ok(Self {
            database,
            log: Mutex::new(log),
        })
    }

    /// Without a usable database, which `failure` may say more about: a new store, or one whose making was cut short
    /// before its first commit.
    fn create_or_complete(medium: &dyn Medium, failure: Option<Error>) -> Result<Self, Error> {
        let mut is_used = false;
        let opened = Log::open(medium, &mut |_| {
            is_used = true;
            Ok(())
        })?;
        let log = match opened {
            Some(_) if is_used => return Err(failure.unwrap_or(Error::Missing(DATABASE_FILE))),
            Some((log, tail)) => {
                if tail.torn_bytes > 0 {
                    log.cut()?;
                }
                log
            }
            None if failure.is_some() => return Err(failure.unwrap_or(Error::Missing(LOG_FILE))),
            None => {
                let mut store = [0; 16];
                getrandom::fill(&mut store).map_err(Error::Random)?;
                let header = Header {
                    store,
                    base: Revision(0),
                    snapshot_records: 0,
                };
                let log = Log::write_new(medium, header, |_| Ok(()))?;
                Log::install(medium)?;
                log
            }
        };
        if failure.is_some() {
            set_aside(medium)?;
        }
        let file = medium
            .create(DATABASE_FILE)
            .map_err(io_error("create", DATABASE_FILE))?;
        medium
            .sync()
            .map_err(io_error("sync the directory of", DATABASE_FILE))?;
        let database = Database::create(file, log.header().store)?;
        Ok(Self {
            database,
            log: Mutex::new(log),
        })
    }

    /// Replaces the log by a snapshot of the database.
    pub(crate) fn compact(&self, medium: &dyn Medium) -> Result<(), CompactError> {
        let mut log = self.log.lock();
        let new = self
            .write_snapshot(medium, &log)
            .map_err(CompactError::Unchanged)?;
        Log::install(medium).map_err(CompactError::Unknown)?;
        *log = new;
        Ok(())
    }

    fn write_snapshot(&self, medium: &dyn Medium, log: &Log) -> Result<Log, Error> {
        let mut snapshot_records = 0;
        self.database.for_each(&mut |_, _, _| {
            snapshot_records += 1;
            Ok(())
        })?;
        let base = self.database.head()?;
        let header = Header {
            store: log.header().store,
            base,
            snapshot_records,
        };
        let empty = || Frame {
            kind: Kind::Snapshot,
            revision: base,
            transaction: TransactionId([0; 16]),
            records: Vec::new(),
        };
        Log::write_new(medium, header, |write| {
            let mut frame = empty();
            let mut size_bytes = 0;
            self.database.for_each(&mut |key, version, value| {
                let size = key.as_bytes().len() + value.len();
                if frame.records.len() == WRITES_MAX || size_bytes + size > TRANSACTION_BYTES_MAX {
                    write(&std::mem::replace(&mut frame, empty()))?;
                    size_bytes = 0;
                }
                size_bytes += size;
                let change = Change::Put(Versioned {
                    version,
                    value: value.to_vec(),
                });
                frame.records.push(Write { key, change });
                Ok(())
            })?;
            if frame.records.is_empty() {
                Ok(())
            } else {
                write(&frame)
            }
        })
    }
}

/// Why the log was not replaced.
pub(crate) enum CompactError {
    /// The old one is in place.
    Unchanged(Error),
    /// Either may be in place: the files must be opened again.
    Unknown(Error),
}

/// Keeps an unusable database under another name, for whoever wants to look into it.
pub(crate) fn set_aside(medium: &dyn Medium) -> Result<(), Error> {
    medium
        .rename(DATABASE_FILE, DAMAGED_DATABASE_FILE)
        .map_err(io_error("rename", DATABASE_FILE))
}

/// What a store should hold according to its log: for each key the version and the checksum of the value.
#[derive(Default)]
pub(crate) struct Contents {
    records: HashMap<Box<[u8]>, (u64, u32, u32)>,
    /// About the length of a log of only these records.
    live_bytes: u64,
}

impl Contents {
    fn add(&mut self, frame: &Frame) {
        for write in &frame.records {
            let key = write.key.as_bytes();
            let old = match &write.change {
                Change::Delete => self.records.remove(key),
                Change::Put(record) => {
                    let length = u32::try_from(record.value.len())
                        .expect("values are limited to less than 4 GiB");
                    self.live_bytes += u64::from(length) + 64;
                    let entry = (record.version.0, crc32fast::hash(&record.value), length);
                    self.records.insert(key.into(), entry)
                }
            };
            self.live_bytes -= old.map_or(0, |(_, _, length)| u64::from(length) + 64);
        }
    }

    fn compare(&mut self, database: &Database) -> Result<(), Error> {
        let disagrees = |what: &str| Error::Damaged {
            file: DATABASE_FILE,
            what: format!("it does not agree with the recovery log: {what}"),
        };
        let mut found = 0;
        database.for_each(&mut |key, version, value| {
            found += 1;
            match self.records.get(key.as_bytes()) {
                Some((expected, checksum, _))
                    if *expected == version.0 && *checksum == crc32fast::hash(value) =>
                {
                    Ok(())
                }
                Some(_) => Err(disagrees("a record differs")),
                None => Err(disagrees("a record is in the database alone")),
            }
        })?;
        if found == self.records.len() {
            Ok(())
        } else {
            Err(disagrees("a record is in the recovery log alone"))
        }
    }
}
