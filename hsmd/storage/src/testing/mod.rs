//! For tests: the model of the interface, the conformance suite that every engine passes, a wrapper that fails, and a
//! disk whose power can be cut.

mod conformance;
mod disk;
mod failing;
mod memory;
mod steps;
mod vectors;

pub use conformance::conformance;
pub use disk::{Disk, Fault, Survivors};
pub use failing::{Failing, Failure};
pub use memory::Memory;
pub use steps::{Step, any_steps, check_steps};
pub use vectors::vector;

use crate::{Barrier, BarrierKeys, Storage, Term};
use hsmd_secret_memory::LockedBytes;
use std::sync::Arc;

/// A barrier with a key of sevens before `engine`.
///
/// # Panics
///
/// If there is no locked memory.
#[must_use]
pub fn barrier(engine: Arc<dyn Storage>) -> Barrier {
    let key = LockedBytes::copy_of(&[7; 32]).expect("locked memory for one key");
    Barrier::new(engine, BarrierKeys::new(Term(1), key))
}

/// Runs a future of a store to its end.
///
/// # Panics
///
/// If no runtime can be made.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime of one thread");
    runtime.block_on(future)
}
