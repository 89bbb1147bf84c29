//! `GetKeyRotationStatus`.

use hsmd_gate::aws::KeyReference;
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Origin, Rotation};

use super::key::AccountKey;
use super::{Error, key_detail};
use crate::{Dependencies, Operation};

/// Says whether and when a key rotates by itself.
pub struct GetKeyRotationStatus {
    /// Which key.
    pub key: KeyReference,
}

/// Whether and when a key rotates.
#[derive(Debug, Clone)]
pub struct RotationStatus {
    /// The key's ARN.
    pub key_arn: String,
    /// How often and when next; none if it does not rotate, or not while it waits for its end.
    pub rotation: Option<Rotation>,
}

impl Operation for GetKeyRotationStatus {
    type Permits = Permit<key_use::Read>;
    type Output = RotationStatus;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::GET_KEY_ROTATION_STATUS.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let needs = Needs::kms_key(&actions::kms::GET_KEY_ROTATION_STATUS, self.key.clone());
        Ok(key_detail(needs, &self.key))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        _: &Dependencies,
    ) -> Result<RotationStatus, Error> {
        let key = AccountKey::of(permit)?;
        if key.kms.origin != Origin::AwsKms && !key.is_symmetric_encryption() {
            return Err(key.wrong_origin());
        }
        Ok(RotationStatus {
            key_arn: key.arn(),
            rotation: key.kms.rotation.filter(|_| key.kms.deletion.is_none()),
        })
    }
}
