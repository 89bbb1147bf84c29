//! What keys compute: one file a family, over keys that are open.
//!
//! The functions here choose the family's file by the algorithm's row. They know nothing of permits: only
//! [`Vault`](crate::Vault), which asks for one, calls them. Input that fits no algorithm or key is refused before
//! anything is computed.

mod ciphers;
pub(crate) mod ciphertext_blob;
mod derivation;
mod ecdh;
mod encapsulation;
mod error;
mod imported;
pub(crate) mod key_wrap;
mod mac;
mod opened;
mod rsa;
mod transport;
mod wrapping;

use hsm_algorithms::{Algorithm, Family, Parameters, Purpose};
use hsm_aws_lc::private::PrivateKey;
use hsm_aws_lc::{Buffer, Message, SecretBytes};

pub use ciphertext_blob::BlobHeader;
pub(crate) use encapsulation::decapsulate_secret;
pub use encapsulation::{decapsulate, encapsulate};
pub use error::EngineError;
pub use imported::{ImportedKey, KeyTarget};
pub use opened::OpenedKey;
pub use wrapping::{Wrapper, unwrap, wrap};
pub(crate) use wrapping::{private_key, unwrapped};

/// Signs `message`, or computes its authentication code.
///
/// Signatures of ECDSA are `r ‖ s`, each as long as a coordinate of the curve.
///
/// # Errors
///
/// [`EngineError::Crypto`] when algorithm, parameters, key and message do not go together.
pub fn sign(
    key: &OpenedKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    message: Message<'_>,
) -> Result<Vec<u8>, EngineError> {
    check(key, algorithm, parameters, Purpose::Sign)?;
    sign_checked(key, algorithm, parameters, message)
}

/// Signs so that the signature gives the message back.
///
/// # Errors
///
/// As [`sign`].
pub fn sign_recover(
    key: &OpenedKey,
    algorithm: Algorithm,
    message: &[u8],
) -> Result<Vec<u8>, EngineError> {
    check(key, algorithm, &Parameters::None, Purpose::Recover)?;
    sign_checked(key, algorithm, &Parameters::None, Message::Whole(message))
}

/// As [`sign`], for a purpose that has been checked.
fn sign_checked(
    key: &OpenedKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    message: Message<'_>,
) -> Result<Vec<u8>, EngineError> {
    match (algorithm.family(), key.private()) {
        (
            Family::RsaPkcs1Signature | Family::RsaPss | Family::RsaRaw | Family::RsaX931,
            Some(PrivateKey::Rsa(rsa)),
        ) => Ok(rsa.sign(algorithm, parameters, message)?),
        (Family::Ecdsa, Some(PrivateKey::Ec(ec))) => Ok(ec.sign(algorithm, message)?),
        (Family::EdDsa, Some(PrivateKey::Ed25519(ed25519))) => match message {
            Message::Whole(message) => Ok(ed25519.sign(parameters, message)?),
            // Ed25519 reads the message twice: a digest of it is no substitute.
            Message::Digest(_) => Err(hsm_aws_lc::Error::InputInvalid.into()),
        },
        (Family::EdDsa, Some(PrivateKey::Curve448(ed448))) => match message {
            Message::Whole(message) => Ok(ed448.sign(parameters, message)?),
            // As above.
            Message::Digest(_) => Err(hsm_aws_lc::Error::InputInvalid.into()),
        },
        (Family::Dsa, Some(PrivateKey::Field(key))) => Ok(key.sign(algorithm, message)?),
        (Family::MlDsa, Some(PrivateKey::Lattice(key))) => {
            Ok(key.sign(algorithm, parameters, message)?)
        }
        (Family::SlhDsa, Some(PrivateKey::SlhDsa(key))) => {
            Ok(key.sign(algorithm, parameters, message)?)
        }
        (_, None) if algorithm.is_mac() => {
            mac::compute(key.secret()?, algorithm, parameters, message)
        }
        _ => Err(EngineError::key_type(algorithm)),
    }
}

/// Checks a message authentication code in time that does not depend on where it is wrong.
///
/// # Errors
///
/// [`EngineError::Crypto`] with `SignatureInvalid` or `SignatureLength`, or when algorithm, key and message do not go
/// together.
pub fn verify_mac(
    key: &OpenedKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    message: Message<'_>,
    code: &[u8],
) -> Result<(), EngineError> {
    check(key, algorithm, parameters, Purpose::Sign)?;
    if !algorithm.is_mac() {
        return Err(EngineError::key_type(algorithm));
    }
    let computed = mac::compute(key.secret()?, algorithm, parameters, message)?;
    Ok(hsm_aws_lc::mac::verify(&computed, code)?)
}

