//! Stacks in the arena for private-key operations.
//!
//! Threads run on a stack of ordinary memory, and computations spill secrets there. `psm` switches the stack
//! for one call; giving the thread such a stack from birth is no way, because glibc's futexes fail in
//! `memfd_secret` pages that are mapped shared.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use parking_lot::{Condvar, Mutex};

use crate::arena::Arena;
use crate::heap::wipe;
use crate::registers::wipe_vector_registers;

/// Room for aws-lc's deepest computations (ML-DSA-87 takes about 120 KiB), also in unoptimised builds.
pub(crate) const STACK_BYTES: usize = 256 << 10;

/// Runs `f` with its stack in the arena, so that what a computation spills there cannot be read from outside.
///
/// There is a bounded number of stacks ([`Settings::stacks_max`](crate::Settings::stacks_max)), of 256 KiB each;
/// when all are taken the call waits for one, so `f` must not wait for another thread that needs one. A call
/// inside `f` runs on the same stack. Vector registers are wiped at the end. A panic in `f` goes on in the caller. Switching costs some 20 ns.
///
/// # Panics
///
/// When nothing was installed and no arena can be made: there is no such stack then.
pub fn on_secret_stack<R>(f: impl FnOnce() -> R) -> R {
    if IS_ON_STACK.get() {
        return f();
    }
    let stacks = &Arena::get()
        .expect("a process that runs private-key operations has an arena")
        .stacks;
    let stack = stacks.take();
    IS_ON_STACK.set(true);
    // SAFETY: the stack is aligned, this large, taken by this thread alone until `_taken` is dropped, and nothing
    // unwinds across the switch.
    let outcome = unsafe {
        psm::on_stack(stack.base.as_ptr(), STACK_BYTES, || {
            panic::catch_unwind(AssertUnwindSafe(f))
        })
    };
    wipe_vector_registers();
    IS_ON_STACK.set(false);
    drop(stack);
    outcome.unwrap_or_else(|panic| panic::resume_unwind(panic))
}

/// Wipes the stacks that no thread is using; for when the daemon is sealed.
pub fn wipe_idle_stacks() {
    if let Some(arena) = Arena::existing() {
        arena.stacks.wipe_idle();
    }
}

thread_local! {
    static IS_ON_STACK: Cell<bool> = const { Cell::new(false) };
    /// The stack that this thread had last: likely free, and warm in this processor's cache.
    static LAST: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// The secret stacks of the process.
pub(crate) struct Stacks {
    all: Box<[Stack]>,
    /// Gives each new thread another stack to try first.
    next_first: AtomicUsize,
    waiting: AtomicUsize,
    turn: Mutex<()>,
    freed: Condvar,
}

struct Stack {
    base: NonNull<u8>,
    state: AtomicU8,
}

const CLEAN: u8 = 0;
const TAKEN: u8 = 1;
const USED: u8 = 2;

// SAFETY: whoever moved `state` to TAKEN has the memory alone.
unsafe impl Send for Stack {}
// SAFETY: as above.
unsafe impl Sync for Stack {}

impl Stacks {
    /// Each base is the lowest address of [`STACK_BYTES`] of memory, aligned to a page, between guard pages.
    pub(crate) fn new(bases: Vec<NonNull<u8>>) -> Self {
        let stack = |base| Stack {
            base,
            state: AtomicU8::new(CLEAN),
        };
        Self {
            all: bases.into_iter().map(stack).collect(),
            next_first: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            turn: Mutex::new(()),
            freed: Condvar::new(),
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.all.len()
    }

    fn take(&self) -> Taken<'_> {
        if let Some(taken) = self.try_take() {
            return taken;
        }
        let mut turn = self.turn.lock();
        self.waiting.fetch_add(1, Ordering::SeqCst);
        loop {
            // Tried after `waiting` went up: whoever frees a stack later sees that somebody waits.
            if let Some(taken) = self.try_take() {
                self.waiting.fetch_sub(1, Ordering::SeqCst);
                return taken;
            }
            self.freed.wait(&mut turn);
        }
    }

    fn try_take(&self) -> Option<Taken<'_>> {
        let count = self.all.len();
        let mut first = LAST.get();
        if first >= count {
            first = self.next_first.fetch_add(1, Ordering::Relaxed) % count;
        }
        let taken = (first..count)
            .chain(0..first)
            .find(|&index| self.all[index].take())?;
        LAST.set(taken);
        Some(Taken {
            base: self.all[taken].base,
            stack: &self.all[taken],
            stacks: self,
        })
    }

    fn wipe_idle(&self) {
        for stack in &self.all {
            if stack
                .state
                .compare_exchange(USED, TAKEN, Ordering::SeqCst, Ordering::Relaxed)
                .is_ok()
            {
                // SAFETY: the stack is this large, and taken by us.
                unsafe { wipe(stack.base, STACK_BYTES) };
                self.free(stack, CLEAN);
            }
        }
    }

    fn free(&self, stack: &Stack, state: u8) {
        stack.state.store(state, Ordering::SeqCst);
        if self.waiting.load(Ordering::SeqCst) > 0 {
            let _turn = self.turn.lock();
            self.freed.notify_one();
        }
    }
}

impl Stack {
    fn take(&self) -> bool {
        let state = self.state.load(Ordering::SeqCst);
        state != TAKEN
            && self
                .state
                .compare_exchange(state, TAKEN, Ordering::SeqCst, Ordering::Relaxed)
                .is_ok()
    }
}

/// A stack that one thread has; free again when dropped.
struct Taken<'a> {
    base: NonNull<u8>,
    stack: &'a Stack,
    stacks: &'a Stacks,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.stacks.free(self.stack, USED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_and_borrows_cross_the_switch() {
        let mut numbers = vec![1, 2];
        let sum: i32 = on_secret_stack(|| {
            numbers.push(3);
            on_secret_stack(|| numbers.iter().sum())
        });
        assert_eq!((sum, numbers.len()), (6, 3));
    }

    #[test]
    fn the_stack_lies_in_the_arena() {
        let outside = std::hint::black_box(0u8);
        let inside = on_secret_stack(|| {
            let local = std::hint::black_box(0u8);
            &raw const local as usize
        });
        let stacks = &Arena::get().expect("an arena can be made").stacks.all;
        let holds = |address: usize| {
            stacks
                .iter()
                .any(|stack| address.wrapping_sub(stack.base.as_ptr() as usize) < STACK_BYTES)
        };
        assert!(holds(inside));
        assert!(!holds(&raw const outside as usize));
    }

    #[test]
    fn a_panic_goes_on_in_the_caller_and_frees_the_stack() {
        for _ in 0..100 {
            let outcome =
                panic::catch_unwind(|| on_secret_stack(|| panic::resume_unwind(Box::new("stop"))));
            assert_eq!(
                outcome.expect_err("it panicked").downcast_ref::<&str>(),
                Some(&"stop")
            );
        }
        assert!(!IS_ON_STACK.get());
    }

    #[test]
    fn more_threads_than_stacks_take_turns() {
        let count = Arena::get().expect("an arena can be made").stacks.count();
        let done = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..count * 3 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        on_secret_stack(std::thread::yield_now);
                    }
                    done.fetch_add(1, Ordering::Relaxed);
                });
            }
        });
        assert_eq!(done.into_inner(), count * 3);
    }

    #[test]
    fn wiping_spares_stacks_in_use() {
        on_secret_stack(|| {
            let local = std::hint::black_box(0x5au8);
            wipe_idle_stacks();
            assert_eq!(std::hint::black_box(local), 0x5a);
        });
    }
}
