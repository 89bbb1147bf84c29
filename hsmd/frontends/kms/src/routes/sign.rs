//! `Sign`.

use hsmd_operations::kms;

use super::Route;
use super::answers::listed;
use super::uses::{algorithm, key_request};
use crate::model::{MessageType, SignRequest, SignResponse};
use crate::sent::Blob;

impl Route for SignRequest {
    type Operation = kms::Sign;
    type Response = SignResponse;

    fn operation(self) -> Result<kms::Sign, kms::Error> {
        let Self {
            dry_run,
            grant_tokens,
            key_id,
            message,
            message_type: kind,
            signing_algorithm,
        } = self;
        Ok(kms::Sign(kms::SigningRequest {
            request: key_request(&key_id, grant_tokens, dry_run),
            message: message.0,
            message_type: message_type(kind),
            algorithm: algorithm(signing_algorithm)?,
        }))
    }

    fn response(output: kms::Signed) -> SignResponse {
        SignResponse {
            key_id: Some(output.key_arn),
            signature: Some(Blob(output.signature)),
            signing_algorithm: listed(output.algorithm.kms_name()),
        }
    }
}

/// What the message of a request is.
pub(super) fn message_type(named: Option<MessageType>) -> kms::MessageType {
    match named {
        None | Some(MessageType::Raw) => kms::MessageType::Raw,
        Some(MessageType::Digest) => kms::MessageType::Digest,
        Some(MessageType::ExternalMu) => kms::MessageType::ExternalMu,
    }
}
