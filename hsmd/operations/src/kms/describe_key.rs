//! `DescribeKey`.

use hsmd_gate::aws::{AskedKey, KeyReference};
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;

use super::key::AccountKey;
use super::metadata::KeyMetadata;
use super::{Error, key_detail};
use crate::{Dependencies, Operation};

/// Describes a key.
pub struct DescribeKey {
    /// Which.
    pub key: KeyReference,
    /// Tokens of grants that may allow it.
    pub grant_tokens: Vec<String>,
}

impl Operation for DescribeKey {
    type Permits = Permit<key_use::Read>;
    type Output = KeyMetadata;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::DESCRIBE_KEY.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let key = AskedKey::new(self.key.clone());
        let needs = Needs::kms_key(&actions::kms::DESCRIBE_KEY, key)
            .with_grant_tokens(self.grant_tokens.clone());
        Ok(key_detail(needs, &self.key))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        _: &Dependencies,
    ) -> Result<KeyMetadata, Error> {
        Ok(AccountKey::of(permit)?.metadata())
    }
}
