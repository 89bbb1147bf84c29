//! Why the repository cannot do what was asked.

use crate::{ObjectId, PartitionId};

/// Why a call on the repository failed. Nothing was changed, unless the variant says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such partition.
    #[error("there is no partition {0}")]
    NoSuchPartition(PartitionId),

    /// There is no such object in the partition.
    #[error("there is no object {0}")]
    NoSuchObject(ObjectId),

    /// Something of that id, name or slot is there already.
    #[error("{0} exists already")]
    Exists(&'static str),

    /// What was to be replaced has changed since it was read.
    #[error("it was changed by someone else meanwhile")]
    Changed,

    /// An object, partition or record is larger than one transaction of the store.
    #[error("{what} of {size_bytes} bytes is above the limit of {limit_bytes}")]
    TooLarge {
        /// What was to be stored.
        what: &'static str,
        /// Its size.
        size_bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },

    /// More was asked to be written at once than one transaction of the store takes.
    #[error("{asked} records at once are above the limit of {limit}")]
    TooMany {
        /// How many.
        asked: usize,
        /// How many may be.
        limit: usize,
    },

    /// A stored record cannot be read.
    #[error("the record {key} cannot be read: {what}")]
    Malformed {
        /// Its place in the store.
        key: hsmd_storage::Key,
        /// What is wrong with it.
        what: crate::format::FormatError,
    },

    /// The store cannot tell whether it wrote. The next call that writes settles it first.
    #[error("the store cannot tell whether the change was made")]
    OutcomeUnknown,

    /// The store failed.
    #[error("the store failed")]
    Storage(#[source] hsmd_storage::Error),

    /// The operating system has no randomness to give.
    #[error("no randomness")]
    Random(#[source] getrandom::Error),
}

impl From<hsmd_storage::Error> for Error {
    fn from(error: hsmd_storage::Error) -> Self {
        Self::Storage(error)
    }
}