/// Encrypts with a secret key. What public keys encrypt is in [`hsm_aws_lc::public`].
///
/// # Errors
///
/// [`EngineError::Crypto`] when algorithm, parameters, key and plaintext do not go together.
pub fn encrypt(
    key: &OpenedKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    plaintext: &[u8],
) -> Result<Vec<u8>, EngineError> {
    check(key, algorithm, parameters, Purpose::Encrypt)?;
    encrypt_checked(key, algorithm, parameters, plaintext)
}

/// Decrypts with a private or secret key.
///
/// # Errors
///
/// [`EngineError::Crypto`]: `CiphertextInvalid` for whatever is wrong with the ciphertext but its length; others when
/// algorithm, parameters and key do not go together.
pub fn decrypt<B: Buffer>(
    key: &OpenedKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    ciphertext: &[u8],
) -> Result<B, EngineError> {
    check(key, algorithm, parameters, Purpose::Encrypt)?;
    decrypt_checked(key, algorithm, parameters, ciphertext)
}

/// Derives one key, as [`derive_all`].
///
/// # Errors
///
/// As [`derive_all`].
pub fn derive(
    key: &OpenedKey,
    other: Option<&OpenedKey>,
    algorithm: Algorithm,
    parameters: &Parameters,
    target: KeyTarget,
) -> Result<OpenedKey, EngineError> {
    let (keys, _) = derive_all(key, other, algorithm, parameters, &[target])?;
    let only = keys.into_iter().next();
    only.ok_or(EngineError::key_type(algorithm))
}

/// Derives keys, each of what is behind the one before, and what anybody may read beside them: the version in an RSA premaster
/// secret, the initialization vectors of a key block. Several only where [`Algorithm::makes_several_keys`]; from a second key
/// too, where the algorithm takes one ([`Algorithm::takes_other_key`]).
///
/// # Errors
///
/// [`EngineError::Crypto`] when algorithm, parameters and key do not go together, or the other side's public key is
/// invalid; [`EngineError::LengthNeeded`] and [`EngineError::KeySize`] when a target does not say a length that the
/// derivation can give.
pub fn derive_all(
    key: &OpenedKey,
    other: Option<&OpenedKey>,
    algorithm: Algorithm,
    parameters: &Parameters,
    targets: &[KeyTarget],
) -> Result<(Vec<OpenedKey>, Vec<u8>), EngineError> {
    check(key, algorithm, parameters, Purpose::Derive)?;
    if algorithm.makes_several_keys() {
        return derivation::derive_several(key, algorithm, parameters, targets);
    }
    let &[target] = targets else {
        return Err(EngineError::key_type(algorithm));
    };
    let derived = match (algorithm.family(), key.private(), parameters) {
        (Family::Ecdh, Some(private), Parameters::Ecdh(ecdh)) => {
            ecdh::derive(private, algorithm, ecdh, target)?
        }
        (Family::Dh, Some(PrivateKey::Field(key)), Parameters::Data(public)) => {
            ecdh::key_of_secret(key.agree(public)?, target)?
        }
        (_, None, _) => derivation::derive(key, other, algorithm, parameters, target)?,
        _ => return Err(EngineError::key_type(algorithm)),
    };
    Ok((vec![derived], premaster_version(key, algorithm)))
}

/// The shared secret of a key pair with the holder of `point`, as it is.
///
/// # Errors
///
/// [`EngineError::Crypto`] when the key agrees on nothing, or `point` is none on its curve.
pub(crate) fn agree(key: &OpenedKey, point: &[u8]) -> Result<SecretBytes, EngineError> {
    let private = key.private().ok_or(EngineError::KeyTypeUnknown)?;
    ecdh::agree(private, Algorithm::Ecdh, point)
}

/// The version of TLS that an RSA premaster secret begins with, where `algorithm` takes one: no secret (RFC 5246 §7.4.7.1).
fn premaster_version(key: &OpenedKey, algorithm: Algorithm) -> Vec<u8> {
    match (algorithm, key.secret()) {
        (
            Algorithm::Tls12MasterSecret | Algorithm::Tls12ExtendedMasterSecret,
            Ok([major, minor, ..]),
        ) => vec![*major, *minor],
        _ => Vec::new(),
    }
}

