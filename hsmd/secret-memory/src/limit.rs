//! The limit of locked memory.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises `RLIMIT_MEMLOCK` to at least `wanted_bytes`, as far as allowed; gives the limit that holds then.
///
/// Without privileges the soft limit goes up to the hard one. Failing is no error: a smaller arena is.
pub(crate) fn raise_locked_memory(wanted_bytes: usize) -> u64 {
    let wanted = wanted_bytes as u64;
    let before = getrlimit(Resource::Memlock);
    if before.current.is_none_or(|current| current >= wanted) {
        return before.current.unwrap_or(u64::MAX);
    }
    let hard = before.maximum.map(|maximum| maximum.max(wanted));
    if setrlimit(
        Resource::Memlock,
        Rlimit {
            current: Some(wanted),
            maximum: hard,
        },
    )
    .is_err()
    {
        // Ignored: it fails only where the soft limit is the hard limit already.
        let _ = setrlimit(
            Resource::Memlock,
            Rlimit {
                current: before.maximum,
                maximum: before.maximum,
            },
        );
    }
    getrlimit(Resource::Memlock).current.unwrap_or(u64::MAX)
}
