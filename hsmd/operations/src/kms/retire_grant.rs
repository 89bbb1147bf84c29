//! `RetireGrant`.

use hsmd_gate::aws::{AwsRefusal, GrantReference, GrantToken, KeyReference};
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Change, GrantId};

use super::Error;
use super::key::{AccountKey, change};
use crate::{Dependencies, Operation};

/// Ends a grant, by those whom it names.
pub struct RetireGrant {
    /// Which grant.
    pub grant: RetiredGrant,
    /// Whether only to say what would come of it.
    pub is_dry_run: bool,
}

/// Which grant is to be retired.
pub enum RetiredGrant {
    /// That of this token.
    Token(String),
    /// That with this id.
    Id {
        /// The key, by its ARN.
        key: KeyReference,
        /// The grant's id.
        grant_id: String,
    },
}

impl Operation for RetireGrant {
    type Permits = Permit<key_use::Modify>;
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::RETIRE_GRANT.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let retires = |grant| {
            Needs::kms_grant(&actions::kms::RETIRE_GRANT, grant).as_dry_run(self.is_dry_run)
        };
        Ok(match &self.grant {
            RetiredGrant::Token(token) => retires(GrantReference::Token(token.clone())),
            RetiredGrant::Id { key, grant_id } => {
                let reference = GrantReference::Id {
                    key: key.clone(),
                    grant: grant_id.clone(),
                };
                let needs = retires(reference);
                super::key_detail(needs, key).with_detail("grantId", Detail::Text(grant_id.clone()))
            }
        })
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<(), Error> {
        let key = AccountKey::of(permit)?;
        let (text, id): (String, Option<GrantId>) = match self.grant {
            RetiredGrant::Token(token) => {
                let id = GrantToken::parse(&token).map(|token| token.grant);
                (String::new(), id)
            }
            RetiredGrant::Id { grant_id, .. } => {
                let id = grant_id.parse().ok();
                (grant_id, id)
            }
        };
        let grant = id
            .and_then(|id| with.repository.grant(key.partition.id, key.object.id, id))
            .ok_or(AwsRefusal::GrantNotFound { grant: text })?;
        change(with, key.partition, vec![Change::RemoveGrant(grant)]).await
    }
}
