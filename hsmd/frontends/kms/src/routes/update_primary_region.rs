//! `UpdatePrimaryRegion`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::UpdatePrimaryRegionRequest;

impl Route for UpdatePrimaryRegionRequest {
    type Operation = kms::UpdatePrimaryRegion;
    type Response = ();

    fn operation(self) -> Result<kms::UpdatePrimaryRegion, kms::Error> {
        let Self {
            key_id,
            primary_region,
        } = self;
        Ok(kms::UpdatePrimaryRegion {
            key: kms::KeyReference::parse(&key_id),
            region: primary_region,
        })
    }

    fn response(output: <kms::UpdatePrimaryRegion as Operation>::Output) {
        let () = output;
    }
}
