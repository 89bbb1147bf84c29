//! `EnableKeyRotation`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::EnableKeyRotationRequest;

impl Route for EnableKeyRotationRequest {
    type Operation = kms::EnableKeyRotation;
    type Response = ();

    fn operation(self) -> Result<kms::EnableKeyRotation, kms::Error> {
        let Self {
            key_id,
            rotation_period_in_days,
        } = self;
        let period = rotation_period_in_days.map(u16::try_from);
        Ok(kms::EnableKeyRotation {
            key: kms::KeyReference::parse(&key_id),
            // A number that is too large is refused like one that is a little too large.
            period_days: period.map_or(kms::EnableKeyRotation::PERIOD_DAYS_DEFAULT, |days| {
                days.unwrap_or(u16::MAX)
            }),
        })
    }

    fn response(output: <kms::EnableKeyRotation as Operation>::Output) {
        let () = output;
    }
}
