//! `ListGrants`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::{ListGrantsRequest, ListGrantsResponse};

impl Route for ListGrantsRequest {
    type Operation = kms::ListGrants;
    type Response = ListGrantsResponse;

    fn operation(self) -> Result<kms::ListGrants, kms::Error> {
        let Self {
            grant_id,
            grantee_principal,
            grantee_service_principal,
            key_id,
            limit,
            marker,
        } = self;
        if grantee_principal.is_some() && grantee_service_principal.is_some() {
            return Err(kms::Error::Validation(
                "GranteePrincipal and GranteeServicePrincipal cannot be given together.".to_owned(),
            ));
        }
        Ok(kms::ListGrants {
            key: kms::KeyReference::parse(&key_id),
            grant_id,
            grantee: grantee_principal.or(grantee_service_principal),
            page: kms::PageRequest { limit, marker },
        })
    }

    fn response(output: <kms::ListGrants as Operation>::Output) -> ListGrantsResponse {
        ListGrantsResponse {
            truncated: Some(output.next_marker.is_some()),
            next_marker: output.next_marker,
            grants: Some(output.entries.into_iter().map(Into::into).collect()),
        }
    }
}
