//! `ListKeys`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::{KeyListEntry, ListKeysRequest, ListKeysResponse, ResourceOwnerType};

impl Route for ListKeysRequest {
    type Operation = kms::ListKeys;
    type Response = ListKeysResponse;

    fn operation(self) -> Result<kms::ListKeys, kms::Error> {
        let Self {
            resource_owners,
            limit,
            marker,
        } = self;
        if resource_owners
            .is_some_and(|owners| owners.contains(&ResourceOwnerType::OtherAccountsViaRam))
        {
            return Err(kms::Error::UnsupportedOperation(
                "Keys are not shared by AWS Resource Access Manager.".to_owned(),
            ));
        }
        Ok(kms::ListKeys {
            page: kms::PageRequest { limit, marker },
        })
    }

    fn response(output: <kms::ListKeys as Operation>::Output) -> ListKeysResponse {
        ListKeysResponse {
            truncated: Some(output.next_marker.is_some()),
            next_marker: output.next_marker,
            keys: Some(
                output
                    .entries
                    .into_iter()
                    .map(|key| KeyListEntry {
                        key_arn: Some(key.arn),
                        key_id: Some(key.key_id),
                    })
                    .collect(),
            ),
        }
    }
}
