//! `GenerateMac`.

use hsmd_operations::kms;

use super::Route;
use super::answers::listed;
use super::uses::{algorithm, key_request};
use crate::model::{GenerateMacRequest, GenerateMacResponse};
use crate::sent::Blob;

impl Route for GenerateMacRequest {
    type Operation = kms::GenerateMac;
    type Response = GenerateMacResponse;

    fn operation(self) -> Result<kms::GenerateMac, kms::Error> {
        let Self {
            dry_run,
            grant_tokens,
            key_id,
            mac_algorithm,
            message,
        } = self;
        Ok(kms::GenerateMac(kms::MacRequest {
            request: key_request(&key_id, grant_tokens, dry_run),
            message: message.0,
            algorithm: algorithm(mac_algorithm)?,
        }))
    }

    fn response(output: kms::Mac) -> GenerateMacResponse {
        GenerateMacResponse {
            key_id: Some(output.key_arn),
            mac: Some(Blob(output.mac)),
            mac_algorithm: listed(output.algorithm.kms_name()),
        }
    }
}
