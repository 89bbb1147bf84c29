//! `Encapsulate`.

use hsmd_operations::kms;

use super::Route;
use super::answers::listed;
use super::uses::{algorithm, key_request};
use crate::model::{EncapsulateRequest, EncapsulateResponse};
use crate::sent::{Blob, SecretBlob};

impl Route for EncapsulateRequest {
    type Operation = kms::Encapsulate;
    type Response = EncapsulateResponse;

    fn operation(self) -> Result<kms::Encapsulate, kms::Error> {
        let Self {
            dry_run,
            encapsulation_algorithm,
            grant_tokens,
            key_id,
        } = self;
        Ok(kms::Encapsulate {
            request: key_request(&key_id, grant_tokens, dry_run),
            algorithm: algorithm(encapsulation_algorithm)?,
        })
    }

    fn response(output: kms::SharedSecret) -> EncapsulateResponse {
        EncapsulateResponse {
            encapsulation_algorithm: listed(output.algorithm.kms_name()),
            key_id: Some(output.key_arn),
            shared_secret: Some(SecretBlob(output.secret)),
            shared_secret_ciphertext_blob: output.ciphertext.map(Blob),
        }
    }
}
