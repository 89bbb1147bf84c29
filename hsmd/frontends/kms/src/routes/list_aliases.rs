//! `ListAliases`.

use hsmd_operations::{Operation, kms};

use super::Route;
use super::answers::moment;
use crate::model::{AliasListEntry, ListAliasesRequest, ListAliasesResponse};

impl Route for ListAliasesRequest {
    type Operation = kms::ListAliases;
    type Response = ListAliasesResponse;

    fn operation(self) -> Result<kms::ListAliases, kms::Error> {
        let Self {
            key_id,
            limit,
            marker,
        } = self;
        Ok(kms::ListAliases {
            key: key_id.as_deref().map(kms::KeyReference::parse),
            page: kms::PageRequest { limit, marker },
        })
    }

    fn response(output: <kms::ListAliases as Operation>::Output) -> ListAliasesResponse {
        ListAliasesResponse {
            truncated: Some(output.next_marker.is_some()),
            next_marker: output.next_marker,
            aliases: Some(
                output
                    .entries
                    .into_iter()
                    .map(|alias| {
                        let target = alias.target.as_ref();
                        AliasListEntry {
                            creation_date: target
                                .map(|target| moment(target.created_at_unix_milliseconds)),
                            last_updated_date: target
                                .map(|target| moment(target.updated_at_unix_milliseconds)),
                            target_key_id: target.map(|target| target.key_id.clone()),
                            alias_arn: Some(alias.arn),
                            alias_name: Some(alias.name),
                        }
                    })
                    .collect(),
            ),
        }
    }
}
