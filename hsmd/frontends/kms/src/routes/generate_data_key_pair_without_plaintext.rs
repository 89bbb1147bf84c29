//! `GenerateDataKeyPairWithoutPlaintext`.

use hsm_algorithms::KmsKeySpec;
use hsmd_operations::kms;

use super::Route;
use super::answers::listed;
use super::uses::{context, key_request};
use crate::model::{
    GenerateDataKeyPairWithoutPlaintextRequest, GenerateDataKeyPairWithoutPlaintextResponse,
};
use crate::sent::Blob;
use crate::shape::Listed;

impl Route for GenerateDataKeyPairWithoutPlaintextRequest {
    type Operation = kms::GenerateDataKeyPairWithoutPlaintext;
    type Response = GenerateDataKeyPairWithoutPlaintextResponse;

    fn operation(self) -> Result<kms::GenerateDataKeyPairWithoutPlaintext, kms::Error> {
        let Self {
            dry_run,
            encryption_context,
            grant_tokens,
            key_id,
            key_pair_spec,
        } = self;
        let name = key_pair_spec.as_str();
        let spec = KmsKeySpec::by_kms_name(name).ok_or_else(|| {
            kms::Error::UnsupportedOperation(format!("{name} is not supported in this Region."))
        })?;
        Ok(kms::GenerateDataKeyPairWithoutPlaintext(
            kms::DataKeyPairRequest {
                request: key_request(&key_id, grant_tokens, dry_run),
                spec,
                encryption_context: context(encryption_context),
            },
        ))
    }

    fn response(output: kms::NewDataKeyPair) -> GenerateDataKeyPairWithoutPlaintextResponse {
        GenerateDataKeyPairWithoutPlaintextResponse {
            key_id: Some(output.key_arn),
            key_material_id: output.key_material_id,
            key_pair_spec: listed(output.spec.kms_name()),
            private_key_ciphertext_blob: Some(Blob(output.ciphertext)),
            public_key: Some(Blob(output.public_spki_der)),
        }
    }
}
