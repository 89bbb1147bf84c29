//! `UpdateAlias`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::UpdateAliasRequest;

impl Route for UpdateAliasRequest {
    type Operation = kms::UpdateAlias;
    type Response = ();

    fn operation(self) -> Result<kms::UpdateAlias, kms::Error> {
        let Self {
            alias_name,
            target_key_id,
        } = self;
        Ok(kms::UpdateAlias {
            name: kms::AliasName::new(&alias_name)?,
            target: kms::KeyReference::parse(&target_key_id),
        })
    }

    fn response(output: <kms::UpdateAlias as Operation>::Output) {
        let () = output;
    }
}
