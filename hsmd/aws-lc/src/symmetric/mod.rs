//! Ciphers of secret keys: AES in its modes, ChaCha20, and DES for what was made with it long ago.
//!
//! Every function checks the key's length, puts its output into a [`Buffer`] and fails with one error for whatever
//! could be an oracle.

mod chacha20;
mod cipher;
mod padding;
mod stealing;
mod xts;

use hsm_algorithms::{AES_BLOCK_BYTES, CcmParameters, CtrParameters, GcmParameters};

use crate::Error;
use crate::secret_bytes::Buffer;
use cipher::{Cipher, Mode};
use padding::unpadded_length;

pub use chacha20::{chacha20, chacha20_poly1305_decrypt, chacha20_poly1305_encrypt};
pub use stealing::{cts_decrypt, cts_encrypt};
pub use xts::{xts_decrypt, xts_encrypt};

/// A block cipher. The length of the key says the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockCipher {
    /// AES-128, AES-192 and AES-256.
    Aes,
    /// DES, and triple DES with two or three keys.
    Des,
}

impl BlockCipher {
    /// The length of a block.
    #[must_use]
    pub const fn block_bytes(self) -> usize {
        match self {
            Self::Aes => AES_BLOCK_BYTES,
            Self::Des => 8,
        }
    }

    /// No input or some whole blocks.
    const fn check_blocks(self, input: &[u8], failure: Error) -> Result<(), Error> {
        if input.len().is_multiple_of(self.block_bytes()) {
            Ok(())
        } else {
            Err(failure)
        }
    }
}

/// Modes of AES that feed their output back into the cipher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feedback {
    /// Output feedback.
    Ofb,
    /// Cipher feedback, a block at a time.
    Cfb128,
    /// Cipher feedback, a byte at a time.
    Cfb8,
    /// Cipher feedback, a bit at a time.
    Cfb1,
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From plaintext to ciphertext.
    Encrypt,
    /// From ciphertext to plaintext.
    Decrypt,
}

/// Electronic codebook mode.
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::InputLength`] unless `input` is whole blocks.
pub fn ecb_encrypt<B: Buffer>(cipher: BlockCipher, key: &[u8], input: &[u8]) -> Result<B, Error> {
    cipher.check_blocks(input, Error::InputLength)?;
    run(Mode::Ecb(cipher), Direction::Encrypt, key, &[], input)
}

/// Undoes [`ecb_encrypt`].
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::CiphertextLength`] unless `ciphertext` is whole blocks.
pub fn ecb_decrypt<B: Buffer>(
    cipher: BlockCipher,
    key: &[u8],
    ciphertext: &[u8],
) -> Result<B, Error> {
    cipher.check_blocks(ciphertext, Error::CiphertextLength)?;
    run(Mode::Ecb(cipher), Direction::Decrypt, key, &[], ciphertext)
}

/// Cipher block chaining mode, without padding.
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::InputLength`] unless `input` is whole blocks and `iv` is one.
pub fn cbc_encrypt<B: Buffer>(
    cipher: BlockCipher,
    key: &[u8],
    iv: &[u8],
    input: &[u8],
) -> Result<B, Error> {
    cipher.check_blocks(input, Error::InputLength)?;
    run(Mode::Cbc(cipher), Direction::Encrypt, key, iv, input)
}

/// Undoes [`cbc_encrypt`].
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::CiphertextLength`] unless `ciphertext` is whole blocks.
pub fn cbc_decrypt<B: Buffer>(
    cipher: BlockCipher,
    key: &[u8],
    iv: &[u8],
    ciphertext: &[u8],
) -> Result<B, Error> {
    cipher.check_blocks(ciphertext, Error::CiphertextLength)?;
    run(Mode::Cbc(cipher), Direction::Decrypt, key, iv, ciphertext)
}

