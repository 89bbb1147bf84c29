//! Knowing cheaply whether this is still the process that initialised the library.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, Ordering};

/// A mark that a forked child does not inherit.
///
/// It is a page which the kernel hands to a child filled with zeros (`MADV_WIPEONFORK`, Linux 4.14), so that asking
/// costs one read of memory and no way of forking is missed, not even a bare `clone`. Where there is no such page the
/// process id is compared, which costs a system call each time.
pub(crate) struct ProcessMark {
    page: Option<NonNull<AtomicU8>>,
    process_id: u32,
}

// SAFETY: the page is reached through an atomic only, and freed when nobody holds the mark any more.
unsafe impl Send for ProcessMark {}
// SAFETY: as above.
unsafe impl Sync for ProcessMark {}

const PAGE_BYTES: usize = 4096;

impl ProcessMark {
    /// Marks the process that calls.
    pub(crate) fn new() -> Self {
        Self {
            page: marked_page(),
            process_id: std::process::id(),
        }
    }

    /// Whether the calling process is the one that made the mark.
    pub(crate) fn is_of_this_process(&self) -> bool {
        match self.page {
            // SAFETY: the page is mapped until `drop`, and an atomic byte needs no alignment.
            Some(page) => unsafe { page.as_ref() }.load(Ordering::Relaxed) == 1,
            None => std::process::id() == self.process_id,
        }
    }
}

impl Drop for ProcessMark {
    fn drop(&mut self) {
        if let Some(page) = self.page {
            // SAFETY: the page was mapped with this length in `marked_page` and nobody can reach it any more. Were
            // it to fail, a page would stay mapped.
            unsafe { libc::munmap(page.as_ptr().cast(), PAGE_BYTES) };
        }
    }
}

fn marked_page() -> Option<NonNull<AtomicU8>> {
    // SAFETY: a new anonymous mapping at a place of the kernel's choice touches no memory of ours.
    let address = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            PAGE_BYTES,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    if address == libc::MAP_FAILED {
        return None;
    }
    // SAFETY: the range is the mapping just made.
    if unsafe { libc::madvise(address, PAGE_BYTES, libc::MADV_WIPEONFORK) } != 0 {
        // SAFETY: as above, and nothing points into it.
        unsafe { libc::munmap(address, PAGE_BYTES) };
        return None;
    }
    let page = NonNull::new(address.cast::<AtomicU8>())?;
    // SAFETY: the page is mapped and writable.
    unsafe { page.as_ref() }.store(1, Ordering::Relaxed);
    Some(page)
}

#[cfg(test)]
mod tests {
    use cryptoki_sys::CKR_CRYPTOKI_NOT_INITIALIZED;

    use super::*;
    use crate::daemon::Daemon;
    use crate::testing;

    /// Whether `check` holds in a forked child.
    fn holds_in_a_child(check: impl FnOnce() -> bool) -> bool {
        // SAFETY: the child runs `check` alone, which waits for no lock that another thread of the parent may hold,
        // and leaves by `_exit`.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let code = i32::from(!check());
            // SAFETY: ends the child without running anything of the parent's.
            unsafe { libc::_exit(code) };
        }
        let mut status = 0;
        // SAFETY: waits for the child just made.
        unsafe { libc::waitpid(child, &raw mut status, 0) };
        libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0
    }

    #[test]
    fn a_forked_child_does_not_have_the_mark() {
        let mark = ProcessMark::new();
        assert!(mark.is_of_this_process());
        assert!(holds_in_a_child(|| !mark.is_of_this_process()));
        assert!(mark.is_of_this_process());
    }

    #[test]
    fn a_forked_child_is_not_initialised_and_can_start_anew() {
        let (library, daemon) = testing::library();
        assert!(holds_in_a_child(|| {
            let before = library.module().err().map(|failure| failure.value());
            before == Some(CKR_CRYPTOKI_NOT_INITIALIZED)
                && library.initialize(|_| Ok(Daemon::Fake(daemon))).is_ok()
                && library.module().is_ok()
        }));
        assert!(library.module().is_ok());
    }
}
