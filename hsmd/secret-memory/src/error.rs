//! What can go wrong with secret memory.

use std::io;

/// Why the arena could not be made. The daemon must not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// [`install`](crate::install) was called twice, or secret memory was used before it.
    #[error("secret memory is in use already; it must be installed first in main")]
    AlreadyInstalled,

    /// aws-lc refused the allocator, because another one had been set.
    #[error("aws-lc did not accept the arena as its heap")]
    HeapRefused,

    /// Neither `memfd_secret` pages nor locked pages of the smallest useful size could be had.
    #[error(
        "{wanted_bytes} bytes of memory cannot be locked; the limit is {limit_bytes} (RLIMIT_MEMLOCK)"
    )]
    NotLockable {
        /// The smallest arena that is of use.
        wanted_bytes: usize,
        /// The process's limit of locked memory, `u64::MAX` if there is none.
        limit_bytes: u64,
    },

    /// The kernel has no `memfd_secret` and the settings do not allow merely locked pages.
    #[error("this kernel has no memfd_secret")]
    NoSecretPages(#[source] io::Error),

    /// A system call on the arena failed.
    #[error("{call} failed on the arena")]
    System {
        /// The system call.
        call: &'static str,
        /// What the kernel said.
        #[source]
        source: io::Error,
    },
}

/// The arena has no room for this many bytes. Free memory comes back when keys are closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("secret memory has no room for {wanted_bytes} bytes")]
pub struct Exhausted {
    /// How much was asked for.
    pub wanted_bytes: usize,
}
