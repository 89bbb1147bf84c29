//! `ListResourceTags`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::{ListResourceTagsRequest, ListResourceTagsResponse, Tag};

impl Route for ListResourceTagsRequest {
    type Operation = kms::ListResourceTags;
    type Response = ListResourceTagsResponse;

    fn operation(self) -> Result<kms::ListResourceTags, kms::Error> {
        let Self {
            key_id,
            limit,
            marker,
        } = self;
        Ok(kms::ListResourceTags {
            key: kms::KeyReference::parse(&key_id),
            page: kms::PageRequest { limit, marker },
        })
    }

    fn response(output: <kms::ListResourceTags as Operation>::Output) -> ListResourceTagsResponse {
        ListResourceTagsResponse {
            truncated: Some(output.next_marker.is_some()),
            next_marker: output.next_marker,
            tags: Some(
                output
                    .entries
                    .into_iter()
                    .map(|(tag_key, tag_value)| Tag { tag_key, tag_value })
                    .collect(),
            ),
        }
    }
}
