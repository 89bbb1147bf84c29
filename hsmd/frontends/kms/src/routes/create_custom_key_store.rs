//! `CreateCustomKeyStore`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::{CreateCustomKeyStoreRequest, CreateCustomKeyStoreResponse};

impl Route for CreateCustomKeyStoreRequest {
    type Operation = kms::CreateCustomKeyStore;
    type Response = CreateCustomKeyStoreResponse;

    fn operation(self) -> Result<kms::CreateCustomKeyStore, kms::Error> {
        let Self {
            cloud_hsm_cluster_id,
            custom_key_store_name,
            custom_key_store_type,
            key_store_password,
            trust_anchor_certificate,
            xks_proxy_authentication_credential,
            xks_proxy_connectivity,
            xks_proxy_uri_endpoint,
            xks_proxy_uri_path,
            xks_proxy_vpc_endpoint_service_name,
            xks_proxy_vpc_endpoint_service_owner,
        } = self;
        // None is made, whatever is said of it.
        drop((
            cloud_hsm_cluster_id,
            custom_key_store_name,
            custom_key_store_type,
            key_store_password,
            trust_anchor_certificate,
            xks_proxy_authentication_credential,
            xks_proxy_connectivity,
            xks_proxy_uri_endpoint,
            xks_proxy_uri_path,
            xks_proxy_vpc_endpoint_service_name,
            xks_proxy_vpc_endpoint_service_owner,
        ));
        Ok(kms::CreateCustomKeyStore)
    }

    fn response(
        output: <kms::CreateCustomKeyStore as Operation>::Output,
    ) -> CreateCustomKeyStoreResponse {
        let () = output;
        CreateCustomKeyStoreResponse {
            custom_key_store_id: None,
        }
    }
}
