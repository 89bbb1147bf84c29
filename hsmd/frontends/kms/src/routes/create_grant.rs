//! `CreateGrant`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::{CreateGrantRequest, CreateGrantResponse};
use crate::shape::Listed;

impl Route for CreateGrantRequest {
    type Operation = kms::CreateGrant;
    type Response = CreateGrantResponse;

    fn operation(self) -> Result<kms::CreateGrant, kms::Error> {
        let Self {
            constraints,
            dry_run,
            grant_tokens,
            grantee_principal,
            grantee_service_principal,
            key_id,
            name,
            operations,
            retiring_principal,
            retiring_service_principal,
        } = self;
        let ((Some(grantee), None) | (None, Some(grantee))) =
            (grantee_principal, grantee_service_principal)
        else {
            return Err(kms::Error::Validation(
                "Exactly one of GranteePrincipal and GranteeServicePrincipal must be given."
                    .to_owned(),
            ));
        };
        if retiring_principal.is_some() && retiring_service_principal.is_some() {
            return Err(kms::Error::Validation(
                "RetiringPrincipal and RetiringServicePrincipal cannot be given together."
                    .to_owned(),
            ));
        }
        Ok(kms::CreateGrant {
            key: kms::KeyReference::parse(&key_id),
            grantee,
            retiring: retiring_principal.or(retiring_service_principal),
            operations: operations.into_iter().map(Listed::as_str).collect(),
            constraints: constraints.map(Into::into).unwrap_or_default(),
            name: name.unwrap_or_default(),
            grant_tokens: grant_tokens.unwrap_or_default(),
            is_dry_run: dry_run.unwrap_or_default(),
        })
    }

    fn response(output: <kms::CreateGrant as Operation>::Output) -> CreateGrantResponse {
        CreateGrantResponse {
            grant_id: Some(output.grant_id),
            grant_token: Some(output.token),
        }
    }
}
