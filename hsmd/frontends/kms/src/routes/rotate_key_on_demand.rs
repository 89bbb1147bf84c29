//! `RotateKeyOnDemand`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::{RotateKeyOnDemandRequest, RotateKeyOnDemandResponse};

impl Route for RotateKeyOnDemandRequest {
    type Operation = kms::RotateKeyOnDemand;
    type Response = RotateKeyOnDemandResponse;

    fn operation(self) -> Result<kms::RotateKeyOnDemand, kms::Error> {
        let Self { key_id } = self;
        Ok(kms::RotateKeyOnDemand {
            key: kms::KeyReference::parse(&key_id),
        })
    }

    fn response(
        output: <kms::RotateKeyOnDemand as Operation>::Output,
    ) -> RotateKeyOnDemandResponse {
        RotateKeyOnDemandResponse {
            key_id: Some(output),
        }
    }
}