/// Makes a key of a password (PBKDF2). Takes as long as the iterations say: run it where it may block.
///
/// # Errors
///
/// [`EngineError::Crypto`] for parameters that do not fit; [`EngineError::LengthNeeded`] and [`EngineError::KeySize`] when
/// `target` does not say a length that its type can have.
pub fn from_password(
    password: &[u8],
    parameters: &Parameters,
    target: KeyTarget,
) -> Result<OpenedKey, EngineError> {
    derivation::from_password(password, parameters, target)
}

/// As [`encrypt`], for a purpose that has been checked: keys are wrapped by the same ciphers.
fn encrypt_checked(
    key: &OpenedKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    plaintext: &[u8],
) -> Result<Vec<u8>, EngineError> {
    match algorithm.family() {
        family if ciphers::has(family) => {
            ciphers::encrypt(key.secret()?, algorithm, parameters, plaintext)
        }
        Family::AesKeyWrap => key_wrap::encrypt(key.secret()?, algorithm, plaintext),
        _ => Err(EngineError::key_type(algorithm)),
    }
}

/// As [`decrypt`], for a purpose that has been checked.
fn decrypt_checked<B: Buffer>(
    key: &OpenedKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    ciphertext: &[u8],
) -> Result<B, EngineError> {
    match (algorithm.family(), key.private()) {
        (family, None) if ciphers::has(family) => {
            ciphers::decrypt(key.secret()?, algorithm, parameters, ciphertext)
        }
        (Family::AesKeyWrap, None) => key_wrap::decrypt(key.secret()?, algorithm, ciphertext),
        (
            Family::RsaPkcs1Encryption | Family::RsaOaep | Family::RsaRaw,
            Some(PrivateKey::Rsa(rsa)),
        ) => rsa::decrypt(rsa, algorithm, parameters, ciphertext),
        _ => Err(EngineError::key_type(algorithm)),
    }
}

/// Checks that algorithm, purpose, key and parameters go together.
fn check(
    key: &OpenedKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    purpose: Purpose,
) -> Result<(), EngineError> {
    if !algorithm.is_for(purpose) {
        return Err(hsm_aws_lc::Error::Purpose { algorithm }.into());
    }
    if !algorithm.takes(key.spec().kind()) {
        return Err(EngineError::key_type(algorithm));
    }
    Ok(parameters
        .check_for(algorithm, purpose)
        .map_err(hsm_aws_lc::Error::from)?)
}

#[cfg(test)]
mod tests {
    use hsm_algorithms::KeySpec;
    use hsm_aws_lc::Error;

    use super::*;

    fn one_key_of_each_kind() -> Vec<OpenedKey> {
        let specs = [
            KeySpec::new(hsm_algorithms::KeyKind::Rsa, 1024).unwrap(),
            KeySpec::EC_P256,
            KeySpec::ED25519,
            KeySpec::X25519,
            KeySpec::of_kind(hsm_algorithms::KeyKind::MlKem512),
            KeySpec::of_kind(hsm_algorithms::KeyKind::MlDsa44),
            KeySpec::AES_128,
            KeySpec::of_secret(hsm_algorithms::KeyKind::GenericSecret, 20).unwrap(),
            KeySpec::of_secret(hsm_algorithms::KeyKind::HmacSha256, 32).unwrap(),
            KeySpec::of_secret(hsm_algorithms::KeyKind::AesXts, 32).unwrap(),
            KeySpec::of_secret(hsm_algorithms::KeyKind::ChaCha20, 32).unwrap(),
            KeySpec::of_secret(hsm_algorithms::KeyKind::Des, 8).unwrap(),
            KeySpec::of_secret(hsm_algorithms::KeyKind::Des3, 24).unwrap(),
        ];
        specs
            .into_iter()
            .map(|spec| OpenedKey::generate(spec, None).unwrap())
            .collect()
    }

