//! Making the arena and giving it to aws-lc.

use crate::arena::Arena;
use crate::{Error, aws_lc_heap};

/// How large the arena may be and what it may be made of.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The arena is never larger than this. It is smaller when `RLIMIT_MEMLOCK` cannot be raised.
    pub arena_bytes_max: usize,
    /// How many threads can be on a secret stack at a time; further ones wait.
    pub stacks_max: usize,
    /// Whether merely locked pages will do where the kernel has no `memfd_secret`.
    pub is_locked_fallback_allowed: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            arena_bytes_max: 64 << 20,
            stacks_max: 16,
            is_locked_fallback_allowed: true,
        }
    }
}

/// What [`install`] made.
#[derive(Debug, Clone)]
pub struct Report {
    /// What the arena is made of.
    pub kind: ArenaKind,
    /// Size of the arena: heap, stacks and guard pages.
    pub arena_bytes: usize,
    /// Number of secret stacks.
    pub stacks: usize,
    /// Whether the mapping is sealed by `mseal(2)`, so that nothing in the process can unmap or reprotect it.
    pub is_sealed: bool,
}

/// What the arena is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArenaKind {
    /// `memfd_secret(2)` pages: not readable by another process, not in dumps.
    SecretPages,
    /// Locked pages, not dumped and wiped on fork, but readable by root through `/proc/<pid>/mem`.
    LockedPages,
}

/// Makes the arena and makes it aws-lc's heap. Must be the first act of `main`.
///
/// # Errors
///
/// See [`Error`]; none leaves aws-lc's heap in ordinary memory unnoticed.
pub fn install(settings: &Settings) -> Result<Report, Error> {
    let arena = Arena::install(settings)?;
    aws_lc_heap::hook()?;
    Ok(Report {
        kind: arena.kind,
        arena_bytes: arena.length_bytes,
        stacks: arena.stacks.count(),
        is_sealed: arena.is_sealed,
    })
}
