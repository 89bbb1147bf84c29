//! `ListRetirableGrants`.

use std::sync::Arc;

use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{GrantId, ObjectId, Partition, PartitionId};

use super::key::tenancy;
use super::marker::List;
use super::{Error, GrantEntry, Page, PageRequest, grants};
use crate::{Dependencies, Operation};

/// Lists the grants that a principal may retire, in all accounts of the Region.
pub struct ListRetirableGrants {
    /// The principal: an ARN, or a service's name.
    pub principal: String,
    /// Which page.
    pub page: PageRequest,
}

impl Operation for ListRetirableGrants {
    type Permits = Permit<key_use::Search>;
    type Output = Page<GrantEntry>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::LIST_RETIRABLE_GRANTS.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        Ok(Needs::aws_account(&actions::kms::LIST_RETIRABLE_GRANTS)
            .with_resource(self.principal.clone())
            .with_detail("retiringPrincipal", Detail::Text(self.principal.clone())))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<Page<GrantEntry>, Error> {
        let own = permit.partition();
        let tenancy = tenancy(own)?;
        if !grants::is_service(&self.principal)
            && self.principal.split(':').nth(4) != Some(tenancy.account.as_str())
        {
            return Err(Error::InvalidArn(format!("Invalid arn {}", self.principal)));
        }
        let list = List {
            operation: "ListRetirableGrants",
            partition: own.id.as_bytes(),
            filter: self.principal.as_bytes(),
        };
        let after = self
            .page
            .after(&list, with)?
            .and_then(|at| Position::read(&at));
        let limit = self.page.limit(50, 100);
        let mut partitions: Vec<Arc<Partition>> = with.repository.partitions();
        partitions.retain(|one| {
            let is_of_region = |of: &hsmd_keys::Tenancy| of.region == tenancy.region;
            one.tenancy.as_ref().is_some_and(is_of_region)
                && after.is_none_or(|after| one.id >= after.partition)
        });
        partitions.sort_by_key(|partition| partition.id);
        let mut entries = Vec::new();
        let mut last = None;
        for (index, partition) in partitions.iter().enumerate() {
            let after = after
                .filter(|after| after.partition == partition.id)
                .map(|after| (after.key, after.grant));
            let found = with.repository.retirable_grants(
                partition.id,
                &self.principal,
                after,
                limit - entries.len(),
            );
            last = found
                .entries
                .last()
                .map(|grant| Position {
                    partition: partition.id,
                    key: grant.key,
                    grant: grant.id,
                })
                .or(last);
            entries.extend(
                found
                    .entries
                    .iter()
                    .filter_map(|grant| grants::entry(grant, partition, with)),
            );
            let is_last = found.is_last && index + 1 == partitions.len();
            if !is_last && entries.len() >= limit {
                let position = last.map(Position::write);
                return Page::new(entries, false, position.as_deref(), &list, with);
            }
        }
        Page::new(entries, true, None, &list, with)
    }
}

/// Where a page ends.
#[derive(Clone, Copy)]
struct Position {
    partition: PartitionId,
    key: ObjectId,
    grant: GrantId,
}

impl Position {
    fn write(self) -> Vec<u8> {
        [
            self.partition.as_bytes().as_slice(),
            self.key.as_bytes(),
            self.grant.as_bytes(),
        ]
        .concat()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (partition, rest) = bytes.split_at_checked(16)?;
        let (key, grant) = rest.split_at_checked(16)?;
        Some(Self {
            partition: PartitionId::from_slice(partition)?,
            key: ObjectId::from_slice(key)?,
            grant: GrantId::from_bytes(grant.try_into().ok()?),
        })
    }
}
