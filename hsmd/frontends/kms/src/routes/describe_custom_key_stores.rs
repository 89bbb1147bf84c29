//! `DescribeCustomKeyStores`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::{DescribeCustomKeyStoresRequest, DescribeCustomKeyStoresResponse};

impl Route for DescribeCustomKeyStoresRequest {
    type Operation = kms::DescribeCustomKeyStores;
    type Response = DescribeCustomKeyStoresResponse;

    fn operation(self) -> Result<kms::DescribeCustomKeyStores, kms::Error> {
        let Self {
            custom_key_store_id,
            custom_key_store_name,
            limit,
            marker,
        } = self;
        if marker.is_some() {
            return Err(kms::Error::InvalidMarker);
        }
        // A page of nothing is as long as any.
        let _: Option<u32> = limit;
        Ok(kms::DescribeCustomKeyStores {
            names_one: custom_key_store_id.is_some() || custom_key_store_name.is_some(),
        })
    }

    fn response(
        output: <kms::DescribeCustomKeyStores as Operation>::Output,
    ) -> DescribeCustomKeyStoresResponse {
        let () = output;
        DescribeCustomKeyStoresResponse {
            custom_key_stores: Some(Vec::new()),
            next_marker: None,
            truncated: Some(false),
        }
    }
}
