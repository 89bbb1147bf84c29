//! Why the store cannot do what was asked.

use std::io;
use std::path::PathBuf;

use crate::Key;

/// Why a storage call failed. Nothing was written, unless [`Outcome::Unknown`](crate::Outcome::Unknown) said so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another process, or another part of this one, has the store open.
    #[error("the store {} is in use by another daemon", .0.display())]
    InUse(PathBuf),

    /// The transaction is above a limit.
    #[error("a transaction of {size} {what} is above the limit of {limit}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much there is.
        size: usize,
        /// How much there may be.
        limit: usize,
    },

    /// The transaction breaks a rule of [`Transaction::check`](crate::Transaction::check): a mistake of the caller's.
    #[error("the transaction is malformed: {0}")]
    Malformed(&'static str),

    /// There is no room on the device. Nothing was written, and later writes work once there is room.
    #[error("the device of the store is full")]
    Full,

    /// The store's file is damaged.
    #[error("the store's file {file} is damaged: {what}")]
    Damaged {
        /// The file's name within the store's directory.
        file: &'static str,
        /// What is wrong with it.
        what: String,
    },

    /// A file of the store is missing, while another one is there.
    #[error("the store's file {0} is missing")]
    Missing(&'static str),

    /// The store was written by a newer version of the product.
    #[error("the store's file {file} has format {found}; this version reads up to {supported}")]
    Format {
        /// The file's name within the store's directory.
        file: &'static str,
        /// The format it has.
        found: u8,
        /// The newest format that we read.
        supported: u8,
    },

    /// A value does not belong to its key and version, was changed, or was sealed by a key that we do not have.
    /// Says no more on purpose.
    #[error("the value of record {0} is not authentic")]
    NotAuthentic(Key),

    /// The operating system failed a call on the store's files.
    #[error("cannot {what} the store's file {file}")]
    Io {
        /// What was attempted, as `write`.
        what: &'static str,
        /// The file's name within the store's directory.
        file: &'static str,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },

    /// An earlier failure has to be mended first; the next write tries again.
    #[error("the store is unavailable since an earlier failure")]
    Unavailable,

    /// The store is closed.
    #[error("the store is closed")]
    Closed,

    /// The operating system has no randomness to give.
    #[error("no randomness")]
    Random(#[source] getrandom::Error),

    /// The locked arena has no room for a barrier key.
    #[error("no room for a barrier key in locked memory")]
    LockedMemory(#[from] hsmd_secret_memory::Exhausted),
}

impl Error {
    /// True if the database is damaged or missing, and the recovery log may still have everything:
    /// [`Embedded::rebuild_from_log`](crate::Embedded::rebuild_from_log) is the way back.
    #[must_use]
    pub fn can_be_rebuilt(&self) -> bool {
        match self {
            Self::Damaged { file, .. } | Self::Missing(file) => {
                *file == crate::embedded::DATABASE_FILE
            }
            _ => false,
        }
    }
}
