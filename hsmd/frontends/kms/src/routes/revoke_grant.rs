//! `RevokeGrant`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::RevokeGrantRequest;

impl Route for RevokeGrantRequest {
    type Operation = kms::RevokeGrant;
    type Response = ();

    fn operation(self) -> Result<kms::RevokeGrant, kms::Error> {
        let Self {
            key_id,
            grant_id,
            dry_run,
        } = self;
        Ok(kms::RevokeGrant {
            key: kms::KeyReference::parse(&key_id),
            grant_id,
            is_dry_run: dry_run.unwrap_or_default(),
        })
    }

    fn response(output: <kms::RevokeGrant as Operation>::Output) {
        let () = output;
    }
}
