//! `CreateAlias`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::CreateAliasRequest;

impl Route for CreateAliasRequest {
    type Operation = kms::CreateAlias;
    type Response = ();

    fn operation(self) -> Result<kms::CreateAlias, kms::Error> {
        let Self {
            alias_name,
            target_key_id,
        } = self;
        Ok(kms::CreateAlias {
            name: kms::AliasName::new(&alias_name)?,
            target: kms::KeyReference::parse(&target_key_id),
        })
    }

    fn response(output: <kms::CreateAlias as Operation>::Output) {
        let () = output;
    }
}
