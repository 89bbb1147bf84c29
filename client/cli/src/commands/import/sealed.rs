//! How SoftHSM seals a token: a random AES-256 key, itself sealed under each PIN.

use aes::Aes256;
use cbc::{
    Decryptor,
    cipher::{BlockModeDecrypt, KeyIvInit, block_padding::Pkcs7},
};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The key that a token's private objects are sealed with.
pub(super) struct TokenKey(Zeroizing<Vec<u8>>);

const SALT_BYTES: usize = 8;
const IV_BYTES: usize = 16;
const KEY_BYTES: usize = 32;

/// What stands before the key once it is opened: how a wrong PIN is told.
const MAGIC: &[u8] = b"RJR";

/// The least rounds of the PIN's hash; the salt's last byte adds up to 255.
const ROUNDS: u32 = 1500;

impl TokenKey {
    /// Opens the key with a PIN: salt, initialisation vector, and AES-256-CBC of [`MAGIC`] and the key.
    pub(super) fn open(blob: &[u8], pin: &[u8]) -> Option<Self> {
        let (salt, sealed) = blob.split_at_checked(SALT_BYTES)?;
        let opened = unseal(&key_of_pin(salt, pin), sealed)?;
        let key = opened.strip_prefix(MAGIC)?;
        (key.len() == KEY_BYTES).then(|| Self(Zeroizing::new(key.to_vec())))
    }

    /// Opens a value of a private object.
    pub(super) fn unseal(&self, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        unseal(&self.0, sealed)
    }
}

/// The salted and iterated hash that SoftHSM makes of a PIN.
fn key_of_pin(salt: &[u8], pin: &[u8]) -> Zeroizing<Vec<u8>> {
    let rounds = ROUNDS + u32::from(salt[SALT_BYTES - 1]);
    let mut hash = Zeroizing::new(
        Sha256::new()
            .chain_update(salt)
            .chain_update(pin)
            .finalize()
            .to_vec(),
    );
    for _ in 1..rounds {
        hash = Zeroizing::new(Sha256::digest(&hash).to_vec());
    }
    hash
}

fn unseal(key: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (iv, ciphertext) = sealed.split_at_checked(IV_BYTES)?;
    let cipher = Decryptor::<Aes256>::new_from_slices(key, iv).ok()?;
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    let length = cipher.decrypt_padded::<Pkcs7>(&mut buffer).ok()?.len();
    buffer.truncate(length);
    Some(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The user's PIN of a token that `softhsm2-util --init-token --pin 1234` of SoftHSM 2.6.1 made.
    const USER_PIN: &str = "aa4ab6b922beed38be8b99b25a31fad34f5a39d3d9edeb68ce3ab4a9d9b1876d\
                            563e229aea676427f2cd08d894d72025d7c2dcaa0b8c04ca299e8918dac3d6c6b687feec3deae53e";

    #[test]
    fn the_pin_that_softhsm_took_opens_its_token() {
        let blob = hex::decode(USER_PIN).unwrap();
        assert!(TokenKey::open(&blob, b"1234").is_some());
        for wrong in [&b"1235"[..], b"", b"12345"] {
            assert!(TokenKey::open(&blob, wrong).is_none());
        }
    }

    #[test]
    fn a_damaged_token_is_not_opened() {
        let blob = hex::decode(USER_PIN).unwrap();
        for length in 0..blob.len() {
            assert!(
                TokenKey::open(&blob[..length], b"1234").is_none(),
                "{length}"
            );
        }
    }
}
