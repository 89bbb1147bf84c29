//! `Decrypt`.

use hsmd_operations::kms;

use super::Route;
use super::answers::listed;
use super::uses::{ciphertext, context, encryption_algorithm, no_recipient};
use crate::model::{DecryptRequest, DecryptResponse};
use crate::sent::SecretBlob;

impl Route for DecryptRequest {
    type Operation = kms::Decrypt;
    type Response = DecryptResponse;

    fn operation(self) -> Result<kms::Decrypt, kms::Error> {
        let Self {
            ciphertext_blob,
            dry_run,
            dry_run_modifiers,
            encryption_algorithm: algorithm,
            encryption_context,
            grant_tokens,
            key_id,
            recipient,
        } = self;
        no_recipient(recipient)?;
        Ok(kms::Decrypt {
            source: kms::Source {
                ciphertext: ciphertext(ciphertext_blob, dry_run_modifiers, dry_run)?,
                key: key_id.as_deref().map(kms::KeyReference::parse),
                encryption_context: context(encryption_context),
                algorithm: encryption_algorithm(algorithm)?,
            },
            grant_tokens: grant_tokens.unwrap_or_default(),
            is_dry_run: dry_run.unwrap_or_default(),
        })
    }

    fn response(output: kms::Decrypted) -> DecryptResponse {
        DecryptResponse {
            ciphertext_for_recipient: None,
            encryption_algorithm: listed(output.algorithm.kms_name()),
            key_id: Some(output.key_arn),
            key_material_id: output.key_material_id,
            plaintext: Some(SecretBlob(output.plaintext)),
        }
    }
}
