//! `ListKeyPolicies`.

use hsmd_gate::aws::KeyReference;
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;

use super::marker::List;
use super::{Error, Page, PageRequest, key_detail, key_policy};
use crate::{Dependencies, Operation};

/// Lists the names of a key's policies, of which there is one.
pub struct ListKeyPolicies {
    /// Which key.
    pub key: KeyReference,
    /// Which page.
    pub page: PageRequest,
}

impl Operation for ListKeyPolicies {
    type Permits = Permit<key_use::Read>;
    type Output = Page<String>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::LIST_KEY_POLICIES.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let needs = Needs::kms_key(&actions::kms::LIST_KEY_POLICIES, self.key.clone());
        Ok(key_detail(needs, &self.key))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<Page<String>, Error> {
        let list = List {
            operation: "ListKeyPolicies",
            partition: permit.partition().id.as_bytes(),
            filter: permit.object().id.as_bytes(),
        };
        // The one page has no next, so every marker is another list's.
        self.page.after(&list, with)?;
        let names = vec![key_policy::NAME.to_owned()];
        Page::new(names, true, None, &list, with)
    }
}
