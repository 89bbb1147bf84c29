//! AES Key Wrap (SP 800-38F §6.2, RFC 3394) and AES Key Wrap with Padding (§6.3, RFC 5649).
//!
//! These protect the key hierarchy, and serve callers who wrap keys of their own.

use aes_kw::{AesKw, AesKwp, IV_LEN, KeyInit, aes};
use hsm_algorithms::Algorithm;
use hsm_aws_lc::{Buffer, Error, SecretBytes};

use super::EngineError;

/// The longest input in bytes: our limit, far above any key. The standard's own is 2³² − 1.
pub(crate) const INPUT_BYTES_MAX: usize = 1 << 16;

/// Runs `$body` with `$wrap` over AES of the key's length.
macro_rules! keyed {
    ($wrap:ident, $key:expr, |$cipher:ident| $body:expr) => {
        match $key.len() {
            16 => keyed!(@ $wrap, Aes128, $key, |$cipher| $body),
            24 => keyed!(@ $wrap, Aes192, $key, |$cipher| $body),
            32 => keyed!(@ $wrap, Aes256, $key, |$cipher| $body),
            _ => return Err(Error::KeySize),
        }
    };
    (@ $wrap:ident, $aes:ident, $key:expr, |$cipher:ident| $body:expr) => {{
        let $cipher = $wrap::<aes::$aes>::new_from_slice($key).map_err(|_| Error::KeySize)?;
        $body
    }};
}

/// Wraps `plaintext`, whole 64-bit blocks and at least two. The result is 8 bytes longer.
///
/// # Errors
///
/// [`Error::InputLength`]; [`Error::KeySize`].
pub(crate) fn wrap(key: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
    if plaintext.len() < 2 * IV_LEN
        || plaintext.len() > INPUT_BYTES_MAX
        || !plaintext.len().is_multiple_of(IV_LEN)
    {
        return Err(Error::InputLength);
    }
    // Wrapping works in place, so the room holds the key itself for a moment: it must be in locked memory.
    let mut wrapped = SecretBytes::zeroed(plaintext.len() + IV_LEN)?;
    let room = wrapped.expose_mut();
    keyed!(AesKw, key, |cipher| cipher.wrap_key(plaintext, room))
        .map_err(|_| Error::InputLength)?;
    Ok(wrapped.expose().to_vec())
}

/// Undoes [`wrap`].
///
/// # Errors
///
/// [`Error::CiphertextLength`]; [`Error::CiphertextInvalid`] when it was wrapped with another key or changed;
/// [`Error::KeySize`].
pub(crate) fn unwrap<B: Buffer>(key: &[u8], wrapped: &[u8]) -> Result<B, Error> {
    check_wrapped_length(wrapped, 3 * IV_LEN)?;
    let mut plaintext = B::zeroed(wrapped.len() - IV_LEN)?;
    let room = plaintext.as_mut_slice();
    keyed!(AesKw, key, |cipher| cipher.unwrap_key(wrapped, room))
        .map_err(|_| Error::CiphertextInvalid)?;
    Ok(plaintext)
}

/// Wraps `plaintext` of any length but none. The result is `8 * ceil(plaintext.len() / 8) + 8` bytes.
///
/// # Errors
///
/// [`Error::InputLength`]; [`Error::KeySize`].
pub(crate) fn wrap_padded(key: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
    if plaintext.is_empty() || plaintext.len() > INPUT_BYTES_MAX {
        return Err(Error::InputLength);
    }
    // In place, as above.
    let mut wrapped = SecretBytes::zeroed(plaintext.len().next_multiple_of(IV_LEN) + IV_LEN)?;
    let room = wrapped.expose_mut();
    keyed!(AesKwp, key, |cipher| cipher.wrap_key(plaintext, room))
        .map_err(|_| Error::InputLength)?;
    Ok(wrapped.expose().to_vec())
}

