//! How much the daemon holds, for `hsm status`.

use hsmd_gate::{Needs, Row, actions};
use hsmd_identity::Caller;

use crate::daemon::Counts;
use crate::{Dependencies, Error, Operation};

/// Counts partitions, objects, applications and audit records, for callers that the daemon knows.
pub struct CountObjects;

impl Operation for CountObjects {
    type Permits = ();
    type Output = Counts;
    type Error = Error;

    fn action() -> &'static Row {
        actions::STATUS.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        Ok(Needs::daemon(&actions::STATUS))
    }

    async fn execute(self, (): &(), _: &Caller, with: &Dependencies) -> Result<Counts, Error> {
        let partitions = with.repository.partitions();
        let objects = partitions.iter().map(|partition| {
            let counts = with.repository.counts(partition.id);
            counts.token_objects + counts.session_objects
        });
        Ok(Counts {
            objects: objects.sum(),
            partitions: u32::try_from(partitions.len()).unwrap_or(u32::MAX),
            applications: u32::try_from(with.authenticator.applications()).unwrap_or(u32::MAX),
            audit_records: with.audit.records(),
        })
    }
}
