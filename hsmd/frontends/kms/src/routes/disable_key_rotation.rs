//! `DisableKeyRotation`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::DisableKeyRotationRequest;

impl Route for DisableKeyRotationRequest {
    type Operation = kms::DisableKeyRotation;
    type Response = ();

    fn operation(self) -> Result<kms::DisableKeyRotation, kms::Error> {
        let Self { key_id } = self;
        Ok(kms::DisableKeyRotation {
            key: kms::KeyReference::parse(&key_id),
        })
    }

    fn response(output: <kms::DisableKeyRotation as Operation>::Output) {
        let () = output;
    }
}
