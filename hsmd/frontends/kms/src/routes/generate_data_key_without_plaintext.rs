//! `GenerateDataKeyWithoutPlaintext`.

use hsmd_operations::kms;

use super::Route;
use super::uses::{context, key_request};
use crate::model::{
    DataKeySpec, GenerateDataKeyWithoutPlaintextRequest, GenerateDataKeyWithoutPlaintextResponse,
};
use crate::sent::Blob;

impl Route for GenerateDataKeyWithoutPlaintextRequest {
    type Operation = kms::GenerateDataKeyWithoutPlaintext;
    type Response = GenerateDataKeyWithoutPlaintextResponse;

    fn operation(self) -> Result<kms::GenerateDataKeyWithoutPlaintext, kms::Error> {
        let Self {
            dry_run,
            encryption_context,
            grant_tokens,
            key_id,
            key_spec,
            number_of_bytes,
        } = self;
        let spec = key_spec.map(|spec| match spec {
            DataKeySpec::Aes128 => kms::DataKeyLength::Aes128,
            DataKeySpec::Aes256 => kms::DataKeyLength::Aes256,
        });
        Ok(kms::GenerateDataKeyWithoutPlaintext(kms::DataKeyRequest {
            request: key_request(&key_id, grant_tokens, dry_run),
            length: kms::DataKeyLength::new(spec, number_of_bytes)?,
            encryption_context: context(encryption_context),
        }))
    }

    fn response(output: kms::NewDataKey) -> GenerateDataKeyWithoutPlaintextResponse {
        GenerateDataKeyWithoutPlaintextResponse {
            ciphertext_blob: Some(Blob(output.ciphertext)),
            key_id: Some(output.key_arn),
            key_material_id: output.key_material_id,
        }
    }
}
