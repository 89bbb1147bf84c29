//! The engine for one machine: redb, and beside it an append-only recovery log from which redb can be rebuilt.

mod database;
mod files;
mod frame;
mod log;
mod rebuild;
#[cfg(test)]
mod tests;
mod writer;

use std::collections::{HashMap, VecDeque};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use parking_lot::{Mutex, RwLock};
use tokio::sync::{mpsc, oneshot};

use crate::medium::{Directory, Medium};
use crate::{
    Answer, Changes, Error, Key, Outcome, Page, Revision, Storage, Transaction, TransactionId,
    Versioned,
};

pub(crate) use database::DATABASE_FILE;
use database::REMEMBERED_TRANSACTIONS;
use files::Files;
pub use rebuild::Rebuilt;
use writer::{Request, Writer};

/// Transactions that wait for the writer; those that come later wait for room.
const WAITING_TRANSACTIONS_MAX: usize = 1024;

/// Commits that [`Storage::changes`] can name.
const REMEMBERED_CHANGES: usize = 4096;

/// A recovery log gives way to a snapshot when it is longer than this and three times its live records.
const LOG_SLACK_BYTES: u64 = 64 << 20;

/// The store of one daemon, in a directory of its own.
///
/// A thread commits whatever waits in one go, so many writers cost about as many syncs as one. A commit is in the log
/// and in the database, both synced, before it is acknowledged. Reads are of the database's page cache or of the disk
/// and block for as long as that takes.
pub struct Embedded {
    shared: Arc<Shared>,
    /// `None` while this is dropped.
    requests: Option<mpsc::Sender<Request>>,
    writer: Option<JoinHandle<()>>,
}

/// What readers and the writer share.
struct Shared {
    medium: Arc<dyn Medium>,
    log_slack_bytes: u64,
    /// `None` after a failure, until the writer has opened the files again.
    files: RwLock<Option<Files>>,
    recent: Mutex<Recent>,
    commits: AtomicU64,
    groups: AtomicU64,
}

/// The newest commits.
#[derive(Default)]
struct Recent {
    head: Revision,
    outcomes: HashMap<TransactionId, Revision>,
    transactions: VecDeque<(Revision, TransactionId)>,
    changes: VecDeque<(Revision, Vec<Key>)>,
}

/// What an [`Embedded`] store has done since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    /// Transactions committed.
    pub commits: u64,
    /// Groups that they were committed in; a group costs three syncs.
    pub groups: u64,
    /// The length of the recovery log.
    pub log_bytes: u64,
}

impl Embedded {
    /// Opens the store in `directory`, which is made (mode 0700) if it does not exist.
    ///
    /// Every page of the database is checked, and every record compared with the recovery log.
    ///
    /// # Errors
    ///
    /// [`Error::InUse`] if another daemon has it; [`Error::Damaged`], [`Error::Missing`] or [`Error::Format`] if its
    /// files are not as they were left; [`Error::Io`] and [`Error::Full`] from the operating system.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        Self::open_on(Arc::new(Directory::open(directory)?))
    }

    /// Opens the store on `medium`.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_on(medium: Arc<dyn Medium>) -> Result<Self, Error> {
        Self::open_with_slack(medium, LOG_SLACK_BYTES)
    }

    fn open_with_slack(medium: Arc<dyn Medium>, log_slack_bytes: u64) -> Result<Self, Error> {
        let files = Files::open(&*medium)?;
        let recent = Recent::load(&files)?;
        let shared = Arc::new(Shared {
            medium,
            log_slack_bytes,
            files: RwLock::new(Some(files)),
            recent: Mutex::new(recent),
            commits: AtomicU64::new(0),
            groups: AtomicU64::new(0),
        });
        let (sender, receiver) = mpsc::channel(WAITING_TRANSACTIONS_MAX);
        let writer = Writer::new(Arc::clone(&shared), receiver);
        let writer = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writer.run())
            .map_err(io_error("start the writer of", database::DATABASE_FILE))?;
        Ok(Self {
            shared,
            requests: Some(sender),
            writer: Some(writer),
        })
    }

    /// Makes the store's database anew from its recovery log alone. A database that is there is kept as
    /// `hsmd.redb.damaged`.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] if there is no log in `directory`; [`Error::Damaged`] if it is damaged in its middle; otherwise
    /// as [`open`](Self::open).
    pub fn rebuild_from_log(directory: &Path) -> Result<Rebuilt, Error> {
        // A mistyped path must not become a new directory.
        if !directory.join(log::LOG_FILE).exists() {
            return Err(Error::Missing(log::LOG_FILE));
        }
        rebuild::from_log(&Directory::open(directory)?)
    }

    /// What it has done so far.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let log_bytes = self
            .shared
            .files
            .read()
            .as_ref()
            .map_or(0, |files| files.log.lock().length_bytes());
        Statistics {
            commits: self.shared.commits.load(Ordering::Relaxed),
            groups: self.shared.groups.load(Ordering::Relaxed),
            log_bytes,
        }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        // The writer ends once what waits is written and nobody can send any more.
        drop(self.requests.take());
        if self
            .writer
            .take()
            .is_some_and(|writer| writer.join().is_err())
        {
            tracing::error!("the store's writer has panicked");
        }
    }
}

