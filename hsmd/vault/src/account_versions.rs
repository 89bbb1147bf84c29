//! Further versions of a key of an account, and the names of its materials.

use hsm_algorithms::{Digest, KeySpec};
use hsm_aws_lc::mac;
use hsmd_gate::Permit;
use hsmd_gate::key_use::{Modify, Use};
use hsmd_keys::{KeyVersion, MaterialId, Object};

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
        key: &Object,
        version: &KeyVersion,
    ) -> Result<MaterialId, VaultError> {
        let message = [MATERIAL_LABEL, key.id.as_bytes()].concat();
        let name = |key: &OpenedKey| {
            // The material is the key of the code: the name tells nothing of it.
            let code = mac::hmac(Digest::Sha256, key.encode()?.expose(), &message)?;
            Ok(code.as_ref().try_into().map(MaterialId).ok())
        };
        let id = self
            .keyring()
            .compute(permit.partition(), key, Some(version), name)?;
        id.ok_or(VaultError::MaterialDamaged)
    }
}

/// Keeps the names of materials apart from other codes under the same key.
const MATERIAL_LABEL: &[u8] = b"hsmd key material id\0";
