//! HKDF, RFC 5869.

use hsm_algorithms::{HkdfParameters, HkdfSalt};
use hsm_aws_lc::{SecretBytes, mac};

use super::cut;
use crate::engines::EngineError;

/// Extracts, expands or both. Without an expansion the key is as long as the digest, or what is wanted of it.
pub(super) fn derive(
    base: &[u8],
    salt_key: Option<&[u8]>,
    parameters: &HkdfParameters,
    wanted: Option<usize>,
) -> Result<SecretBytes, EngineError> {
    let hash = parameters.hash;
    let salt = match (&parameters.salt, salt_key) {
        (HkdfSalt::None, _) => &[],
        (HkdfSalt::Data(salt), _) => salt.as_slice(),
        (HkdfSalt::Key, Some(key)) => key,
        (HkdfSalt::Key, None) => return Err(EngineError::Incomplete),
    };
    let extracted = if parameters.extracts {
        Some(mac::hmac(hash, salt, base)?)
    } else {
        None
    };
    let key = extracted.as_ref().map_or(base, AsRef::as_ref);
    if !parameters.expands {
        return cut(SecretBytes::copy_of(key)?, wanted);
    }
    let length_bytes = wanted.ok_or(EngineError::LengthNeeded)?;
    if length_bytes > 255 * hash.length_bytes() {
        return Err(EngineError::KeySize);
    }
    let mut output = SecretBytes::zeroed(length_bytes)?;
    let mut block = SecretBytes::zeroed(hash.length_bytes() + parameters.info.len() + 1)?;
    let mut before = 0;
    for (number, room) in (1_u8..).zip(output.expose_mut().chunks_mut(hash.length_bytes())) {
        // T(n − 1), which is empty at first, then what the key is for, then n.
        let end = before + parameters.info.len();
        block.expose_mut()[before..end].copy_from_slice(&parameters.info);
        block.expose_mut()[end] = number;
        let value = mac::hmac(hash, key, &block.expose()[..=end])?;
        room.copy_from_slice(&value.as_ref()[..room.len()]);
        before = hash.length_bytes();
        block.expose_mut()[..before].copy_from_slice(value.as_ref());
    }
    Ok(output)
}
