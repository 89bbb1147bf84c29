//! `Decapsulate`.

use hsmd_operations::kms;

use super::Route;
use super::answers::listed;
use super::uses::{algorithm, key_request};
use crate::model::{DecapsulateRequest, DecapsulateResponse};
use crate::sent::SecretBlob;

impl Route for DecapsulateRequest {
    type Operation = kms::Decapsulate;
    type Response = DecapsulateResponse;

    fn operation(self) -> Result<kms::Decapsulate, kms::Error> {
        let Self {
            dry_run,
            encapsulation_algorithm,
            grant_tokens,
            key_id,
            shared_secret_ciphertext_blob,
        } = self;
        Ok(kms::Decapsulate {
            request: key_request(&key_id, grant_tokens, dry_run),
            ciphertext: shared_secret_ciphertext_blob.0,
            algorithm: algorithm(encapsulation_algorithm)?,
        })
    }

    fn response(output: kms::SharedSecret) -> DecapsulateResponse {
        DecapsulateResponse {
            encapsulation_algorithm: listed(output.algorithm.kms_name()),
            key_id: Some(output.key_arn),
            shared_secret: Some(SecretBlob(output.secret)),
        }
    }
}
