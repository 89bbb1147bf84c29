//! The global allocator of the daemon, which wipes what is freed.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr::NonNull;

use crate::heap::wipe;

/// The system's allocator, with every freed block wiped: it covers buffers inside libraries that know nothing of secrets.
pub struct ZeroingAllocator;

// SAFETY: memory comes from and goes back to `System` with the same layout. `realloc` is the trait's own: a new
// block, a copy, and `dealloc` of the old one, since the system's could move the contents and leave them behind.
unsafe impl GlobalAlloc for ZeroingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps `alloc_zeroed`'s contract.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if let Some(block) = NonNull::new(pointer) {
            // SAFETY: the block is `layout.size()` bytes long and the caller is done with it.
            unsafe { wipe(block, layout.size()) };
        }
        // SAFETY: the caller keeps `dealloc`'s contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}
