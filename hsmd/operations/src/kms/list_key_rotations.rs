//! `ListKeyRotations`.

use hsmd_gate::aws::KeyReference;
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Material, Origin};

use super::key::AccountKey;
use super::marker::List;
use super::metadata::{KEY_MATERIAL_DOES_NOT_EXPIRE, KEY_MATERIAL_EXPIRES};
use super::{Error, Page, PageRequest, key_detail};
use crate::{Dependencies, Operation};

/// Lists a key's rotations, or all of its materials.
pub struct ListKeyRotations {
    /// Which key.
    pub key: KeyReference,
    /// Whether materials that no rotation made current are told too.
    pub includes_all_material: bool,
    /// Which page.
    pub page: PageRequest,
}

/// A rotation, or a material. Times are in milliseconds since 1970.
#[derive(Debug, Clone)]
pub struct RotationEntry {
    /// The key's ARN.
    pub key_arn: String,
    /// The material's id.
    pub material_id: String,
    /// The name of the material's state.
    pub material_state: &'static str,
    /// When and how it became current, by name.
    pub rotated: Option<(u64, &'static str)>,
    /// What is known of imported material.
    pub import: Option<ImportEntry>,
}

/// What is known of imported material.
#[derive(Debug, Clone)]
pub struct ImportEntry {
    /// The name of its state.
    pub state: &'static str,
    /// What whoever imported it says of it.
    pub description: String,
    /// The name of its model of expiration, while it is there.
    pub expiration_model: Option<&'static str>,
    /// When it ends.
    pub valid_to_unix_milliseconds: Option<u64>,
}

impl Operation for ListKeyRotations {
    type Permits = Permit<key_use::Read>;
    type Output = Page<RotationEntry>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::LIST_KEY_ROTATIONS.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        let needs = Needs::kms_key(&actions::kms::LIST_KEY_ROTATIONS, self.key.clone());
        Ok(key_detail(needs, &self.key))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<Page<RotationEntry>, Error> {
        let key = AccountKey::of(permit)?;
        if !key.is_symmetric_encryption() {
            return Err(Error::UnsupportedOperation(String::new()));
        }
        let is_all = [self.includes_all_material.into()];
        let filter = [key.object.id.as_bytes().as_slice(), &is_all].concat();
        let list = List {
            operation: "ListKeyRotations",
            partition: key.partition.id.as_bytes(),
            filter: &filter,
        };
        let after = self.page.after(&list, with)?;
        let after = after
            .and_then(|bytes| Some(u32::from_be_bytes(bytes.try_into().ok()?)))
            .unwrap_or_default();
        let mut rest = key
            .kms
            .materials
            .iter()
            .filter(|material| material.number > after)
            .filter(|material| self.includes_all_material || material.rotated.is_some());
        let page: Vec<_> = rest.by_ref().take(self.page.limit(100, 1000)).collect();
        let is_last = rest.next().is_none();
        let position = page.last().map(|material| material.number.to_be_bytes());
        let entries = page.iter().map(|material| key.rotation_entry(material));
        Page::new(
            entries.collect(),
            is_last,
            position.as_ref().map(<[u8; 4]>::as_slice),
            &list,
            with,
        )
    }
}

impl AccountKey<'_> {
    fn rotation_entry(&self, material: &Material) -> RotationEntry {
        let material_state = if self.kms.is_pending(material) {
            "PENDING_ROTATION"
        } else if self.kms.current_version == Some(material.number) {
            "CURRENT"
        } else {
            "NON_CURRENT"
        };
        let import = material
            .import
            .as_ref()
            .filter(|_| self.kms.origin == Origin::External)
            .map(|import| ImportEntry {
                state: if import.is_imported {
                    "IMPORTED"
                } else {
                    "PENDING_IMPORT"
                },
                description: import.description.clone(),
                expiration_model: import.is_imported.then_some(
                    match import.valid_to_unix_milliseconds {
                        Some(_) => KEY_MATERIAL_EXPIRES,
                        None => KEY_MATERIAL_DOES_NOT_EXPIRE,
                    },
                ),
                valid_to_unix_milliseconds: import
                    .valid_to_unix_milliseconds
                    .filter(|_| import.is_imported),
            });
        RotationEntry {
            key_arn: self.arn(),
            material_id: material.id.to_string(),
            material_state,
            rotated: material
                .rotated
                .map(|rotated| (rotated.at_unix_milliseconds, rotated.how.kms_name())),
            import,
        }
    }
}
