//! The global allocator of the daemon, which wipes what is freed.

use std::alloc::{GlobalAlloc, Layout, System};

/// The system's allocator, with every freed block wiped: it covers buffers inside libraries that know nothing of secrets.
pub struct ZeroingAllocator;

// SAFETY: memory comes from and goes back to `System` with the same layout.
unsafe impl GlobalAlloc for ZeroingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps `dealloc`'s contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}
