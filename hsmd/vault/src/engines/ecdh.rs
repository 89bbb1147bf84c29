//! Diffie-Hellman on the NIST curves and Curve25519, and what makes a key of the shared secret.

use hsm_algorithms::{Algorithm, Digest, EcdhParameters, Kdf};
use hsm_aws_lc::digest::Hasher;
use hsm_aws_lc::private::PrivateKey;
use hsm_aws_lc::{Error, SecretBytes};

use super::{EngineError, KeyTarget, OpenedKey};

/// Derives the secret key that `target` describes.
pub(super) fn derive(
    private: &PrivateKey,
    algorithm: Algorithm,
    parameters: &EcdhParameters,
    target: KeyTarget,
) -> Result<OpenedKey, EngineError> {
    let kind = target.secret_kind().ok_or(EngineError::KeyTypeUnknown)?;
    let secret = match private {
        PrivateKey::Ec(ec) => ec.agree(&parameters.public_point)?,
        PrivateKey::X25519(x25519) => x25519.agree(&parameters.public_point)?,
        PrivateKey::Rsa(_) | PrivateKey::Ed25519(_) => {
            return Err(EngineError::key_type(algorithm));
        }
    };
    let fixed = kind.row().bits;
    let fixed_bytes = (fixed.min == fixed.max).then_some(fixed.min as usize / 8);
    let wanted = target.length_bytes.or(fixed_bytes);
    let derived = match (parameters.kdf, wanted) {
        (Kdf::Null, None) => secret,
        // PKCS#11 3.2 §6.3.21: what is too much goes from the front.
        (Kdf::Null, Some(length_bytes)) => {
            let start = secret
                .len()
                .checked_sub(length_bytes)
                .ok_or(EngineError::KeySize)?;
            SecretBytes::copy_of(&secret.expose()[start..])?
        }
        (Kdf::X963(_), None) => return Err(EngineError::LengthNeeded),
        (Kdf::X963(digest), Some(length_bytes)) => {
            hsm_algorithms::KeySpec::of_secret(kind, length_bytes).ok_or(EngineError::KeySize)?;
            x963(
                digest,
                secret.expose(),
                &parameters.shared_data,
                length_bytes,
            )?
        }
    };
    OpenedKey::from_secret(kind, derived)
}

/// The ANSI X9.63 key derivation function, SEC 1 §3.6.1: digests of secret, counter and shared data in a row.
pub(super) fn x963(
    digest: Digest,
    secret: &[u8],
    shared_data: &[u8],
    length_bytes: usize,
) -> Result<SecretBytes, Error> {
    let mut output = SecretBytes::zeroed(length_bytes)?;
    for (counter, room) in (1_u32..).zip(output.expose_mut().chunks_mut(digest.length_bytes())) {
        let mut hasher = Hasher::new(digest)?;
        hasher.update(secret)?;
        hasher.update(&counter.to_be_bytes())?;
        hasher.update(shared_data)?;
        room.copy_from_slice(&hasher.finish()?.as_ref()[..room.len()]);
    }
    Ok(output)
}
