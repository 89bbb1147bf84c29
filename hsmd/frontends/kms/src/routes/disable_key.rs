//! `DisableKey`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::DisableKeyRequest;

impl Route for DisableKeyRequest {
    type Operation = kms::DisableKey;
    type Response = ();

    fn operation(self) -> Result<kms::DisableKey, kms::Error> {
        let Self { key_id } = self;
        Ok(kms::DisableKey {
            key: kms::KeyReference::parse(&key_id),
        })
    }

    fn response(output: <kms::DisableKey as Operation>::Output) {
        let () = output;
    }
}
