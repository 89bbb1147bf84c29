//! `UntagResource`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::UntagResourceRequest;

impl Route for UntagResourceRequest {
    type Operation = kms::UntagResource;
    type Response = ();

    fn operation(self) -> Result<kms::UntagResource, kms::Error> {
        let Self { key_id, tag_keys } = self;
        Ok(kms::UntagResource {
            key: kms::KeyReference::parse(&key_id),
            tag_keys,
        })
    }

    fn response(output: <kms::UntagResource as Operation>::Output) {
        let () = output;
    }
}
