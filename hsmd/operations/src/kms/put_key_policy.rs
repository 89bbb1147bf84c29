//! `PutKeyPolicy`.

use hsmd_gate::aws::KeyReference;
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;

use super::key::AccountKey;
use super::{Error, key_detail, key_policy};
use crate::{Dependencies, Operation};

/// Sets a key's policy.
pub struct PutKeyPolicy {
    /// Which key.
    pub key: KeyReference,
    /// The policy's name; `default` if it is not said.
    pub policy_name: Option<String>,
    /// The new policy.
    pub policy: String,
    /// Whether it may lock out whoever puts it.
    pub bypasses_lockout_check: bool,
}

impl Operation for PutKeyPolicy {
    type Permits = Permit<key_use::Modify>;
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::PUT_KEY_POLICY.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let name = key_policy::name(self.policy_name.as_deref());
        let flag = if self.bypasses_lockout_check {
            "true"
        } else {
            "false"
        };
        let needs = Needs::kms_key(&actions::kms::PUT_KEY_POLICY, self.key.clone())
            .with_condition("kms:PolicyName", name)
            .with_condition("kms:BypassPolicyLockoutSafetyCheck", flag);
        Ok(key_detail(needs, &self.key)
            .with_detail("policyName", Detail::Text(name.to_owned()))
            .with_detail("policy", Detail::Text(self.policy.clone()))
            .with_detail(
                "bypassPolicyLockoutSafetyCheck",
                Detail::Flag(self.bypasses_lockout_check),
            ))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<(), Error> {
        key_policy::check_name(self.policy_name.as_deref())?;
        let key = AccountKey::of(permit)?;
        key.check_customers()?;
        let (policy, bindings) = key_policy::checked(&self.policy, with)?;
        let object = key.with(|kms| {
            kms.policy = policy;
            kms.policy_bindings = bindings;
        });
        if !self.bypasses_lockout_check {
            key_policy::check_lockout(&object, caller, permit.partition(), with)?;
        }
        key.replace(object, with).await
    }
}
