//! `GenerateRandom`.

use hsmd_operations::{Plaintext, kms};

use super::Route;
use crate::model::{GenerateRandomRequest, GenerateRandomResponse};
use crate::sent::SecretBlob;

impl Route for GenerateRandomRequest {
    type Operation = kms::GenerateRandom;
    type Response = GenerateRandomResponse;

    fn operation(self) -> Result<kms::GenerateRandom, kms::Error> {
        let Self {
            number_of_bytes,
            custom_key_store_id,
            recipient,
        } = self;
        let length = number_of_bytes
            .ok_or_else(|| kms::Error::Validation("NumberOfBytes is required.".to_owned()))?;
        if custom_key_store_id.is_some() {
            return Err(kms::Error::CustomKeyStoreNotFound);
        }
        if recipient.is_some() {
            return Err(kms::Error::UnsupportedOperation(
                "Attested recipients are not supported.".to_owned(),
            ));
        }
        Ok(kms::GenerateRandom {
            length_bytes: length as usize,
        })
    }

    fn response(output: Plaintext) -> GenerateRandomResponse {
        GenerateRandomResponse {
            plaintext: Some(SecretBlob(output)),
            ciphertext_for_recipient: None,
        }
    }
}
