//! The arena's heap: size classes in chunks of 16 KiB, a cache per thread in front of one lock.
//!
//! All bookkeeping is in ordinary memory, which holds no secret and cannot be overwritten from a block. A block
//! is wiped when it is freed, so every block handed out is zero. A chunk whose blocks are all free can serve
//! another size. When there is no room an allocation fails; nothing ever comes from elsewhere.

use std::cell::UnsafeCell;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::chunks::{Chunks, LARGE};
use crate::{Exhausted, Usage};

/// Heap memory is given to size classes in pieces of this size.
pub(crate) const CHUNK_BYTES: usize = 16 << 10;

/// All blocks lie on multiples of this, as C's `malloc` promises.
pub(crate) const ALIGNMENT_BYTES: usize = 16;

/// Sizes of blocks. Larger ones take whole chunks.
pub(crate) const CLASS_BYTES: [usize; 18] = [
    16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 5456, 8192,
];

/// A bounded heap for secrets.
pub(crate) struct Heap {
    base: NonNull<u8>,
    length_bytes: usize,
    /// The class of each chunk, so that freeing finds a block's size without the lock.
    classes: Box<[AtomicU8]>,
    chunks: Mutex<Chunks>,
    /// While memory is short, threads keep no free blocks to themselves.
    is_short: AtomicBool,
    refusals: AtomicU64,
}

// SAFETY: the memory behind `base` is handed out in disjoint blocks under the lock or from a thread's own cache.
unsafe impl Send for Heap {}
// SAFETY: as above.
unsafe impl Sync for Heap {}

impl Heap {
    /// # Safety
    ///
    /// `base` starts `heap_bytes` of zeroed, writable memory, for this heap alone and for ever.
    pub(crate) unsafe fn new(base: NonNull<u8>, heap_bytes: usize) -> Self {
        let chunks = heap_bytes / CHUNK_BYTES;
        Self {
            base,
            length_bytes: chunks * CHUNK_BYTES,
            classes: (0..chunks).map(|_| AtomicU8::new(0)).collect(),
            chunks: Mutex::new(Chunks::new(chunks)),
            is_short: AtomicBool::new(false),
            refusals: AtomicU64::new(0),
        }
    }

    /// A zeroed block of at least `bytes`, on a multiple of [`ALIGNMENT_BYTES`].
    pub(crate) fn allocate(&self, bytes: usize) -> Result<NonNull<u8>, Exhausted> {
        let offset = match class_of(bytes) {
            Some(class) => CACHE
                .try_with(|cache| self.allocate_cached(cache, class))
                .unwrap_or_else(|_| {
                    // The thread is ending and its cache is gone.
                    let mut one = [0];
                    (self.refill(class, &mut one) == 1).then(|| one[0])
                }),
            None => self.allocate_large(bytes),
        };
        let Some(offset) = offset else {
            self.refusals.fetch_add(1, Ordering::Relaxed);
            return Err(Exhausted {
                wanted_bytes: bytes,
            });
        };
        // SAFETY: offsets handed out are inside the heap.
        Ok(unsafe { self.base.add(offset as usize * ALIGNMENT_BYTES) })
    }

    /// Wipes a block and takes it back.
    ///
    /// # Safety
    ///
    /// `block` came from [`Heap::allocate`] of this heap and is not used any more.
    pub(crate) unsafe fn free(&self, block: NonNull<u8>) {
        let bytes = self.block_bytes(block);
        // SAFETY: the block is this long, and ours again.
        unsafe { wipe(block, bytes) };
        let offset = self.offset(block);
        let class =
            self.classes[offset as usize * ALIGNMENT_BYTES / CHUNK_BYTES].load(Ordering::Relaxed);
        if class == LARGE {
            self.chunks.lock().free_large(offset);
            return;
        }
        let class = usize::from(class);
        if self.is_short.load(Ordering::Relaxed)
            || CACHE
                .try_with(|cache| self.free_cached(cache, class, offset))
                .is_err()
        {
            self.return_blocks(class, &[offset]);
        }
    }

    /// The room in a block, which may be more than was asked for.
    pub(crate) fn block_bytes(&self, block: NonNull<u8>) -> usize {
        let offset = self.offset(block);
        match self.classes[offset as usize * ALIGNMENT_BYTES / CHUNK_BYTES].load(Ordering::Relaxed)
        {
            LARGE => self.chunks.lock().large_bytes(offset),
            class => CLASS_BYTES[usize::from(class)],
        }
    }

    /// How full the heap is.
    pub(crate) fn usage(&self) -> Usage {
        Usage {
            heap_bytes: self.length_bytes,
            taken_bytes: self.chunks.lock().taken_bytes(),
            refusals: self.refusals.load(Ordering::Relaxed),
        }
    }

    fn allocate_cached(&self, cache: &UnsafeCell<Cache>, class: usize) -> Option<u32> {
        // SAFETY: the cache is this thread's own, and nothing below comes back here while it is borrowed.
        let cache = unsafe { &mut *cache.get() };
        let kept = &mut cache.kept[class];
        if kept.count == 0 {
            let batch = (cache_blocks_max(class) / 2).max(1);
            kept.count = self.refill(class, &mut kept.offsets[..batch]);
            if kept.count == 0 {
                cache.empty(self);
                self.is_short.store(true, Ordering::Relaxed);
                let kept = &mut cache.kept[class];
                kept.count = self.refill(class, &mut kept.offsets[..1]);
            }
        }
        let kept = &mut cache.kept[class];
        kept.count = kept.count.checked_sub(1)?;
        Some(kept.offsets[kept.count])
    }

