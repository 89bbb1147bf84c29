//! `PutKeyPolicy`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::PutKeyPolicyRequest;

impl Route for PutKeyPolicyRequest {
    type Operation = kms::PutKeyPolicy;
    type Response = ();

    fn operation(self) -> Result<kms::PutKeyPolicy, kms::Error> {
        let Self {
            key_id,
            policy_name,
            policy,
            bypass_policy_lockout_safety_check,
        } = self;
        Ok(kms::PutKeyPolicy {
            key: kms::KeyReference::parse(&key_id),
            policy_name,
            policy,
            bypasses_lockout_check: bypass_policy_lockout_safety_check.unwrap_or_default(),
        })
    }

    fn response(output: <kms::PutKeyPolicy as Operation>::Output) {
        let () = output;
    }
}
