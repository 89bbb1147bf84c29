//! `GetKeyPolicy`.

use hsmd_gate::aws::KeyReference;
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;

use super::key::AccountKey;
use super::{Error, key_detail, key_policy};
use crate::{Dependencies, Operation};

/// Gives a key's policy.
pub struct GetKeyPolicy {
    /// Which key.
    pub key: KeyReference,
    /// The policy's name; `default` if it is not said.
    pub policy_name: Option<String>,
}

impl Operation for GetKeyPolicy {
    type Permits = Permit<key_use::Read>;
    /// The text as it was put.
    type Output = String;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::GET_KEY_POLICY.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let needs = Needs::kms_key(&actions::kms::GET_KEY_POLICY, self.key.clone()).with_condition(
            "kms:PolicyName",
            key_policy::name(self.policy_name.as_deref()),
        );
        let name = Detail::Text(key_policy::name(self.policy_name.as_deref()).to_owned());
        Ok(key_detail(needs, &self.key).with_detail("policyName", name))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        _: &Dependencies,
    ) -> Result<String, Error> {
        key_policy::check_name(self.policy_name.as_deref())?;
        Ok(AccountKey::of(permit)?.kms.policy.text.to_string())
    }
}
