//! `ListAliases`.

use hsmd_gate::aws::{AwsRefusal, KeyReference, Named, Resource};
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Alias, ObjectId, Partition, Tenancy};

use super::key::tenancy;
use super::marker::List;
use super::{Error, Page, PageRequest, managed_keys};
use crate::{Dependencies, Operation};

/// Lists the aliases of the caller's account, or of one of its keys.
pub struct ListAliases {
    /// Whose aliases alone are asked for, by id or ARN.
    pub key: Option<KeyReference>,
    /// Which page.
    pub page: PageRequest,
}

/// An alias in a list.
#[derive(Debug, Clone)]
pub struct AliasEntry {
    /// The name with `alias/`.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Where it points; nowhere if it is a service's whose key is not there yet.
    pub target: Option<AliasTarget>,
}

/// Where an alias points. Times are in milliseconds since 1970.
#[derive(Debug, Clone)]
pub struct AliasTarget {
    /// The id of the key.
    pub key_id: String,
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
        let mut names: Vec<String> = found
            .entries
            .iter()
            .map(|alias| alias.name.to_string())
            .collect();
        let mut is_last = found.is_last;
        if key.is_none() {
            names.extend(managed_keys::alias_names().filter(|name| {
                after.as_deref().is_none_or(|after| name.as_str() > after)
                    && with.repository.alias(partition.id, name).is_none()
            }));
            names.sort_unstable();
            is_last &= names.len() <= limit;
            names.truncate(limit);
        }
        let mut aliases = found.entries.iter().peekable();
        let entries = names
            .iter()
            .filter_map(
                |name| match aliases.next_if(|alias| *alias.name == **name) {
                    Some(alias) => entry(alias, partition, tenancy, with),
                    None => Some(AliasEntry {
                        name: format!("alias/{name}"),
                        arn: tenancy.alias_arn(name),
                        target: None,
                    }),
                },
            )
            .collect();
        let last = names.last().map(std::string::String::as_bytes);
        Page::new(entries, is_last, last, &list, with)
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
        target: Some(AliasTarget {
            key_id: target.key_id()?.to_string(),
            created_at_unix_milliseconds: alias.created_at_unix_milliseconds,
            updated_at_unix_milliseconds: alias.updated_at_unix_milliseconds,
        }),
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
