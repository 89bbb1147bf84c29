//! `ImportKeyMaterial`.

use std::sync::Arc;

use hsm_algorithms::pkcs11::CKO_PRIVATE_KEY;
use hsmd_gate::aws::KeyReference;
use hsmd_gate::{Detail, Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{
    Change, Import, KeyEvent, KeyState, KeyVersion, KmsKey, Material, MaterialId, Object, Origin,
};
use hsmd_vault::{Generated, ImportRefused};

use super::key::{AccountKey, DAY_MILLISECONDS, change, now};
use super::metadata::{KEY_MATERIAL_DOES_NOT_EXPIRE, KEY_MATERIAL_EXPIRES};
use super::{Error, key_detail, objects};
use crate::{Dependencies, Operation, making};

/// Takes material from outside for a key.
pub struct ImportKeyMaterial {
    /// Which key.
    pub key: KeyReference,
    /// The token that came with the wrapping key.
    pub token: Vec<u8>,
    /// The wrapped material.
    pub encrypted_material: Vec<u8>,
    /// Whether it expires; if it is not said, it does.
    pub does_not_expire: bool,
    /// When it ends, in milliseconds since 1970.
    pub valid_to_unix_milliseconds: Option<u64>,
    /// Whether it is new material or what was there before; the first alone goes without.
    pub kind: Option<ImportKind>,
    /// What whoever imports it says of it.
    pub description: Option<String>,
    /// The id that it must have.
    pub material_id: Option<String>,
}

/// Whether material is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportKind {
    /// `NEW_KEY_MATERIAL`.
    New,
    /// `EXISTING_KEY_MATERIAL`.
    Existing,
}

/// Material that was imported.
#[derive(Debug, Clone)]
pub struct ImportedMaterial {
    /// The key's ARN.
    pub key_arn: String,
    /// The material's id: symmetric encryption keys tell it.
    pub material_id: Option<String>,
}

impl ImportedMaterial {
    /// What is told of a material of this key.
    pub(super) fn of(key: &AccountKey<'_>, id: Option<MaterialId>) -> Self {
        let id = id.filter(|_| key.is_symmetric_encryption());
        Self {
            key_arn: key.arn(),
            material_id: id.map(|id| id.to_string()),
        }
    }

    /// As the audit log tells it.
    pub(super) fn told(&self) -> Vec<(&'static str, Detail)> {
        let id = self.material_id.clone();
        let told = id.map(|id| ("keyMaterialId", Detail::Text(id)));
        told.into_iter().collect()
    }
}

impl Operation for ImportKeyMaterial {
    type Permits = Permit<key_use::Modify>;
    type Output = ImportedMaterial;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::IMPORT_KEY_MATERIAL.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let model = match (self.does_not_expire, self.valid_to_unix_milliseconds) {
            (false, Some(_)) => KEY_MATERIAL_EXPIRES,
            (true, None) => KEY_MATERIAL_DOES_NOT_EXPIRE,
            (false, None) => {
                return Err(Error::Validation(
                    "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"
                        .to_owned(),
                ));
            }
            (true, Some(_)) => {
                return Err(Error::Validation(
                    "A validTo date cannot be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE".to_owned(),
                ));
            }
        };
        let mut needs = Needs::kms_key(&actions::kms::IMPORT_KEY_MATERIAL, self.key.clone())
            .with_condition("kms:ExpirationModel", model);
        if let Some(valid_to) = self.valid_to_unix_milliseconds {
            needs = needs
                .with_condition("kms:ValidTo", (valid_to / 1000).to_string())
                .with_detail("validTo", Detail::Number(valid_to / 1000));
        }
        Ok(key_detail(needs, &self.key).with_detail("expirationModel", Detail::Name(model)))
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
        self.check_members(&key, with)?;
        let generated = with
            .vault
            .import_material(permit, &self.token, &self.encrypted_material, now(with))
            .await
            .map_err(refused)?;
        let id = with
            .vault
            .name_material(permit, key.object.id, &generated.material)
            .map_err(crate::Error::from)?;
        let version = KeyVersion {
            number: self.place(&key, id)?,
            created_at_unix_milliseconds: now(with),
            material: generated.material.clone(),
        };
        let import = Import {
            is_imported: true,
            valid_to_unix_milliseconds: self.valid_to_unix_milliseconds,
            description: self.description.clone().unwrap_or_default(),
        };
        let mut object = key.with(|kms| put_material(kms, version.number, id, import));
        object.versions.retain(|old| old.number != version.number);
        object.versions.push(version);
        object.versions.sort_by_key(|version| version.number);
        let is_complete = object
            .kms
            .as_ref()
            .is_some_and(|kms| kms.has_all_material());
        if is_complete && object.state == KeyState::PendingImport {
            object.state = key.after(KeyEvent::ImportMaterial, |_| ())?.state;
        }
        let changes = with_facts(object, &key, &generated, with)?;
        change(with, key.partition, changes).await?;
        Ok(ImportedMaterial::of(&key, Some(id)))
    }

    fn answered(output: &ImportedMaterial) -> Vec<(&'static str, Detail)> {
        output.told()
    }
}

