//! Files that a program leaves open for the daemon that it starts.

use std::io;

/// Closes every file but the three standard ones. Must be the first act of `main`, before this process has opened any.
///
/// Whoever starts a daemon may have left files open without knowing: a pipe that somebody waits on would stay open as
/// long as the daemon lives, and a socket could carry something out that should not leave.
///
/// # Errors
///
/// Those of `close_range(2)`.
pub fn close_inherited_files() -> io::Result<()> {
    const FIRST_AFTER_STANDARD: libc::c_uint = 3;
    // SAFETY: nothing in this process owns a descriptor yet, which the caller guarantees by calling this first.
    let result = unsafe { libc::close_range(FIRST_AFTER_STANDARD, libc::c_uint::MAX, 0) };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
