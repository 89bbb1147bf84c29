//! What time alone does to keys of accounts: rotations, the end of imported material, and the end of keys.

use std::sync::Arc;

use hsmd_gate::key_use::Use;
use hsmd_gate::{Action, KeySubject, Outcome, Permit, Refusal, actions};
use hsmd_keys::{Change, Object, RotationType};

use super::Error;
use super::delete_imported_key_material::without_material;
use super::key::{AccountKey, DAY_MILLISECONDS, change, now};
use crate::road::Failure;
use crate::{Dependencies, Service};

impl Service {
    /// Does what is due now by the clock, of up to 100 keys: to be called every few seconds. Gives how many keys it
    /// changed. What fails is logged, and tried again with the next call.
    pub async fn do_due_work(&self) -> usize {
        const KEYS_MAX: usize = 100;
        let with = self.dependencies();
        let mut done = 0;
        for key in with.repository.due_keys(now(with), KEYS_MAX) {
            match self.do_due_work_of(&key).await {
                Ok(()) => done += 1,
                Err(error) => {
                    tracing::warn!(%error, key = %key.id, "what is due for a key cannot be done now");
                }
            }
        }
        done
    }

    async fn do_due_work_of(&self, key: &Arc<Object>) -> Result<(), Error> {
        let now = now(self.dependencies());
        let Some(kms) = &key.kms else { return Ok(()) };
        let is_due = |at: Option<u64>| at.is_some_and(|at| at <= now);
        if is_due(
            kms.deletion
                .and_then(|deletion| deletion.at_unix_milliseconds),
        ) {
            let action = &actions::timed::DELETE_KEY;
            return self.timed(action, key, delete).await;
        }
        if is_due(kms.valid_to_unix_milliseconds()) {
            let action = &actions::timed::DELETE_EXPIRED_KEY_MATERIAL;
            return self.timed(action, key, expire).await;
        }
        self.timed(&actions::timed::ROTATE_KEY, key, rotate).await
    }

    /// Travels the road for the daemon itself: admitted, done, and recorded.
    async fn timed<U: Use<Subject = KeySubject>>(
        &self,
        action: &'static Action<Permit<U>>,
        key: &Object,
        work: impl AsyncFn(&Permit<U>, &Dependencies) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let admitted = self
            .gate()
            .admit_timed(action, key.partition, key.id)
            .await?;
        let result = work(admitted.permits(), self.dependencies()).await;
        let outcome = match &result {
            Ok(()) => Outcome::DoneWith(key.id.as_bytes()),
            Err(error) => Outcome::Failed(error.name()),
        };
        self.gate()
            .conclude(admitted, outcome)
            .await
            .map_err(|_| Refusal::AuditUnavailable)?;
        result
    }
}

/// Destroys a key with all that belongs to it.
async fn delete(
    permit: &Permit<hsmd_gate::key_use::Destroy>,
    with: &Dependencies,
) -> Result<(), Error> {
    let key = AccountKey::of(permit)?;
    let shown = key
        .kms
        .public_object
        .and_then(|id| with.repository.object(key.partition.id, id));
    let objects = [Some(Arc::clone(key.object)), shown];
    let changes = objects.into_iter().flatten().map(Change::Remove);
    change(with, key.partition, changes.collect()).await?;
    with.vault.forget(key.object.id);
    Ok(())
}

/// Destroys the imported material whose time is over.
async fn expire(
    permit: &Permit<hsmd_gate::key_use::Modify>,
    with: &Dependencies,
) -> Result<(), Error> {
    let key = AccountKey::of(permit)?;
    let now = now(with);
    let is_over = |at: Option<u64>| at.is_some_and(|at| at <= now);
    let expired = key.kms.materials.iter().find(|material| {
        let import = material.import.as_ref();
        import
            .is_some_and(|import| import.is_imported && is_over(import.valid_to_unix_milliseconds))
    });
    // One at a time: the next call finds the next.
    let Some(expired) = expired else {
        return Ok(());
    };
    key.replace(without_material(&key, expired.number)?, with)
        .await?;
    with.vault.forget(key.object.id);
    Ok(())
}

/// Rotates a key whose period has passed.
async fn rotate(
    permit: &Permit<hsmd_gate::key_use::Modify>,
    with: &Dependencies,
) -> Result<(), Error> {
    let key = AccountKey::of(permit)?;
    let Some(mut rotation) = key.kms.rotation else {
        return Ok(());
    };
    let mut object = key.rotated(permit, RotationType::Automatic, with)?;
    rotation.next_at_unix_milliseconds =
        now(with) + u64::from(rotation.period_days) * DAY_MILLISECONDS;
    if let Some(kms) = object.kms.as_mut().map(Arc::make_mut) {
        kms.rotation = Some(rotation);
    }
    key.replace(object, with).await
}
