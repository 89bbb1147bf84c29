//! `GetKeyLastUsage`.

use hsmd_gate::aws::KeyReference;
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::LastUse;

use super::key::AccountKey;
use super::{Error, key_detail};
use crate::{Dependencies, Operation};

/// Says when a key was used last.
pub struct GetKeyLastUsage {
    /// Which key.
    pub key: KeyReference,
}

/// When a key was used last. Times are in milliseconds since 1970.
#[derive(Debug, Clone)]
pub struct KeyLastUsage {
    /// The key's ARN.
    pub key_arn: String,
    /// When the key was made.
    pub created_at_unix_milliseconds: u64,
    /// Since when uses are noted.
    pub tracked_since_unix_milliseconds: u64,
    /// The last use, if there was one.
    pub usage: Option<LastUse>,
}

impl Operation for GetKeyLastUsage {
    type Permits = Permit<key_use::Read>;
    type Output = KeyLastUsage;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::GET_KEY_LAST_USAGE.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let needs = Needs::kms_key(&actions::kms::GET_KEY_LAST_USAGE, self.key.clone());
        Ok(key_detail(needs, &self.key))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<KeyLastUsage, Error> {
        let key = AccountKey::of(permit)?;
        let usages = &with.last_usages;
        Ok(KeyLastUsage {
            usage: usages
                .of(key.partition.id, key.object.id, &with.repository)
                .await?,
            key_arn: key.arn(),
            created_at_unix_milliseconds: key.kms.created_at_unix_milliseconds,
            tracked_since_unix_milliseconds: usages.since_unix_milliseconds(),
        })
    }
}
