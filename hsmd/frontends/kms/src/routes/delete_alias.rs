//! `DeleteAlias`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::DeleteAliasRequest;

impl Route for DeleteAliasRequest {
    type Operation = kms::DeleteAlias;
    type Response = ();

    fn operation(self) -> Result<kms::DeleteAlias, kms::Error> {
        let Self { alias_name } = self;
        Ok(kms::DeleteAlias {
            name: kms::AliasName::new(&alias_name)?,
        })
    }

    fn response(output: <kms::DeleteAlias as Operation>::Output) {
        let () = output;
    }
}
