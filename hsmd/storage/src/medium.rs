//! The files of a store, as the little that is asked of them; so that tests can cut the power of a disk.

use std::fmt;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Error;

/// A directory of files.
pub trait Medium: Send + Sync + fmt::Debug {
    /// The file called `name`, for reading and writing. `None` if there is none.
    ///
    /// # Errors
    ///
    /// The operating system's.
    fn open(&self, name: &'static str) -> io::Result<Option<Arc<dyn File>>>;

    /// A new, empty file in place of whatever is called `name`.
    ///
    /// # Errors
    ///
    /// The operating system's.
    fn create(&self, name: &'static str) -> io::Result<Arc<dyn File>>;

    /// Gives the file `from` the name `to`, in place of whatever has it.
    ///
    /// # Errors
    ///
    /// The operating system's.
    fn rename(&self, from: &'static str, to: &'static str) -> io::Result<()>;

    /// Returns once creations and renames are durable.
    ///
    /// # Errors
    ///
    /// The operating system's.
    fn sync(&self) -> io::Result<()>;
}

/// An open file.
pub trait File: Send + Sync + fmt::Debug {
    /// Its length in bytes.
    ///
    /// # Errors
    ///
    /// The operating system's.
    fn length_bytes(&self) -> io::Result<u64>;

    /// Cuts it short, or makes it longer with zeros.
    ///
    /// # Errors
    ///
    /// The operating system's.
    fn set_len(&self, length_bytes: u64) -> io::Result<()>;

    /// Fills `buffer` from the bytes at `offset`.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::UnexpectedEof`] if the file ends before that; the operating system's.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;

    /// Writes all of `bytes` at `offset`. They are durable after the next [`sync`](Self::sync).
    ///
    /// # Errors
    ///
    /// The operating system's; then any part may have been written.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Returns once everything written is durable.
    ///
    /// # Errors
    ///
    /// The operating system's; then nothing is known about what was written since the last sync.
    fn sync(&self) -> io::Result<()>;
}

/// A directory of the operating system, locked for this process as long as this value lives.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    handle: fs::File,
    /// Holds the lock until it is dropped.
    _lock: fs::File,
}

/// The file that carries the lock of a store; it is empty.
const LOCK: &str = "lock";

impl Directory {
    /// Takes the directory `path`, which is made (mode 0700) if it does not exist.
    ///
    /// # Errors
    ///
    /// [`Error::InUse`] if someone else has it; [`Error::Io`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        let failed = |what| {
            move |source| Error::Io {
                what,
                file: LOCK,
                source,
            }
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(failed("make the directory of"))?;
        let handle = fs::File::open(path).map_err(failed("open the directory of"))?;
        let lock = open_options()
            .create(true)
            .open(path.join(LOCK))
            .map_err(failed("open"))?;
        match rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                handle,
                _lock: lock,
            }),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(Error::InUse(path.to_owned())),
            Err(errno) => Err(failed("lock")(errno.into())),
        }
    }
}

fn open_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options
}

impl Medium for Directory {
    fn open(&self, name: &'static str) -> io::Result<Option<Arc<dyn File>>> {
        match open_options().open(self.path.join(name)) {
            Ok(file) => Ok(Some(Arc::new(file))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn create(&self, name: &'static str) -> io::Result<Arc<dyn File>> {
        Ok(Arc::new(
            open_options()
                .create(true)
                .truncate(true)
                .open(self.path.join(name))?,
        ))
    }

    fn rename(&self, from: &'static str, to: &'static str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn sync(&self) -> io::Result<()> {
        self.handle.sync_all()
    }
}

impl File for fs::File {
    fn length_bytes(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn set_len(&self, length_bytes: u64) -> io::Result<()> {
        Self::set_len(self, length_bytes)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.read_exact_at(buffer, offset)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}
