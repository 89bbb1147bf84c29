//! aws-lc's heap, which is the arena's.
//!
//! aws-lc leaves wiping to an allocator that it was given, so freeing here wipes. When the arena is full,
//! `malloc` gives null and the operation fails with an error; nothing ever comes from ordinary memory.

use std::ffi::{c_char, c_int, c_void};
use std::ptr::{self, NonNull};

use crate::Error;
use crate::arena::Arena;
use crate::heap::give_up;

/// Gives the arena to aws-lc. The arena exists, and aws-lc has not allocated yet.
pub(crate) fn hook() -> Result<(), Error> {
    // SAFETY: the functions keep the contracts of malloc, realloc and free, for every thread and for ever.
    let accepted = unsafe {
        aws_lc_sys::CRYPTO_set_mem_functions(Some(allocate), Some(reallocate), Some(free))
    };
    if accepted == 1 {
        Ok(())
    } else {
        Err(Error::HeapRefused)
    }
}

unsafe extern "C" fn allocate(bytes: usize, _file: *const c_char, _line: c_int) -> *mut c_void {
    arena()
        .heap
        .allocate(bytes)
        .map_or(ptr::null_mut(), |block| block.as_ptr().cast())
}

unsafe extern "C" fn reallocate(
    block: *mut c_void,
    bytes: usize,
    _file: *const c_char,
    _line: c_int,
) -> *mut c_void {
    let heap = &arena().heap;
    let Some(old) = NonNull::new(block.cast::<u8>()) else {
        return heap
            .allocate(bytes)
            .map_or(ptr::null_mut(), |block| block.as_ptr().cast());
    };
    let old_bytes = heap.block_bytes(old);
    if bytes <= old_bytes {
        return block;
    }
    let Ok(new) = heap.allocate(bytes) else {
        return ptr::null_mut();
    };
    // SAFETY: both blocks are ours, different, and at least `old_bytes` long; aws-lc is done with the old one.
    unsafe {
        ptr::copy_nonoverlapping(old.as_ptr(), new.as_ptr(), old_bytes);
        heap.free(old);
    }
    new.as_ptr().cast()
}

unsafe extern "C" fn free(block: *mut c_void, _file: *const c_char, _line: c_int) {
    if let Some(block) = NonNull::new(block.cast()) {
        // SAFETY: aws-lc frees what it got from `allocate` or `reallocate`, once.
        unsafe { arena().heap.free(block) };
    }
}

fn arena() -> &'static Arena {
    Arena::existing()
        .unwrap_or_else(|| give_up("aws-lc was given a heap before there was an arena"))
}
