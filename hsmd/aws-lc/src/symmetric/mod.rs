//! AES: ECB, CBC without and with padding, CTR, GCM.
//!
//! Every function checks the key's length, puts its output into a [`Buffer`] and fails with one error for whatever
//! could be an oracle.

use std::ffi::c_int;

use aws_lc_sys as aws_lc;
use hsm_algorithms::{AES_BLOCK_BYTES, CtrParameters, GcmParameters};
use subtle::{
    ConditionallySelectable as _, ConstantTimeEq as _, ConstantTimeGreater as _,
    ConstantTimeLess as _,
};

use crate::Error;
use crate::owned::{Owned, succeeded};
use crate::secret_bytes::Buffer;

/// aws-lc counts the bytes of one call in a C `int`; longer input goes in pieces of this many bytes.
const PIECE_BYTES: usize = 1 << 30;

/// AES in electronic codebook mode.
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::InputLength`] unless `input` is whole blocks.
pub fn ecb_encrypt<B: Buffer>(key: &[u8], input: &[u8]) -> Result<B, Error> {
    whole_blocks(input, Error::InputLength)?;
    run(Mode::Ecb, Direction::Encrypt, key, &[], input)
}

/// Undoes [`ecb_encrypt`].
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::CiphertextLength`] unless `ciphertext` is whole blocks.
pub fn ecb_decrypt<B: Buffer>(key: &[u8], ciphertext: &[u8]) -> Result<B, Error> {
    whole_blocks(ciphertext, Error::CiphertextLength)?;
    run(Mode::Ecb, Direction::Decrypt, key, &[], ciphertext)
}

/// AES in cipher block chaining mode, without padding.
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::InputLength`] unless `input` is whole blocks.
pub fn cbc_encrypt<B: Buffer>(
    key: &[u8],
    iv: &[u8; AES_BLOCK_BYTES],
    input: &[u8],
) -> Result<B, Error> {
    whole_blocks(input, Error::InputLength)?;
    run(Mode::Cbc, Direction::Encrypt, key, iv, input)
}

/// Undoes [`cbc_encrypt`].
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::CiphertextLength`] unless `ciphertext` is whole blocks.
pub fn cbc_decrypt<B: Buffer>(
    key: &[u8],
    iv: &[u8; AES_BLOCK_BYTES],
    ciphertext: &[u8],
) -> Result<B, Error> {
    whole_blocks(ciphertext, Error::CiphertextLength)?;
    run(Mode::Cbc, Direction::Decrypt, key, iv, ciphertext)
}

/// AES in cipher block chaining mode with PKCS#7 padding: 1 to 16 bytes more than `input`.
///
/// # Errors
///
/// [`Error::KeySize`].
pub fn cbc_pad_encrypt<B: Buffer>(
    key: &[u8],
    iv: &[u8; AES_BLOCK_BYTES],
    input: &[u8],
) -> Result<B, Error> {
    run(Mode::CbcPadded, Direction::Encrypt, key, iv, input)
}

