//! `GetPublicKey`.

use hsmd_operations::kms;

use super::Route;
use super::answers::{algorithms, listed};
use crate::model::{GetPublicKeyRequest, GetPublicKeyResponse};
use crate::sent::Blob;

impl Route for GetPublicKeyRequest {
    type Operation = kms::GetPublicKey;
    type Response = GetPublicKeyResponse;

    fn operation(self) -> Result<kms::GetPublicKey, kms::Error> {
        let Self {
            grant_tokens,
            key_id,
        } = self;
        Ok(kms::GetPublicKey {
            key: kms::KeyReference::parse(&key_id),
            grant_tokens: grant_tokens.unwrap_or_default(),
        })
    }

    fn response(output: kms::PublicKey) -> GetPublicKeyResponse {
        let names: Vec<_> = output.spec.algorithms(output.usage).collect();
        GetPublicKeyResponse {
            customer_master_key_spec: listed(output.spec.kms_name()),
            encapsulation_algorithms: algorithms(&names, kms::KeyUsage::EncapsulateDecapsulate),
            encryption_algorithms: algorithms(&names, kms::KeyUsage::EncryptDecrypt),
            key_agreement_algorithms: algorithms(&names, kms::KeyUsage::KeyAgreement),
            key_id: Some(output.key_arn),
            key_spec: listed(output.spec.kms_name()),
            key_usage: listed(output.usage.kms_name()),
            public_key: Some(Blob(output.spki_der)),
            signing_algorithms: algorithms(&names, kms::KeyUsage::SignVerify),
        }
    }
}
