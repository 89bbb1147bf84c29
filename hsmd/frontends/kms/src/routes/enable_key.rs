//! `EnableKey`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::EnableKeyRequest;

impl Route for EnableKeyRequest {
    type Operation = kms::EnableKey;
    type Response = ();

    fn operation(self) -> Result<kms::EnableKey, kms::Error> {
        let Self { key_id } = self;
        Ok(kms::EnableKey {
            key: kms::KeyReference::parse(&key_id),
        })
    }

    fn response(output: <kms::EnableKey as Operation>::Output) {
        let () = output;
    }
}
