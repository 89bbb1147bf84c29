//! `CancelKeyDeletion`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::{CancelKeyDeletionRequest, CancelKeyDeletionResponse};

impl Route for CancelKeyDeletionRequest {
    type Operation = kms::CancelKeyDeletion;
    type Response = CancelKeyDeletionResponse;

    fn operation(self) -> Result<kms::CancelKeyDeletion, kms::Error> {
        let Self { key_id } = self;
        Ok(kms::CancelKeyDeletion {
            key: kms::KeyReference::parse(&key_id),
        })
    }

    fn response(
        output: <kms::CancelKeyDeletion as Operation>::Output,
    ) -> CancelKeyDeletionResponse {
        CancelKeyDeletionResponse {
            key_id: Some(output),
        }
    }
}