    fn free_cached(&self, cache: &UnsafeCell<Cache>, class: usize, offset: u32) {
        // SAFETY: as in `allocate_cached`.
        let kept = unsafe { &mut (*cache.get()).kept[class] };
        let blocks_max = cache_blocks_max(class);
        if kept.count >= blocks_max {
            let half = blocks_max / 2;
            self.return_blocks(class, &kept.offsets[half..kept.count]);
            kept.count = half;
        }
        if blocks_max == 0 {
            self.return_blocks(class, &[offset]);
            return;
        }
        kept.offsets[kept.count] = offset;
        kept.count += 1;
    }

    /// Takes up to `target.len()` blocks; gives how many there were.
    fn refill(&self, class: usize, target: &mut [u32]) -> usize {
        self.chunks.lock().take(class, target, |chunk, class| {
            self.classes[chunk].store(class, Ordering::Relaxed);
        })
    }

    fn return_blocks(&self, class: usize, offsets: &[u32]) {
        let mut chunks = self.chunks.lock();
        for &offset in offsets {
            chunks.give_back(class, offset);
        }
        if self.is_short.load(Ordering::Relaxed) && chunks.taken_bytes() < self.length_bytes / 8 * 7
        {
            self.is_short.store(false, Ordering::Relaxed);
        }
    }

    fn allocate_large(&self, bytes: usize) -> Option<u32> {
        let wanted = bytes.div_ceil(CHUNK_BYTES);
        self.chunks.lock().take_large(wanted, |chunk, class| {
            self.classes[chunk].store(class, Ordering::Relaxed);
        })
    }

    fn offset(&self, block: NonNull<u8>) -> u32 {
        let distance = (block.as_ptr() as usize).wrapping_sub(self.base.as_ptr() as usize);
        if distance >= self.length_bytes || !distance.is_multiple_of(ALIGNMENT_BYTES) {
            give_up("a block that is not the arena's was freed");
        }
        u32::try_from(distance / ALIGNMENT_BYTES).expect("an arena is smaller than 64 GiB")
    }
}

/// Free blocks that a thread keeps for itself.
struct Cache {
    kept: [Kept; CLASS_BYTES.len()],
}

#[derive(Clone, Copy)]
struct Kept {
    count: usize,
    offsets: [u32; CACHE_BLOCKS_MAX],
}

const CACHE_BLOCKS_MAX: usize = 16;

thread_local! {
    static CACHE: UnsafeCell<Cache> = const {
        UnsafeCell::new(Cache { kept: [Kept { count: 0, offsets: [0; CACHE_BLOCKS_MAX] }; CLASS_BYTES.len()] })
    };
}

impl Cache {
    fn empty(&mut self, heap: &Heap) {
        for (class, kept) in self.kept.iter_mut().enumerate() {
            heap.return_blocks(class, &kept.offsets[..kept.count]);
            kept.count = 0;
        }
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        if let Some(arena) = crate::arena::Arena::existing() {
            self.empty(&arena.heap);
        }
    }
}

/// At most about 100 KiB a thread in all: many small blocks, few large ones.
fn cache_blocks_max(class: usize) -> usize {
    match CLASS_BYTES[class] {
        0..=512 => 16,
        513..=2048 => 8,
        _ => 2,
    }
}

/// The smallest class that holds `bytes`; `None` when only whole chunks do.
fn class_of(bytes: usize) -> Option<usize> {
    const CLASS_OF_UNITS: [u8; 8192 / ALIGNMENT_BYTES + 1] = {
        let mut table = [0; 8192 / ALIGNMENT_BYTES + 1];
        let mut units = 0;
        let mut class = 0;
        while units < table.len() {
            if units * ALIGNMENT_BYTES > CLASS_BYTES[class as usize] {
                class += 1;
            }
            table[units] = class;
            units += 1;
        }
        table
    };
    CLASS_OF_UNITS
        .get(bytes.div_ceil(ALIGNMENT_BYTES))
        .map(|&class| usize::from(class))
}

/// Overwrites with zeros, in a way that the compiler must not drop.
///
/// # Safety
///
/// `bytes` bytes from `target` on are writable, and nobody else uses them.
pub(crate) unsafe fn wipe(target: NonNull<u8>, bytes: usize) {
    // SAFETY: the caller's promise. The empty assembly reads the pointer, so that the writes count as used.
    unsafe {
        ptr::write_bytes(target.as_ptr(), 0, bytes);
        std::arch::asm!("/* {0} */", in(reg) target.as_ptr(), options(nostack, preserves_flags));
    }
}

/// Ends the process: the heap was misused, and going on could hand one secret's memory to another.
pub(crate) fn give_up(reason: &str) -> ! {
    eprintln!("secret memory: {reason}");
    std::process::abort()
}
