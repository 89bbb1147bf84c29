//! `ConnectCustomKeyStore`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::{ConnectCustomKeyStoreRequest, ConnectCustomKeyStoreResponse};

impl Route for ConnectCustomKeyStoreRequest {
    type Operation = kms::ConnectCustomKeyStore;
    type Response = ConnectCustomKeyStoreResponse;

    fn operation(self) -> Result<kms::ConnectCustomKeyStore, kms::Error> {
        let Self {
            custom_key_store_id,
        } = self;
        // There is none, whatever is said of it.
        drop((custom_key_store_id,));
        Ok(kms::ConnectCustomKeyStore)
    }

    fn response(
        output: <kms::ConnectCustomKeyStore as Operation>::Output,
    ) -> ConnectCustomKeyStoreResponse {
        let () = output;
        ConnectCustomKeyStoreResponse {}
    }
}
