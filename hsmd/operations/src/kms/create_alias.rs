//! `CreateAlias`.

use std::sync::Arc;

use hsmd_gate::aws::KeyReference;
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Alias, Change};

use super::alias_names::{AliasName, check_target, relabelling};
use super::key::{AccountKey, change, now};
use super::{Error, target_detail};
use crate::{Dependencies, Operation, limits};

/// Gives a key an alias.
pub struct CreateAlias {
    /// The name.
    pub name: AliasName,
    /// The key, by id or ARN.
    pub target: KeyReference,
}

impl Operation for CreateAlias {
    type Permits = Permit<key_use::Modify>;
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::CREATE_ALIAS.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        check_target(&self.target)?;
        let needs = Needs::kms_key(&actions::kms::CREATE_ALIAS, self.target.clone())
            .with_alias(self.name.full());
        Ok(target_detail(needs, &self.target)
            .with_detail("aliasName", Detail::Text(self.name.full().to_owned())))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<(), Error> {
        let key = AccountKey::of(permit)?;
        key.check_customers()?;
        let exists = || Error::AlreadyExists {
            alias: key.tenancy.alias_arn(self.name.bare()),
        };
        if with
            .repository
            .alias(key.partition.id, self.name.bare())
            .is_some()
        {
            return Err(exists());
        }
        let mut aliases = with.repository.aliases_of(key.partition.id, key.object.id);
        if aliases.len() >= limits::KMS_ALIASES_MAX {
            return Err(Error::LimitExceeded("The key has too many aliases."));
        }
        let now = now(with);
        let alias = Alias {
            name: self.name.bare().into(),
            target: key.object.id,
            created_at_unix_milliseconds: now,
            updated_at_unix_milliseconds: now,
            revision: 0,
        };
        aliases.push(Arc::new(alias.clone()));
        let mut changes = relabelling(&key, &aliases, with);
        changes.push(Change::PutAlias(alias));
        match change(with, key.partition, changes).await {
            // Another request was faster.
            Err(_)
                if with
                    .repository
                    .alias(key.partition.id, self.name.bare())
                    .is_some() =>
            {
                Err(exists())
            }
            outcome => outcome,
        }
    }
}
