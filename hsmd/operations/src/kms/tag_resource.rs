//! `TagResource`.

use hsmd_gate::aws::KeyReference;
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;

use super::key::AccountKey;
use super::{Error, key_detail, tags};
use crate::{Dependencies, Operation, limits};

/// Sets tags of a key; the values of those that it has already are replaced.
pub struct TagResource {
    /// Which key.
    pub key: KeyReference,
    /// The tags.
    pub tags: Vec<(String, String)>,
}

impl Operation for TagResource {
    type Permits = Permit<key_use::Modify>;
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::TAG_RESOURCE.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        tags::check(self.tags.iter().map(|(key, _)| key.as_str()))?;
        let needs = Needs::kms_key(&actions::kms::TAG_RESOURCE, self.key.clone());
        Ok(
            key_detail(tags::with_conditions(needs, &self.tags), &self.key)
                .with_detail("tags", Detail::Pairs(self.tags.clone())),
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
        let mut tags = key.kms.tags.clone();
        tags.extend(self.tags);
        if tags.len() > limits::KMS_TAGS_MAX {
            return Err(Error::LimitExceeded("The key has too many tags."));
        }
        key.replace(key.with(|kms| kms.tags = tags), with).await
    }
}
