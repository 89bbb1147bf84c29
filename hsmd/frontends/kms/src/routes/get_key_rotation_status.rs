//! `GetKeyRotationStatus`.

use hsmd_operations::{Operation, kms};

use super::Route;
use super::answers::moment;
use crate::model::{GetKeyRotationStatusRequest, GetKeyRotationStatusResponse};

impl Route for GetKeyRotationStatusRequest {
    type Operation = kms::GetKeyRotationStatus;
    type Response = GetKeyRotationStatusResponse;

    fn operation(self) -> Result<kms::GetKeyRotationStatus, kms::Error> {
        let Self { key_id } = self;
        Ok(kms::GetKeyRotationStatus {
            key: kms::KeyReference::parse(&key_id),
        })
    }

    fn response(
        output: <kms::GetKeyRotationStatus as Operation>::Output,
    ) -> GetKeyRotationStatusResponse {
        GetKeyRotationStatusResponse {
            key_id: Some(output.key_arn),
            key_rotation_enabled: Some(output.rotation.is_some()),
            next_rotation_date: output
                .rotation
                .map(|rotation| moment(rotation.next_at_unix_milliseconds)),
            // A rotation is done when its call is answered.
            on_demand_rotation_start_date: None,
            rotation_period_in_days: output.rotation.map(|rotation| rotation.period_days.into()),
        }
    }
}
