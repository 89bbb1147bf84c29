//! `ListKeyPolicies`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::{ListKeyPoliciesRequest, ListKeyPoliciesResponse};

impl Route for ListKeyPoliciesRequest {
    type Operation = kms::ListKeyPolicies;
    type Response = ListKeyPoliciesResponse;

    fn operation(self) -> Result<kms::ListKeyPolicies, kms::Error> {
        let Self {
            key_id,
            limit,
            marker,
        } = self;
        Ok(kms::ListKeyPolicies {
            key: kms::KeyReference::parse(&key_id),
            page: kms::PageRequest { limit, marker },
        })
    }

    fn response(output: <kms::ListKeyPolicies as Operation>::Output) -> ListKeyPoliciesResponse {
        ListKeyPoliciesResponse {
            truncated: Some(output.next_marker.is_some()),
            next_marker: output.next_marker,
            policy_names: Some(output.entries.into_iter().collect()),
        }
    }
}
