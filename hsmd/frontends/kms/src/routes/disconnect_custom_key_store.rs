//! `DisconnectCustomKeyStore`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::{DisconnectCustomKeyStoreRequest, DisconnectCustomKeyStoreResponse};

impl Route for DisconnectCustomKeyStoreRequest {
    type Operation = kms::DisconnectCustomKeyStore;
    type Response = DisconnectCustomKeyStoreResponse;

    fn operation(self) -> Result<kms::DisconnectCustomKeyStore, kms::Error> {
        let Self {
            custom_key_store_id,
        } = self;
        // There is none, whatever is said of it.
        drop((custom_key_store_id,));
        Ok(kms::DisconnectCustomKeyStore)
    }

    fn response(
        output: <kms::DisconnectCustomKeyStore as Operation>::Output,
    ) -> DisconnectCustomKeyStoreResponse {
        let () = output;
        DisconnectCustomKeyStoreResponse {}
    }
}
