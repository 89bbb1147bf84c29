//! Memory for secrets: a bounded arena that no other process can read, aws-lc's heap in it, a stack in it
//! for private-key operations, and types that wipe what they hold.
//!
//! The arena is made of `memfd_secret(2)` pages, which the kernel removes from its own direct map: they are
//! not readable through `/proc/<pid>/mem`, ptrace or a core dump. Where the kernel has none, the arena is
//! locked, excluded from dumps and wiped on fork instead, and [`Report::kind`] says so.
//!
//! [`install`] must be the first act of `main`: aws-lc takes another allocator only before its first allocation.

#![allow(unsafe_code)] // One of the three places where it is allowed; each block says why it is sound.

mod arena;
mod aws_lc_heap;
mod chunks;
mod error;
mod heap;
mod inherited_files;
mod install;
mod limit;
mod locked_bytes;
mod plaintext;
mod registers;
mod secret_stack;
mod usage;
mod zeroing_allocator;

pub use error::{Error, Exhausted};
pub use inherited_files::close_inherited_files;
pub use install::{ArenaKind, Report, Settings, install};
pub use locked_bytes::LockedBytes;
pub use plaintext::Plaintext;
pub use secret_stack::{on_secret_stack, wipe_idle_stacks};
pub use usage::{Usage, usage};
pub use zeroing_allocator::ZeroingAllocator;
