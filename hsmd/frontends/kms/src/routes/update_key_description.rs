//! `UpdateKeyDescription`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::UpdateKeyDescriptionRequest;

impl Route for UpdateKeyDescriptionRequest {
    type Operation = kms::UpdateKeyDescription;
    type Response = ();

    fn operation(self) -> Result<kms::UpdateKeyDescription, kms::Error> {
        let Self {
            key_id,
            description,
        } = self;
        Ok(kms::UpdateKeyDescription {
            key: kms::KeyReference::parse(&key_id),
            description,
        })
    }

    fn response(output: <kms::UpdateKeyDescription as Operation>::Output) {
        let () = output;
    }
}
