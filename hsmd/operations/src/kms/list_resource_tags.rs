//! `ListResourceTags`.

use std::ops::Bound;

use hsmd_gate::aws::KeyReference;
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;

use super::key::AccountKey;
use super::marker::List;
use super::{Error, Page, PageRequest, key_detail};
use crate::{Dependencies, Operation};

/// Lists a key's tags.
pub struct ListResourceTags {
    /// Which key.
    pub key: KeyReference,
    /// Which page.
    pub page: PageRequest,
}

impl Operation for ListResourceTags {
    type Permits = Permit<key_use::Read>;
    type Output = Page<(String, String)>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::LIST_RESOURCE_TAGS.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let needs = Needs::kms_key(&actions::kms::LIST_RESOURCE_TAGS, self.key.clone());
        Ok(key_detail(needs, &self.key))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<Page<(String, String)>, Error> {
        let key = AccountKey::of(permit)?;
        let list = List {
            operation: "ListResourceTags",
            partition: key.partition.id.as_bytes(),
            filter: key.object.id.as_bytes(),
        };
        let after = self.page.after(&list, with)?;
        let after = after.as_deref().map(String::from_utf8_lossy);
        let begin = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = key.kms.tags.range::<str, _>((begin, Bound::Unbounded));
        let entries: Vec<_> = rest
            .by_ref()
            .take(self.page.limit(50, 50))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let is_last = rest.next().is_none();
        let position = entries.last().map(|(name, _)| name.clone());
        let position = position.as_ref().map(std::string::String::as_bytes);
        Page::new(entries, is_last, position, &list, with)
    }
}
