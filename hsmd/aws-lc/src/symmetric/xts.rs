//! AES in XTS mode, SP 800-38E and IEEE 1619: one data unit, with ciphertext stealing where it is not whole blocks.
//!
//! Over aws-lc's AES, since its own XTS has keys of 512 bits alone.

use hsm_algorithms::AES_BLOCK_BYTES as BLOCK;
use subtle::ConstantTimeEq as _;

use super::cipher::Mode;
use super::{BlockCipher, Direction, run};
use crate::secret_bytes::Buffer;
use crate::{Error, SecretBytes};

/// The longest data unit in bytes: 2²⁰ blocks, SP 800-38E §4.
const UNIT_MAX_BYTES: usize = BLOCK << 20;

/// Encrypts a data unit of 16 bytes to 16 MiB; the result is as long. `key` holds the two keys, one after the other.
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::KeyInvalid`] when the two keys are the same; [`Error::InputLength`].
pub fn xts_encrypt<B: Buffer>(key: &[u8], tweak: &[u8], input: &[u8]) -> Result<B, Error> {
    process(Direction::Encrypt, key, tweak, input, Error::InputLength)
}

/// Undoes [`xts_encrypt`].
///
/// # Errors
///
/// As for [`xts_encrypt`], with [`Error::CiphertextLength`].
pub fn xts_decrypt<B: Buffer>(key: &[u8], tweak: &[u8], ciphertext: &[u8]) -> Result<B, Error> {
    let failure = Error::CiphertextLength;
    process(Direction::Decrypt, key, tweak, ciphertext, failure)
}

fn process<B: Buffer>(
    direction: Direction,
    key: &[u8],
    tweak: &[u8],
    input: &[u8],
    failure: Error,
) -> Result<B, Error> {
    if !(BLOCK..=UNIT_MAX_BYTES).contains(&input.len()) {
        return Err(failure);
    }
    let (data_key, tweak_key) = key.split_at(key.len() / 2);
    if bool::from(data_key.ct_eq(tweak_key)) {
        return Err(Error::KeyInvalid);
    }
    let first = ecb::<SecretBytes>(Direction::Encrypt, tweak_key, tweak)?;
    let mut mask = u128::from_le_bytes(first.expose().try_into().map_err(|_| Error::InputLength)?);
    let mut output = B::zeroed(input.len())?;
    let room = output.as_mut_slice();
    room.copy_from_slice(input);
    let rest = input.len() % BLOCK;
    if rest == 0 {
        blocks(direction, data_key, room, &mut mask)?;
        return Ok(output);
    }
    let (whole, partial) = room.split_at_mut(input.len() - rest);
    let (before, last) = whole.split_at_mut(whole.len() - BLOCK);
    blocks(direction, data_key, before, &mut mask)?;
    // Of the last whole block and the partial one, decryption undoes first what encryption did last.
    let mut masks = [mask, doubled(mask)];
    if direction == Direction::Decrypt {
        masks.reverse();
    }
    blocks(direction, data_key, last, &mut masks[0])?;
    last[..rest].swap_with_slice(partial);
    blocks(direction, data_key, last, &mut masks[1])?;
    Ok(output)
}

/// Whole blocks in place; `mask` goes on to the next.
fn blocks(direction: Direction, key: &[u8], data: &mut [u8], mask: &mut u128) -> Result<(), Error> {
    let first = *mask;
    apply(data, first);
    let done: SecretBytes = ecb(direction, key, data)?;
    data.copy_from_slice(done.expose());
    *mask = apply(data, first);
    Ok(())
}

/// Masks each block, and gives the mask after the last.
fn apply(data: &mut [u8], mut mask: u128) -> u128 {
    for block in data.chunks_exact_mut(BLOCK) {
        for (byte, masking) in block.iter_mut().zip(mask.to_le_bytes()) {
            *byte ^= masking;
        }
        mask = doubled(mask);
    }
    mask
}

/// Times α in the field of the standard, without a branch on the secret.
const fn doubled(mask: u128) -> u128 {
    (mask << 1) ^ ((mask >> 127) * 0x87)
}

fn ecb<B: Buffer>(direction: Direction, key: &[u8], input: &[u8]) -> Result<B, Error> {
    // AES-192 is not for XTS.
    if key.len() != 16 && key.len() != 32 {
        return Err(Error::KeySize);
    }
    run(Mode::Ecb(BlockCipher::Aes), direction, key, &[], input)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(length: usize) -> Vec<u8> {
        (0_u8..).take(length).collect()
    }

    #[test]
    fn every_length_comes_back() {
        for length in 16..=80_u8 {
            let input: Vec<u8> = (0..length).collect();
            for key_bytes in [32, 64] {
                let sealed: Vec<u8> = xts_encrypt(&key(key_bytes), &[9; 16], &input).unwrap();
                let opened: Vec<u8> = xts_decrypt(&key(key_bytes), &[9; 16], &sealed).unwrap();
                assert_eq!(opened, input, "{length}");
            }
        }
    }

    #[test]
    fn equal_halves_and_odd_lengths_are_refused() {
        let encrypt = |key: &[u8], input: &[u8]| xts_encrypt::<Vec<u8>>(key, &[0; 16], input).err();
        assert_eq!(encrypt(&[1; 32], &[0; 16]), Some(Error::KeyInvalid));
        assert_eq!(encrypt(&key(48), &[0; 16]), Some(Error::KeySize));
        assert_eq!(encrypt(&key(32), &[0; 15]), Some(Error::InputLength));
        assert_eq!(
            encrypt(&key(32), &vec![0; UNIT_MAX_BYTES + 1]),
            Some(Error::InputLength)
        );
    }
}
