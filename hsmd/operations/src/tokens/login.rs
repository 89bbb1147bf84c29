//! `C_Login`.

use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::{Caller, PinHolder};
use hsmd_keys::{ObjectId, PartitionId};
use secrecy::SecretSlice;

use crate::{Dependencies, Error, Operation};

/// Logs the caller's application in to a token.
pub struct Login {
    /// Whose token.
    pub partition: PartitionId,
    /// As whom.
    pub holder: PinHolder,
    /// Their PIN.
    pub pin: SecretSlice<u8>,
}

impl Operation for Login {
    type Permits = Permit<key_use::Authenticate>;
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::LOGIN.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let needs = Needs::partition(&actions::LOGIN, self.partition);
        Ok(match self.holder.name() {
            Some(name) => needs.with_detail("user", Detail::Text(name.to_owned())),
            None => needs,
        })
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<(), Error> {
        Ok(with
            .pins
            .login(caller, permit.partition().id, self.holder, self.pin)
            .await?)
    }
}

/// Proves the PIN again for one use of a key that asks for it at each use (`CKU_CONTEXT_SPECIFIC`).
pub struct LoginForObject {
    /// Where the key is.
    pub partition: PartitionId,
    /// The key.
    pub object: ObjectId,
    /// The PIN of the role that is logged in.
    pub pin: SecretSlice<u8>,
}

impl Operation for LoginForObject {
    type Permits = Permit<key_use::Read>;
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::LOGIN_FOR_OBJECT.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        Ok(Needs::key(
            &actions::LOGIN_FOR_OBJECT,
            self.partition,
            self.object,
        ))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<(), Error> {
        let (partition, object) = (permit.partition().id, permit.object().id);
        Ok(with
            .pins
            .login_for_object(caller, partition, object, self.pin)
            .await?)
    }
}
