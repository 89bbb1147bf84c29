//! `RetireGrant`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::RetireGrantRequest;

impl Route for RetireGrantRequest {
    type Operation = kms::RetireGrant;
    type Response = ();

    fn operation(self) -> Result<kms::RetireGrant, kms::Error> {
        let Self {
            dry_run,
            grant_id,
            grant_token,
            key_id,
        } = self;
        let grant = match (grant_token, key_id, grant_id) {
            (Some(token), None, None) => kms::RetiredGrant::Token(token),
            (None, Some(key_id), Some(grant_id)) => kms::RetiredGrant::Id {
                key: kms::KeyReference::parse(&key_id),
                grant_id,
            },
            _ => {
                return Err(kms::Error::Validation(
                    "Either GrantToken, or KeyId and GrantId, must be given.".to_owned(),
                ));
            }
        };
        Ok(kms::RetireGrant {
            grant,
            is_dry_run: dry_run.unwrap_or_default(),
        })
    }

    fn response(output: <kms::RetireGrant as Operation>::Output) {
        let () = output;
    }
}
