//! `Encrypt`.

use hsmd_operations::kms;

use super::Route;
use super::answers::listed;
use super::uses::{context, encryption_algorithm, key_request};
use crate::model::{EncryptRequest, EncryptResponse};
use crate::sent::Blob;

impl Route for EncryptRequest {
    type Operation = kms::Encrypt;
    type Response = EncryptResponse;

    fn operation(self) -> Result<kms::Encrypt, kms::Error> {
        let Self {
            dry_run,
            encryption_algorithm: algorithm,
            encryption_context,
            grant_tokens,
            key_id,
            plaintext,
        } = self;
        Ok(kms::Encrypt {
            request: key_request(&key_id, grant_tokens, dry_run),
            plaintext: plaintext.0,
            encryption_context: context(encryption_context),
            algorithm: encryption_algorithm(algorithm)?,
        })
    }

    fn response(output: kms::Encrypted) -> EncryptResponse {
        EncryptResponse {
            ciphertext_blob: Some(Blob(output.ciphertext)),
            encryption_algorithm: listed(output.algorithm.kms_name()),
            key_id: Some(output.key_arn),
        }
    }
}
