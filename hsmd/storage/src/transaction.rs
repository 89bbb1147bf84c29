//! One-shot optimistic transactions: what a writer expects, what it writes, and what became of it.

use std::fmt;

use crate::{Cell, Error, Key};

/// The most records that one transaction writes or expects.
pub const WRITES_MAX: usize = 64;
/// The most bytes of keys and values that one transaction writes.
pub const TRANSACTION_BYTES_MAX: usize = 256 * 1024;

/// The place of a commit in the order of all commits of a store; the first is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Revision(pub u64);

/// The state of one record: larger with every write, and never used twice for one key, even after a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u64);

impl Version {
    /// The version that a write gives to a record that had `expected`, when the store's head is `head`.
    ///
    /// A version is never above the revision that wrote it. So a record that is made again, at `head + 1`, is above all
    /// that it ever was, and a value from its earlier life cannot be passed off as the new one.
    #[must_use]
    pub const fn after(expected: Option<Self>, head: Revision) -> Self {
        match expected {
            Some(Self(version)) => Self(version + 1),
            None => Self(head.0 + 1),
        }
    }
}

/// The random name of a transaction, stored with it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionId(pub [u8; 16]);

impl TransactionId {
    /// A new random id.
    ///
    /// # Errors
    ///
    /// [`Error::Random`] if the operating system has no randomness to give.
    pub fn random() -> Result<Self, Error> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(Error::Random)?;
        Ok(Self(id))
    }
}

impl fmt::Debug for TransactionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Display for TransactionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

/// A value as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned {
    /// The version to expect when it is written again.
    pub version: Version,
    /// The value.
    pub value: Vec<u8>,
}

/// One record of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub key: Key,
    /// What it holds.
    pub record: Versioned,
}

/// Part of a [`scan`](crate::Storage::scan): entries in the order of their keys, all at one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// At most as many as were asked for.
    pub entries: Vec<Entry>,
    /// False if more may follow after the last of `entries`.
    pub is_last: bool,
    /// The state that was read.
    pub revision: Revision,
}

/// What a transaction requires of a record for any of its writes to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The record.
    pub key: Key,
    /// Its version, or `None` if it must not exist.
    pub version: Option<Version>,
}

/// One write of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The record.
    pub key: Key,
    /// What becomes of it.
    pub change: Change,
}

/// What a write does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Stores this value.
    Put(Versioned),
    /// Removes the record.
    Delete,
}

/// All or nothing: writes that happen together if every expectation holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// The name by which its outcome can be asked for.
    pub id: TransactionId,
    /// What must hold. Every written key is among them.
    pub expect: Vec<Expectation>,
    /// What is written.
    pub write: Vec<Write>,
}

impl Transaction {
    /// Starts an empty transaction.
    ///
    /// # Errors
    ///
    /// [`Error::Random`] if no id can be drawn.
    pub fn new() -> Result<Self, Error> {
        Ok(Self {
            id: TransactionId::random()?,
            expect: Vec::new(),
            write: Vec::new(),
        })
    }

    /// Requires that `key` has `version`, or does not exist.
    #[must_use]
    pub fn expecting(mut self, key: Key, version: Option<Version>) -> Self {
        self.expect.push(Expectation { key, version });
        self
    }

    /// Writes `value` to `key`, which has `expected` now; `head` is the store's, or an older one.
    #[must_use]
    pub fn putting(
        mut self,
        key: Key,
        expected: Option<Version>,
        head: Revision,
        value: Vec<u8>,
    ) -> Self {
        self.expect.push(Expectation {
            key: key.clone(),
            version: expected,
        });
        let version = Version::after(expected, head);
        self.write.push(Write {
            key,
            change: Change::Put(Versioned { version, value }),
        });
        self
    }

    /// Removes `key`, which has `expected` now.
    #[must_use]
    pub fn deleting(mut self, key: Key, expected: Version) -> Self {
        self.expect.push(Expectation {
            key: key.clone(),
            version: Some(expected),
        });
        self.write.push(Write {
            key,
            change: Change::Delete,
        });
        self
    }

    /// The cell of its keys.
    #[must_use]
    pub fn cell(&self) -> Option<Cell> {
        self.expect
            .first()
            .map(|expectation| expectation.key.cell())
    }

    /// Checks what every engine may rely on.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] above [`WRITES_MAX`] or [`TRANSACTION_BYTES_MAX`]; [`Error::Malformed`] if it writes nothing,
    /// names a key twice, crosses cells, writes a key of which it expects nothing, or gives a version that is not above
    /// the expected one.
    pub fn check(&self) -> Result<(), Error> {
        let too_many = self.expect.len().max(self.write.len());
        if too_many > WRITES_MAX {
            return Err(Error::TooLarge {
                what: "records",
                size: too_many,
                limit: WRITES_MAX,
            });
        }
        let size = self.size_bytes();
        if size > TRANSACTION_BYTES_MAX {
            return Err(Error::TooLarge {
                what: "bytes",
                size,
                limit: TRANSACTION_BYTES_MAX,
            });
        }
        if self.write.is_empty() {
            return Err(Error::Malformed("it writes nothing"));
        }
        let cell = self.cell();
        if self
            .expect
            .iter()
            .any(|expectation| Some(expectation.key.cell()) != cell)
        {
            return Err(Error::Malformed("it crosses cells"));
        }
        let is_repeated = |index: usize| {
            self.expect[..index]
                .iter()
                .any(|other| other.key == self.expect[index].key)
        };
        if (0..self.expect.len()).any(is_repeated) {
            return Err(Error::Malformed("it expects two things of one key"));
        }
        for (index, write) in self.write.iter().enumerate() {
            if self.write[..index]
                .iter()
                .any(|other| other.key == write.key)
            {
                return Err(Error::Malformed("it writes a key twice"));
            }
            let Some(expectation) = self
                .expect
                .iter()
                .find(|expectation| expectation.key == write.key)
            else {
                return Err(Error::Malformed(
                    "it writes a key of which it expects nothing",
                ));
            };
            match (&write.change, expectation.version) {
                (Change::Put(new), Some(old)) if new.version <= old => {
                    return Err(Error::Malformed("it does not raise a version"));
                }
                (Change::Delete, None) => {
                    return Err(Error::Malformed("it deletes what must not exist"));
                }
                (Change::Put(_) | Change::Delete, _) => {}
            }
        }
        Ok(())
    }

    /// The bytes of keys and values that it writes.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let size = |write: &Write| {
            write.key.as_bytes().len()
                + match &write.change {
                    Change::Put(record) => record.value.len(),
                    Change::Delete => 0,
                }
        };
        self.write.iter().map(size).sum()
    }
}

/// What became of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// It is durable.
    Committed(Revision),
    /// Nothing was written, because this key is not as expected.
    Conflict(Key),
    /// It may or may not have been written. [`Storage::outcome`](crate::Storage::outcome) tells, once the engine
    /// answers again.
    Unknown(TransactionId),
}

/// Something that changed; a hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changes {
    /// These keys changed after the revision asked about, the oldest first. A key may be named again.
    Keys(Vec<(Revision, Vec<Key>)>),
    /// Too much has changed to say what: read everything again.
    Resync(Revision),
}
