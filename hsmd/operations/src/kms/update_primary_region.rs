//! `UpdatePrimaryRegion`.

use hsmd_gate::aws::KeyReference;
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;

use super::key::AccountKey;
use super::{Error, key_detail};
use crate::{Dependencies, Operation};

/// Makes another Region's copy of a key the primary one.
pub struct UpdatePrimaryRegion {
    /// Which key.
    pub key: KeyReference,
    /// The new primary Region.
    pub region: String,
}

impl Operation for UpdatePrimaryRegion {
    type Permits = Permit<key_use::Modify>;
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::UPDATE_PRIMARY_REGION.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let needs = Needs::kms_key(&actions::kms::UPDATE_PRIMARY_REGION, self.key.clone())
            .with_condition("kms:PrimaryRegion", self.region.clone());
        let region = Detail::Text(self.region.clone());
        Ok(key_detail(needs, &self.key).with_detail("primaryRegion", region))
    }

    /// No key has a copy in another Region that could take the place.
    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        _: &Dependencies,
    ) -> Result<(), Error> {
        let key = AccountKey::of(permit)?;
        key.check_primary()?;
        Err(Error::UnsupportedOperation(format!(
            "{} has no replica in {}.",
            key.arn(),
            self.region
        )))
    }
}
