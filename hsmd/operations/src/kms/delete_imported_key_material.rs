//! `DeleteImportedKeyMaterial`.

use hsmd_gate::aws::KeyReference;
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::Origin;

use super::import_key_material::ImportedMaterial;
use super::key::AccountKey;
use super::{Error, key_detail};
use crate::{Dependencies, Operation};

/// Destroys material from outside.
pub struct DeleteImportedKeyMaterial {
    /// Which key.
    pub key: KeyReference,
    /// Which material; the current one if it is not said.
    pub material_id: Option<String>,
}

impl Operation for DeleteImportedKeyMaterial {
    type Permits = Permit<key_use::Modify>;
    type Output = ImportedMaterial;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::DELETE_IMPORTED_KEY_MATERIAL.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let needs = Needs::kms_key(
            &actions::kms::DELETE_IMPORTED_KEY_MATERIAL,
            self.key.clone(),
        );
        let needs = key_detail(needs, &self.key);
        Ok(match &self.material_id {
            Some(id) => needs.with_detail("keyMaterialId", Detail::Text(id.clone())),
            None => needs,
        })
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<ImportedMaterial, Error> {
        let key = AccountKey::of(permit)?;
        if key.kms.origin != Origin::External {
            return Err(key.wrong_origin());
        }
        let material = match &self.material_id {
            Some(id) => key
                .kms
                .materials
                .iter()
                .find(|material| material.id.to_string() == *id)
                .ok_or_else(|| {
                    Error::NotFound(format!("Key material {id} of {} is not found.", key.arn()))
                })?
                .clone(),
            None => match key.kms.current_material() {
                Some(current) => current.clone(),
                // There was never any.
                None => return Ok(ImportedMaterial::of(&key, None)),
            },
        };
        key.remove_material(material.number, with).await?;
        Ok(ImportedMaterial::of(&key, Some(material.id)))
    }

    fn answered(output: &ImportedMaterial) -> Vec<(&'static str, Detail)> {
        output.told()
    }
}
