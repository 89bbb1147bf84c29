//! `VerifyMac`.

use hsmd_operations::kms;

use super::Route;
use super::answers::listed;
use super::uses::{algorithm, key_request};
use crate::model::{VerifyMacRequest, VerifyMacResponse};

impl Route for VerifyMacRequest {
    type Operation = kms::VerifyMac;
    type Response = VerifyMacResponse;

    fn operation(self) -> Result<kms::VerifyMac, kms::Error> {
        let Self {
            dry_run,
            grant_tokens,
            key_id,
            mac,
            mac_algorithm,
            message,
        } = self;
        Ok(kms::VerifyMac {
            authenticated: kms::MacRequest {
                request: key_request(&key_id, grant_tokens, dry_run),
                message: message.0,
                algorithm: algorithm(mac_algorithm)?,
            },
            mac: mac.0,
        })
    }

    fn response(output: kms::MacVerified) -> VerifyMacResponse {
        VerifyMacResponse {
            key_id: Some(output.key_arn),
            mac_algorithm: listed(output.algorithm.kms_name()),
            mac_valid: Some(true),
        }
    }
}
