//! Which blocks of the heap are free: one bitmap per chunk, no pointer into the heap itself.

use crate::heap::{ALIGNMENT_BYTES, CHUNK_BYTES, CLASS_BYTES, give_up};

/// The class of a chunk that is part of a block larger than any class.
pub(crate) const LARGE: u8 = u8::MAX;

/// The chunks of a heap. Offsets count in [`ALIGNMENT_BYTES`] from the heap's start.
pub(crate) struct Chunks {
    all: Box<[Chunk]>,
    /// Per class, the first of a list of chunks that have a free block.
    first_open: [u32; CLASS_BYTES.len()],
    /// No chunk below is unused.
    first_unused: usize,
    taken_bytes: usize,
}

#[derive(Clone)]
struct Chunk {
    role: Role,
    next: u32,
    previous: u32,
    /// Set bits are free blocks.
    free: [u64; CHUNK_BYTES / ALIGNMENT_BYTES / 64],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Unused,
    Blocks { free: u16 },
    LargeStart { chunks: u32 },
    LargeRest,
}

const NONE: u32 = u32::MAX;

impl Chunks {
    pub(crate) fn new(count: usize) -> Self {
        let unused = Chunk {
            role: Role::Unused,
            next: NONE,
            previous: NONE,
            free: [0; _],
        };
        Self {
            all: vec![unused; count].into_boxed_slice(),
            first_open: [NONE; CLASS_BYTES.len()],
            first_unused: 0,
            taken_bytes: 0,
        }
    }

    /// Takes up to `target.len()` blocks of a class and writes their offsets; gives how many there were.
    /// `mark` learns of each chunk that is given to the class.
    pub(crate) fn take(
        &mut self,
        class: usize,
        target: &mut [u32],
        mark: impl Fn(usize, u8),
    ) -> usize {
        let mut count = 0;
        while count < target.len() {
            if self.first_open[class] == NONE && !self.open(class, &mark) {
                break;
            }
            let index = self.first_open[class];
            let chunk = &mut self.all[index as usize];
            let Role::Blocks { free } = &mut chunk.role else {
                give_up("a list of chunks is damaged")
            };
            let word = chunk.free.iter().position(|word| *word != 0);
            let Some(word) = word else {
                give_up("a count of free blocks is damaged")
            };
            let bit = chunk.free[word].trailing_zeros();
            chunk.free[word] &= chunk.free[word] - 1;
            *free -= 1;
            let block = word * 64 + bit as usize;
            let is_full = *free == 0;
            target[count] = offset_of(index as usize, block * CLASS_BYTES[class]);
            count += 1;
            self.taken_bytes += CLASS_BYTES[class];
            if is_full {
                self.unlink(class, index);
            }
        }
        count
    }

    /// Takes a block back. Freeing a block twice ends the process.
    pub(crate) fn give_back(&mut self, class: usize, offset: u32) {
        let position = offset as usize * ALIGNMENT_BYTES;
        let (index, inside) = (position / CHUNK_BYTES, position % CHUNK_BYTES);
        let (block, rest) = (inside / CLASS_BYTES[class], inside % CLASS_BYTES[class]);
        let chunk = &mut self.all[index];
        let (word, bit) = (block / 64, 1u64 << (block % 64));
        let Role::Blocks { free } = &mut chunk.role else {
            give_up("a block was freed that is not in use")
        };
        if rest != 0 || chunk.free[word] & bit != 0 {
            give_up("a block was freed twice, or in its middle");
        }
        chunk.free[word] |= bit;
        *free += 1;
        let free = usize::from(*free);
        self.taken_bytes -= CLASS_BYTES[class];
        let index = u32::try_from(index).expect("chunks are counted in 32 bits");
        if free == 1 {
            self.link(class, index);
        }
        // One open chunk stays with its class, so that one block taken and freed over and over costs nothing.
        let is_only_one = self.first_open[class] == index && self.all[index as usize].next == NONE;
        if free == CHUNK_BYTES / CLASS_BYTES[class] && !is_only_one {
            self.unlink(class, index);
            self.retire(index as usize);
        }
    }

    /// Takes `count` chunks in a row for one block.
    pub(crate) fn take_large(&mut self, count: usize, mark: impl Fn(usize, u8)) -> Option<u32> {
        self.give_up_empty_chunks();
        let mut start = self.first_unused;
        while start + count <= self.all.len() {
            let row = &self.all[start..start + count];
            if let Some(used) = row.iter().rposition(|chunk| chunk.role != Role::Unused) {
                start += used + 1;
                continue;
            }
            self.all[start].role = Role::LargeStart {
                chunks: u32::try_from(count).expect("chunks are counted in 32 bits"),
            };
            for chunk in &mut self.all[start + 1..start + count] {
                chunk.role = Role::LargeRest;
            }
            (start..start + count).for_each(|chunk| mark(chunk, LARGE));
            self.taken_bytes += count * CHUNK_BYTES;
            return Some(offset_of(start, 0));
        }
        None
    }

    /// Size of a block of whole chunks.
    pub(crate) fn large_bytes(&self, offset: u32) -> usize {
        match self.all[offset as usize * ALIGNMENT_BYTES / CHUNK_BYTES].role {
            Role::LargeStart { chunks } => chunks as usize * CHUNK_BYTES,
            Role::Unused | Role::Blocks { .. } | Role::LargeRest => {
                give_up("a block was used that is not one")
            }
        }
    }

