//! `CancelKeyDeletion`.

use hsmd_gate::aws::KeyReference;
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::KeyEvent;

use super::key::AccountKey;
use super::{Error, key_detail};
use crate::{Dependencies, Operation};

/// Calls a key's end off. It is disabled then.
pub struct CancelKeyDeletion {
    /// Which key.
    pub key: KeyReference,
}

impl Operation for CancelKeyDeletion {
    type Permits = Permit<key_use::Modify>;
    /// The key's ARN.
    type Output = String;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::CANCEL_KEY_DELETION.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let needs = Needs::kms_key(&actions::kms::CANCEL_KEY_DELETION, self.key.clone());
        Ok(key_detail(needs, &self.key))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<String, Error> {
        let key = AccountKey::of(permit)?;
        let object = key.after(KeyEvent::CancelDeletion, |kms| kms.deletion = None)?;
        key.replace(object, with).await?;
        Ok(key.arn())
    }
}
