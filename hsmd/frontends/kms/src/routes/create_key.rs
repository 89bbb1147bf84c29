//! `CreateKey`.

use hsmd_operations::{Operation, kms};

use super::Route;
use super::answers::tag_pairs;
use crate::model::{CreateKeyRequest, CreateKeyResponse};
use crate::shape::Listed;

impl Route for CreateKeyRequest {
    type Operation = kms::CreateKey;
    type Response = CreateKeyResponse;

    fn operation(self) -> Result<kms::CreateKey, kms::Error> {
        let Self {
            bypass_policy_lockout_safety_check,
            custom_key_store_id,
            customer_master_key_spec,
            description,
            key_spec,
            key_usage,
            multi_region,
            origin,
            policy,
            tags,
            xks_key_id,
        } = self;
        if custom_key_store_id.is_some() {
            return Err(kms::Error::CustomKeyStoreNotFound);
        }
        if xks_key_id.is_some() {
            return Err(kms::Error::Validation(
                "XksKeyId is for keys of an external key store alone.".to_owned(),
            ));
        }
        Ok(kms::CreateKey {
            kind: kms::KeyChoice::new(
                key_spec.map(Listed::as_str),
                customer_master_key_spec.map(Listed::as_str),
                key_usage.map(Listed::as_str),
                origin.map(Listed::as_str),
            )?,
            description: description.unwrap_or_default(),
            policy,
            bypasses_lockout_check: bypass_policy_lockout_safety_check.unwrap_or_default(),
            tags: tag_pairs(tags.unwrap_or_default()),
            is_multi_region: multi_region.unwrap_or_default(),
        })
    }

    fn response(output: <kms::CreateKey as Operation>::Output) -> CreateKeyResponse {
        CreateKeyResponse {
            key_metadata: Some(output.into()),
        }
    }
}
