//! Checks a log offline, from its files alone.
//!
//! Every record is read and hashed again. The tree over them must have the roots that the checkpoints say, so a record
//! that was changed, dropped, added or moved is found; the tiles say which one it is. Records after the last checkpoint,
//! of a second at most while the daemon runs, are counted and not vouched for.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use tlog_tiles::tlog::Hash;

use crate::audit::checkpoint::{CHECKPOINT, VERIFIER_KEY, read_if_there, verify};
use crate::audit::segments::{SEGMENT_RECORDS, list, segment_path};
use crate::audit::tree::{TILE_HASHES, Tile, Tree, hashes_of, tile_path};

/// What checking found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// How many records there are.
    pub records: u64,
    /// How many of them the log's own checkpoint covers.
    pub records_signed: u64,
    /// Bytes after the last record: the beginning of one, of a running daemon or a crash.
    pub torn_bytes: u64,
    /// Everything that is wrong, at most [`PROBLEMS_MAX`] things. Empty if the log is whole.
    pub problems: Vec<Problem>,
}

/// Something that is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The log has no verifier key, and none was given.
    #[error("there is no verifier key")]
    NoVerifierKey,
    /// The log has records but no checkpoint.
    #[error("there is no checkpoint")]
    NoCheckpoint,
    /// A checkpoint was not signed with the log's key, or was changed.
    #[error("{which} is not signed with the log's key")]
    CheckpointNotSigned {
        /// The log's own, or one that was given.
        which: &'static str,
    },
    /// The log has fewer records than a checkpoint says.
    #[error("the log has {found} records, but a checkpoint was signed over {signed}")]
    Truncated {
        /// How many there are.
        found: u64,
        /// How many there must be.
        signed: u64,
    },
    /// Records are missing: a segment is not there, or shorter than its successor says.
    #[error("record {number} is not there")]
    RecordMissing {
        /// The first of them.
        number: u64,
    },
    /// The record is not the one that was hashed when it was written.
    #[error("record {number} is not the one that was signed")]
    RecordChanged {
        /// Its number, from 0.
        number: u64,
    },
    /// The first `signed` records are not those that a checkpoint was signed over.
    #[error("the first {signed} records are not those that were signed")]
    RecordsNotThoseSigned {
        /// How many the checkpoint covers.
        signed: u64,
    },
    /// A tile is not there or is not of this tree. The records themselves may be whole.
    #[error("the tile {path} is missing or not of these records")]
    Tile {
        /// Its path under the log's directory.
        path: String,
    },
}

/// The most problems that are told.
pub const PROBLEMS_MAX: usize = 100;

/// What to check a log against.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// The verifier key, as in the file `verifier-key`. Without it, the file in the directory is believed, which whoever
    /// can change the log can change too.
    pub verifier_key: Option<&'a str>,
    /// Checkpoints that were kept elsewhere: the log must still contain what they say.
    pub checkpoints: &'a [Vec<u8>],
}

/// Checks the log in `directory`. The daemon may be writing it meanwhile.
///
/// # Errors
///
/// Those of reading the files.
///
/// # Examples
///
/// ```no_run
/// use hsmd_gate::audit::verify::{Evidence, verify_directory};
///
/// let report = verify_directory("/var/lib/hsmd/audit".as_ref(), &Evidence::default())?;
/// for problem in &report.problems {
///     println!("{problem}");
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn verify_directory(directory: &Path, evidence: &Evidence<'_>) -> io::Result<Report> {
    // Read before the records: a running daemon only ever adds to what this checkpoint covers.
    let own = read_if_there(&directory.join(CHECKPOINT))?;
    let (roots, mut report) = signed_roots(directory, own.as_deref(), evidence)?;
    let mut check = Check {
        directory,
        roots: &roots,
        tree: Tree::default(),
        report: &mut report,
    };
    let firsts = list(directory)?;
    for (position, first) in firsts.iter().enumerate() {
        if check.tree.size() != *first {
            check.problem(Problem::RecordMissing {
                number: check.tree.size().min(*first),
            });
        }
        let is_last = position + 1 == firsts.len();
        check.segment(*first, is_last)?;
    }
    check.end();
    if own.is_none() && report.records > 0 {
        report.problems.push(Problem::NoCheckpoint);
    }
    Ok(report)
}

