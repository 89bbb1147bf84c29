//! `ReEncrypt`.

use hsmd_operations::kms;

use super::Route;
use super::answers::listed;
use super::uses::{ciphertext, context, encryption_algorithm};
use crate::model::{ReEncryptRequest, ReEncryptResponse};
use crate::sent::Blob;

impl Route for ReEncryptRequest {
    type Operation = kms::ReEncrypt;
    type Response = ReEncryptResponse;

    fn operation(self) -> Result<kms::ReEncrypt, kms::Error> {
        let Self {
            ciphertext_blob,
            destination_encryption_algorithm,
            destination_encryption_context,
            destination_key_id,
            dry_run,
            dry_run_modifiers,
            grant_tokens,
            source_encryption_algorithm,
            source_encryption_context,
            source_key_id,
        } = self;
        Ok(kms::ReEncrypt {
            source: kms::Source {
                ciphertext: ciphertext(ciphertext_blob, dry_run_modifiers, dry_run)?,
                key: source_key_id.as_deref().map(kms::KeyReference::parse),
                encryption_context: context(source_encryption_context),
                algorithm: encryption_algorithm(source_encryption_algorithm)?,
            },
            target: kms::KeyReference::parse(&destination_key_id),
            target_context: context(destination_encryption_context),
            target_algorithm: encryption_algorithm(destination_encryption_algorithm)?,
            grant_tokens: grant_tokens.unwrap_or_default(),
            is_dry_run: dry_run.unwrap_or_default(),
        })
    }

    fn response(output: kms::ReEncrypted) -> ReEncryptResponse {
        ReEncryptResponse {
            ciphertext_blob: Some(Blob(output.ciphertext)),
            destination_encryption_algorithm: listed(output.target_algorithm.kms_name()),
            destination_key_material_id: output.target_key_material_id,
            key_id: Some(output.target_key_arn),
            source_encryption_algorithm: listed(output.source_algorithm.kms_name()),
            source_key_id: Some(output.source_key_arn),
            source_key_material_id: output.source_key_material_id,
        }
    }
}
