//! The log while the daemon runs.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hsmd_identity::Clock;

use crate::audit::SigningKey;

/// Where the log is and how it behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its directory, made if there is none.
    pub directory: PathBuf,
    /// The log's name in checkpoints, as `hsmd.example/eu-1`: no spaces, no plus sign.
    pub origin: String,
    /// Every use is on disk before its reply, not only every change (`audit.sync = "every-use"`).
    pub sync_every_use: bool,
    /// How long a write or sync may take until the log counts as unavailable: 2 s.
    pub hang_limit: Duration,
}

/// Why the log cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A file could not be read or written.
    #[error("cannot {what} {}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

/// Some records, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The records, without their newlines.
    pub records: Vec<Vec<u8>>,
    /// The number of the record after the last of these.
    pub next: u64,
}

/// The log while the daemon runs. Written by one thread's `write` calls and kept by one thread of its own.
pub struct Log {
    settings: Settings,
    clock: Arc<dyn Clock>,
}

impl Log {
    /// Opens the log and mends what a crash left: a torn last line is cut and noted, records after the last checkpoint are
    /// hashed again. Until [`Log::unseal`] gives it a key, it records, but signs no checkpoints.
    ///
    /// # Errors
    ///
    /// [`OpenError`] says which file cannot be used, or that the records are not those of the last checkpoint.
    pub fn open(settings: Settings, clock: Arc<dyn Clock>) -> Result<Arc<Self>, OpenError> {
        Ok(Arc::new(Self { settings, clock }))
    }

    /// Gives the log its key, when the daemon is unsealed.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if the last checkpoint was not signed with it.
    pub fn unseal(&self, key: SigningKey) -> Result<(), OpenError> {
        let _ = key;
        todo!()
    }

    /// Signs a last checkpoint and takes the key away, when the daemon is sealed.
    pub fn seal(&self) {
        todo!()
    }

    /// How many records there are.
    #[must_use]
    pub fn records(&self) -> u64 {
        todo!()
    }

    /// Whether records can be written now.
    #[must_use]
    pub fn is_available(&self) -> bool {
        todo!()
    }

    /// Up to `limit` records from number `after` on.
    ///
    /// # Errors
    ///
    /// Those of reading the files.
    pub fn read(&self, after: u64, limit: usize) -> std::io::Result<Page> {
        let _ = (after, limit);
        todo!()
    }

    /// Returns when there is a record with number `after`.
    pub async fn wait_for(&self, after: u64) {
        let _ = after;
        todo!()
    }

    /// The latest checkpoint, if one was signed.
    #[must_use]
    pub fn checkpoint(&self) -> Option<Vec<u8>> {
        todo!()
    }

    /// Writes, syncs and signs everything, and ends the log's thread.
    pub fn close(&self) {
        todo!()
    }
}