    /// Takes a block of whole chunks back.
    pub(crate) fn free_large(&mut self, offset: u32) {
        let bytes = self.large_bytes(offset);
        let start = offset as usize * ALIGNMENT_BYTES / CHUNK_BYTES;
        for index in start..start + bytes / CHUNK_BYTES {
            self.retire(index);
        }
        self.taken_bytes -= bytes;
    }

    pub(crate) fn taken_bytes(&self) -> usize {
        self.taken_bytes
    }

    /// Gives an unused chunk to a class.
    fn open(&mut self, class: usize, mark: &impl Fn(usize, u8)) -> bool {
        if self.next_unused().is_none() {
            self.give_up_empty_chunks();
        }
        let Some(index) = self.next_unused() else {
            return false;
        };
        self.first_unused = index + 1;
        let blocks = CHUNK_BYTES / CLASS_BYTES[class];
        let chunk = &mut self.all[index];
        chunk.role = Role::Blocks {
            free: u16::try_from(blocks).expect("a chunk has at most 1,024 blocks"),
        };
        for (word, bits) in chunk.free.iter_mut().enumerate() {
            *bits = match blocks.saturating_sub(word * 64) {
                0 => 0,
                left @ 1..=63 => (1 << left) - 1,
                _ => u64::MAX,
            };
        }
        mark(
            index,
            u8::try_from(class).expect("there are fewer than 255 classes"),
        );
        self.link(
            class,
            u32::try_from(index).expect("chunks are counted in 32 bits"),
        );
        true
    }

    fn next_unused(&mut self) -> Option<usize> {
        let after = self.all[self.first_unused..]
            .iter()
            .position(|chunk| chunk.role == Role::Unused)?;
        self.first_unused += after;
        Some(self.first_unused)
    }

    /// Takes the chunks that classes keep without a block in use.
    fn give_up_empty_chunks(&mut self) {
        for (class, class_bytes) in CLASS_BYTES.iter().enumerate() {
            let mut index = self.first_open[class];
            while index != NONE {
                let next = self.all[index as usize].next;
                let blocks = CHUNK_BYTES / class_bytes;
                if matches!(self.all[index as usize].role, Role::Blocks { free } if usize::from(free) == blocks)
                {
                    self.unlink(class, index);
                    self.retire(index as usize);
                }
                index = next;
            }
        }
    }

    fn retire(&mut self, index: usize) {
        self.all[index].role = Role::Unused;
        self.first_unused = self.first_unused.min(index);
    }

    fn link(&mut self, class: usize, index: u32) {
        let first = self.first_open[class];
        if first != NONE {
            self.all[first as usize].previous = index;
        }
        let chunk = &mut self.all[index as usize];
        (chunk.previous, chunk.next) = (NONE, first);
        self.first_open[class] = index;
    }

    fn unlink(&mut self, class: usize, index: u32) {
        let Chunk { previous, next, .. } = self.all[index as usize];
        if previous == NONE {
            self.first_open[class] = next;
        } else {
            self.all[previous as usize].next = next;
        }
        if next != NONE {
            self.all[next as usize].previous = previous;
        }
    }
}

fn offset_of(chunk: usize, inside_bytes: usize) -> u32 {
    u32::try_from((chunk * CHUNK_BYTES + inside_bytes) / ALIGNMENT_BYTES)
        .expect("an arena is smaller than 64 GiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take_one(chunks: &mut Chunks, class: usize) -> Option<u32> {
        let mut one = [0];
        (chunks.take(class, &mut one, |_, _| ()) == 1).then(|| one[0])
    }

    #[test]
    fn every_block_of_every_class_is_handed_out_once() {
        for (class, bytes) in CLASS_BYTES.iter().enumerate() {
            let mut chunks = Chunks::new(3);
            let mut offsets: Vec<_> = std::iter::from_fn(|| take_one(&mut chunks, class)).collect();
            assert_eq!(
                offsets.len(),
                3 * (CHUNK_BYTES / bytes),
                "class of {bytes} bytes"
            );
            offsets.sort_unstable();
            assert!(
                offsets
                    .windows(2)
                    .all(|pair| (pair[1] - pair[0]) as usize * ALIGNMENT_BYTES >= *bytes)
            );
            for offset in offsets {
                chunks.give_back(class, offset);
            }
            assert_eq!(chunks.taken_bytes(), 0);
        }
    }

    #[test]
    fn a_chunk_without_blocks_in_use_serves_another_size() {
        let mut chunks = Chunks::new(2);
        let small: Vec<_> = std::iter::from_fn(|| take_one(&mut chunks, 0)).collect();
        assert!(take_one(&mut chunks, 5).is_none());
        for offset in small {
            chunks.give_back(0, offset);
        }
        let large = chunks
            .take_large(2, |_, _| ())
            .expect("both chunks are free again");
        assert!(take_one(&mut chunks, 0).is_none());
        chunks.free_large(large);
        assert!(take_one(&mut chunks, 5).is_some());
    }

    #[test]
    fn a_large_block_needs_chunks_in_a_row() {
        let mut chunks = Chunks::new(5);
        let first = chunks.take_large(2, |_, _| ()).expect("there is room");
        let second = chunks.take_large(2, |_, _| ()).expect("there is room");
        assert!(chunks.take_large(2, |_, _| ()).is_none());
        chunks.free_large(first);
        assert!(chunks.take_large(3, |_, _| ()).is_none());
        assert_eq!(chunks.take_large(2, |_, _| ()), Some(first));
        chunks.free_large(second);
        assert!(chunks.take_large(3, |_, _| ()).is_some());
    }
}
