//! `RevokeGrant`.

use hsmd_gate::aws::{AwsRefusal, KeyReference};
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::Change;

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
            .with_condition("kms:GrantIsForAWSResource", "false")
            .as_dry_run(self.is_dry_run);
        Ok(
            key_detail(needs, &self.key)
                .with_detail("grantId", Detail::Text(self.grant_id.clone())),
        )
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<(), Error> {
        let key = AccountKey::of(permit)?;
        let grant = self
            .grant_id
            .parse()
            .ok()
            .and_then(|id| with.repository.grant(key.partition.id, key.object.id, id))
            .ok_or(Error::from(AwsRefusal::GrantNotFound {
                grant: self.grant_id,
            }))?;
        change(with, key.partition, vec![Change::RemoveGrant(grant)]).await
    }
}