/// Undoes [`wrap_padded`].
///
/// # Errors
///
/// [`Error::CiphertextLength`]; [`Error::CiphertextInvalid`] when it was wrapped with another key or changed;
/// [`Error::KeySize`].
pub(crate) fn unwrap_padded<B: Buffer>(key: &[u8], wrapped: &[u8]) -> Result<B, Error> {
    check_wrapped_length(wrapped, 2 * IV_LEN)?;
    let mut plaintext = B::zeroed(wrapped.len() - IV_LEN)?;
    let room = plaintext.as_mut_slice();
    let length_bytes = keyed!(AesKwp, key, |cipher| cipher
        .unwrap_key(wrapped, room)
        .map(<[u8]>::len))
    .map_err(|_| Error::CiphertextInvalid)?;
    plaintext.truncate(length_bytes);
    Ok(plaintext)
}

/// Wraps `plaintext` after PKCS#7 padding (RFC 5652 §6.3) to whole 64-bit blocks. As [`wrap`] needs two of them, the
/// shortest plaintext has 8 bytes.
fn wrap_filled_up(key: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
    let padding = IV_LEN - plaintext.len() % IV_LEN;
    let mut padded = SecretBytes::zeroed(plaintext.len() + padding)?;
    let (start, rest) = padded.expose_mut().split_at_mut(plaintext.len());
    start.copy_from_slice(plaintext);
    rest.fill(u8::try_from(padding).map_err(|_| Error::InputLength)?);
    wrap(key, padded.expose())
}

/// Undoes [`wrap_filled_up`]. What key wrap has authenticated is no oracle, so the padding may be looked at.
fn unwrap_filled_up<B: Buffer>(key: &[u8], wrapped: &[u8]) -> Result<B, Error> {
    let mut padded: B = unwrap(key, wrapped)?;
    let bytes = padded.as_mut_slice();
    let padding = bytes.last().copied().map_or(0, usize::from);
    let length_bytes = bytes
        .len()
        .checked_sub(padding)
        .filter(|_| (1..=IV_LEN).contains(&padding))
        .filter(|length_bytes| {
            bytes[*length_bytes..]
                .iter()
                .all(|byte| usize::from(*byte) == padding)
        })
        .ok_or(Error::CiphertextInvalid)?;
    padded.truncate(length_bytes);
    Ok(padded)
}

/// Encrypts for a caller, with the row's own form.
pub(super) fn encrypt(
    key: &[u8],
    algorithm: Algorithm,
    plaintext: &[u8],
) -> Result<Vec<u8>, EngineError> {
    Ok(match algorithm {
        Algorithm::AesKw => wrap(key, plaintext)?,
        Algorithm::AesKwp | Algorithm::AesKwpOld => wrap_padded(key, plaintext)?,
        Algorithm::AesKwPkcs7 => wrap_filled_up(key, plaintext)?,
        _ => return Err(EngineError::key_type(algorithm)),
    })
}

/// Decrypts for a caller, with the row's own form.
pub(super) fn decrypt<B: Buffer>(
    key: &[u8],
    algorithm: Algorithm,
    ciphertext: &[u8],
) -> Result<B, EngineError> {
    Ok(match algorithm {
        Algorithm::AesKw => unwrap(key, ciphertext)?,
        Algorithm::AesKwp | Algorithm::AesKwpOld => unwrap_padded(key, ciphertext)?,
        Algorithm::AesKwPkcs7 => unwrap_filled_up(key, ciphertext)?,
        _ => return Err(EngineError::key_type(algorithm)),
    })
}

const fn check_wrapped_length(wrapped: &[u8], min: usize) -> Result<(), Error> {
    if wrapped.len() < min
        || wrapped.len() > INPUT_BYTES_MAX + IV_LEN
        || !wrapped.len().is_multiple_of(IV_LEN)
    {
        return Err(Error::CiphertextLength);
    }
    Ok(())
}
