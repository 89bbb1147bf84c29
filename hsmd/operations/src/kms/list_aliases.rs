//! `ListAliases`.

use hsmd_gate::aws::{AwsRefusal, KeyReference, Named, Resource};
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Alias, ObjectId, Partition, Tenancy};

use super::key::tenancy;
use super::marker::List;
use super::{Error, Page, PageRequest};
use crate::{Dependencies, Operation};

/// Lists the aliases of the caller's account, or of one of its keys.
pub struct ListAliases {
    /// Whose aliases alone are asked for, by id or ARN.
    pub key: Option<KeyReference>,
    /// Which page.
    pub page: PageRequest,
}

/// An alias in a list. Times are in milliseconds since 1970.
#[derive(Debug, Clone)]
pub struct AliasEntry {
    /// The name with `alias/`.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The id of the key that it points to.
    pub target_key_id: String,
    /// When it was made.
    pub created_at_unix_milliseconds: u64,
    /// When it was made to point where it points.
    pub updated_at_unix_milliseconds: u64,
}

impl Operation for ListAliases {
    type Permits = Permit<key_use::Search>;
    type Output = Page<AliasEntry>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::LIST_ALIASES.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        Ok(Needs::aws_account(&actions::kms::LIST_ALIASES))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<Page<AliasEntry>, Error> {
        let partition = permit.partition();
        let tenancy = tenancy(partition)?;
        let key = self
            .key
            .as_ref()
            .map(|key| named_key(key, partition, tenancy, with))
            .transpose()?;
        let list = List {
            operation: "ListAliases",
            partition: partition.id.as_bytes(),
            filter: key.as_ref().map_or(&[], |key| key.as_bytes()),
        };
        let after = self.page.after(&list, with)?;
        let after = after.as_deref().map(String::from_utf8_lossy);
        let limit = self.page.limit(50, 100);
        let found = match key {
            None => with
                .repository
                .aliases(partition.id, after.as_deref(), limit),
            Some(key) => {
                let mut of_key = with.repository.aliases_of(partition.id, key);
                of_key.sort_by(|one, other| one.name.cmp(&other.name));
                of_key.retain(|alias| after.as_deref().is_none_or(|after| &*alias.name > after));
                let is_last = of_key.len() <= limit;
                of_key.truncate(limit);
                hsmd_keys::Page {
                    entries: of_key,
                    is_last,
                }
            }
        };
        let entries = found
            .entries
            .iter()
            .filter_map(|alias| entry(alias, partition, tenancy, with))
            .collect();
        let last = found.entries.last().map(|alias| alias.name.as_bytes());
        Page::new(entries, found.is_last, last, &list, with)
    }
}

fn entry(
    alias: &Alias,
    partition: &Partition,
    tenancy: &Tenancy,
    with: &Dependencies,
) -> Option<AliasEntry> {
    let target = with.repository.object(partition.id, alias.target)?;
    Some(AliasEntry {
        name: alias.full_name(),
        arn: tenancy.alias_arn(&alias.name),
        target_key_id: target.key_id()?.to_string(),
        created_at_unix_milliseconds: alias.created_at_unix_milliseconds,
        updated_at_unix_milliseconds: alias.updated_at_unix_milliseconds,
    })
}

/// The key of the caller's account and Region that a reference names.
fn named_key(
    reference: &KeyReference,
    partition: &Partition,
    tenancy: &Tenancy,
    with: &Dependencies,
) -> Result<ObjectId, Error> {
    let text = || reference.text().to_owned();
    let resource = match reference.named() {
        Named::Key(resource) => resource,
        Named::Arn {
            region,
            account,
            resource,
        } if *region == tenancy.region.as_str() && *account == tenancy.account.as_str() => resource,
        Named::Arn { region, .. } if *region != tenancy.region.as_str() => {
            return Err(AwsRefusal::ArnOfAnotherRegion {
                region: region.clone(),
            }
            .into());
        }
        Named::Arn { .. } => return Err(AwsRefusal::KeyNotFound { arn: text() }.into()),
        Named::InvalidArn => return Err(AwsRefusal::ArnInvalid { text: text() }.into()),
        Named::Alias(_) | Named::ByCiphertext { .. } | Named::Unknown => {
            return Err(AwsRefusal::KeyIdInvalid { text: text() }.into());
        }
    };
    let Resource::Key(name) = *resource else {
        return Err(AwsRefusal::KeyIdInvalid { text: text() }.into());
    };
    with.repository
        .object(partition.id, name.object)
        .filter(|object| object.key_id() == Some(name))
        .map(|object| object.id)
        .ok_or_else(|| {
            AwsRefusal::KeyNotFound {
                arn: tenancy.key_arn(name),
            }
            .into()
        })
}
