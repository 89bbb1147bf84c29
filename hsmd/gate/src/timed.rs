//! What time alone does to keys of accounts: nobody asks for it, so the daemon itself is admitted, and it is recorded like
//! everything else.

use std::sync::Arc;

use hsmd_keys::{ObjectId, PartitionId};

use crate::actions::Action;
use crate::gate::{Admitted, Gate};
use crate::key_use::Use;
use crate::needs::Needs;
use crate::permit::{KeySubject, Permit};
use crate::refusal::Refusal;

impl Gate {
    /// Admits the daemon to what a key's time has come for: one of [`actions::timed`](crate::actions::timed). The key is
    /// given as it is now.
    ///
    /// # Errors
    ///
    /// [`Refusal::ObjectNotFound`] if it is gone meanwhile; [`Refusal::AuditUnavailable`].
    pub async fn admit_timed<U: Use<Subject = KeySubject>>(
        &self,
        action: &'static Action<Permit<U>>,
        partition: PartitionId,
        key: ObjectId,
    ) -> Result<Admitted<Permit<U>>, Refusal> {
        let repository = self.repository();
        let partition = repository
            .partition(partition)
            .ok_or(Refusal::PartitionNotFound)?;
        let object = repository
            .object(partition.id, key)
            .ok_or(Refusal::ObjectNotFound)?;
        let subject = KeySubject {
            version: object.current_version_index(),
            object,
        };
        let request = Needs::key(action, partition.id, key).request;
        let permit = Permit::new(subject, Arc::clone(&partition));
        self.admit_the_daemon(permit, request).await
    }
}
