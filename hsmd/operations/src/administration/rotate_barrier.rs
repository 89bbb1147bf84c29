//! A new key for what is stored.

use hsmd_gate::{Needs, Row, actions};
use hsmd_identity::Caller;

use crate::{Dependencies, Error, Operation};

/// Begins a new term of the barrier key, and gives its number. What is written from then on is sealed by it; what older keys
/// have sealed is sealed anew when the daemon is unsealed next.
pub struct RotateBarrier;

impl Operation for RotateBarrier {
    type Permits = ();
    type Output = u32;
    type Error = Error;

    fn action() -> &'static Row {
        actions::ROTATE_BARRIER.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        Ok(Needs::daemon(&actions::ROTATE_BARRIER))
    }

    async fn execute(self, (): &(), _: &Caller, with: &Dependencies) -> Result<u32, Error> {
        (with.rotate_barrier)().await
    }
}
