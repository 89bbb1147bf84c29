//! `C_InitPIN`.

use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::PartitionId;
use secrecy::SecretSlice;

use crate::{Dependencies, Error, Operation};

/// Sets the user's PIN, as the security officer.
pub struct InitPin {
    /// Whose token.
    pub partition: PartitionId,
    /// The user's new PIN.
    pub pin: SecretSlice<u8>,
}

impl Operation for InitPin {
    type Permits = Permit<key_use::Administer>;
    type Output = ();

    fn action() -> &'static Row {
        actions::INIT_PIN.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        Ok(Needs::partition(&actions::INIT_PIN, self.partition))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<(), Error> {
        Ok(with.pins.init_pin(permit.partition().id, self.pin).await?)
    }
}
