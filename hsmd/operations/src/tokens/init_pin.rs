//! `C_InitPIN`.

use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::{Caller, PinHolder};
use hsmd_keys::PartitionId;
use secrecy::SecretSlice;

use crate::{Dependencies, Error, Operation};

/// Sets a user's PIN, or removes a user with a name, as the security officer.
pub struct InitPin {
    /// Whose token.
    pub partition: PartitionId,
    /// Whose PIN.
    pub holder: PinHolder,
    /// The new PIN; none removes a user with a name.
    pub pin: Option<SecretSlice<u8>>,
}

impl Operation for InitPin {
    type Permits = Permit<key_use::Administer>;
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::INIT_PIN.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let needs = Needs::partition(&actions::INIT_PIN, self.partition);
        match (self.holder.name(), &self.pin) {
            (Some(name), _) => Ok(needs.with_detail("user", Detail::Text(name.to_owned()))),
            (None, Some(_)) => Ok(needs),
            (None, None) => Err(Error::MalformedRequest { field: "pin" }),
        }
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<(), Error> {
        let partition = permit.partition().id;
        match self.pin {
            Some(pin) => with.pins.init_pin(partition, &self.holder, pin).await?,
            None => with.pins.remove_user(partition, &self.holder).await?,
        }
        Ok(())
    }
}
