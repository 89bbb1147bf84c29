//! `ReplicateKey`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::{ReplicateKeyRequest, ReplicateKeyResponse};

impl Route for ReplicateKeyRequest {
    type Operation = kms::ReplicateKey;
    type Response = ReplicateKeyResponse;

    fn operation(self) -> Result<kms::ReplicateKey, kms::Error> {
        let Self {
            key_id,
            replica_region,
            bypass_policy_lockout_safety_check,
            description,
            policy,
            tags,
        } = self;
        // What the copy would be like does not matter: none is made.
        drop((
            bypass_policy_lockout_safety_check,
            description,
            policy,
            tags,
        ));
        Ok(kms::ReplicateKey {
            key: kms::KeyReference::parse(&key_id),
            region: replica_region,
        })
    }

    fn response(output: <kms::ReplicateKey as Operation>::Output) -> ReplicateKeyResponse {
        ReplicateKeyResponse {
            replica_key_metadata: Some(output.into()),
            replica_policy: None,
            replica_tags: None,
        }
    }
}
