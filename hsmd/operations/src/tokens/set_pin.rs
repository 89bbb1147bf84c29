//! `C_SetPIN`.

use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::PartitionId;
use secrecy::SecretSlice;

use crate::{Dependencies, Error, Operation};

/// Changes the PIN of the role that is logged in; the user's when nobody is.
pub struct SetPin {
    /// Whose token.
    pub partition: PartitionId,
    /// The PIN as it is.
    pub old_pin: SecretSlice<u8>,
    /// The PIN as it will be.
    pub new_pin: SecretSlice<u8>,
}

impl Operation for SetPin {
    type Permits = Permit<key_use::Administer>;
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::SET_PIN.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        Ok(Needs::partition(&actions::SET_PIN, self.partition))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<(), Error> {
        Ok(with
            .pins
            .set_pin(caller, permit.partition().id, self.old_pin, self.new_pin)
            .await?)
    }
}
