//! `GetParametersForImport`.

use hsmd_operations::{Operation, kms};

use super::Route;
use super::answers::moment;
use crate::model::{GetParametersForImportRequest, GetParametersForImportResponse};
use crate::shape::Listed;

impl Route for GetParametersForImportRequest {
    type Operation = kms::GetParametersForImport;
    type Response = GetParametersForImportResponse;

    fn operation(self) -> Result<kms::GetParametersForImport, kms::Error> {
        let Self {
            key_id,
            wrapping_algorithm,
            wrapping_key_spec,
        } = self;
        Ok(kms::GetParametersForImport {
            key: kms::KeyReference::parse(&key_id),
            wrapping: kms::WrappingChoice::new(
                wrapping_algorithm.as_str(),
                wrapping_key_spec.as_str(),
            )?,
        })
    }

    fn response(
        output: <kms::GetParametersForImport as Operation>::Output,
    ) -> GetParametersForImportResponse {
        GetParametersForImportResponse {
            import_token: Some(output.token.into()),
            key_id: Some(output.key_arn),
            parameters_valid_to: Some(moment(output.valid_to_unix_milliseconds)),
            public_key: Some(output.public_spki_der.into()),
        }
    }
}