    /// Every algorithm with every key for every purpose: what the table does not allow is refused by name.
    #[test]
    fn algorithms_purposes_and_keys_that_do_not_go_together_are_refused() {
        let keys = one_key_of_each_kind();
        for algorithm in Algorithm::ALL.iter().copied() {
            for key in &keys {
                let none = &Parameters::None;
                let signed = sign(key, algorithm, none, Message::Whole(&[1; 16])).err();
                let encrypted = encrypt(key, algorithm, none, &[1; 16]).err();
                let decrypted = decrypt::<Vec<u8>>(key, algorithm, none, &[1; 16]).err();
                for (purpose, error) in [
                    (Purpose::Sign, signed),
                    (Purpose::Encrypt, encrypted),
                    (Purpose::Encrypt, decrypted),
                ] {
                    if !algorithm.is_for(purpose) {
                        assert_eq!(
                            error,
                            Some(EngineError::Crypto(Error::Purpose { algorithm }))
                        );
                    } else if !algorithm.takes(key.spec().kind()) {
                        assert_eq!(
                            error,
                            Some(EngineError::key_type(algorithm)),
                            "{algorithm} {}",
                            key.spec()
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn public_key_encryption_is_not_done_with_the_private_key() {
        let rsa = &one_key_of_each_kind()[0];
        let error = encrypt(rsa, Algorithm::RsaesPkcs1V15, &Parameters::None, b"text").err();
        assert_eq!(error, Some(EngineError::key_type(Algorithm::RsaesPkcs1V15)));
    }

    #[test]
    fn a_digest_stands_for_a_message_only_where_it_can() {
        let keys = one_key_of_each_kind();
        let [rsa, ec, ed25519, _, _, _, aes, secret, ..] = &keys[..] else {
            panic!("eight kinds and more")
        };
        let digest = hsm_aws_lc::digest::digest(hsm_algorithms::Digest::Sha256, b"text").unwrap();
        let by_digest = |key, algorithm| {
            sign(
                key,
                algorithm,
                &Parameters::None,
                Message::Digest(digest.as_ref()),
            )
            .map(|_| ())
        };
        assert_eq!(by_digest(rsa, Algorithm::RsassaPkcs1V15Sha256), Ok(()));
        assert_eq!(by_digest(ec, Algorithm::EcdsaSha256), Ok(()));
        assert_eq!(
            by_digest(ec, Algorithm::EcdsaSha384),
            Err(Error::InputLength.into())
        );
        for (key, algorithm) in [
            (ed25519, Algorithm::EdDsa),
            (aes, Algorithm::AesCmac),
            (secret, Algorithm::HmacSha256),
        ] {
            assert_eq!(
                by_digest(key, algorithm),
                Err(Error::InputInvalid.into()),
                "{algorithm}"
            );
        }
    }

    #[test]
    fn input_that_does_not_fit_a_small_key_is_refused() {
        use hsm_algorithms::{Digest, PssParameters};
        let rsa = &one_key_of_each_kind()[0];
        let try_sign = |algorithm, parameters: &Parameters, message: &[u8]| {
            sign(rsa, algorithm, parameters, Message::Whole(message))
                .map(|signature| signature.len())
        };
        assert_eq!(
            try_sign(Algorithm::RsassaPkcs1V15, &Parameters::None, &[0; 117]),
            Ok(128)
        );
        assert_eq!(
            try_sign(Algorithm::RsassaPkcs1V15, &Parameters::None, &[0; 118]),
            Err(Error::InputLength.into())
        );
        assert_eq!(
            try_sign(Algorithm::RsaRaw, &Parameters::None, &[0; 129]),
            Err(Error::InputLength.into())
        );
        assert_eq!(
            try_sign(Algorithm::RsaRaw, &Parameters::None, &[0xff; 128]),
            Err(Error::InputInvalid.into())
        );
        let pss = |hash, salt_length_bytes| {
            Parameters::Pss(PssParameters {
                hash,
                mgf1_hash: hash,
                salt_length_bytes,
            })
        };
        assert_eq!(
            try_sign(
                Algorithm::RsassaPssSha512,
                &pss(Digest::Sha512, 62),
                b"text"
            ),
            Ok(128)
        );
        for salt_length_bytes in [63, 1000, u32::MAX] {
            let error = try_sign(
                Algorithm::RsassaPssSha512,
                &pss(Digest::Sha512, salt_length_bytes),
                b"text",
            )
            .err();
            assert!(
                matches!(error, Some(EngineError::Crypto(Error::Parameters(_)))),
                "{salt_length_bytes}"
            );
        }
        assert_eq!(
            try_sign(Algorithm::RsassaPss, &pss(Digest::Sha256, 32), &[0; 31]),
            Err(Error::InputLength.into())
        );
    }
}
