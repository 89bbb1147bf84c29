//! `GetKeyPolicy`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::{GetKeyPolicyRequest, GetKeyPolicyResponse};

impl Route for GetKeyPolicyRequest {
    type Operation = kms::GetKeyPolicy;
    type Response = GetKeyPolicyResponse;

    fn operation(self) -> Result<kms::GetKeyPolicy, kms::Error> {
        let Self {
            key_id,
            policy_name,
        } = self;
        Ok(kms::GetKeyPolicy {
            key: kms::KeyReference::parse(&key_id),
            policy_name,
        })
    }

    fn response(output: <kms::GetKeyPolicy as Operation>::Output) -> GetKeyPolicyResponse {
        GetKeyPolicyResponse {
            policy: Some(output),
            // There is no other.
            policy_name: Some("default".to_owned()),
        }
    }
}