/// Cipher block chaining mode with PKCS#7 padding: 1 byte to a block more than `input`.
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::InputLength`] unless `iv` is one block.
pub fn cbc_pad_encrypt<B: Buffer>(
    cipher: BlockCipher,
    key: &[u8],
    iv: &[u8],
    input: &[u8],
) -> Result<B, Error> {
    let block_bytes = cipher.block_bytes();
    let state = Cipher::new(Mode::CbcPadded(cipher), Direction::Encrypt, key, iv)?;
    let mut output = B::zeroed(input.len() - input.len() % block_bytes + block_bytes)?;
    let written = state.update(input, output.as_mut_slice())?;
    let mut last = [0; AES_BLOCK_BYTES];
    let length = state.finish_into(&mut last)?;
    output.as_mut_slice()[written..][..length].copy_from_slice(&last[..length]);
    Ok(output)
}

/// Undoes [`cbc_pad_encrypt`]. The padding is checked in time that does not depend on it.
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::CiphertextLength`] unless `ciphertext` is one or more whole blocks;
/// [`Error::CiphertextInvalid`] for any other fault.
pub fn cbc_pad_decrypt<B: Buffer>(
    cipher: BlockCipher,
    key: &[u8],
    iv: &[u8],
    ciphertext: &[u8],
) -> Result<B, Error> {
    if ciphertext.is_empty() {
        return Err(Error::CiphertextLength);
    }
    let mut plaintext: B = cbc_decrypt(cipher, key, iv, ciphertext)?;
    let length_bytes = unpadded_length(plaintext.as_mut_slice(), cipher.block_bytes())
        .ok_or(Error::CiphertextInvalid)?;
    plaintext.truncate(length_bytes);
    Ok(plaintext)
}

/// AES in a feedback mode. The output is as long as the input.
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::InputLength`] unless `iv` is one block.
pub fn feedback<B: Buffer>(
    mode: Feedback,
    direction: Direction,
    key: &[u8],
    iv: &[u8],
    input: &[u8],
) -> Result<B, Error> {
    run(Mode::Feedback(mode), direction, key, iv, input)
}

/// AES in counter mode, in either direction.
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::InputLength`] when `input` is so long that the counter would come back to a value that
/// it has had, or would carry into the fixed part of the block.
pub fn ctr<B: Buffer>(key: &[u8], parameters: &CtrParameters, input: &[u8]) -> Result<B, Error> {
    let counter = u128::from_be_bytes(parameters.counter_block);
    // How often the counter can still count up before it is all ones; aws-lc counts through the whole block.
    let mask = u128::MAX >> (128 - parameters.counter_bits.clamp(1, 128));
    let steps_left = mask - (counter & mask);
    let blocks = input.len().div_ceil(AES_BLOCK_BYTES) as u128;
    if blocks > steps_left.saturating_add(1) {
        return Err(Error::InputLength);
    }
    run(
        Mode::Ctr,
        Direction::Encrypt,
        key,
        &parameters.counter_block,
        input,
    )
}

/// AES-GCM: the ciphertext, then the tag.
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::InputLength`] beyond 2³⁶ − 32 bytes, the limit of SP 800-38D §5.2.1.1.
pub fn gcm_encrypt<B: Buffer>(
    key: &[u8],
    parameters: &GcmParameters,
    input: &[u8],
) -> Result<B, Error> {
    check_gcm_length(input.len(), Error::InputLength)?;
    let cipher = Cipher::gcm(Direction::Encrypt, key, &parameters.iv, &parameters.aad)?;
    let mut output = B::zeroed(input.len() + parameters.tag_bytes())?;
    let (ciphertext, tag) = output.as_mut_slice().split_at_mut(input.len());
    cipher.update(input, ciphertext)?;
    cipher.finish()?;
    cipher.tag(tag)?;
    Ok(output)
}

/// Undoes [`gcm_encrypt`]. Nothing of the plaintext comes out unless the tag is right.
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::CiphertextLength`] when it is shorter than a tag; [`Error::CiphertextInvalid`].
pub fn gcm_decrypt<B: Buffer>(
    key: &[u8],
    parameters: &GcmParameters,
    ciphertext: &[u8],
) -> Result<B, Error> {
    let length_bytes = ciphertext
        .len()
        .checked_sub(parameters.tag_bytes())
        .ok_or(Error::CiphertextLength)?;
    check_gcm_length(length_bytes, Error::CiphertextLength)?;
    let (ciphertext, tag) = ciphertext.split_at(length_bytes);
    let cipher = Cipher::gcm(Direction::Decrypt, key, &parameters.iv, &parameters.aad)?;
    cipher.expect_tag(tag)?;
    let mut output = B::zeroed(length_bytes)?;
    cipher.update(ciphertext, output.as_mut_slice())?;
    if cipher.finish().is_err() {
        output.truncate(0);
        return Err(Error::CiphertextInvalid);
    }
    Ok(output)
}

