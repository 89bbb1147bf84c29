//! `ListKeys`.

use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::ObjectId;

use super::key::tenancy;
use super::marker::List;
use super::{Error, Page, PageRequest};
use crate::{Dependencies, Operation};

/// Lists the keys of the caller's account.
pub struct ListKeys {
    /// Which page.
    pub page: PageRequest,
}

/// A key in a list.
#[derive(Debug, Clone)]
pub struct KeyEntry {
    /// Its id.
    pub key_id: String,
    /// Its ARN.
    pub arn: String,
}

impl Operation for ListKeys {
    type Permits = Permit<key_use::Search>;
    type Output = Page<KeyEntry>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::LIST_KEYS.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        Ok(Needs::aws_account(&actions::kms::LIST_KEYS))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<Page<KeyEntry>, Error> {
        let partition = permit.partition();
        let tenancy = tenancy(partition)?;
        let list = List {
            operation: "ListKeys",
            partition: partition.id.as_bytes(),
            filter: &[],
        };
        let after = self.page.after(&list, with)?;
        let after = after.as_deref().and_then(ObjectId::from_slice);
        let found = with
            .repository
            .kms_keys(partition.id, after, self.page.limit(100, 1000));
        let entries = found
            .entries
            .iter()
            .filter_map(|key| key.key_id())
            .map(|id| KeyEntry {
                key_id: id.to_string(),
                arn: tenancy.key_arn(id),
            })
            .collect();
        let last = found.entries.last().map(|key| key.id);
        let position = last.as_ref().map(|id| id.as_bytes().as_slice());
        Page::new(entries, found.is_last, position, &list, with)
    }
}
