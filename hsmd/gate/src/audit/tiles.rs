//! The tree's tiles as files, and the tree as it grows with the records.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use rustix::fs::{CWD, RenameFlags, renameat_with};
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
                let path = self.directory.join(tile.path());
                write_tile(&path, &tile, None)?;
                self.unsynced.push(path);
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
        let tiles: Vec<_> = self.tree.partial_tiles().collect();
        let paths: Vec<_> = tiles
            .iter()
            .map(|tile| self.directory.join(tile.path()))
            .collect();
        let mut old = std::mem::take(&mut self.partial);
        old.retain(|path| !paths.contains(path));
        for (tile, path) in tiles.iter().zip(paths) {
            write_tile(&path, tile, old.pop().as_deref())?;
            self.partial.push(path);
        }
        for path in old {
            remove_partial_tile(&path);
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

/// Writes a tile, unless it is there already as it should be. The file `of_old` becomes its file, if there is one.
fn write_tile(path: &Path, tile: &Tile, of_old: Option<&Path>) -> io::Result<()> {
    let bytes = tile.to_bytes();
    if read_if_there(path)?.as_deref() == Some(&bytes) {
        if let Some(old) = of_old {
            remove_partial_tile(old);
        }
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let new = beside(path);
    if let Some(old) = of_old {
        let _ = std::fs::rename(old, &new);
        remove_empty_parent(old);
    }
    // Not synced: recovery makes the tiles of the last two segments again.
    write_whole(&new, &bytes)?;
    std::fs::rename(&new, path)
}

/// Gives a file new contents: readers see the old or the new, never a part, even after a power cut.
///
/// The file with the old contents stays beside it for the next time. Making and removing a file for each checkpoint costs ext4
/// more than all else that a checkpoint takes, since it looks for an inode that nobody removed within the last minute.
pub(crate) fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = beside(path);
    write_whole(&new, bytes)?.sync_data()?;
    match renameat_with(CWD, &new, CWD, path, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(()),
        // There is none yet, or the file system cannot exchange two.
        Err(_) => std::fs::rename(&new, path),
    }
}

/// Where the new contents of a file are written.
fn beside(path: &Path) -> PathBuf {
    path.with_extension("new")
}

/// Writes a file that nobody reads yet, in place of what it holds.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<File> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    file.write_all(bytes)?;
    if file.metadata()?.len() != bytes.len() as u64 {
        file.set_len(bytes.len() as u64)?;
    }
    Ok(file)
}

/// A partial tile is only there for readers of an old checkpoint; that it cannot be removed harms nobody.
fn remove_partial_tile(path: &Path) {
    let _ = std::fs::remove_file(path);
    remove_empty_parent(path);
}

fn remove_empty_parent(path: &Path) {
    if let Some(parent) = path.parent() {
        let _ = std::fs::remove_dir(parent);
    }
}
