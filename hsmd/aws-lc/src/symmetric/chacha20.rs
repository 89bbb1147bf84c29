//! ChaCha20, alone and with Poly1305 (RFC 8439).

use aws_lc_sys as aws_lc;
use hsm_algorithms::{ChaCha20Parameters, GcmParameters};

use crate::Error;
use crate::owned::{Owned, succeeded};
use crate::secret_bytes::Buffer;

const KEY_BYTES: usize = 32;
const BLOCK_BYTES: usize = 64;

/// ChaCha20 in either direction.
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::InputLength`] when `input` is so long that the counter would wrap around, or for a nonce
/// that has neither 8 nor 12 bytes.
pub fn chacha20<B: Buffer>(
    key: &[u8],
    parameters: &ChaCha20Parameters,
    input: &[u8],
) -> Result<B, Error> {
    let key: &[u8; KEY_BYTES] = key.try_into().map_err(|_| Error::KeySize)?;
    let counter_max = match parameters.nonce.len() {
        8 => u64::MAX,
        12 => u64::from(u32::MAX),
        _ => return Err(Error::InputLength),
    };
    let blocks = input.len().div_ceil(BLOCK_BYTES) as u64;
    if blocks > 0
        && parameters
            .counter
            .checked_add(blocks - 1)
            .is_none_or(|last| last > counter_max)
    {
        return Err(Error::InputLength);
    }
    let mut output = B::zeroed(input.len())?;
    let mut room = output.as_mut_slice();
    let (mut rest, mut counter) = (input, parameters.counter);
    // aws-lc counts in 32 bits: where the lower half of a counter of 64 wraps around, a new call goes on.
    while !rest.is_empty() {
        let blocks = (1 << 32) - (counter & u64::from(u32::MAX));
        let bytes = usize::try_from(blocks)
            .unwrap_or(usize::MAX)
            .saturating_mul(BLOCK_BYTES)
            .min(rest.len());
        let (now, later) = rest.split_at(bytes);
        let (out, after) = room.split_at_mut(bytes);
        stream(key, &parameters.nonce, counter, now, out);
        (rest, room) = (later, after);
        counter = counter.wrapping_add(blocks);
    }
    Ok(output)
}

/// One call of aws-lc: the last 12 bytes of the state's last row are upper half of the counter and nonce, or nonce.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the lower half of the counter is what is taken"
)]
fn stream(key: &[u8; KEY_BYTES], nonce: &[u8], counter: u64, input: &[u8], output: &mut [u8]) {
    let mut row = [0; 12];
    row[..4].copy_from_slice(&((counter >> 32) as u32).to_le_bytes());
    row[12 - nonce.len()..].copy_from_slice(nonce);
    assert_eq!(
        input.len(),
        output.len(),
        "a stream cipher keeps the length"
    );
    // SAFETY: input and output are slices of one length; key and row have the lengths that the function reads.
    unsafe {
        aws_lc::CRYPTO_chacha_20(
            output.as_mut_ptr(),
            input.as_ptr(),
            input.len(),
            key.as_ptr(),
            row.as_ptr(),
            counter as u32,
        );
    }
}

/// ChaCha20-Poly1305: the ciphertext, then the tag.
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::InputLength`] beyond 256 GiB, the cipher's limit.
pub fn chacha20_poly1305_encrypt<B: Buffer>(
    key: &[u8],
    parameters: &GcmParameters,
    input: &[u8],
) -> Result<B, Error> {
    let state = state(key, parameters)?;
    let mut output = B::zeroed(input.len() + parameters.tag_bytes())?;
    let room = output.as_mut_slice();
    let mut written = 0;
    // SAFETY: every pointer is of a slice with its length, and the state is live.
    let code = unsafe {
        aws_lc::EVP_AEAD_CTX_seal(
            state.as_ptr(),
            room.as_mut_ptr(),
            &raw mut written,
            room.len(),
            parameters.iv.as_ptr(),
            parameters.iv.len(),
            input.as_ptr(),
            input.len(),
            parameters.aad.as_ptr(),
            parameters.aad.len(),
        )
    };
    succeeded(code, Error::InputLength)?;
    Ok(output)
}

/// Undoes [`chacha20_poly1305_encrypt`]. Nothing of the plaintext comes out unless the tag is right.
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::CiphertextLength`] when it is shorter than a tag; [`Error::CiphertextInvalid`].
pub fn chacha20_poly1305_decrypt<B: Buffer>(
    key: &[u8],
    parameters: &GcmParameters,
    ciphertext: &[u8],
) -> Result<B, Error> {
    let length_bytes = ciphertext
        .len()
        .checked_sub(parameters.tag_bytes())
        .ok_or(Error::CiphertextLength)?;
    let state = state(key, parameters)?;
    let mut output = B::zeroed(length_bytes)?;
    let room = output.as_mut_slice();
    let mut written = 0;
    // SAFETY: as above.
    let code = unsafe {
        aws_lc::EVP_AEAD_CTX_open(
            state.as_ptr(),
            room.as_mut_ptr(),
            &raw mut written,
            room.len(),
            parameters.iv.as_ptr(),
            parameters.iv.len(),
            ciphertext.as_ptr(),
            ciphertext.len(),
            parameters.aad.as_ptr(),
            parameters.aad.len(),
        )
    };
    succeeded(code, Error::CiphertextInvalid)?;
    Ok(output)
}

fn state(key: &[u8], parameters: &GcmParameters) -> Result<Owned<aws_lc::EVP_AEAD_CTX>, Error> {
    if key.len() != KEY_BYTES {
        return Err(Error::KeySize);
    }
    // SAFETY: the key is a slice with its length, and the state is new.
    unsafe {
        Owned::take(
            aws_lc::EVP_AEAD_CTX_new(
                aws_lc::EVP_aead_chacha20_poly1305(),
                key.as_ptr(),
                key.len(),
                parameters.tag_bytes(),
            ),
            Error::InputLength,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(nonce_bytes: usize, counter: u64) -> ChaCha20Parameters {
        ChaCha20Parameters {
            nonce: vec![3; nonce_bytes],
            counter,
        }
    }

    #[test]
    fn a_counter_never_wraps_around() {
        let run = |nonce_bytes, counter, length| {
            chacha20::<Vec<u8>>(
                &[1; 32],
                &parameters(nonce_bytes, counter),
                &vec![0; length],
            )
            .map(|output| output.len())
        };
        assert_eq!(run(12, u64::from(u32::MAX), 64), Ok(64));
        assert_eq!(run(12, u64::from(u32::MAX), 65), Err(Error::InputLength));
        assert_eq!(run(8, u64::MAX, 64), Ok(64));
        assert_eq!(run(8, u64::MAX, 65), Err(Error::InputLength));
        assert_eq!(run(8, u64::MAX, 0), Ok(0));
        assert_eq!(run(9, 0, 1), Err(Error::InputLength));
    }

    #[test]
    fn a_long_counter_carries_over_its_lower_half() {
        let all: Vec<u8> =
            chacha20(&[1; 32], &parameters(8, u64::from(u32::MAX)), &[0; 192]).unwrap();
        let later: Vec<u8> = chacha20(&[1; 32], &parameters(8, 1 << 32), &[0; 128]).unwrap();
        assert_eq!(all[64..], later);
    }
}
