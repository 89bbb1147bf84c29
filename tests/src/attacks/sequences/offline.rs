//! What an attacker opens on a machine of their own, with keys that they know.

use aws_lc_rs::cipher::{
    AES_256, DecryptingKey, DecryptionContext, EncryptingKey, UnboundCipherKey,
};

/// A ciphertext in ECB, or in CBC with an IV of zeros for its first block, opened with a known key.
pub(super) fn opened(key: &[u8], string: &[u8]) -> Vec<u8> {
    let whole = string.len() / 16 * 16;
    let mut blocks = string[..whole].to_vec();
    if blocks.is_empty() || key.len() != 32 {
        return Vec::new();
    }
    let opened = UnboundCipherKey::new(&AES_256, key)
        .and_then(DecryptingKey::ecb)
        .and_then(|key| {
            key.decrypt(&mut blocks, DecryptionContext::None)
                .map(|bytes| bytes.to_vec())
        })
        .unwrap_or_default();
    // The same in CBC: each block mixed with the ciphertext before it.
    let chained: Vec<u8> = opened
        .iter()
        .enumerate()
        .map(|(index, byte)| {
            if index < 16 {
                *byte
            } else {
                byte ^ string[index - 16]
            }
        })
        .collect();
    [opened, chained, counted(key, string)].concat()
}

/// A ciphertext of GCM under the nonce of zeros that all steps use, its tag at the end or not.
fn counted(key: &[u8], string: &[u8]) -> Vec<u8> {
    let blocks = u32::try_from(string.len().div_ceil(16)).unwrap_or_default();
    // The first counter is the tag's (NIST SP 800-38D, section 7.1).
    let mut stream: Vec<u8> = (2..2 + blocks)
        .flat_map(|counter| u128::from(counter).to_be_bytes())
        .collect();
    let encrypted = UnboundCipherKey::new(&AES_256, key)
        .and_then(EncryptingKey::ecb)
        .and_then(|key| key.encrypt(&mut stream));
    if encrypted.is_err() {
        return Vec::new();
    }
    stream
        .iter()
        .zip(string)
        .map(|(key, byte)| key ^ byte)
        .collect()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

    use super::*;

    #[test]
    fn what_gcm_encrypted_is_opened_without_its_tag() {
        let sealing = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).unwrap());
        let mut bytes = *b"a secret of more than one block, and some";
        let nonce = Nonce::assume_unique_for_key([0; 12]);
        let _tag = sealing
            .seal_in_place_separate_tag(nonce, Aad::empty(), &mut bytes)
            .unwrap();
        assert_eq!(
            counted(&[7; 32], &bytes),
            b"a secret of more than one block, and some"
        );
    }
}
