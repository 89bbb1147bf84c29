//! `DeleteImportedKeyMaterial`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::{DeleteImportedKeyMaterialRequest, DeleteImportedKeyMaterialResponse};

impl Route for DeleteImportedKeyMaterialRequest {
    type Operation = kms::DeleteImportedKeyMaterial;
    type Response = DeleteImportedKeyMaterialResponse;

    fn operation(self) -> Result<kms::DeleteImportedKeyMaterial, kms::Error> {
        let Self {
            key_id,
            key_material_id,
        } = self;
        Ok(kms::DeleteImportedKeyMaterial {
            key: kms::KeyReference::parse(&key_id),
            material_id: key_material_id,
        })
    }

    fn response(
        output: <kms::DeleteImportedKeyMaterial as Operation>::Output,
    ) -> DeleteImportedKeyMaterialResponse {
        DeleteImportedKeyMaterialResponse {
            key_id: Some(output.key_arn),
            key_material_id: output.material_id,
        }
    }
}
