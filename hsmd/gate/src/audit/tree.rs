//! The Merkle tree of RFC 6962 over the records, kept as its right edge, with the tiles that it completes.
//!
//! The tree is cut into tiles of 256 hashes as C2SP tlog-tiles has it: tile `n` of level `l` holds the roots of the
//! subtrees of 256^l records each. Only the unfinished tile of each level is in memory, at most 255 hashes.

use tlog_tiles::tlog::{Hash, node_hash, record_hash};

/// How many hashes a full tile has.
pub(crate) const TILE_HASHES: usize = 256;

/// A tree's right edge.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Tree {
    size: u64,
    /// By level, the hashes of the tile that is not full yet.
    levels: Vec<Vec<Hash>>,
}

/// A tile of hashes, full or not.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tile {
    pub(crate) level: u8,
    pub(crate) index: u64,
    pub(crate) hashes: Vec<Hash>,
}

impl Tree {
    /// The tree over the first `size` records, from the full tiles below its right edge. `size` must be a multiple of 256:
    /// then level 0 has no unfinished tile, and every other is made of the roots of full tiles.
    pub(crate) fn from_full_tiles<E>(
        size: u64,
        mut read: impl FnMut(u8, u64) -> Result<Vec<Hash>, E>,
    ) -> Result<Self, E> {
        debug_assert_eq!(size % TILE_HASHES as u64, 0);
        let mut levels = vec![Vec::new()];
        let mut full_below = size / TILE_HASHES as u64;
        let mut level: u8 = 0;
        while full_below > 0 {
            let first = full_below - full_below % TILE_HASHES as u64;
            let hashes = (first..full_below)
                .map(|index| read(level, index).map(|tile| root_of(&tile)))
                .collect::<Result<_, E>>()?;
            levels.push(hashes);
            full_below /= TILE_HASHES as u64;
            level += 1;
        }
        Ok(Self { size, levels })
    }

    /// How many records it has.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Adds a record, and gives `on_full` each tile that this fills, from level 0 up.
    pub(crate) fn push(&mut self, record: &[u8], mut on_full: impl FnMut(Tile)) {
        let mut hash = record_hash(record);
        let mut index = self.size / TILE_HASHES as u64;
        self.size += 1;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let hashes = &mut self.levels[level];
            hashes.push(hash);
            if hashes.len() < TILE_HASHES {
                return;
            }
            hash = root_of(hashes);
            let hashes = std::mem::take(hashes);
            // 256^8 records are more than 2^63: a log never has nine levels.
            let level = u8::try_from(level).unwrap_or(u8::MAX);
            on_full(Tile {
                level,
                index,
                hashes,
            });
            index /= TILE_HASHES as u64;
        }
    }

    /// The root; of no records, the hash of nothing.
    pub(crate) fn root(&self) -> Hash {
        let mut below = None;
        for hashes in &self.levels {
            // What the lower levels hold is one more subtree, the last and smallest, so the tree over all of them splits
            // where RFC 6962 says.
            let mut subtrees = hashes.clone();
            subtrees.extend(below);
            below = (!subtrees.is_empty()).then(|| root_of(&subtrees));
        }
        below.unwrap_or(tlog_tiles::tlog::EMPTY_HASH)
    }

    /// The tiles at the right edge that are not full.
    pub(crate) fn partial_tiles(&self) -> impl Iterator<Item = Tile> + '_ {
        let mut index = self.size;
        self.levels
            .iter()
            .zip(0u8..)
            .filter_map(move |(hashes, level)| {
                index /= TILE_HASHES as u64;
                (!hashes.is_empty()).then(|| Tile {
                    level,
                    index,
                    hashes: hashes.clone(),
                })
            })
    }
}

impl Tile {
    /// Where it lies under the log's directory, as C2SP tlog-tiles names it: `tile/0/x001/x234/067`, and with `.p/17` if
    /// it is not full.
    pub(crate) fn path(&self) -> String {
        tile_path(self.level, self.index, self.hashes.len())
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.hashes.iter().flat_map(|hash| hash.0).collect()
    }
}

pub(crate) fn tile_path(level: u8, index: u64, width: usize) -> String {
    let mut path = format!("{:03}", index % 1_000);
    let mut rest = index / 1_000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1_000);
        rest /= 1_000;
    }
    let partial = if width == TILE_HASHES {
        String::new()
    } else {
        format!(".p/{width}")
    };
    format!("tile/{level}/{path}{partial}")
}

