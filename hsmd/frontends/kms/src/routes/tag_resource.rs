//! `TagResource`.

use hsmd_operations::{Operation, kms};

use super::Route;
use super::answers::tag_pairs;
use crate::model::TagResourceRequest;

impl Route for TagResourceRequest {
    type Operation = kms::TagResource;
    type Response = ();

    fn operation(self) -> Result<kms::TagResource, kms::Error> {
        let Self { key_id, tags } = self;
        Ok(kms::TagResource {
            key: kms::KeyReference::parse(&key_id),
            tags: tag_pairs(tags),
        })
    }

    fn response(output: <kms::TagResource as Operation>::Output) {
        let () = output;
    }
}
