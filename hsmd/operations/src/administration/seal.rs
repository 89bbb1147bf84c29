//! Sealing the daemon.

use hsmd_gate::{Needs, Row, actions};
use hsmd_identity::Caller;

use crate::{Dependencies, Error, Operation};

/// Drops the root key from memory. Requests that are under way are still answered.
pub struct Seal;

impl Operation for Seal {
    type Permits = ();
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::SEAL.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        Ok(Needs::daemon(&actions::SEAL))
    }

    async fn execute(self, (): &(), _: &Caller, with: &Dependencies) -> Result<(), Error> {
        (with.seal)();
        Ok(())
    }
}