/// GMAC, SP 800-38D §3: writes the tag of AES-GCM over `message` alone into `tag`.
///
/// # Errors
///
/// [`Error::KeySize`].
pub fn gmac(key: &[u8], iv: &[u8], message: &[u8], tag: &mut [u8]) -> Result<(), Error> {
    let cipher = Cipher::gcm(Direction::Encrypt, key, iv, message)?;
    cipher.finish()?;
    cipher.tag(tag)
}

/// AES-CCM: the ciphertext, then the code.
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::InputLength`] unless `input` is as long as the parameters say.
pub fn ccm_encrypt<B: Buffer>(
    key: &[u8],
    parameters: &CcmParameters,
    input: &[u8],
) -> Result<B, Error> {
    if input.len() as u64 != parameters.data_length_bytes {
        return Err(Error::InputLength);
    }
    let cipher = Cipher::ccm(Direction::Encrypt, key, parameters, &[])?;
    let mut output = B::zeroed(input.len() + parameters.code_length_bytes as usize)?;
    let (ciphertext, tag) = output.as_mut_slice().split_at_mut(input.len());
    cipher.ccm_data(&parameters.aad, input, ciphertext)?;
    cipher.tag(tag)?;
    Ok(output)
}

/// Undoes [`ccm_encrypt`]. Nothing of the plaintext comes out unless the code is right.
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::CiphertextLength`] unless it is as long as the parameters say;
/// [`Error::CiphertextInvalid`].
pub fn ccm_decrypt<B: Buffer>(
    key: &[u8],
    parameters: &CcmParameters,
    ciphertext: &[u8],
) -> Result<B, Error> {
    let length_bytes = ciphertext
        .len()
        .checked_sub(parameters.code_length_bytes as usize)
        .filter(|length_bytes| *length_bytes as u64 == parameters.data_length_bytes)
        .ok_or(Error::CiphertextLength)?;
    let (ciphertext, tag) = ciphertext.split_at(length_bytes);
    let cipher = Cipher::ccm(Direction::Decrypt, key, parameters, tag)?;
    let mut output = B::zeroed(length_bytes)?;
    cipher.ccm_data(&parameters.aad, ciphertext, output.as_mut_slice())?;
    Ok(output)
}

/// A mode whose output is as long as its input.
fn run<B: Buffer>(
    mode: Mode,
    direction: Direction,
    key: &[u8],
    iv: &[u8],
    input: &[u8],
) -> Result<B, Error> {
    let cipher = Cipher::new(mode, direction, key, iv)?;
    let mut output = B::zeroed(input.len())?;
    cipher.update(input, output.as_mut_slice())?;
    cipher.finish()?;
    Ok(output)
}

const fn check_gcm_length(length_bytes: usize, failure: Error) -> Result<(), Error> {
    if length_bytes as u64 <= (1 << 36) - 32 {
        Ok(())
    } else {
        Err(failure)
    }
}

#[cfg(test)]
mod tests;
