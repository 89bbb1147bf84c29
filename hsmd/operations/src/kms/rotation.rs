//! Rotating a key: which keys can, and what a rotation does.

use hsmd_gate::Permit;
use hsmd_gate::key_use::Modify;
use hsmd_keys::{KeyVersion, KmsKey, Material, Object, Origin, Rotated, RotationType};

use super::Error;
use super::key::{AccountKey, now};
use crate::Dependencies;

impl AccountKey<'_> {
    /// Refuses keys that do not rotate by themselves.
    pub(super) fn check_rotates_by_itself(&self) -> Result<(), Error> {
        if self.kms.origin != Origin::AwsKms {
            return Err(self.wrong_origin());
        }
        if !self.is_symmetric_encryption() {
            return Err(Error::UnsupportedOperation(String::new()));
        }
        Ok(())
    }

    /// What is answered to a key of that origin.
    pub(super) fn wrong_origin(&self) -> Error {
        Error::UnsupportedOperation(format!(
            "{} origin is {} which is not valid for this operation.",
            self.arn(),
            self.kms.origin.kms_name()
        ))
    }

    /// The key with new material, which new uses take from then on.
    pub(super) fn rotated(
        &self,
        permit: &Permit<Modify>,
        how: RotationType,
        with: &Dependencies,
    ) -> Result<Object, Error> {
        let generated = with
            .vault
            .generate_version(permit, self.spec.spec())
            .map_err(crate::Error::from)?;
        let newest = self.kms.materials.iter().map(|one| one.number).max();
        let number = newest.unwrap_or_default() + 1;
        let now = now(with);
        let version = KeyVersion {
            number,
            created_at_unix_milliseconds: now,
            material: generated.material,
        };
        let id = with
            .vault
            .name_material(permit, self.object.id, &version.material)
            .map_err(crate::Error::from)?;
        let mut object = self.with(|kms| {
            kms.materials.push(Material {
                number,
                id,
                rotated: None,
                import: None,
            });
            make_current(kms, number, how, now);
        });
        object.versions.push(version);
        Ok(object)
    }
}

/// Makes a material current.
pub(super) fn make_current(kms: &mut KmsKey, number: u32, how: RotationType, now: u64) {
    kms.current_version = Some(number);
    if how == RotationType::OnDemand {
        kms.on_demand_rotations += 1;
    }
    for material in &mut kms.materials {
        if material.number == number {
            material.rotated = Some(Rotated {
                at_unix_milliseconds: now,
                how,
            });
        }
    }
}
