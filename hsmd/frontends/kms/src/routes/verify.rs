//! `Verify`.

use hsmd_operations::kms;

use super::Route;
use super::answers::listed;
use super::sign::message_type;
use super::uses::{algorithm, key_request};
use crate::model::{VerifyRequest, VerifyResponse};

impl Route for VerifyRequest {
    type Operation = kms::Verify;
    type Response = VerifyResponse;

    fn operation(self) -> Result<kms::Verify, kms::Error> {
        let Self {
            dry_run,
            grant_tokens,
            key_id,
            message,
            message_type: kind,
            signature,
            signing_algorithm,
        } = self;
        Ok(kms::Verify {
            signed: kms::SigningRequest {
                request: key_request(&key_id, grant_tokens, dry_run),
                message: message.0,
                message_type: message_type(kind),
                algorithm: algorithm(signing_algorithm)?,
            },
            signature: signature.0,
        })
    }

    fn response(output: kms::Verified) -> VerifyResponse {
        VerifyResponse {
            key_id: Some(output.key_arn),
            signature_valid: Some(true),
            signing_algorithm: listed(output.algorithm.kms_name()),
        }
    }
}