impl ImportKeyMaterial {
    fn check_members(&self, key: &AccountKey<'_>, with: &Dependencies) -> Result<(), Error> {
        const VALID_DAYS_MAX: u64 = 365;
        let has_symmetric_members =
            self.kind.is_some() || self.description.is_some() || self.material_id.is_some();
        if has_symmetric_members && !key.is_symmetric_encryption() {
            return Err(Error::Validation(
                "ImportType, KeyMaterialDescription and KeyMaterialId are for symmetric encryption keys alone."
                    .to_owned(),
            ));
        }
        if let Some(valid_to) = self.valid_to_unix_milliseconds {
            let now = now(with);
            if valid_to <= now {
                return Err(Error::Validation(
                    "ValidTo must be in the future".to_owned(),
                ));
            }
            if valid_to > now + VALID_DAYS_MAX * DAY_MILLISECONDS {
                return Err(Error::Validation(format!(
                    "ValidTo must be at most {VALID_DAYS_MAX} days in the future"
                )));
            }
        }
        Ok(())
    }

    /// The number that material with this id gets.
    fn place(&self, key: &AccountKey<'_>, id: MaterialId) -> Result<u32, Error> {
        let is_as_said = self
            .material_id
            .as_ref()
            .is_none_or(|said| *said == id.to_string());
        if !is_as_said {
            return Err(Error::IncorrectKeyMaterial(
                "The key material is not the one that KeyMaterialId names.",
            ));
        }
        let materials = &key.kms.materials;
        let known = materials.iter().find(|material| material.id == id);
        match (self.kind, known) {
            (Some(ImportKind::Existing) | None, Some(known)) => Ok(known.number),
            (Some(ImportKind::New) | None, None) if materials.is_empty() => Ok(1),
            (Some(ImportKind::New), Some(known)) if key.kms.is_pending(known) => Ok(known.number),
            (Some(ImportKind::New), None) => {
                if let Some(pending) = key.kms.pending_material() {
                    Err(Error::InvalidState(format!(
                        "New key material (id: {id}) cannot be imported into KMS key {}, because another key material \
                 (id: {}) is pending rotation.",
                        key.arn(),
                        pending.id
                    )))
                } else {
                    let newest = materials.iter().map(|material| material.number).max();
                    Ok(newest.unwrap_or_default() + 1)
                }
            }
            (Some(ImportKind::New), Some(_)) => Err(Error::IncorrectKeyMaterial(
                "The key material was imported into this key before.",
            )),
            (Some(ImportKind::Existing) | None, None) => Err(Error::IncorrectKeyMaterial(
                "The key material is not the one that was imported before.",
            )),
        }
    }
}

/// Puts material in its place; the first is current at once.
fn put_material(kms: &mut KmsKey, number: u32, id: MaterialId, import: Import) {
    kms.current_version = kms.current_version.or(Some(number));
    match kms.materials.iter_mut().find(|one| one.number == number) {
        Some(material) => material.import = Some(import),
        None => kms.materials.push(Material {
            number,
            id,
            rotated: None,
            import: Some(import),
        }),
    }
}

/// The changes that store the key, with what its first material tells of it, and its public half.
fn with_facts(
    mut object: Object,
    key: &AccountKey<'_>,
    generated: &Generated,
    with: &Dependencies,
) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::new();
    match &generated.public {
        Some(public) if key.kms.public_object.is_none() => {
            making::add_public_key_facts(&mut object.attributes, CKO_PRIVATE_KEY, public)?;
            let id = with
                .repository
                .new_object_id(std::time::UNIX_EPOCH + with.clock.since_epoch())
                .map_err(crate::Error::from)?;
            let (usage, origin) = (key.kms.usage, key.kms.origin);
            let shown =
                objects::public_object(object.partition, id, &object, usage, origin, public)?;
            changes.push(Change::Insert(Box::new(shown)));
            if let Some(kms) = object.kms.as_mut().map(Arc::make_mut) {
                kms.public_object = Some(id);
            }
        }
        // A symmetric key's check value is that of its first material.
        None if key.kms.materials.is_empty() => making::add_secret_key_facts(
            &mut object.attributes,
            generated.spec,
            generated.check_value,
        )?,
        Some(_) | None => {}
    }
    changes.push(Change::Replace(Box::new(object)));
    Ok(changes)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn refused(refusal: ImportRefused) -> Error {
    match refusal {
        ImportRefused::TokenInvalid => Error::InvalidImportToken,
        ImportRefused::TokenExpired => Error::ExpiredImportToken,
        ImportRefused::CiphertextInvalid => Error::InvalidCiphertext,
        ImportRefused::MaterialIncorrect => {
            Error::IncorrectKeyMaterial("The key material is not of the key's kind and length.")
        }
        ImportRefused::Vault(error) => crate::Error::from(error).into(),
    }
}
