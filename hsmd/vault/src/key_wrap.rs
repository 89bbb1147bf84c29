//! AES Key Wrap with Padding, by which the hierarchy wraps its keys: NIST SP 800-38F §6.3, RFC 5649.
//!
//! Runs on the secret stack, where the key schedule lies.

use aes_kw::{KeyInit as _, KwpAes256};
use hsmd_secret_memory::{Exhausted, LockedBytes, on_secret_stack};

use crate::VaultError;

/// The length of every key that wraps: AES-256.
pub(crate) const KEY_BYTES: usize = 32;

/// How much longer than its content a wrapping is at least.
const OVERHEAD_BYTES: usize = 8;

/// Wraps `plaintext` under a key of [`KEY_BYTES`]: `8 * ceil(length / 8) + 8` bytes.
///
/// # Errors
///
/// [`VaultError::MemoryExhausted`].
pub(crate) fn wrap(key: &LockedBytes, plaintext: &[u8]) -> Result<Vec<u8>, Exhausted> {
    // Wrapping works in place, so the room holds the plaintext for a moment.
    let mut wrapped = LockedBytes::zeroed(plaintext.len().next_multiple_of(8) + OVERHEAD_BYTES)?;
    on_secret_stack(|| {
        cipher(key)
            .wrap_key(plaintext, wrapped.expose_mut())
            .expect("the output has the length that RFC 5649 gives it");
    });
    Ok(wrapped.expose().to_vec())
}

/// Unwraps into the arena.
///
/// # Errors
///
/// [`VaultError::MaterialDamaged`] unless `wrapped` was made by [`wrap`] with the same key;
/// [`VaultError::MemoryExhausted`].
pub(crate) fn unwrap(key: &LockedBytes, wrapped: &[u8]) -> Result<LockedBytes, VaultError> {
    let room = wrapped
        .len()
        .checked_sub(OVERHEAD_BYTES)
        .ok_or(VaultError::MaterialDamaged)?;
    let mut plaintext = LockedBytes::zeroed(room)?;
    let length = on_secret_stack(|| {
        cipher(key)
            .unwrap_key(wrapped, plaintext.expose_mut())
            .map(<[u8]>::len)
            .ok()
    });
    plaintext.truncate(length.ok_or(VaultError::MaterialDamaged)?);
    Ok(plaintext)
}

/// A fresh key that wraps.
pub(crate) fn new_key() -> Result<LockedBytes, Exhausted> {
    LockedBytes::random(KEY_BYTES)
}

/// The key schedule, wiped on drop.
fn cipher(key: &LockedBytes) -> KwpAes256 {
    KwpAes256::new_from_slice(key.expose()).expect("keys that wrap have 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> LockedBytes {
        LockedBytes::copy_of(&[byte; KEY_BYTES]).unwrap()
    }

    #[test]
    fn what_was_wrapped_is_unwrapped_at_every_length() {
        for length in 1..=200 {
            let plaintext: Vec<u8> = (0..length).collect();
            let wrapped = wrap(&key(1), &plaintext).unwrap();
            assert_eq!(wrapped.len(), usize::from(length).next_multiple_of(8) + 8);
            assert_eq!(unwrap(&key(1), &wrapped).unwrap().expose(), plaintext);
        }
    }

    #[test]
    fn another_key_or_a_changed_or_shortened_wrapping_is_refused() {
        let wrapped = wrap(&key(1), b"a secret of more than one block").unwrap();
        assert!(unwrap(&key(2), &wrapped).is_err());
        for position in 0..wrapped.len() {
            let mut changed = wrapped.clone();
            changed[position] ^= 1;
            assert!(
                unwrap(&key(1), &changed).is_err(),
                "bit flipped at {position}"
            );
            assert!(
                unwrap(&key(1), &wrapped[..position]).is_err(),
                "cut at {position}"
            );
        }
    }
}
