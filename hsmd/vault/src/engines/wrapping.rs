//! Wrapping keys with keys (PKCS#11 3.2 §5.18.3 and §5.18.4): secrets as their bytes, private keys as PKCS#8.

use hsm_algorithms::{Algorithm, Family, Parameters, Purpose};
use hsm_aws_lc::SecretBytes;
use hsm_aws_lc::private::PrivateKey;
use hsm_aws_lc::public::{self, PublicKey};

use super::{EngineError, KeyTarget, OpenedKey, check, decrypt_checked, encrypt_checked};

/// What wraps: a secret key, or a public key whose private half unwraps.
pub enum Wrapper<'a> {
    /// A secret key.
    Secret(&'a OpenedKey),
    /// A public key.
    Public(&'a PublicKey),
}

/// Wraps `key`.
///
/// # Errors
///
/// [`EngineError::NotWrappable`] when the key is too long or not whole blocks, as a PKCS#8 key for AES-CBC without
/// padding or for RSA; [`EngineError::Crypto`] when algorithm, parameters and wrapping key do not go together.
pub fn wrap(
    wrapper: &Wrapper<'_>,
    algorithm: Algorithm,
    parameters: &Parameters,
    key: &OpenedKey,
) -> Result<Vec<u8>, EngineError> {
    if !algorithm.is_for(Purpose::Wrap) {
        return Err(hsm_aws_lc::Error::Purpose { algorithm }.into());
    }
    let exported = key.exported()?;
    let wrapped = match wrapper {
        Wrapper::Secret(wrapping) => {
            check(wrapping, algorithm, parameters, Purpose::Wrap)?;
            encrypt_checked(wrapping, algorithm, parameters, exported.expose())
        }
        Wrapper::Public(public) => {
            public::encrypt(algorithm, parameters, public, exported.expose())
                .map_err(EngineError::from)
        }
    };
    wrapped.map_err(|error| match error {
        EngineError::Crypto(hsm_aws_lc::Error::InputLength | hsm_aws_lc::Error::InputInvalid) => {
            EngineError::NotWrappable { algorithm }
        }
        other => other,
    })
}

/// Unwraps a key of the type that `target` says.
///
/// The RSA function without padding gives as many bytes as the modulus has; the last ones that `target` asks for are
/// the key (PKCS#11 3.2 §6.1.5).
///
/// # Errors
///
/// [`EngineError::WrappedKeyLength`]; [`EngineError::WrappedKeyInvalid`] when it does not open or is no such key;
/// [`EngineError::KeyTypeUnknown`]; [`EngineError::Crypto`] when algorithm, parameters and key do not go together.
pub fn unwrap(
    unwrapping: &OpenedKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    wrapped: &[u8],
    target: KeyTarget,
) -> Result<OpenedKey, EngineError> {
    check(unwrapping, algorithm, parameters, Purpose::Wrap)?;
    let mut clear: SecretBytes = decrypt_checked(unwrapping, algorithm, parameters, wrapped)
        .map_err(|error| match error {
            EngineError::Crypto(
                hsm_aws_lc::Error::CiphertextLength | hsm_aws_lc::Error::InputLength,
            ) => EngineError::WrappedKeyLength,
            EngineError::Crypto(hsm_aws_lc::Error::CiphertextInvalid) => {
                EngineError::WrappedKeyInvalid
            }
            other => other,
        })?;
    let Some(kind) = target.secret_kind() else {
        return private_key(&clear, target);
    };
    if algorithm.family() == Family::RsaRaw {
        let length_bytes = target.length_bytes.ok_or(EngineError::LengthNeeded)?;
        let start = clear
            .len()
            .checked_sub(length_bytes)
            .ok_or(EngineError::KeySize)?;
        clear = SecretBytes::copy_of(&clear.expose()[start..])?;
    }
    if target
        .length_bytes
        .is_some_and(|length_bytes| length_bytes != clear.len())
    {
        return Err(EngineError::WrappedKeyInvalid);
    }
    OpenedKey::from_secret(kind, clear).map_err(|_| EngineError::WrappedKeyInvalid)
}

fn private_key(clear: &SecretBytes, target: KeyTarget) -> Result<OpenedKey, EngineError> {
    let is_known = hsm_algorithms::KeyKind::ALL
        .iter()
        .any(|kind| kind.key_type() == target.key_type);
    if !is_known {
        return Err(EngineError::KeyTypeUnknown);
    }
    // Modes without padding leave bytes after the key: PKCS#8 says itself where it ends.
    let key = PrivateKey::from_pkcs8(der_element(clear.expose()))
        .map_err(|_| EngineError::WrappedKeyInvalid)?;
    let key = OpenedKey::from_private(key).map_err(|_| EngineError::WrappedKeyInvalid)?;
    if key.spec().kind().key_type() == target.key_type {
        Ok(key)
    } else {
        Err(EngineError::WrappedKeyInvalid)
    }
}

/// The first DER element of `bytes`, if only zeros follow it; else all of `bytes`, which the parser then refuses.
fn der_element(bytes: &[u8]) -> &[u8] {
    let length = match bytes {
        [_, length @ 0..=0x7f, ..] => Some(2 + usize::from(*length)),
        [_, 0x81, length, ..] => Some(3 + usize::from(*length)),
        [_, 0x82, high, low, ..] => Some(4 + usize::from(u16::from_be_bytes([*high, *low]))),
        _ => None,
    };
    match length.and_then(|length| bytes.split_at_checked(length)) {
        Some((element, rest)) if rest.iter().all(|byte| *byte == 0) => element,
        _ => bytes,
    }
}
