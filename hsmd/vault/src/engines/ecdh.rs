//! Diffie-Hellman on elliptic curves, and what makes a key of the shared secret.

use hsm_algorithms::{Algorithm, Curve, Digest, EcdhParameters, Kdf, KeyKind};
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
    let secret = agree(private, algorithm, &parameters.public_point)?;
    let wanted = wanted_bytes(kind, target);
    let derived = derived(
        kind,
        secret,
        parameters.kdf,
        &parameters.shared_data,
        wanted,
    )?;
    OpenedKey::from_secret(kind, derived)
}

/// The shared secret with the holder of `point`.
pub(super) fn agree(
    private: &PrivateKey,
    algorithm: Algorithm,
    point: &[u8],
) -> Result<SecretBytes, EngineError> {
    match private {
        PrivateKey::Ec(ec) => Ok(ec.agree(point)?),
        PrivateKey::X25519(x25519) => Ok(x25519.agree(point)?),
        PrivateKey::Curve448(x448) if x448.curve() == Curve::X448 => Ok(x448.agree(point)?),
        PrivateKey::Rsa(_)
        | PrivateKey::Ed25519(_)
        | PrivateKey::Curve448(_)
        | PrivateKey::Lattice(_)
        | PrivateKey::SlhDsa(_)
        | PrivateKey::Field(_) => Err(EngineError::key_type(algorithm)),
    }
}

/// The bytes of a key of `kind` that a derivation function makes of a shared secret.
pub(super) fn derived(
    kind: KeyKind,
    secret: SecretBytes,
    kdf: Kdf,
    shared_data: &[u8],
    wanted_bytes: Option<usize>,
) -> Result<SecretBytes, EngineError> {
    let (digest, counter_place) = match (kdf, wanted_bytes) {
        (Kdf::Null, None) => return Ok(secret),
        (Kdf::Null, Some(length_bytes)) => return end_of(&secret, length_bytes),
        (Kdf::X963(digest), _) => (digest, CounterPlace::AfterSecret),
        (Kdf::OneStep(digest), _) => (digest, CounterPlace::BeforeSecret),
    };
    let length_bytes = wanted_bytes.ok_or(EngineError::LengthNeeded)?;
    hsm_algorithms::KeySpec::of_secret(kind, length_bytes).ok_or(EngineError::KeySize)?;
    let secret = secret.expose();
    Ok(hashed(
        digest,
        counter_place,
        secret,
        shared_data,
        length_bytes,
    )?)
}

/// What is too much goes from the front: PKCS#11 3.2 §6.3.21.
fn end_of(secret: &SecretBytes, length_bytes: usize) -> Result<SecretBytes, EngineError> {
    let start = secret
        .len()
        .checked_sub(length_bytes)
        .ok_or(EngineError::KeySize)?;
    Ok(SecretBytes::copy_of(&secret.expose()[start..])?)
}

/// A shared secret as the key that `target` describes: all of it, or its end. PKCS#11 3.2 §6.3.21 and §6.68.6: what is
/// too much goes from the front.
pub(super) fn key_of_secret(
    secret: SecretBytes,
    target: KeyTarget,
) -> Result<OpenedKey, EngineError> {
    let kind = target.secret_kind().ok_or(EngineError::KeyTypeUnknown)?;
    let Some(length_bytes) = wanted_bytes(kind, target) else {
        return OpenedKey::from_secret(kind, secret);
    };
    OpenedKey::from_secret(kind, end_of(&secret, length_bytes)?)
}

/// How long the new key is to be: what the template says, or the only length that its kind has.
fn wanted_bytes(kind: KeyKind, target: KeyTarget) -> Option<usize> {
    let fixed = kind.row().bits;
    let fixed_bytes = (fixed.min == fixed.max).then_some(fixed.min as usize / 8);
    target.length_bytes.or(fixed_bytes)
}

/// In what order a key derivation function hashes.
#[derive(Clone, Copy)]
enum CounterPlace {
    /// The one-step function of SP 800-56A: counter, secret, shared data.
    BeforeSecret,
    /// That of ANSI X9.63, SEC 1 §3.6.1: secret, counter, shared data.
    AfterSecret,
}

/// Digests in a row, with a counter from 1 on.
fn hashed(
    digest: Digest,
    counter_place: CounterPlace,
    secret: &[u8],
    shared_data: &[u8],
    length_bytes: usize,
) -> Result<SecretBytes, Error> {
    let mut output = SecretBytes::zeroed(length_bytes)?;
    for (counter, room) in (1_u32..).zip(output.expose_mut().chunks_mut(digest.length_bytes())) {
        let mut hasher = Hasher::new(digest)?;
        let counter = counter.to_be_bytes();
        let (first, second) = match counter_place {
            CounterPlace::BeforeSecret => (&counter[..], secret),
            CounterPlace::AfterSecret => (secret, &counter[..]),
        };
        hasher.update(first)?;
        hasher.update(second)?;
        hasher.update(shared_data)?;
        room.copy_from_slice(&hasher.finish()?.as_ref()[..room.len()]);
    }
    Ok(output)
}

