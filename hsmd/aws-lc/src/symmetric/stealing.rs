//! AES in cipher block chaining mode with ciphertext stealing: CBC-CS1 of the addendum to SP 800-38A, which RFC 8009 and
//! older Kerberos use with the last two blocks exchanged (CS3).

use hsm_algorithms::AES_BLOCK_BYTES as BLOCK;

use super::{BlockCipher::Aes, cbc_decrypt, cbc_encrypt, ecb_decrypt};
use crate::secret_bytes::Buffer;
use crate::{Error, SecretBytes};

/// Encrypts; the result is as long as `input`.
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::InputLength`] unless `input` has at least one block and `iv` is one.
pub fn cts_encrypt<B: Buffer>(key: &[u8], iv: &[u8], input: &[u8]) -> Result<B, Error> {
    let Some(full) = whole_before_stolen(input.len()) else {
        return Err(Error::InputLength);
    };
    if input.len().is_multiple_of(BLOCK) {
        return cbc_encrypt(Aes, key, iv, input);
    }
    let mut padded = SecretBytes::zeroed(input.len().next_multiple_of(BLOCK))?;
    padded.expose_mut()[..input.len()].copy_from_slice(input);
    let chained: Vec<u8> = cbc_encrypt(Aes, key, iv, padded.expose())?;
    let mut output = B::zeroed(input.len())?;
    let (kept, last) = output.as_mut_slice().split_at_mut(input.len() - BLOCK);
    kept.copy_from_slice(&chained[..kept.len()]);
    last.copy_from_slice(&chained[full + BLOCK..]);
    Ok(output)
}

/// Undoes [`cts_encrypt`].
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::CiphertextLength`] unless `ciphertext` has at least one block.
pub fn cts_decrypt<B: Buffer>(key: &[u8], iv: &[u8], ciphertext: &[u8]) -> Result<B, Error> {
    let Some(full) = whole_before_stolen(ciphertext.len()) else {
        return Err(Error::CiphertextLength);
    };
    if ciphertext.len().is_multiple_of(BLOCK) {
        return cbc_decrypt(Aes, key, iv, ciphertext);
    }
    let (kept, last) = ciphertext.split_at(ciphertext.len() - BLOCK);
    // The plaintext was filled up with zeros, so the last block decrypts to what was cut off the one before it.
    let stolen: SecretBytes = ecb_decrypt(Aes, key, last)?;
    let mut chained = kept.to_vec();
    chained.extend_from_slice(&stolen.expose()[kept.len() - full..]);
    chained.extend_from_slice(last);
    let mut plaintext: B = cbc_decrypt(Aes, key, iv, &chained)?;
    plaintext.truncate(ciphertext.len());
    Ok(plaintext)
}

/// The length of the blocks before the last two, the second of which is cut. `None` without a whole block.
const fn whole_before_stolen(length_bytes: usize) -> Option<usize> {
    if length_bytes < BLOCK {
        return None;
    }
    Some((length_bytes.div_ceil(BLOCK) * BLOCK).saturating_sub(2 * BLOCK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_comes_back() {
        for length in 16..=80_u8 {
            let input: Vec<u8> = (0..length).collect();
            let sealed: Vec<u8> = cts_encrypt(&[5; 32], &[9; 16], &input).unwrap();
            assert_eq!(sealed.len(), input.len());
            assert_eq!(
                cts_decrypt::<Vec<u8>>(&[5; 32], &[9; 16], &sealed).unwrap(),
                input
            );
        }
    }

    #[test]
    fn less_than_a_block_is_refused() {
        assert_eq!(
            cts_encrypt::<Vec<u8>>(&[5; 32], &[9; 16], &[0; 15]).err(),
            Some(Error::InputLength)
        );
        assert_eq!(
            cts_decrypt::<Vec<u8>>(&[5; 32], &[9; 16], &[]).err(),
            Some(Error::CiphertextLength)
        );
    }
}
