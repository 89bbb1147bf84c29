//! `UpdateAlias`.

use std::sync::Arc;

use hsmd_gate::aws::{AwsRefusal, KeyReference};
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Alias, Change};

use super::alias_names::{AliasName, check_target, relabelling};
use super::key::{AccountKey, change, now};
use super::{Error, target_detail};
use crate::{Dependencies, Operation, limits};

/// Points an alias to another key of the same kind and usage.
pub struct UpdateAlias {
    /// The name.
    pub name: AliasName,
    /// The new key, by id or ARN.
    pub target: KeyReference,
}

impl Operation for UpdateAlias {
    type Permits = (Permit<key_use::Modify>, Permit<key_use::Modify>);
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::UPDATE_ALIAS.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        check_target(&self.target)?;
        let needs = Needs::kms_keys(
            &actions::kms::UPDATE_ALIAS,
            self.name.key(),
            self.target.clone(),
        )
        .with_alias(self.name.full());
        Ok(target_detail(needs, &self.target)
            .with_detail("aliasName", Detail::Text(self.name.full().to_owned())))
    }

    async fn execute(
        self,
        permits: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<(), Error> {
        let (old, new) = (AccountKey::of(&permits.0)?, AccountKey::of(&permits.1)?);
        new.check_customers()?;
        let kind = |key: &AccountKey<'_>| (key.spec.is_asymmetric(), key.kms.usage);
        if kind(&old) != kind(&new) {
            return Err(Error::Validation(format!(
                "Alias {} cannot be changed to a key of another type or usage.",
                self.name.full()
            )));
        }
        let partition = new.partition;
        let alias = with
            .repository
            .alias(partition.id, self.name.bare())
            .filter(|alias| alias.target == old.object.id)
            .ok_or_else(|| {
                Error::from(AwsRefusal::AliasNotFound {
                    arn: new.tenancy.alias_arn(self.name.bare()),
                })
            })?;
        let updated = Alias {
            target: new.object.id,
            updated_at_unix_milliseconds: now(with),
            ..Alias::clone(&alias)
        };
        let mut changes = vec![];
        if old.object.id != new.object.id {
            let mut of_old = with.repository.aliases_of(partition.id, old.object.id);
            of_old.retain(|other| other.name != alias.name);
            let mut of_new = with.repository.aliases_of(partition.id, new.object.id);
            if of_new.len() >= limits::KMS_ALIASES_MAX {
                return Err(Error::LimitExceeded("The key has too many aliases."));
            }
            of_new.push(Arc::new(updated.clone()));
            of_new.sort_by_key(|alias| alias.created_at_unix_milliseconds);
            changes.extend(relabelling(&old, &of_old, with));
            changes.extend(relabelling(&new, &of_new, with));
        }
        changes.push(Change::PutAlias(updated));
        change(with, partition, changes).await
    }
}
