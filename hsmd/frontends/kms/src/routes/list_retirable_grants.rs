//! `ListRetirableGrants`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::{ListGrantsResponse, ListRetirableGrantsRequest};

impl Route for ListRetirableGrantsRequest {
    type Operation = kms::ListRetirableGrants;
    type Response = ListGrantsResponse;

    fn operation(self) -> Result<kms::ListRetirableGrants, kms::Error> {
        let Self {
            retiring_principal,
            retiring_service_principal,
            limit,
            marker,
        } = self;
        let ((Some(principal), None) | (None, Some(principal))) =
            (retiring_principal, retiring_service_principal)
        else {
            return Err(kms::Error::Validation(
                "Exactly one of RetiringPrincipal and RetiringServicePrincipal must be given."
                    .to_owned(),
            ));
        };
        Ok(kms::ListRetirableGrants {
            principal,
            page: kms::PageRequest { limit, marker },
        })
    }

    fn response(output: <kms::ListRetirableGrants as Operation>::Output) -> ListGrantsResponse {
        ListGrantsResponse {
            truncated: Some(output.next_marker.is_some()),
            next_marker: output.next_marker,
            grants: Some(output.entries.into_iter().map(Into::into).collect()),
        }
    }
}
