//! `DeleteAlias`.

use hsmd_gate::aws::AwsRefusal;
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::Change;

use super::Error;
use super::alias_names::{AliasName, relabelling};
use super::key::{AccountKey, change};
use crate::{Dependencies, Operation};

/// Takes an alias away. The key stays as it is.
pub struct DeleteAlias {
    /// The name.
    pub name: AliasName,
}

impl Operation for DeleteAlias {
    type Permits = Permit<key_use::Modify>;
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::DELETE_ALIAS.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        Ok(Needs::kms_key(&actions::kms::DELETE_ALIAS, self.name.key())
            .with_alias(self.name.full())
            .with_detail("aliasName", Detail::Text(self.name.full().to_owned())))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<(), Error> {
        let key = AccountKey::of(permit)?;
        let alias = with
            .repository
            .alias(key.partition.id, self.name.bare())
            .filter(|alias| alias.target == key.object.id)
            .ok_or_else(|| {
                Error::from(AwsRefusal::AliasNotFound {
                    arn: key.tenancy.alias_arn(self.name.bare()),
                })
            })?;
        let mut others = with.repository.aliases_of(key.partition.id, key.object.id);
        others.retain(|other| other.name != alias.name);
        let mut changes = relabelling(&key, &others, with);
        changes.push(Change::RemoveAlias(alias));
        change(with, key.partition, changes).await
    }
}
