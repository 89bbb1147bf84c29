//! `DeleteCustomKeyStore`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::{DeleteCustomKeyStoreRequest, DeleteCustomKeyStoreResponse};

impl Route for DeleteCustomKeyStoreRequest {
    type Operation = kms::DeleteCustomKeyStore;
    type Response = DeleteCustomKeyStoreResponse;

    fn operation(self) -> Result<kms::DeleteCustomKeyStore, kms::Error> {
        let Self {
            custom_key_store_id,
        } = self;
        // There is none, whatever is said of it.
        drop((custom_key_store_id,));
        Ok(kms::DeleteCustomKeyStore)
    }

    fn response(
        output: <kms::DeleteCustomKeyStore as Operation>::Output,
    ) -> DeleteCustomKeyStoreResponse {
        let () = output;
        DeleteCustomKeyStoreResponse {}
    }
}
