//! Secret keys from secret keys: concatenation, pieces, digests, encryption, and the standards' own functions.

mod hkdf;
mod kbkdf;
pub(super) mod tls;

use hsm_algorithms::{Algorithm, Family, KeyKind, Parameters};
use hsm_aws_lc::digest::{self, Shake};
use hsm_aws_lc::symmetric::BlockCipher::{Aes, Des};
use hsm_aws_lc::{Error, SecretBytes, mac, symmetric};

use super::opened::set_parity;
use super::{EngineError, KeyTarget, OpenedKey};

/// Derives the secret keys that `targets` describe by an algorithm that can make several, and what anybody may read beside
/// them. The parameters have been checked against the algorithm.
pub(super) fn derive_several(
    key: &OpenedKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    targets: &[KeyTarget],
) -> Result<(Vec<OpenedKey>, Vec<u8>), EngineError> {
    let mut kinds = Vec::with_capacity(targets.len());
    let mut lengths = Vec::with_capacity(targets.len());
    for target in targets {
        let kind = target.secret_kind().ok_or(EngineError::KeyTypeUnknown)?;
        kinds.push(kind);
        lengths.push(wanted_bytes(kind, *target)?.ok_or(EngineError::LengthNeeded)?);
    }
    let (keys, beside) = match (algorithm.family(), parameters) {
        (Family::Kbkdf, Parameters::Kbkdf(kdf)) => {
            (kbkdf::derive(key, algorithm, kdf, &lengths)?, Vec::new())
        }
        (Family::Tls, Parameters::Tls(tls)) => {
            tls::key_block(key.secret()?, algorithm, tls, &lengths)?
        }
        _ => return Err(EngineError::key_type(algorithm)),
    };
    let keys = kinds.into_iter().zip(keys);
    let keys = keys.map(|(kind, key)| finished(kind, key));
    Ok((keys.collect::<Result<_, _>>()?, beside))
}

/// Derives the secret key that `target` describes from a secret key, and a second one where the algorithm takes one. The
/// parameters have been checked against the algorithm.
pub(super) fn derive(
    key: &OpenedKey,
    other: Option<&OpenedKey>,
    algorithm: Algorithm,
    parameters: &Parameters,
    target: KeyTarget,
) -> Result<OpenedKey, EngineError> {
    let kind = target.secret_kind().ok_or(EngineError::KeyTypeUnknown)?;
    let wanted = wanted_bytes(kind, target)?;
    let base = key.secret()?;
    let other = other.map(OpenedKey::secret).transpose()?;
    let needed = || wanted.ok_or(EngineError::LengthNeeded);
    let derived = match (algorithm.family(), parameters) {
        (Family::Hkdf, Parameters::Hkdf(hkdf)) => hkdf::derive(base, other, hkdf, wanted)?,
        (Family::Concatenation, Parameters::None) => {
            let other = other.ok_or(EngineError::key_type(algorithm))?;
            cut(concatenated(base, other)?, wanted)?
        }
        (Family::Concatenation, Parameters::Data(data)) => {
            let whole = match algorithm {
                Algorithm::ConcatenateBaseAndData => concatenated(base, data)?,
                Algorithm::ConcatenateDataAndBase => concatenated(data, base)?,
                _ => added(base, data)?,
            };
            cut(whole, wanted)?
        }
        (Family::Extraction, Parameters::BitOffset(offset)) => piece(base, *offset, needed()?)?,
        (Family::DigestDerivation, _) => digest_of(base, algorithm, wanted)?,
        (Family::EncryptData, Parameters::EncryptData(parameters)) => {
            let (iv, data) = (&parameters.iv, &parameters.data);
            let encrypted = match algorithm {
                Algorithm::AesEcbEncryptData => symmetric::ecb_encrypt(Aes, base, data)?,
                Algorithm::AesCbcEncryptData => symmetric::cbc_encrypt(Aes, base, iv, data)?,
                Algorithm::DesEcbEncryptData | Algorithm::Des3EcbEncryptData => {
                    symmetric::ecb_encrypt(Des, base, data)?
                }
                _ => symmetric::cbc_encrypt(Des, base, iv, data)?,
            };
            cut(encrypted, wanted)?
        }
        (Family::Tls, Parameters::Tls(parameters)) => {
            tls::derive(base, algorithm, parameters, wanted)?
        }
        _ => return Err(EngineError::key_type(algorithm)),
    };
    finished(kind, derived)
}

