//! Making a partition for a tenant.

use hsmd_gate::{Detail, Needs, Row, actions};
use hsmd_identity::Caller;
use hsmd_keys::{Partition, PartitionId, TokenProfile};
use secrecy::SecretSlice;

use super::token::{Token, check_label, check_name, check_room, free_slot};
use crate::{Dependencies, Error, Operation};

/// Makes a partition, and its token too if PINs are given.
pub struct CreatePartition {
    /// What operators call it.
    pub name: String,
    /// What its token allows; the daemon's default if nothing is said.
    pub profile: Option<TokenProfile>,
    /// The token, if it is to be initialised at once.
    pub token: Option<NewToken>,
}

/// What makes a partition's token.
pub struct NewToken {
    /// Its label.
    pub label: String,
    /// The security officer's PIN.
    pub so_pin: SecretSlice<u8>,
    /// The user's PIN, if it is to be set at once.
    pub user_pin: Option<SecretSlice<u8>>,
}

impl Operation for CreatePartition {
    type Permits = ();
    type Output = Token;
    type Error = Error;

    fn action() -> &'static Row {
        actions::CREATE_PARTITION.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        check_name(&self.name)?;
        self.token
            .as_ref()
            .map_or(Ok(()), |token| check_label(&token.label))?;
        Ok(Needs::daemon(&actions::CREATE_PARTITION)
            .with_detail("name", Detail::Text(self.name.clone())))
    }

    async fn execute(self, (): &(), _: &Caller, with: &Dependencies) -> Result<Token, Error> {
        create(self.name, self.profile, free_slot(with), self.token, with).await
    }

    fn made(token: &Token) -> Option<[u8; 16]> {
        token.partition.map(|partition| *partition.as_bytes())
    }
}

/// Makes a partition in a slot.
pub(super) async fn create(
    name: String,
    profile: Option<TokenProfile>,
    slot: u64,
    token: Option<NewToken>,
    with: &Dependencies,
) -> Result<Token, Error> {
    check_room(with)?;
    let id = PartitionId::random()?;
    let (label, records) = match token {
        Some(token) => (
            token.label,
            with.pins
                .initial_records(id, token.so_pin, token.user_pin)
                .await?,
        ),
        None => (String::new(), Vec::new()),
    };
    let partition = Partition {
        id,
        slot,
        name,
        is_initialized: !label.is_empty(),
        label,
        profile: profile.unwrap_or(with.default_profile),
        tenancy: None,
        keys: vec![with.vault.new_partition_key(id, 1)?],
        era: 0,
        created_at_unix_milliseconds: u64::try_from(with.clock.since_epoch().as_millis())
            .unwrap_or(u64::MAX),
        revision: 0,
    };
    let partition = with.repository.create_partition(partition, records).await?;
    Token::of(&partition, with).await
}
