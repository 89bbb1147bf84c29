//! `C_InitToken` on a partition's slot.

use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Partition, PartitionId};
use secrecy::{ExposeSecret, SecretSlice};

use super::token::{Token, check_label};
use crate::{Dependencies, Error, Operation};

/// Initialises a partition's token. An initialised one needs its SO PIN, and loses all its objects, its user PIN and its
/// partition key.
pub struct InitToken {
    /// The partition.
    pub partition: PartitionId,
    /// The new label.
    pub label: String,
    /// The security officer's PIN: the one that is set, or the first.
    pub so_pin: SecretSlice<u8>,
}

impl Operation for InitToken {
    type Permits = Permit<key_use::Administer>;
    type Output = Token;
    type Error = Error;

    fn action() -> &'static Row {
        actions::INIT_TOKEN.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        check_label(&self.label)?;
        Ok(Needs::partition(&actions::INIT_TOKEN, self.partition))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<Token, Error> {
        let partition = permit.partition();
        // It would destroy the keys of an account without their waiting period.
        if partition.tenancy.is_some() {
            return Err(Error::ActionProhibited);
        }
        if partition.is_initialized {
            with.pins
                .check_security_officer(partition.id, copy(&self.so_pin))
                .await?;
        }
        let records = with
            .pins
            .initial_records(partition.id, self.so_pin, None)
            .await?;
        let version = partition
            .current_key()
            .map_or(1, |key| key.version.saturating_add(1));
        let partition = Partition {
            label: self.label,
            is_initialized: true,
            keys: vec![with.vault.new_partition_key(partition.id, version)?],
            ..Partition::clone(partition)
        };
        let partition = with
            .repository
            .reinitialize_partition(partition, records)
            .await?;
        with.pins.end_logins(partition.id);
        with.vault.forget_partition(partition.id);
        Token::of(&partition, with).await
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the copy goes to the PIN check, which wipes it"
)]
fn copy(pin: &SecretSlice<u8>) -> SecretSlice<u8> {
    pin.expose_secret().to_vec().into()
}
