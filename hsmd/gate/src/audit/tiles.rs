//! The tree's tiles as files, and the tree as it grows with the records.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use tlog_tiles::tlog::Hash;

use crate::audit::checkpoint::read_if_there;
use crate::audit::segments::{Cursor, SEGMENT_RECORDS};
use crate::audit::tree::{TILE_HASHES, Tile, Tree, hashes_of, tile_path};

/// The tree over the records that are on disk, read back from their segments.
///
/// Hashing lags behind writing on purpose: it costs the path of a request nothing, and a checkpoint covers only what
/// was read back from where it will be read again.
pub(crate) struct GrowingTree {
    directory: PathBuf,
    tree: Tree,
    cursor: Cursor,
    line: Vec<u8>,
    /// Partial tiles of the last checkpoint, which the next one replaces.
    partial: Vec<PathBuf>,
    /// Full tiles that may not be on disk yet.
    unsynced: Vec<PathBuf>,
    syncing: Option<JoinHandle<()>>,
}

impl GrowingTree {
    pub(crate) fn new(directory: &Path, tree: Tree, cursor: Cursor) -> Self {
        Self {
            directory: directory.to_path_buf(),
            tree,
            cursor,
            line: Vec::new(),
            partial: Vec::new(),
            unsynced: Vec::new(),
            syncing: None,
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.tree.size()
    }

    pub(crate) fn root(&self) -> Hash {
        self.tree.root()
    }

    /// Reads and hashes records until there are `size`, and writes the tiles that this fills.
    pub(crate) fn grow(&mut self, size: u64) -> io::Result<()> {
        while self.tree.size() < size {
            self.line.clear();
            if !self.cursor.read(&mut self.line)? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let mut full = Vec::new();
            self.tree.push(&self.line, |tile| full.push(tile));
            for tile in full {
                self.unsynced.push(write_tile(&self.directory, &tile)?);
            }
            if self.tree.size().is_multiple_of(SEGMENT_RECORDS) {
                self.sync_full_tiles();
            }
        }
        Ok(())
    }

    /// Has the full tiles synced by a thread of their own: 64 files can take longer than a record may wait for its sync.
    ///
    /// Recovery hashes the last two segments again and takes older tiles from the disk; if a power cut took one of
    /// those, the root shows it, and all records are hashed again.
    fn sync_full_tiles(&mut self) {
        if self
            .syncing
            .as_ref()
            .is_some_and(|thread| !thread.is_finished())
        {
            // The next segment's turn takes these too.
            return;
        }
        let paths = std::mem::take(&mut self.unsynced);
        let sync = move || {
            for path in paths {
                if let Err(error) = File::open(&path).and_then(|tile| tile.sync_all()) {
                    tracing::error!(%error, "a tile of the audit log cannot be synced");
                }
            }
        };
        self.syncing = std::thread::Builder::new()
            .name("audit tiles".to_owned())
            .spawn(sync)
            .ok();
    }

    /// Writes the tiles at the right edge, in place of those of the last checkpoint.
    pub(crate) fn write_partial_tiles(&mut self) -> io::Result<()> {
        let mut written = Vec::new();
        for tile in self.tree.partial_tiles() {
            written.push(write_tile(&self.directory, &tile)?);
        }
        for old in std::mem::replace(&mut self.partial, written) {
            if !self.partial.contains(&old) {
                remove_partial_tile(&old);
            }
        }
        Ok(())
    }
}

/// Reads a full tile.
pub(crate) fn read_full_tile(directory: &Path, level: u8, index: u64) -> io::Result<Vec<Hash>> {
    let bytes = std::fs::read(directory.join(tile_path(level, index, TILE_HASHES)))?;
    hashes_of(&bytes)
        .filter(|hashes| hashes.len() == TILE_HASHES)
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Writes a tile, unless it is there already as it should be.
fn write_tile(directory: &Path, tile: &Tile) -> io::Result<PathBuf> {
    let path = directory.join(tile.path());
    let bytes = tile.to_bytes();
    if read_if_there(&path)?.as_deref() != Some(&bytes) {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        // Not synced: recovery makes the tiles of the last two segments again.
        replace(&path, &bytes, |_| Ok(()))?;
    }
    Ok(path)
}

/// Gives a file new contents: readers see the old or the new, never a part, even after a power cut.
pub(crate) fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace(path, bytes, File::sync_data)
}

fn replace(
    path: &Path,
    bytes: &[u8],
    settle: impl FnOnce(&File) -> io::Result<()>,
) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = File::create(&new)?;
    file.write_all(bytes)?;
    settle(&file)?;
    std::fs::rename(&new, path)
}

/// A partial tile is only there for readers of an old checkpoint; that it cannot be removed harms nobody.
fn remove_partial_tile(path: &Path) {
    let _ = std::fs::remove_file(path);
    if let Some(parent) = path.parent() {
        let _ = std::fs::remove_dir(parent);
    }
}
