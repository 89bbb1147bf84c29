//! `GenerateDataKey`.

use hsmd_operations::kms;

use super::Route;
use super::uses::{context, key_request, no_recipient};
use crate::model::{DataKeySpec, GenerateDataKeyRequest, GenerateDataKeyResponse};
use crate::sent::{Blob, SecretBlob};

impl Route for GenerateDataKeyRequest {
    type Operation = kms::GenerateDataKey;
    type Response = GenerateDataKeyResponse;

    fn operation(self) -> Result<kms::GenerateDataKey, kms::Error> {
        let Self {
            dry_run,
            encryption_context,
            grant_tokens,
            key_id,
            key_spec,
            number_of_bytes,
            recipient,
        } = self;
        no_recipient(recipient)?;
        let spec = key_spec.map(|spec| match spec {
            DataKeySpec::Aes128 => kms::DataKeyLength::Aes128,
            DataKeySpec::Aes256 => kms::DataKeyLength::Aes256,
        });
        Ok(kms::GenerateDataKey(kms::DataKeyRequest {
            request: key_request(&key_id, grant_tokens, dry_run),
            length: kms::DataKeyLength::new(spec, number_of_bytes)?,
            encryption_context: context(encryption_context),
        }))
    }

    fn response(output: kms::NewDataKey) -> GenerateDataKeyResponse {
        GenerateDataKeyResponse {
            ciphertext_blob: Some(Blob(output.ciphertext)),
            ciphertext_for_recipient: None,
            key_id: Some(output.key_arn),
            key_material_id: output.key_material_id,
            plaintext: output.plaintext.map(SecretBlob),
        }
    }
}
