//! `DisableKeyRotation`.

use hsmd_gate::aws::KeyReference;
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;

use super::key::AccountKey;
use super::{Error, key_detail};
use crate::{Dependencies, Operation};

/// Lets a key no longer rotate by itself.
pub struct DisableKeyRotation {
    /// Which key.
    pub key: KeyReference,
}

impl Operation for DisableKeyRotation {
    type Permits = Permit<key_use::Modify>;
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::DISABLE_KEY_ROTATION.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let needs = Needs::kms_key(&actions::kms::DISABLE_KEY_ROTATION, self.key.clone());
        Ok(key_detail(needs, &self.key))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<(), Error> {
        let key = AccountKey::of(permit)?;
        key.check_customers()?;
        key.check_rotates_by_itself()?;
        key.replace(key.with(|kms| kms.rotation = None), with).await
    }
}
