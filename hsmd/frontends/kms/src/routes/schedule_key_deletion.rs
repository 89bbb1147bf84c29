//! `ScheduleKeyDeletion`.

use hsmd_operations::{Operation, kms};

use super::Route;
use super::answers::{listed, moment};
use crate::model::{ScheduleKeyDeletionRequest, ScheduleKeyDeletionResponse};

impl Route for ScheduleKeyDeletionRequest {
    type Operation = kms::ScheduleKeyDeletion;
    type Response = ScheduleKeyDeletionResponse;

    fn operation(self) -> Result<kms::ScheduleKeyDeletion, kms::Error> {
        let Self {
            key_id,
            pending_window_in_days,
        } = self;
        let days = pending_window_in_days.map(u8::try_from);
        Ok(kms::ScheduleKeyDeletion {
            key: kms::KeyReference::parse(&key_id),
            // A number that is too large is refused like one that is a little too large.
            waiting_days: days.map_or(kms::ScheduleKeyDeletion::WAITING_DAYS_DEFAULT, |days| {
                days.unwrap_or(u8::MAX)
            }),
        })
    }

    fn response(
        output: <kms::ScheduleKeyDeletion as Operation>::Output,
    ) -> ScheduleKeyDeletionResponse {
        ScheduleKeyDeletionResponse {
            deletion_date: output.at_unix_milliseconds.map(moment),
            key_id: Some(output.key_arn),
            key_state: listed(output.state),
            pending_window_in_days: Some(output.waiting_days.into()),
        }
    }
}
