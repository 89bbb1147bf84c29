//! Where records are written: a file, or in tests one that fails or hangs.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

/// One segment's bytes.
pub(crate) trait Sink: Send + Sync {
    /// Writes all of `bytes` at `offset`.
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Cuts off everything from `length_bytes` on.
    fn truncate(&self, length_bytes: u64) -> io::Result<()>;
    /// Returns when what was written is on disk.
    fn sync(&self) -> io::Result<()>;
}

/// Opens segments for writing.
pub(crate) trait Sinks: Send + Sync {
    /// Opens the segment at `path`, which is made if there is none.
    fn open(&self, path: &Path) -> io::Result<Box<dyn Sink>>;
}

/// Segments that are files.
#[derive(Debug)]
pub(crate) struct Files;

impl Sinks for Files {
    fn open(&self, path: &Path) -> io::Result<Box<dyn Sink>> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(FILE_MODE)
            .open(path)?;
        Ok(Box::new(file))
    }
}

impl Sink for File {
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        FileExt::write_all_at(self, bytes, offset)
    }

    fn truncate(&self, length_bytes: u64) -> io::Result<()> {
        self.set_len(length_bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}

/// The daemon's user reads and writes the log, its group reads.
pub(crate) const FILE_MODE: u32 = 0o640;
