//! `EnableKey`.

use hsmd_gate::aws::KeyReference;
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::KeyEvent;

use super::key::AccountKey;
use super::{Error, key_detail};
use crate::{Dependencies, Operation};

/// Lets a key be used again.
pub struct EnableKey {
    /// Which key.
    pub key: KeyReference,
}

impl Operation for EnableKey {
    type Permits = Permit<key_use::Modify>;
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::ENABLE_KEY.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let needs = Needs::kms_key(&actions::kms::ENABLE_KEY, self.key.clone());
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
        key.replace(key.after(KeyEvent::Enable, |_| ())?, with)
            .await
    }
}
