//! `UpdateKeyDescription`.

use hsmd_gate::aws::KeyReference;
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;

use super::key::AccountKey;
use super::{Error, key_detail};
use crate::{Dependencies, Operation};

/// Changes a key's description.
pub struct UpdateKeyDescription {
    /// Which key.
    pub key: KeyReference,
    /// The new one; may be empty.
    pub description: String,
}

impl Operation for UpdateKeyDescription {
    type Permits = Permit<key_use::Modify>;
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::UPDATE_KEY_DESCRIPTION.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let needs = Needs::kms_key(&actions::kms::UPDATE_KEY_DESCRIPTION, self.key.clone());
        let description = Detail::Text(self.description.clone());
        Ok(key_detail(needs, &self.key).with_detail("description", description))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<(), Error> {
        let key = AccountKey::of(permit)?;
        key.check_customers()?;
        let object = key.with(|kms| kms.description = self.description);
        key.replace(object, with).await
    }
}
