//! `ImportKeyMaterial`.

use hsmd_operations::{Operation, kms};

use super::Route;
use crate::model::{
    ExpirationModelType, ImportKeyMaterialRequest, ImportKeyMaterialResponse, ImportType,
};

impl Route for ImportKeyMaterialRequest {
    type Operation = kms::ImportKeyMaterial;
    type Response = ImportKeyMaterialResponse;

    fn operation(self) -> Result<kms::ImportKeyMaterial, kms::Error> {
        let Self {
            encrypted_key_material,
            expiration_model,
            import_token,
            import_type,
            key_id,
            key_material_description,
            key_material_id,
            valid_to,
        } = self;
        Ok(kms::ImportKeyMaterial {
            key: kms::KeyReference::parse(&key_id),
            token: import_token.0,
            encrypted_material: encrypted_key_material.0,
            does_not_expire: expiration_model
                == Some(ExpirationModelType::KeyMaterialDoesNotExpire),
            // A moment before 1970 is past, like 1970 itself.
            valid_to_unix_milliseconds: valid_to
                .map(|valid_to| u64::try_from(valid_to.unix_milliseconds).unwrap_or_default()),
            kind: import_type.map(|kind| match kind {
                ImportType::NewKeyMaterial => kms::ImportKind::New,
                ImportType::ExistingKeyMaterial => kms::ImportKind::Existing,
            }),
            description: key_material_description,
            material_id: key_material_id,
        })
    }

    fn response(
        output: <kms::ImportKeyMaterial as Operation>::Output,
    ) -> ImportKeyMaterialResponse {
        ImportKeyMaterialResponse {
            key_id: Some(output.key_arn),
            key_material_id: output.material_id,
        }
    }
}
