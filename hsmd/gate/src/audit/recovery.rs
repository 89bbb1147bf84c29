//! Opening a log as it was left, by a clean end, a kill or a power cut.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use tlog_tiles::tlog::Hash;

use crate::audit::checkpoint::{CHECKPOINT, Checkpoint, parse, read_if_there, verify};
use crate::audit::segments::{Cursor, RECORDS, SEGMENT_RECORDS, first_of, list, segment_path};
use crate::audit::tiles::{GrowingTree, read_full_tile};
use crate::audit::tree::Tree;

/// Why the log cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process has the log open.
    #[error("the audit log in {} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// A file could not be read or written.
    #[error("cannot {what} {}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A segment is missing, or has fewer records than its successor says.
    #[error("the audit log lacks record {number}")]
    RecordMissing {
        /// The first that is not there.
        number: u64,
    },
    /// The log has fewer records than its checkpoint says.
    #[error("the audit log has {found} records, but its checkpoint was signed over {signed}")]
    Truncated {
        /// How many there are.
        found: u64,
        /// How many there must be.
        signed: u64,
    },
    /// The records are not those that the checkpoint was signed over.
    #[error("the first {signed} records of the audit log are not those that were signed")]
    NotThoseSigned {
        /// How many the checkpoint covers.
        signed: u64,
    },
    /// The checkpoint cannot be read, or was not signed with the log's key.
    #[error("the audit log's checkpoint is not signed with its key")]
    AnotherKey,
    /// A witness has seen more of the log than there is, or another log: an old copy was put back.
    #[error(
        "the audit log is older than the checkpoint of {signed} records that its witness keeps, or not its continuation"
    )]
    OlderThanWitness {
        /// How many records the witness's checkpoint covers.
        signed: u64,
    },
    /// The log's name has spaces or plus signs.
    #[error("{0:?} cannot be a log's name: it has no spaces and no plus signs")]
    Origin(String),
    /// The log's thread could not be started.
    #[error("the audit log's thread could not be started")]
    Thread(#[source] io::Error),
}

/// A log as it was found, mended.
pub(crate) struct Found {
    /// Held as long as the log is open.
    pub(crate) lock: File,
    pub(crate) tree: GrowingTree,
    /// How many records there are.
    pub(crate) records: u64,
    /// Where the next one goes in the last segment.
    pub(crate) offset: u64,
    /// How much of a torn last line was cut off.
    pub(crate) cut_bytes: u64,
    pub(crate) checkpoint: Option<(Vec<u8>, Checkpoint)>,
}

/// Opens the log in `directory`, cuts a torn last line off, and hashes what no durable tile covers.
pub(crate) fn recover(directory: &Path) -> Result<Found, OpenError> {
    let records_directory = directory.join(RECORDS);
    std::fs::create_dir_all(&records_directory).map_err(io_error("make", &records_directory))?;
    let lock = lock(directory)?;
    let firsts = list(directory).map_err(io_error("list", &records_directory))?;
    for (first, position) in firsts.iter().zip(0..) {
        let number = position * SEGMENT_RECORDS;
        if *first != number {
            return Err(OpenError::RecordMissing { number });
        }
    }
    let last = firsts.last().copied().unwrap_or(0);
    let end = mend_last_segment(&segment_path(directory, last))?;
    let records = last + end.records;

    let path = directory.join(CHECKPOINT);
    let note = read_if_there(&path).map_err(io_error("read", &path))?;
    let checkpoint = match note {
        None => None,
        Some(note) => {
            let checkpoint = parse(&note).ok_or(OpenError::AnotherKey)?;
            Some((note, checkpoint))
        }
    };
    let signed = checkpoint
        .as_ref()
        .map_or(0, |(_, checkpoint)| checkpoint.size);
    if signed > records {
        return Err(OpenError::Truncated {
            found: records,
            signed,
        });
    }
    let tree = rebuild(directory, records, checkpoint.as_ref().map(|(_, one)| one))?;
    let offset = end.offset;
    Ok(Found {
        lock,
        tree,
        records,
        offset,
        cut_bytes: end.cut_bytes,
        checkpoint,
    })
}

/// The tree over all records. Tiles of all but the last two segments are on disk, so hashing begins there; if they are
/// not what the checkpoint was signed over, it begins at the first record and leaves the tiles as evidence.
fn rebuild(
    directory: &Path,
    records: u64,
    checkpoint: Option<&Checkpoint>,
) -> Result<GrowingTree, OpenError> {
    let signed = checkpoint.map_or(0, |checkpoint| checkpoint.size);
    let from = first_of(first_of(records).min(signed)).saturating_sub(SEGMENT_RECORDS);
    let with_tiles =
        Tree::from_full_tiles(from, |level, index| read_full_tile(directory, level, index));
    if let Ok(tree) = with_tiles
        && let Some(tree) = grow_and_check(directory, tree, records, checkpoint)?
    {
        return Ok(tree);
    }
    grow_and_check(directory, Tree::default(), records, checkpoint)?
        .ok_or(OpenError::NotThoseSigned { signed })
}

