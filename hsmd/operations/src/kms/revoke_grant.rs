//! `RevokeGrant`.

use std::sync::Arc;

use hsmd_gate::aws::{AwsRefusal, KeyReference};
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Change, Grant};

use super::key::{AccountKey, change};
use super::{Error, key_detail};
use crate::{Dependencies, Operation};

/// Ends a grant, by those whom the key's policy names.
pub struct RevokeGrant {
    /// Which key.
    pub key: KeyReference,
    /// The grant's id.
    pub grant_id: String,
    /// Whether only to say what would come of it.
    pub is_dry_run: bool,
}

impl Operation for RevokeGrant {
    type Permits = Permit<key_use::Modify>;
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::REVOKE_GRANT.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let needs = Needs::kms_key(&actions::kms::REVOKE_GRANT, self.key.clone())
            .as_dry_run(self.is_dry_run);
        Ok(
            key_detail(needs, &self.key)
                .with_detail("grantId", Detail::Text(self.grant_id.clone())),
        )
    }

    fn check(&self, permit: &Self::Permits, with: &Dependencies) -> Result<(), Error> {
        self.grant(permit, with).map(drop)
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<(), Error> {
        let grant = self.grant(permit, with)?;
        change(with, permit.partition(), vec![Change::RemoveGrant(grant)]).await
    }
}

impl RevokeGrant {
    fn grant(
        &self,
        permit: &Permit<key_use::Modify>,
        with: &Dependencies,
    ) -> Result<Arc<Grant>, Error> {
        let key = AccountKey::of(permit)?;
        let found = self
            .grant_id
            .parse()
            .ok()
            .and_then(|id| with.repository.grant(key.partition.id, key.object.id, id));
        found.ok_or_else(|| {
            let grant = self.grant_id.clone();
            AwsRefusal::GrantNotFound { grant }.into()
        })
    }
}