/// Undoes [`cbc_pad_encrypt`]. The padding is checked in time that does not depend on it.
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::CiphertextLength`] unless `ciphertext` is one or more whole blocks;
/// [`Error::CiphertextInvalid`] for any other fault.
pub fn cbc_pad_decrypt<B: Buffer>(
    key: &[u8],
    iv: &[u8; AES_BLOCK_BYTES],
    ciphertext: &[u8],
) -> Result<B, Error> {
    if ciphertext.is_empty() {
        return Err(Error::CiphertextLength);
    }
    let mut plaintext: B = cbc_decrypt(key, iv, ciphertext)?;
    let length_bytes = unpadded_length(plaintext.as_mut_slice()).ok_or(Error::CiphertextInvalid)?;
    plaintext.truncate(length_bytes);
    Ok(plaintext)
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
    let cipher = Cipher::gcm(Direction::Encrypt, key, parameters)?;
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
    let cipher = Cipher::gcm(Direction::Decrypt, key, parameters)?;
    cipher.expect_tag(tag)?;
    let mut output = B::zeroed(length_bytes)?;
    cipher.update(ciphertext, output.as_mut_slice())?;
    if cipher.finish().is_err() {
        output.truncate(0);
        return Err(Error::CiphertextInvalid);
    }
    Ok(output)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Ecb,
    Cbc,
    CbcPadded,
    Ctr,
    Gcm,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Encrypt,
    Decrypt,
}

/// A cipher that has been given its key.
struct Cipher(Owned<aws_lc::EVP_CIPHER_CTX>);

impl Cipher {
    fn new(mode: Mode, direction: Direction, key: &[u8], iv: &[u8]) -> Result<Self, Error> {
        let cipher = Self::unkeyed(mode, direction, key.len())?;
        // The lengths are those that aws-lc reads: the key's selected the cipher, and these modes take one block.
        if mode != Mode::Ecb && iv.len() != AES_BLOCK_BYTES {
            return Err(Error::InputLength);
        }
        cipher.set_key(key, iv)?;
        if mode != Mode::CbcPadded {
            // SAFETY: the state is live.
            unsafe { aws_lc::EVP_CIPHER_CTX_set_padding(cipher.0.as_ptr(), 0) };
        }
        Ok(cipher)
    }

    fn gcm(direction: Direction, key: &[u8], parameters: &GcmParameters) -> Result<Self, Error> {
        let cipher = Self::unkeyed(Mode::Gcm, direction, key.len())?;
        let iv_bytes = c_int::try_from(parameters.iv.len()).map_err(|_| Error::InputLength)?;
        // SAFETY: the state is live; this control takes a number alone.
        let code = unsafe {
            aws_lc::EVP_CIPHER_CTX_ctrl(
                cipher.0.as_ptr(),
                aws_lc::EVP_CTRL_GCM_SET_IVLEN,
                iv_bytes,
                std::ptr::null_mut(),
            )
        };
        succeeded(code, Error::InputLength)?;
        cipher.set_key(key, &parameters.iv)?;
        cipher.authenticate(&parameters.aad)?;
        Ok(cipher)
    }

    fn unkeyed(mode: Mode, direction: Direction, key_bytes: usize) -> Result<Self, Error> {
        // SAFETY: these only return pointers to static tables.
        let cipher = unsafe {
            match (mode, key_bytes) {
                (Mode::Ecb, 16) => aws_lc::EVP_aes_128_ecb(),
                (Mode::Ecb, 24) => aws_lc::EVP_aes_192_ecb(),
                (Mode::Ecb, 32) => aws_lc::EVP_aes_256_ecb(),
                (Mode::Cbc | Mode::CbcPadded, 16) => aws_lc::EVP_aes_128_cbc(),
                (Mode::Cbc | Mode::CbcPadded, 24) => aws_lc::EVP_aes_192_cbc(),
                (Mode::Cbc | Mode::CbcPadded, 32) => aws_lc::EVP_aes_256_cbc(),
                (Mode::Ctr, 16) => aws_lc::EVP_aes_128_ctr(),
                (Mode::Ctr, 24) => aws_lc::EVP_aes_192_ctr(),
                (Mode::Ctr, 32) => aws_lc::EVP_aes_256_ctr(),
                (Mode::Gcm, 16) => aws_lc::EVP_aes_128_gcm(),
                (Mode::Gcm, 24) => aws_lc::EVP_aes_192_gcm(),
                (Mode::Gcm, 32) => aws_lc::EVP_aes_256_gcm(),
                _ => return Err(Error::KeySize),
            }
        };
        let null = std::ptr::null();
        // SAFETY: the state is new; key and vector follow later.
        unsafe {
            let state = Owned::take(aws_lc::EVP_CIPHER_CTX_new(), Error::Library)?;
            let encrypts = c_int::from(direction == Direction::Encrypt);
            let code = aws_lc::EVP_CipherInit_ex(
                state.as_ptr(),
                cipher,
                std::ptr::null_mut(),
                null,
                null,
                encrypts,
            );
            succeeded(code, Error::Library)?;
            Ok(Self(state))
        }
    }

    fn set_key(&self, key: &[u8], iv: &[u8]) -> Result<(), Error> {
        let iv = if iv.is_empty() {
            std::ptr::null()
        } else {
            iv.as_ptr()
        };
        // SAFETY: key and vector have the lengths that the state has been set up for; −1 keeps the direction.
        let code = unsafe {
            aws_lc::EVP_CipherInit_ex(
                self.0.as_ptr(),
                std::ptr::null(),
                std::ptr::null_mut(),
                key.as_ptr(),
                iv,
                -1,
            )
        };
        succeeded(code, Error::Library)
    }

    /// Additional data of GCM.
    fn authenticate(&self, data: &[u8]) -> Result<(), Error> {
        for piece in data.chunks(PIECE_BYTES) {
            let mut written = 0;
            let length = c_int::try_from(piece.len()).map_err(|_| Error::InputLength)?;
            // SAFETY: without an output, the input is additional data; it is a slice with its length.
            let code = unsafe {
                aws_lc::EVP_CipherUpdate(
                    self.0.as_ptr(),
                    std::ptr::null_mut(),
                    &raw mut written,
                    piece.as_ptr(),
                    length,
                )
            };
            succeeded(code, Error::Library)?;
        }
        Ok(())
    }

    /// Runs `input` through and gives the length of the output so far. `output` must be as long as `input`, or for
    /// a padded mode a block longer.
    fn update(&self, input: &[u8], output: &mut [u8]) -> Result<usize, Error> {
        let mut total = 0;
        for piece in input.chunks(PIECE_BYTES) {
            let mut written = 0;
            let length = c_int::try_from(piece.len()).map_err(|_| Error::InputLength)?;
            // Room for the piece itself is what every mode needs here: padding holds back at most one block.
            let room = output[total..]
                .get_mut(..piece.len())
                .ok_or(Error::Library)?;
            // SAFETY: the input is a slice with its length, and the output has the room checked above; the modes
            // here never write more than they read so far.
            let code = unsafe {
                aws_lc::EVP_CipherUpdate(
                    self.0.as_ptr(),
                    room.as_mut_ptr(),
                    &raw mut written,
                    piece.as_ptr(),
                    length,
                )
            };
            succeeded(code, Error::Library)?;
            total += usize::try_from(written).map_err(|_| Error::Library)?;
        }
        Ok(total)
    }

    /// Ends the input of a mode that gives nothing more; for GCM this checks the tag.
    fn finish(&self) -> Result<(), Error> {
        let mut block = [0; AES_BLOCK_BYTES];
        self.finish_into(&mut block).map(|_| ())
    }

    fn finish_into(&self, block: &mut [u8; AES_BLOCK_BYTES]) -> Result<usize, Error> {
        let mut written = 0;
        // SAFETY: the output has room for a block, the most that is left.
        let code = unsafe {
            aws_lc::EVP_CipherFinal_ex(self.0.as_ptr(), block.as_mut_ptr(), &raw mut written)
        };
        succeeded(code, Error::CiphertextInvalid)?;
        usize::try_from(written).map_err(|_| Error::Library)
    }

    fn tag(&self, tag: &mut [u8]) -> Result<(), Error> {
        let length = c_int::try_from(tag.len()).map_err(|_| Error::Library)?;
        // SAFETY: the output is a slice with its length.
        let code = unsafe {
            aws_lc::EVP_CIPHER_CTX_ctrl(
                self.0.as_ptr(),
                aws_lc::EVP_CTRL_GCM_GET_TAG,
                length,
                tag.as_mut_ptr().cast(),
            )
        };
        succeeded(code, Error::Library)
    }

    fn expect_tag(&self, tag: &[u8]) -> Result<(), Error> {
        let length = c_int::try_from(tag.len()).map_err(|_| Error::CiphertextLength)?;
        // SAFETY: the tag is a slice with its length; this control only reads it.
        let code = unsafe {
            aws_lc::EVP_CIPHER_CTX_ctrl(
                self.0.as_ptr(),
                aws_lc::EVP_CTRL_GCM_SET_TAG,
                length,
                tag.as_ptr().cast_mut().cast(),
            )
        };
        succeeded(code, Error::CiphertextInvalid)
    }
}

fn run<B: Buffer>(
    mode: Mode,
    direction: Direction,
    key: &[u8],
    iv: &[u8],
    input: &[u8],
) -> Result<B, Error> {
    let cipher = Cipher::new(mode, direction, key, iv)?;
    if mode != Mode::CbcPadded {
        let mut output = B::zeroed(input.len())?;
        cipher.update(input, output.as_mut_slice())?;
        cipher.finish()?;
        return Ok(output);
    }
    let padded_bytes = input.len() - input.len() % AES_BLOCK_BYTES + AES_BLOCK_BYTES;
    let mut output = B::zeroed(padded_bytes)?;
    let written = cipher.update(input, output.as_mut_slice())?;
    let mut last = [0; AES_BLOCK_BYTES];
    let length = cipher.finish_into(&mut last)?;
    output.as_mut_slice()[written..][..length].copy_from_slice(&last[..length]);
    Ok(output)
}

const fn whole_blocks(input: &[u8], failure: Error) -> Result<(), Error> {
    if input.len().is_multiple_of(AES_BLOCK_BYTES) {
        Ok(())
    } else {
        Err(failure)
    }
}

const fn check_gcm_length(length_bytes: usize, failure: Error) -> Result<(), Error> {
    if length_bytes as u64 <= (1 << 36) - 32 {
        Ok(())
    } else {
        Err(failure)
    }
}

/// The length without PKCS#7 padding, RFC 5652 §6.3. Reads the last block whole whatever the padding says; only the
/// answer, valid or not, and the length of valid data depend on it.
fn unpadded_length(padded: &[u8]) -> Option<usize> {
    let last_block = padded.last_chunk::<AES_BLOCK_BYTES>()?;
    let padding = last_block[AES_BLOCK_BYTES - 1];
    let mut is_wrong = padding.ct_eq(&0) | padding.ct_gt(&16);
    for (index, byte) in (0_u8..).zip(last_block.iter().rev()) {
        let is_padding = index.ct_lt(&padding);
        is_wrong |= is_padding & !byte.ct_eq(&padding);
    }
    let padding_bytes = u8::conditional_select(&padding, &0, is_wrong);
    if bool::from(is_wrong) {
        None
    } else {
        padded.len().checked_sub(usize::from(padding_bytes))
    }
}

#[cfg(test)]
mod tests;