/// The hashes in a tile's bytes; none if it is not whole.
pub(crate) fn hashes_of(tile: &[u8]) -> Option<Vec<Hash>> {
    let hashes: Vec<_> = tile
        .chunks_exact(32)
        .filter_map(|hash| hash.try_into().ok().map(Hash))
        .collect();
    tile.len().is_multiple_of(32).then_some(hashes)
}

/// The root over subtrees of equal size, of which only the last may be smaller: RFC 6962 section 2.1.
fn root_of(subtrees: &[Hash]) -> Hash {
    match subtrees {
        [] => tlog_tiles::tlog::EMPTY_HASH,
        [only] => *only,
        _ => {
            let split = subtrees.len().next_power_of_two() / 2;
            let (left, right) = subtrees.split_at(split);
            node_hash(root_of(left), root_of(right))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;
    use tlog_tiles::tlog;

    use super::*;

    /// RFC 6962 section 2.1, word for word.
    fn merkle_tree_hash(records: &[Vec<u8>]) -> Hash {
        match records {
            [] => tlog::EMPTY_HASH,
            [record] => record_hash(record),
            _ => {
                let mut split = 1;
                while split * 2 < records.len() {
                    split *= 2;
                }
                let (left, right) = records.split_at(split);
                node_hash(merkle_tree_hash(left), merkle_tree_hash(right))
            }
        }
    }

    fn records(count: usize) -> Vec<Vec<u8>> {
        (0..count)
            .map(|number| format!("record {number}").into_bytes())
            .collect()
    }

    #[test]
    fn the_root_is_that_of_rfc_6962_at_every_size_around_a_tile() {
        let records = records(1_100);
        let mut tree = Tree::default();
        assert_eq!(tree.root(), tlog::EMPTY_HASH);
        for (index, record) in records.iter().enumerate() {
            tree.push(record, |_| ());
            let size = index + 1;
            if size < 20 || size % 256 < 3 || size % 256 > 253 {
                assert_eq!(tree.root(), merkle_tree_hash(&records[..size]), "at {size}");
            }
        }
    }

    #[test]
    fn three_levels_of_tiles_agree_with_the_reference_implementation() {
        let count = 256 * 256 + 300;
        let mut tree = Tree::default();
        let mut stored = Vec::new();
        let mut tiles = HashMap::new();
        for number in 0..count {
            let record = format!("record {number}");
            tree.push(record.as_bytes(), |tile| {
                tiles.insert((tile.level, tile.index), tile.hashes);
            });
            let hashes = tlog::stored_hashes(number, record.as_bytes(), &Stored(&stored)).unwrap();
            stored.extend(hashes);
        }
        assert_eq!(
            tree.root(),
            tlog::tree_hash(count, &Stored(&stored)).unwrap()
        );
        assert_eq!(tiles.len(), 257 + 1);
        let at_tile = count - count % 256;
        let again = Tree::from_full_tiles(at_tile, |level, index| {
            tiles.get(&(level, index)).cloned().ok_or("no such tile")
        })
        .unwrap();
        assert_eq!(
            again.root(),
            tlog::tree_hash(at_tile, &Stored(&stored)).unwrap()
        );
    }

    struct Stored<'a>(&'a [Hash]);

    impl tlog::HashReader for Stored<'_> {
        fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog::Error> {
            Ok(indexes
                .iter()
                .map(|index| self.0[usize::try_from(*index).unwrap()])
                .collect())
        }
    }

    #[test]
    fn tiles_are_named_as_the_specification_names_them() {
        assert_eq!(tile_path(0, 0, 256), "tile/0/000");
        assert_eq!(tile_path(3, 1_234_067, 256), "tile/3/x001/x234/067");
        assert_eq!(tile_path(3, 1_234_067, 8), "tile/3/x001/x234/067.p/8");
    }

    proptest! {
        #[test]
        fn any_records_give_the_root_of_the_model(
            records in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..600)
        ) {
            let mut tree = Tree::default();
            for record in &records {
                tree.push(record, |_| ());
            }
            prop_assert_eq!(tree.root(), merkle_tree_hash(&records));
            prop_assert_eq!(tree.size(), records.len() as u64);
        }
    }
}
