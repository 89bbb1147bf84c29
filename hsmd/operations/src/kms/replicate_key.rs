//! `ReplicateKey`.

use hsmd_gate::aws::KeyReference;
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;

use super::key::AccountKey;
use super::metadata::KeyMetadata;
use super::{Error, key_detail};
use crate::{Dependencies, Operation};

/// Copies a key to another Region.
pub struct ReplicateKey {
    /// Which key.
    pub key: KeyReference,
    /// Where to.
    pub region: String,
}

impl Operation for ReplicateKey {
    type Permits = Permit<key_use::Modify>;
    type Output = KeyMetadata;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::REPLICATE_KEY.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let needs = Needs::kms_key(&actions::kms::REPLICATE_KEY, self.key.clone())
            .with_condition("kms:ReplicaRegion", self.region.clone());
        let region = Detail::Text(self.region.clone());
        Ok(key_detail(needs, &self.key).with_detail("replicaRegion", region))
    }

    /// Keys stay in their Region: this daemon replicates none.
    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        _: &Dependencies,
    ) -> Result<KeyMetadata, Error> {
        let key = AccountKey::of(permit)?;
        key.check_primary()?;
        Err(Error::UnsupportedOperation(
            "Keys are not replicated to other Regions.".to_owned(),
        ))
    }
}

impl AccountKey<'_> {
    /// Refuses all but a multi-Region primary key.
    pub(super) fn check_primary(&self) -> Result<(), Error> {
        let regions = self.kms.multi_region.as_ref();
        if regions.is_some_and(|regions| regions.primary == self.tenancy.region) {
            return Ok(());
        }
        Err(Error::UnsupportedOperation(format!(
            "{} is not a multi-region primary key.",
            self.arn()
        )))
    }
}
