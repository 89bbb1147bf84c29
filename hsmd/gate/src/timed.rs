//! What the daemon does to keys of accounts by itself: nobody asks for it, so the daemon itself is admitted, and it is
//! recorded like everything else.

use std::sync::Arc;

use hsmd_keys::{ObjectId, PartitionId};

use crate::actions::Action;
use crate::actions::timed::CREATE_AWS_MANAGED_KEY;
use crate::admitted::Admitted;
use crate::aws::ResolvedKey;
use crate::gate::Gate;
use crate::key_use::{Create, Use};
use crate::needs::Needs;
use crate::permit::{KeySubject, PartitionSubject, Permit};
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
        let found = ResolvedKey {
            version: object.current_version_index(),
            object,
            partition: Arc::clone(&partition),
        };
        let mut needs = Needs::key(action, partition.id, key);
        needs.note_key(&found);
        let subject = KeySubject {
            version: found.version,
            object: found.object,
        };
        let permit = Permit::new(subject, partition);
        self.admit_the_daemon(permit, needs.request).await
    }

    /// Admits the daemon to make a key that AWS manages, in this partition of an account.
    ///
    /// # Errors
    ///
    /// [`Refusal::PartitionNotFound`]; [`Refusal::AuditUnavailable`].
    pub async fn admit_aws_managed_key(
        &self,
        partition: PartitionId,
    ) -> Result<Admitted<Permit<Create>>, Refusal> {
        let partition = self
            .repository()
            .partition(partition)
            .ok_or(Refusal::PartitionNotFound)?;
        let action = &CREATE_AWS_MANAGED_KEY;
        let request = Needs::partition(action, partition.id).request;
        let permit = Permit::new(PartitionSubject(()), partition);
        self.admit_the_daemon(permit, request).await
    }
}
