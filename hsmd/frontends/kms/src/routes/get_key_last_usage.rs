//! `GetKeyLastUsage`.

use hsmd_operations::{Operation, kms};

use super::Route;
use super::answers::{listed, moment};
use crate::model::{GetKeyLastUsageRequest, GetKeyLastUsageResponse, KeyLastUsageData};

impl Route for GetKeyLastUsageRequest {
    type Operation = kms::GetKeyLastUsage;
    type Response = GetKeyLastUsageResponse;

    fn operation(self) -> Result<kms::GetKeyLastUsage, kms::Error> {
        let Self { key_id } = self;
        Ok(kms::GetKeyLastUsage {
            key: kms::KeyReference::parse(&key_id),
        })
    }

    fn response(output: <kms::GetKeyLastUsage as Operation>::Output) -> GetKeyLastUsageResponse {
        let usage = output.usage.as_ref();
        GetKeyLastUsageResponse {
            key_creation_date: Some(moment(output.created_at_unix_milliseconds)),
            key_id: Some(output.key_arn),
            key_last_usage: Some(KeyLastUsageData {
                cloud_trail_event_id: usage.map(|usage| usage.event_id.clone()),
                // Uses through PKCS#11 have none.
                kms_request_id: usage
                    .map(|usage| usage.request_id.clone())
                    .filter(|id| !id.is_empty()),
                operation: usage.and_then(|usage| listed(&usage.operation)),
                timestamp: usage.map(|usage| moment(usage.at_unix_milliseconds)),
            }),
            tracking_start_date: Some(moment(output.tracked_since_unix_milliseconds)),
        }
    }
}
