//! Further versions of a key of an account, and the names of its materials.

use hsm_algorithms::{Digest, KeySpec};
use hsm_aws_lc::mac;
use hsmd_gate::Permit;
use hsmd_gate::key_use::{Modify, Use};
use hsmd_keys::{MaterialId, ObjectId, WrappedMaterial};
use hsmd_secret_memory::on_secret_stack;

use crate::engines::OpenedKey;
use crate::{EngineError, Generated, Vault, VaultError};

impl Vault {
    /// Makes another material for a key that is rotated.
    ///
    /// # Errors
    ///
    /// [`EngineError::KeyTypeUnknown`] if it is no kind of secret key; [`VaultError::MemoryExhausted`].
    pub fn generate_version(
        &self,
        permit: &Permit<Modify>,
        spec: KeySpec,
    ) -> Result<Generated, VaultError> {
        if spec.kind().is_key_pair() {
            return Err(EngineError::KeyTypeUnknown.into());
        }
        self.make_in(permit.partition(), || OpenedKey::generate(spec, None))
    }

    /// Names a material of a key, which may be new: a hash of the key's id and the material.
    ///
    /// # Errors
    ///
    /// As [`Vault::sign`].
    pub fn name_material<U: Use>(
        &self,
        permit: &Permit<U>,
        key: ObjectId,
        material: &WrappedMaterial,
    ) -> Result<MaterialId, VaultError> {
        let message = [MATERIAL_LABEL, key.as_bytes()].concat();
        self.keyring().freeing_memory(|| {
            on_secret_stack(|| {
                let clear = self.keyring().unwrapped(permit.partition(), material)?;
                // The material is the key of the code: the name tells nothing of it.
                let code = mac::hmac(Digest::Sha256, clear.expose(), &message)
                    .map_err(EngineError::from)?;
                let id = code.as_ref().try_into().map(MaterialId);
                id.map_err(|_| VaultError::MaterialDamaged)
            })
        })
    }
}

/// Keeps the names of materials apart from other codes under the same key.
const MATERIAL_LABEL: &[u8] = b"hsmd key material id\0";