impl Storage for Embedded {
    fn get<'a>(&'a self, keys: &'a [Key]) -> Answer<'a, Vec<Option<Versioned>>> {
        Box::pin(async move { self.shared.with_files(|files| files.database.get(keys)) })
    }

    fn scan<'a>(
        &'a self,
        prefix: &'a [u8],
        after: Option<&'a Key>,
        limit: usize,
    ) -> Answer<'a, Page> {
        Box::pin(async move {
            self.shared
                .with_files(|files| files.database.scan(prefix, after, limit))
        })
    }

    fn commit(&self, transaction: Transaction) -> Answer<'_, Outcome> {
        Box::pin(async move {
            transaction.check()?;
            let id = transaction.id;
            let (reply, outcome) = oneshot::channel();
            let requests = self.requests.as_ref().ok_or(Error::Closed)?;
            requests
                .send(Request { transaction, reply })
                .await
                .map_err(|_| Error::Closed)?;
            // A writer that went away without a word may have committed it.
            outcome.await.unwrap_or(Ok(Outcome::Unknown(id)))
        })
    }

    fn outcome(&self, id: TransactionId) -> Answer<'_, Option<Revision>> {
        Box::pin(async move {
            self.shared.with_files(|_| Ok(()))?;
            Ok(self.shared.recent.lock().outcomes.get(&id).copied())
        })
    }

    fn changes(&self, after: Revision) -> Answer<'_, Changes> {
        Box::pin(async move { Ok(self.shared.recent.lock().changes_after(after)) })
    }

    fn head(&self) -> Answer<'_, Revision> {
        Box::pin(async move { Ok(self.shared.recent.lock().head) })
    }
}

impl Shared {
    /// Reads from the files; opens them again first if a failure closed them.
    fn with_files<T>(&self, read: impl FnOnce(&Files) -> Result<T, Error>) -> Result<T, Error> {
        if let Some(files) = &*self.files.read() {
            return read(files);
        }
        self.reopen()?;
        self.files
            .read()
            .as_ref()
            .map_or(Err(Error::Unavailable), read)
    }

    /// Opens the files after a failure closed them. What the log has is made in the database, so every transaction
    /// whose outcome was unknown is now either in both or in neither.
    fn reopen(&self) -> Result<(), Error> {
        let mut files = self.files.write();
        if files.is_none() {
            let opened = Files::open(&*self.medium)?;
            *self.recent.lock() = Recent::load(&opened)?;
            *files = Some(opened);
            tracing::info!("the store works again");
        }
        Ok(())
    }
}

impl Recent {
    fn load(files: &Files) -> Result<Self, Error> {
        let mut transactions = files.database.transactions()?;
        transactions.sort_by_key(|(_, revision)| *revision);
        let mut recent = Self {
            head: files.database.head()?,
            ..Self::default()
        };
        for (id, revision) in transactions {
            recent.remember(id, revision);
        }
        Ok(recent)
    }

    fn remember(&mut self, id: TransactionId, revision: Revision) {
        self.outcomes.insert(id, revision);
        self.transactions.push_back((revision, id));
        if self.transactions.len() as u64 > REMEMBERED_TRANSACTIONS
            && let Some((_, oldest)) = self.transactions.pop_front()
        {
            self.outcomes.remove(&oldest);
        }
    }

    fn add(&mut self, id: TransactionId, revision: Revision, keys: Vec<Key>) {
        self.head = revision;
        self.remember(id, revision);
        self.changes.push_back((revision, keys));
        if self.changes.len() > REMEMBERED_CHANGES {
            self.changes.pop_front();
        }
    }

    fn changes_after(&self, after: Revision) -> Changes {
        if after >= self.head {
            return Changes::Keys(Vec::new());
        }
        match self.changes.front() {
            Some((oldest, _)) if oldest.0 <= after.0 + 1 => Changes::Keys(
                self.changes
                    .iter()
                    .filter(|(revision, _)| *revision > after)
                    .cloned()
                    .collect(),
            ),
            _ => Changes::Resync(self.head),
        }
    }
}

/// Turns the operating system's error into ours.
fn io_error(what: &'static str, file: &'static str) -> impl Fn(io::Error) -> Error + Copy {
    move |source| match source.kind() {
        // A limit on the length of files (`RLIMIT_FSIZE`) leaves as little room as a full device.
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            Error::Full
        }
        _ => Error::Io { what, file, source },
    }
}