#[cfg(test)]
mod tests {
    use hsm_algorithms::pkcs11::{CKK_AES, CKK_EC, CKK_GENERIC_SECRET};
    use hsm_algorithms::{KeySpec, Parameters};

    use super::*;
    use crate::engines;

    #[test]
    fn x963_gives_what_the_validation_suite_says() {
        // NIST CAVP, ANS X9.63-2001, SHA-256, 192-bit secret without shared information, count 0.
        let secret = [
            0x96, 0xc0, 0x56, 0x19, 0xd5, 0x6c, 0x32, 0x8a, 0xb9, 0x5f, 0xe8, 0x4b, 0x18, 0x26,
            0x4b, 0x08, 0x72, 0x5b, 0x85, 0xe3, 0x3f, 0xd3, 0x4f, 0x08,
        ];
        let key = hashed(Digest::Sha256, CounterPlace::AfterSecret, &secret, &[], 16).unwrap();
        let expected = [
            0x44, 0x30, 0x24, 0xc3, 0xda, 0xe6, 0x6b, 0x95, 0xe6, 0xf5, 0x67, 0x06, 0x01, 0x55,
            0x8f, 0x71,
        ];
        assert_eq!(key.expose(), expected);
    }

    #[test]
    fn the_one_step_function_gives_what_jose_says() {
        // RFC 7518 appendix C: the secret that Alice and Bob agree on, and what is hashed beside it.
        let secret = [
            158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156, 251, 49,
            110, 163, 218, 128, 106, 72, 246, 218, 167, 121, 140, 254, 144, 196,
        ];
        let shared = b"\0\0\0\x07A128GCM\0\0\0\x05Alice\0\0\0\x03Bob\0\0\0\x80";
        let key = hashed(
            Digest::Sha256,
            CounterPlace::BeforeSecret,
            &secret,
            shared,
            16,
        );
        let expected = [
            86, 170, 141, 234, 248, 35, 109, 32, 92, 34, 40, 205, 113, 167, 16, 26,
        ];
        assert_eq!(key.unwrap().expose(), expected);
    }

    #[test]
    fn a_longer_key_starts_as_a_shorter_one() {
        for place in [CounterPlace::BeforeSecret, CounterPlace::AfterSecret] {
            let make =
                |length| hashed(Digest::Sha512, place, b"secret", b"shared", length).unwrap();
            let long = make(200);
            for length in [1, 63, 64, 65, 128, 199] {
                assert_eq!(make(length).expose(), &long.expose()[..length]);
            }
        }
    }

    fn derive_between(kdf: Kdf, target: KeyTarget) -> Result<[OpenedKey; 2], EngineError> {
        let pair = [(); 2].map(|()| OpenedKey::generate(KeySpec::EC_P384, None).unwrap());
        let one_side = |own: &OpenedKey, other: &OpenedKey| {
            let (_, public_point) = other.public().unwrap().unwrap().point().unwrap().unwrap();
            let shared_data = if kdf == Kdf::Null {
                vec![]
            } else {
                b"both know this".to_vec()
            };
            let parameters = Parameters::Ecdh(EcdhParameters {
                public_point,
                kdf,
                shared_data,
            });
            engines::derive(own, None, Algorithm::Ecdh, &parameters, target)
        };
        Ok([one_side(&pair[0], &pair[1])?, one_side(&pair[1], &pair[0])?])
    }

    #[test]
    fn both_sides_derive_the_same_key() {
        for kdf in Kdf::all() {
            let [one, other] = derive_between(
                kdf,
                KeyTarget {
                    key_type: CKK_AES,
                    length_bytes: Some(32),
                },
            )
            .unwrap();
            assert_eq!(one.spec(), KeySpec::AES_256);
            assert_eq!(one.secret().unwrap(), other.secret().unwrap(), "{kdf:?}");
        }
    }

    #[test]
    fn a_length_that_cannot_be_given_is_refused() {
        let derive = |kdf, key_type, length_bytes| {
            derive_between(
                kdf,
                KeyTarget {
                    key_type,
                    length_bytes,
                },
            )
            .map(|keys| keys[0].spec().length_bytes())
        };
        let x963 = Kdf::X963(Digest::Sha256);
        assert_eq!(derive(Kdf::Null, CKK_GENERIC_SECRET, None), Ok(48));
        assert_eq!(
            derive(Kdf::Null, CKK_GENERIC_SECRET, Some(49)),
            Err(EngineError::KeySize)
        );
        assert_eq!(derive(Kdf::Null, CKK_AES, None), Err(EngineError::KeySize));
        assert_eq!(
            derive(x963, CKK_GENERIC_SECRET, None),
            Err(EngineError::LengthNeeded)
        );
        assert_eq!(derive(x963, CKK_GENERIC_SECRET, Some(100)), Ok(100));
        assert_eq!(
            derive(x963, CKK_GENERIC_SECRET, Some(usize::MAX)),
            Err(EngineError::KeySize)
        );
        assert_eq!(derive(x963, CKK_AES, Some(17)), Err(EngineError::KeySize));
        assert_eq!(
            derive(x963, CKK_EC, Some(32)),
            Err(EngineError::KeyTypeUnknown)
        );
    }
}
