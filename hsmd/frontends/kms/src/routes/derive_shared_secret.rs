//! `DeriveSharedSecret`.

use hsmd_operations::kms;

use super::Route;
use super::answers::listed;
use super::uses::{algorithm, key_request, no_recipient};
use crate::model::{DeriveSharedSecretRequest, DeriveSharedSecretResponse};
use crate::sent::SecretBlob;

impl Route for DeriveSharedSecretRequest {
    type Operation = kms::DeriveSharedSecret;
    type Response = DeriveSharedSecretResponse;

    fn operation(self) -> Result<kms::DeriveSharedSecret, kms::Error> {
        let Self {
            dry_run,
            grant_tokens,
            key_agreement_algorithm,
            key_id,
            public_key,
            recipient,
        } = self;
        no_recipient(recipient)?;
        Ok(kms::DeriveSharedSecret {
            request: key_request(&key_id, grant_tokens, dry_run),
            peer_spki_der: public_key.0,
            algorithm: algorithm(key_agreement_algorithm)?,
        })
    }

    fn response(output: kms::SharedSecret) -> DeriveSharedSecretResponse {
        DeriveSharedSecretResponse {
            ciphertext_for_recipient: None,
            key_agreement_algorithm: listed(output.algorithm.kms_name()),
            key_id: Some(output.key_arn),
            key_origin: listed(output.key_origin),
            shared_secret: Some(SecretBlob(output.secret)),
        }
    }
}
