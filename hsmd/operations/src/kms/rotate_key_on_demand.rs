//! `RotateKeyOnDemand`.

use hsmd_gate::aws::KeyReference;
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Origin, RotationType};

use super::key::{AccountKey, now};
use super::rotation::make_current;
use super::{Error, key_detail};
use crate::{Dependencies, Operation, limits};

/// Rotates a key now.
pub struct RotateKeyOnDemand {
    /// Which key.
    pub key: KeyReference,
}

impl Operation for RotateKeyOnDemand {
    type Permits = Permit<key_use::Modify>;
    /// The key's ARN.
    type Output = String;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::ROTATE_KEY_ON_DEMAND.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let needs = Needs::kms_key(&actions::kms::ROTATE_KEY_ON_DEMAND, self.key.clone());
        Ok(key_detail(needs, &self.key))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<String, Error> {
        let key = AccountKey::of(permit)?;
        key.check_customers()?;
        if !key.is_symmetric_encryption() {
            return Err(Error::UnsupportedOperation(String::new()));
        }
        if key.kms.on_demand_rotations >= limits::KMS_ON_DEMAND_ROTATIONS_MAX {
            return Err(Error::RotationsExhausted { key: key.arn() });
        }
        let is_due = |next: u64| next <= now(with) + CONFLICT_MILLISECONDS;
        if key
            .kms
            .rotation
            .is_some_and(|rotation| is_due(rotation.next_at_unix_milliseconds))
        {
            return Err(Error::Conflict(format!(
                "{} is about to be rotated automatically.",
                key.arn()
            )));
        }
        let object = if key.kms.origin == Origin::External {
            let pending = key
                .kms
                .pending_material()
                .filter(|material| {
                    let import = material.import.as_ref();
                    import.is_some_and(|import| import.is_imported)
                })
                .ok_or_else(|| {
                    Error::InvalidState(format!(
                        "No available key material pending rotation for the key: {}.",
                        key.arn()
                    ))
                })?;
            key.with(|kms| make_current(kms, pending.number, RotationType::OnDemand, now(with)))
        } else {
            key.rotated(permit, RotationType::OnDemand, with)?
        };
        key.replace(object, with).await?;
        Ok(key.arn())
    }
}

/// So long before an automatic rotation, none is made on demand: 20 minutes.
const CONFLICT_MILLISECONDS: u64 = 20 * 60 * 1000;
