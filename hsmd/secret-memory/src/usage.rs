//! How full the arena is.

/// How full the arena is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Room for secrets, in whole.
    pub heap_bytes: usize,
    /// What is handed out, counting what threads keep for their next allocation.
    pub taken_bytes: usize,
    /// How often an allocation was refused since the start.
    pub refusals: u64,
}

/// How full the arena is now; zeros while there is none.
#[must_use]
pub fn usage() -> Usage {
    crate::arena::Arena::existing()
        .map(|arena| arena.heap.usage())
        .unwrap_or_default()
}
