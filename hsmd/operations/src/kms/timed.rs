//! What time alone does to keys of accounts: rotations, the end of imported material, and the end of keys.

use std::sync::Arc;

use hsmd_gate::key_use::Use;
use hsmd_gate::{Action, Detail, KeySubject, Outcome, Permit, Refusal, actions};
use hsmd_keys::{Change, KmsKey, ObjectId, PartitionId, RotationType};

use super::Error;
use super::key::{AccountKey, DAY_MILLISECONDS, change, now};
use crate::road::Failure;
use crate::{Dependencies, Service};

/// What the record of something that was done tells besides its key.
type Details = Vec<(&'static str, Detail)>;

impl Service {
    /// Does everything that is due now by the clock: to be called every few seconds. Gives how many keys it changed. What
    /// fails is logged and tried again with the next call; other keys do not wait for it. It ends early when the daemon is
    /// sealed.
    ///
    /// Nobody waits for it: the gate takes no key or material whose time is over, whether or not this has come to it.
    pub async fn do_due_work(&self) -> usize {
        let with = self.dependencies();
        let mut done = 0;
        for (partition, key) in with.repository.due_keys(now(with)) {
            if *with.is_sealed.borrow() {
                break;
            }
            match self.do_due_work_of(partition, key).await {
                Ok(changed) => done += usize::from(changed),
                Err(error) => {
                    tracing::warn!(%error, %key, "what is due for a key cannot be done now");
                }
            }
        }
        done
    }

    /// Does what is due for one key, one thing after the other. Gives whether there was anything.
    async fn do_due_work_of(&self, partition: PartitionId, id: ObjectId) -> Result<bool, Error> {
        let _turn = self.turns().of(&[*id.as_bytes()]).await;
        let with = self.dependencies();
        let now = now(with);
        let is_due = |at: Option<u64>| at.is_some_and(|at| at <= now);
        let mut has_changed = false;
        // It may have changed since the list was made, and each step changes it.
        while let Some(key) = with.repository.object(partition, id)
            && is_due(key.next_event_unix_milliseconds())
            && let Some(kms) = &key.kms
        {
            if is_due(kms.ends_at_unix_milliseconds()) {
                let action = &actions::timed::DELETE_KEY;
                self.timed(action, partition, id, delete).await?;
            } else if is_due(kms.valid_to_unix_milliseconds()) {
                let action = &actions::timed::DELETE_EXPIRED_KEY_MATERIAL;
                self.timed(action, partition, id, expire).await?;
            } else {
                let action = &actions::timed::ROTATE_KEY;
                self.timed(action, partition, id, rotate).await?;
            }
            has_changed = true;
        }
        Ok(has_changed)
    }

    /// Travels the road for the daemon itself: admitted, done, and recorded.
    async fn timed<U: Use<Subject = KeySubject>>(
        &self,
        action: &'static Action<Permit<U>>,
        partition: PartitionId,
        key: ObjectId,
        work: impl AsyncFn(&Permit<U>, &Dependencies) -> Result<Details, Error>,
    ) -> Result<(), Error> {
        let admitted = self.gate().admit_timed(action, partition, key).await?;
        let result = work(admitted.permits(), self.dependencies()).await;
        let outcome = match &result {
            Ok(details) => Outcome::Answered(details),
            Err(error) => Outcome::Failed(error.name()),
        };
        self.gate()
            .conclude(admitted, outcome)
            .await
            .map_err(|_| Refusal::AuditUnavailable)?;
        result.map(drop)
    }
}

/// Destroys a key with all that belongs to it.
async fn delete(
    permit: &Permit<hsmd_gate::key_use::Destroy>,
    with: &Dependencies,
) -> Result<Details, Error> {
    let key = AccountKey::of(permit)?;
    let shown = key
        .kms
        .public_object
        .and_then(|id| with.repository.object(key.partition.id, id));
    let objects = [Some(Arc::clone(key.object)), shown];
    let changes = objects.into_iter().flatten().map(Change::Remove);
    change(with, key.partition, changes.collect()).await?;
    with.vault.forget(key.object.id);
    Ok(Details::new())
}

/// Destroys the imported material whose time was over first.
async fn expire(
    permit: &Permit<hsmd_gate::key_use::Modify>,
    with: &Dependencies,
) -> Result<Details, Error> {
    let key = AccountKey::of(permit)?;
    let Some((material, _)) = key.kms.first_to_expire() else {
        return Ok(Details::new());
    };
    key.remove_material(material.number, with).await?;
    let is_told = key.is_symmetric_encryption();
    let id = is_told.then(|| ("keyMaterialId", Detail::Text(material.id.to_string())));
    Ok(id.into_iter().collect())
}

/// Rotates a key whose period has passed.
async fn rotate(
    permit: &Permit<hsmd_gate::key_use::Modify>,
    with: &Dependencies,
) -> Result<Details, Error> {
    let key = AccountKey::of(permit)?;
    let mut object = key.rotated(permit, RotationType::Automatic, with)?;
    let previous = current_material(key.kms);
    let mut current = None;
    if let Some(kms) = object.kms.as_mut().map(Arc::make_mut) {
        current = current_material(kms);
        if let Some(rotation) = &mut kms.rotation {
            rotation.next_at_unix_milliseconds =
                now(with) + u64::from(rotation.period_days) * DAY_MILLISECONDS;
        }
    }
    key.replace(object, with).await?;
    let how = Detail::Name(RotationType::Automatic.kms_name());
    let materials = [
        ("previousKeyMaterialId", previous),
        ("currentKeyMaterialId", current),
    ];
    let materials = materials
        .into_iter()
        .filter_map(|(name, id)| Some((name, id?)));
    Ok([("rotationType", how)]
        .into_iter()
        .chain(materials)
        .collect())
}

fn current_material(kms: &KmsKey) -> Option<Detail> {
    let material = kms.current_material()?;
    Some(Detail::Text(material.id.to_string()))
}
