//! `UpdateCustomKeyStore`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::{UpdateCustomKeyStoreRequest, UpdateCustomKeyStoreResponse};

impl Route for UpdateCustomKeyStoreRequest {
    type Operation = kms::UpdateCustomKeyStore;
    type Response = UpdateCustomKeyStoreResponse;

    fn operation(self) -> Result<kms::UpdateCustomKeyStore, kms::Error> {
        let Self {
            cloud_hsm_cluster_id,
            custom_key_store_id,
            key_store_password,
            new_custom_key_store_name,
            xks_proxy_authentication_credential,
            xks_proxy_connectivity,
            xks_proxy_uri_endpoint,
            xks_proxy_uri_path,
            xks_proxy_vpc_endpoint_service_name,
            xks_proxy_vpc_endpoint_service_owner,
        } = self;
        // There is none, whatever is said of it.
        drop((
            cloud_hsm_cluster_id,
            custom_key_store_id,
            key_store_password,
            new_custom_key_store_name,
            xks_proxy_authentication_credential,
            xks_proxy_connectivity,
            xks_proxy_uri_endpoint,
            xks_proxy_uri_path,
            xks_proxy_vpc_endpoint_service_name,
            xks_proxy_vpc_endpoint_service_owner,
        ));
        Ok(kms::UpdateCustomKeyStore)
    }

    fn response(
        output: <kms::UpdateCustomKeyStore as Operation>::Output,
    ) -> UpdateCustomKeyStoreResponse {
        let () = output;
        UpdateCustomKeyStoreResponse {}
    }
}