/// Grows `start` over all records; none if the root at the checkpoint is another. Tiles are written only after that.
fn grow_and_check(
    directory: &Path,
    start: Tree,
    records: u64,
    checkpoint: Option<&Checkpoint>,
) -> Result<Option<GrowingTree>, OpenError> {
    let from = start.size();
    if let Some(checkpoint) = checkpoint
        && root_at(directory, start.clone(), checkpoint.size)? != checkpoint.root
    {
        return Ok(None);
    }
    let mut tree = GrowingTree::new(directory, start, Cursor::at_segment(directory, from));
    match tree.grow(records) {
        Ok(()) => Ok(Some(tree)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Err(OpenError::RecordMissing {
                number: tree.size(),
            })
        }
        Err(source) => Err(OpenError::Io {
            what: "read the records in",
            path: directory.join(RECORDS),
            source,
        }),
    }
}

/// Checks that the log continues what its witness saw last, and gives the store's head that it saw. A witness that has
/// seen nothing yet agrees with everything.
pub(crate) fn check_witness(
    directory: &Path,
    witness: &Path,
    verifier_key: &str,
) -> Result<u64, OpenError> {
    let note = read_if_there(witness).map_err(io_error("read", witness))?;
    let Some(note) = note else { return Ok(0) };
    let seen = verify(&note, verifier_key).ok_or(OpenError::AnotherKey)?;
    let from = first_of(seen.size).saturating_sub(SEGMENT_RECORDS);
    let with_tiles =
        Tree::from_full_tiles(from, |level, index| read_full_tile(directory, level, index));
    let starts = [with_tiles.unwrap_or_default(), Tree::default()];
    for start in starts {
        match root_at(directory, start, seen.size) {
            Ok(root) if root == seen.root => return Ok(seen.store_head),
            Ok(_) => {}
            Err(OpenError::RecordMissing { .. }) => break,
            Err(error) => return Err(error),
        }
    }
    Err(OpenError::OlderThanWitness { signed: seen.size })
}

/// The root over the first `size` records, those of `tree` taken as they are.
fn root_at(directory: &Path, mut tree: Tree, size: u64) -> Result<Hash, OpenError> {
    let mut cursor = Cursor::at_segment(directory, tree.size());
    let mut line = Vec::new();
    while tree.size() < size {
        line.clear();
        let is_there = cursor.read(&mut line).map_err(|source| OpenError::Io {
            what: "read the records in",
            path: directory.join(RECORDS),
            source,
        })?;
        if !is_there {
            return Err(OpenError::RecordMissing {
                number: tree.size(),
            });
        }
        tree.push(&line, |_| ());
    }
    Ok(tree.root())
}

struct SegmentEnd {
    records: u64,
    offset: u64,
    cut_bytes: u64,
}

/// Counts the lines of the last segment and cuts off what follows the last newline.
fn mend_last_segment(path: &Path) -> Result<SegmentEnd, OpenError> {
    let mut file = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(SegmentEnd {
                records: 0,
                offset: 0,
                cut_bytes: 0,
            });
        }
        Err(error) => return Err(io_error("open", path)(error)),
    };
    let (mut records, mut read, mut offset) = (0, 0_u64, 0_u64);
    let mut buffer = vec![0; 256 << 10];
    loop {
        let length = file.read(&mut buffer).map_err(io_error("read", path))?;
        if length == 0 {
            break;
        }
        for (position, _) in buffer[..length]
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'\n')
        {
            records += 1;
            offset = read + position as u64 + 1;
        }
        read += length as u64;
    }
    if read > offset {
        file.set_len(offset).map_err(io_error("mend", path))?;
    }
    // What is counted as recorded from here on must be on disk, whatever it was before.
    file.sync_all().map_err(io_error("sync", path))?;
    Ok(SegmentEnd {
        records,
        offset,
        cut_bytes: read - offset,
    })
}

/// Two daemons that write one log would destroy it.
fn lock(directory: &Path) -> Result<File, OpenError> {
    let path = directory.join("lock");
    let file = File::create(&path).map_err(io_error("make", &path))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(OpenError::InUse(directory.to_path_buf())),
        Err(error) => Err(io_error("lock", &path)(error.into())),
    }
}

pub(crate) fn io_error(what: &'static str, path: &Path) -> impl Fn(io::Error) -> OpenError + use<> {
    let path = path.to_path_buf();
    move |source| OpenError::Io {
        what,
        path: path.clone(),
        source,
    }
}
