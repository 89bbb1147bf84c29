//! `UntagResource`.

use hsmd_gate::aws::KeyReference;
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;

use super::key::AccountKey;
use super::{Error, key_detail, tags};
use crate::{Dependencies, Operation};

/// Removes tags of a key; those that it does not have are ignored.
pub struct UntagResource {
    /// Which key.
    pub key: KeyReference,
    /// The tags' keys.
    pub tag_keys: Vec<String>,
}

impl Operation for UntagResource {
    type Permits = Permit<key_use::Modify>;
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::UNTAG_RESOURCE.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        tags::check(self.tag_keys.iter().map(String::as_str))?;
        let needs = Needs::kms_key(&actions::kms::UNTAG_RESOURCE, self.key.clone())
            .with_condition_values("aws:TagKeys", self.tag_keys.clone());
        Ok(
            key_detail(needs, &self.key)
                .with_detail("tagKeys", Detail::List(self.tag_keys.clone())),
        )
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<(), Error> {
        let key = AccountKey::of(permit)?;
        key.check_customers()?;
        let object = key.with(|kms| kms.tags.retain(|name, _| !self.tag_keys.contains(name)));
        key.replace(object, with).await
    }
}
