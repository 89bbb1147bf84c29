//! `DescribeKey`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::{DescribeKeyRequest, DescribeKeyResponse};

impl Route for DescribeKeyRequest {
    type Operation = kms::DescribeKey;
    type Response = DescribeKeyResponse;

    fn operation(self) -> Result<kms::DescribeKey, kms::Error> {
        let Self {
            key_id,
            grant_tokens,
        } = self;
        Ok(kms::DescribeKey {
            key: kms::KeyReference::parse(&key_id),
            grant_tokens: grant_tokens.unwrap_or_default(),
        })
    }

    fn response(output: <kms::DescribeKey as Operation>::Output) -> DescribeKeyResponse {
        DescribeKeyResponse {
            key_metadata: Some(output.into()),
        }
    }
}