/// The roots that the tree must have, by size, from every checkpoint that is signed.
fn signed_roots(
    directory: &Path,
    own: Option<&[u8]>,
    evidence: &Evidence<'_>,
) -> io::Result<(BTreeMap<u64, Hash>, Report)> {
    let mut report = Report::default();
    let mut roots = BTreeMap::new();
    let key = match evidence.verifier_key {
        Some(key) => Some(key.to_owned()),
        None => read_if_there(&directory.join(VERIFIER_KEY))?
            .and_then(|bytes| String::from_utf8(bytes).ok()),
    };
    let Some(key) = key else {
        report.problems.push(Problem::NoVerifierKey);
        return Ok((roots, report));
    };
    let own = own.iter().map(|note| (OWN, *note));
    let given = evidence
        .checkpoints
        .iter()
        .map(|note| (GIVEN, note.as_slice()));
    for (which, note) in own.chain(given) {
        let Some(checkpoint) = verify(note, &key) else {
            report.problems.push(Problem::CheckpointNotSigned { which });
            continue;
        };
        if which == OWN {
            report.records_signed = checkpoint.size;
        }
        let root = *roots.entry(checkpoint.size).or_insert(checkpoint.root);
        if root != checkpoint.root {
            // Two signed histories of one length: the log was forked, or its key was used elsewhere.
            report.problems.push(Problem::RecordsNotThoseSigned {
                signed: checkpoint.size,
            });
        }
    }
    Ok((roots, report))
}

struct Check<'a> {
    directory: &'a Path,
    roots: &'a BTreeMap<u64, Hash>,
    tree: Tree,
    report: &'a mut Report,
}

impl Check<'_> {
    fn segment(&mut self, first: u64, is_last: bool) -> io::Result<()> {
        let mut reader = BufReader::new(File::open(segment_path(self.directory, first))?);
        let mut line = Vec::new();
        let mut records = 0;
        loop {
            line.clear();
            let length = reader.read_until(b'\n', &mut line)?;
            if line.pop() != Some(b'\n') {
                self.report.torn_bytes += length as u64;
                break;
            }
            records += 1;
            self.record(&line);
        }
        if !is_last && (records != SEGMENT_RECORDS || self.report.torn_bytes > 0) {
            self.problem(Problem::RecordMissing {
                number: first + records,
            });
        }
        Ok(())
    }

    fn record(&mut self, line: &[u8]) {
        let mut full = Vec::new();
        self.tree.push(line, |tile| full.push(tile));
        let size = self.tree.size();
        let signed = self.report.records_signed;
        for tile in full {
            let covers = (tile.index + 1) * (TILE_HASHES as u64).pow(u32::from(tile.level) + 1);
            if covers <= signed {
                self.tile(&tile);
            }
        }
        if let Some(root) = self.roots.get(&size)
            && self.tree.root() != *root
        {
            self.problem(Problem::RecordsNotThoseSigned { signed: size });
            self.name_changed_in_partial_tile(size);
        }
    }

    /// Compares a tile of these records with the one that was written with them.
    fn tile(&mut self, tile: &Tile) {
        let written = std::fs::read(self.directory.join(tile.path())).ok();
        let written = written.and_then(|bytes| hashes_of(&bytes));
        match written {
            Some(hashes) if hashes == tile.hashes => {}
            Some(hashes) if tile.level == 0 && hashes.len() == TILE_HASHES => {
                self.name_changed(tile.index, &hashes, &tile.hashes);
            }
            // What differs on a higher level has been told of on the lowest.
            Some(_) if tile.level > 0 && !self.report.problems.is_empty() => {}
            Some(_) | None => self.problem(Problem::Tile { path: tile.path() }),
        }
    }

    /// Names the records after the last full tile that are not those of the checkpoint over `size`.
    fn name_changed_in_partial_tile(&mut self, size: u64) {
        let Some(tile) = self.tree.partial_tiles().find(|tile| tile.level == 0) else {
            return;
        };
        let path = tile_path(0, size / TILE_HASHES as u64, tile.hashes.len());
        let written = std::fs::read(self.directory.join(path)).ok();
        if let Some(hashes) = written.and_then(|bytes| hashes_of(&bytes)) {
            self.name_changed(tile.index, &hashes, &tile.hashes);
        }
    }

    fn name_changed(&mut self, tile: u64, written: &[Hash], found: &[Hash]) {
        let differing = written
            .iter()
            .zip(found)
            .zip(0..)
            .filter(|((one, other), _)| one != other);
        for (_, position) in differing {
            self.problem(Problem::RecordChanged {
                number: tile * TILE_HASHES as u64 + position,
            });
        }
    }

    fn end(&mut self) {
        let found = self.tree.size();
        self.report.records = found;
        for (signed, root) in self.roots {
            if *signed > found {
                self.problem(Problem::Truncated {
                    found,
                    signed: *signed,
                });
            }
            if *signed == 0 && *root != Tree::default().root() {
                self.problem(Problem::RecordsNotThoseSigned { signed: 0 });
            }
        }
    }

    fn problem(&mut self, problem: Problem) {
        if self.report.problems.len() < PROBLEMS_MAX {
            self.report.problems.push(problem);
        }
    }
}

const OWN: &str = "the log's checkpoint";
const GIVEN: &str = "a checkpoint that was given";
