//! `ListGrants`.

use hsmd_gate::aws::KeyReference;
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::GrantId;

use super::key::AccountKey;
use super::marker::List;
use super::{Error, GrantEntry, Page, PageRequest, grants, key_detail};
use crate::{Dependencies, Operation};

/// Lists a key's grants, by id.
pub struct ListGrants {
    /// Which key.
    pub key: KeyReference,
    /// Which grant alone.
    pub grant_id: Option<String>,
    /// Whose grants alone: the ARN of a grantee, or a service's name.
    pub grantee: Option<String>,
    /// Which page.
    pub page: PageRequest,
}

impl Operation for ListGrants {
    type Permits = Permit<key_use::Read>;
    type Output = Page<GrantEntry>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::LIST_GRANTS.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let needs = Needs::kms_key(&actions::kms::LIST_GRANTS, self.key.clone());
        Ok(key_detail(needs, &self.key))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<Page<GrantEntry>, Error> {
        let key = AccountKey::of(permit)?;
        let (partition, object) = (key.partition, key.object.id);
        let filters = [&self.grant_id, &self.grantee].map(|text| text.as_deref().unwrap_or(""));
        let filter = [object.to_string().as_str(), filters[0], filters[1]].join("\n");
        let list = List {
            operation: "ListGrants",
            partition: partition.id.as_bytes(),
            filter: filter.as_bytes(),
        };
        let after = self.page.after(&list, with)?;
        let after = after.and_then(|bytes| Some(GrantId::from_bytes(bytes.try_into().ok()?)));
        let limit = self.page.limit(50, 100);
        let page = match (&self.grant_id, &self.grantee) {
            (None, None) => with.repository.grants(partition.id, object, after, limit),
            (Some(id), grantee) => {
                // An id that is none is one that no grant has.
                let grant = id
                    .parse()
                    .ok()
                    .and_then(|id| with.repository.grant(partition.id, object, id))
                    .filter(|grant| {
                        grantee
                            .as_deref()
                            .is_none_or(|grantee| *grant.grantee == *grantee)
                    });
                hsmd_keys::Page {
                    entries: grant.into_iter().collect(),
                    is_last: true,
                }
            }
            (None, Some(grantee)) => {
                with.repository
                    .grants_to(partition.id, object, grantee, after, limit)
            }
        };
        let last = page.entries.last().map(|grant| grant.id);
        let entries = page
            .entries
            .iter()
            .filter_map(|grant| grants::entry(grant, partition, with));
        Page::new(
            entries.collect(),
            page.is_last,
            last.as_ref().map(|id| id.as_bytes().as_slice()),
            &list,
            with,
        )
    }
}