/// Makes a key of a password, PBKDF2.
pub(super) fn from_password(
    password: &[u8],
    parameters: &Parameters,
    target: KeyTarget,
) -> Result<OpenedKey, EngineError> {
    let algorithm = Algorithm::Pbkdf2;
    let Parameters::Password(kdf) = parameters else {
        return Err(EngineError::key_type(algorithm));
    };
    parameters.check(algorithm).map_err(Error::from)?;
    let kind = target.secret_kind().ok_or(EngineError::KeyTypeUnknown)?;
    let length_bytes = wanted_bytes(kind, target)?.ok_or(EngineError::LengthNeeded)?;
    let mut key = SecretBytes::zeroed(length_bytes)?;
    mac::pbkdf2(
        kdf.hash,
        password,
        &kdf.salt,
        kdf.iterations,
        key.expose_mut(),
    )?;
    finished(kind, key)
}

/// The length that the template or the type of key asks for, if any: one that the type can have.
fn wanted_bytes(kind: KeyKind, target: KeyTarget) -> Result<Option<usize>, EngineError> {
    let sizes = kind.row().bits;
    let only = (sizes.min == sizes.max).then_some(sizes.min as usize / 8);
    let wanted = target.length_bytes.or(only);
    if let Some(length_bytes) = wanted {
        hsm_algorithms::KeySpec::of_secret(kind, length_bytes).ok_or(EngineError::KeySize)?;
    }
    Ok(wanted)
}

fn finished(kind: KeyKind, mut key: SecretBytes) -> Result<OpenedKey, EngineError> {
    set_parity(kind, key.expose_mut());
    OpenedKey::from_secret(kind, key)
}

fn concatenated(first: &[u8], second: &[u8]) -> Result<SecretBytes, EngineError> {
    let mut whole = SecretBytes::zeroed(first.len() + second.len())?;
    let (start, rest) = whole.expose_mut().split_at_mut(first.len());
    start.copy_from_slice(first);
    rest.copy_from_slice(second);
    Ok(whole)
}

fn added(base: &[u8], data: &[u8]) -> Result<SecretBytes, EngineError> {
    let mut sum = SecretBytes::zeroed(base.len().min(data.len()))?;
    for ((sum, base), data) in sum.expose_mut().iter_mut().zip(base).zip(data) {
        *sum = base ^ data;
    }
    Ok(sum)
}

/// The first bytes, as many as are wanted.
fn cut(whole: SecretBytes, wanted: Option<usize>) -> Result<SecretBytes, EngineError> {
    match wanted {
        Some(length_bytes) if length_bytes != whole.len() => {
            let start = whole.expose().get(..length_bytes);
            Ok(SecretBytes::copy_of(start.ok_or(EngineError::KeySize)?)?)
        }
        _ => Ok(whole),
    }
}

/// Bits from `offset` on, the most significant of each byte first; behind the last comes the first.
fn piece(base: &[u8], offset: u64, length_bytes: usize) -> Result<SecretBytes, EngineError> {
    let bits = base.len() as u64 * 8;
    if offset >= bits || length_bytes > base.len() {
        return Err(EngineError::KeySize);
    }
    let start = usize::try_from(offset / 8).map_err(|_| EngineError::KeySize)?;
    let shift = u32::try_from(offset % 8).map_err(|_| EngineError::KeySize)?;
    let mut piece = SecretBytes::zeroed(length_bytes)?;
    for (index, byte) in piece.expose_mut().iter_mut().enumerate() {
        let both = [
            base[(start + index) % base.len()],
            base[(start + index + 1) % base.len()],
        ];
        *byte = (u16::from_be_bytes(both) << shift).to_be_bytes()[0];
    }
    Ok(piece)
}

fn digest_of(
    base: &[u8],
    algorithm: Algorithm,
    wanted: Option<usize>,
) -> Result<SecretBytes, EngineError> {
    if let Some(own) = algorithm.digest() {
        let value = digest::digest(own, base)?;
        return cut(SecretBytes::copy_of(value.as_ref())?, wanted);
    }
    let kind = match algorithm {
        Algorithm::DeriveShake128 => Shake::Shake128,
        _ => Shake::Shake256,
    };
    let mut output = SecretBytes::zeroed(wanted.ok_or(EngineError::LengthNeeded)?)?;
    digest::shake(kind, base, output.expose_mut())?;
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_starts_at_any_bit_and_goes_round() {
        // The example of PKCS#11 3.2: bit 21 of a key of four bytes.
        let base = [0x32, 0x9f, 0x84, 0xa9];
        assert_eq!(
            piece(&base, 21, 4).unwrap().expose(),
            [0x95, 0x26, 0x53, 0xf0]
        );
        assert_eq!(piece(&base, 0, 4).unwrap().expose(), base);
        assert_eq!(piece(&base, 8, 2).unwrap().expose(), [0x9f, 0x84]);
        assert_eq!(piece(&base, 32, 1).err(), Some(EngineError::KeySize));
        assert_eq!(piece(&base, 0, 5).err(), Some(EngineError::KeySize));
    }
}
