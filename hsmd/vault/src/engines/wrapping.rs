//! Wrapping keys with keys (PKCS#11 3.2 §5.18.3 and §5.18.4): secrets as their bytes, private keys as PKCS#8.

use hsm_algorithms::{Algorithm, Family, Parameters, Purpose};
use hsm_aws_lc::SecretBytes;
use hsm_aws_lc::private::PrivateKey;
use hsm_aws_lc::public::{self, PublicKey};

use super::{
    EngineError, KeyTarget, OpenedKey, check, decrypt_checked, encrypt_checked, transport,
};

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
    let result = match wrapper {
        Wrapper::Secret(wrapping) => {
            check(wrapping, algorithm, parameters, Purpose::Wrap)?;
            encrypt_checked(wrapping, algorithm, parameters, exported.expose())
        }
        Wrapper::Public(public) if is_transport(algorithm) => {
            if !algorithm.takes(public.kind()) {
                return Err(EngineError::key_type(algorithm));
            }
            parameters
                .check(algorithm)
                .map_err(hsm_aws_lc::Error::from)?;
            transport::wrap(public, algorithm, parameters, exported.expose())
        }
        Wrapper::Public(public) => {
            public::encrypt(algorithm, parameters, public, exported.expose())
                .map_err(EngineError::from)
        }
    };
    result.map_err(|error| match error {
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
    let mut clear = unwrapped(unwrapping, algorithm, parameters, wrapped)?;
    let Some(kind) = target.secret_kind() else {
        return private_key(&clear, target.key_type);
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

/// What is wrapped, whatever it is.
pub(crate) fn unwrapped(
    unwrapping: &OpenedKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    wrapped: &[u8],
) -> Result<SecretBytes, EngineError> {
    check(unwrapping, algorithm, parameters, Purpose::Wrap)?;
    let opened = match unwrapping.private() {
        Some(private) if is_transport(algorithm) => {
            transport::unwrap(private, algorithm, parameters, wrapped)
        }
        _ => decrypt_checked(unwrapping, algorithm, parameters, wrapped),
    };
    opened.map_err(|error| match error {
        EngineError::Crypto(
            hsm_aws_lc::Error::CiphertextLength | hsm_aws_lc::Error::InputLength,
        ) => EngineError::WrappedKeyLength,
        EngineError::Crypto(hsm_aws_lc::Error::CiphertextInvalid) => EngineError::WrappedKeyInvalid,
        other => other,
    })
}

/// Whether a key travels under an AES key of its own.
fn is_transport(algorithm: Algorithm) -> bool {
    matches!(
        algorithm.family(),
        Family::RsaAesKeyWrap | Family::EcdhAesKeyWrap
    )
}

/// The private key of this type in PKCS#8.
pub(crate) fn private_key(clear: &SecretBytes, key_type: u64) -> Result<OpenedKey, EngineError> {
    let is_known = hsm_algorithms::KeyKind::ALL
        .iter()
        .any(|kind| kind.key_type() == key_type);
    if !is_known {
        return Err(EngineError::KeyTypeUnknown);
    }
    // Modes without padding leave bytes after the key: PKCS#8 says itself where it ends.
    let key = PrivateKey::from_pkcs8(der_element(clear.expose()))
        .map_err(|_| EngineError::WrappedKeyInvalid)?;
    let key = OpenedKey::from_private(key).map_err(|_| EngineError::WrappedKeyInvalid)?;
    let is_weak = key
        .public()?
        .is_some_and(|public| public.weakness().is_some());
    if key.spec().kind().key_type() == key_type && !is_weak {
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

#[cfg(test)]
mod tests {
    use hsm_algorithms::pkcs11::{CKK_AES, CKK_EC, CKK_EC_EDWARDS, CKK_GENERIC_SECRET, CKK_RSA};
    use hsm_algorithms::{CcmParameters, Digest, GcmParameters, KeyKind, KeySpec, OaepParameters};

    use super::*;

    fn aes() -> OpenedKey {
        OpenedKey::generate(KeySpec::AES_256, None).unwrap()
    }

    fn target(key: &OpenedKey) -> KeyTarget {
        KeyTarget {
            key_type: key.spec().kind().key_type(),
            length_bytes: None,
        }
    }

    fn parameters(algorithm: Algorithm) -> Parameters {
        match algorithm {
            Algorithm::AesCbc | Algorithm::AesCbcPad => Parameters::Iv(vec![7; 16]),
            Algorithm::AesGcm => Parameters::Gcm(GcmParameters {
                iv: vec![7; 12],
                aad: vec![],
                tag_bits: 128,
            }),
            Algorithm::Des3Cbc | Algorithm::Des3CbcPad => Parameters::Iv(vec![7; 8]),
            Algorithm::AesCcm => Parameters::Ccm(CcmParameters {
                nonce: vec![7; 12],
                aad: vec![],
                data_length_bytes: 32,
                code_length_bytes: 16,
            }),
            Algorithm::RsaesOaep => Parameters::Oaep(OaepParameters {
                hash: Digest::Sha256,
                mgf1_hash: Digest::Sha256,
                label: vec![],
            }),
            _ => Parameters::None,
        }
    }

    #[test]
    fn secrets_go_through_every_wrapping_algorithm() {
        let rsa = OpenedKey::generate(KeySpec::RSA_2048, None).unwrap();
        let public = rsa.public().unwrap().unwrap();
        let (wrapping, key) = (aes(), aes());
        let des3 = KeySpec::of_secret(KeyKind::Des3, 24).unwrap();
        let des3 = OpenedKey::generate(des3, None).unwrap();
        for algorithm in Algorithm::ALL
            .iter()
            .filter(|algorithm| algorithm.is_for(Purpose::Wrap))
        {
            let wrapping = if algorithm.takes(KeyKind::Des3) {
                &des3
            } else {
                &wrapping
            };
            let parameters = parameters(*algorithm);
            if is_transport(*algorithm) {
                continue; // Has tests of its own.
            }
            let (closer, opener) = if algorithm.is_asymmetric() {
                (Wrapper::Public(&public), &rsa)
            } else {
                (Wrapper::Secret(wrapping), wrapping)
            };
            let target = KeyTarget {
                key_type: CKK_AES,
                length_bytes: Some(32),
            };
            let wrapped = wrap(&closer, *algorithm, &parameters, &key).unwrap();
            let again = unwrap(opener, *algorithm, &parameters, &wrapped, target).unwrap();
            assert_eq!(
                again.encode().unwrap().expose(),
                key.encode().unwrap().expose(),
                "{algorithm}"
            );
        }
    }

    #[test]
    fn private_keys_go_through_the_algorithms_that_pad() {
        for spec in [
            KeySpec::RSA_2048,
            KeySpec::EC_P521,
            KeySpec::ED25519,
            KeySpec::X25519,
        ] {
            let (wrapping, key) = (aes(), OpenedKey::generate(spec, None).unwrap());
            for algorithm in [
                Algorithm::AesKwp,
                Algorithm::AesKwpOld,
                Algorithm::AesCbcPad,
                Algorithm::AesGcm,
            ] {
                let parameters = parameters(algorithm);
                let wrapped =
                    wrap(&Wrapper::Secret(&wrapping), algorithm, &parameters, &key).unwrap();
                let again =
                    unwrap(&wrapping, algorithm, &parameters, &wrapped, target(&key)).unwrap();
                assert_eq!(
                    again.encode().unwrap().expose(),
                    key.encode().unwrap().expose(),
                    "{spec} {algorithm}"
                );
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_not_wrapped() {
        let rsa = OpenedKey::generate(KeySpec::RSA_2048, None).unwrap();
        let public = rsa.public().unwrap().unwrap();
        let oaep = wrap(
            &Wrapper::Public(&public),
            Algorithm::RsaesOaep,
            &parameters(Algorithm::RsaesOaep),
            &rsa,
        );
        assert_eq!(
            oaep.err(),
            Some(EngineError::NotWrappable {
                algorithm: Algorithm::RsaesOaep
            })
        );
        let odd = OpenedKey::generate(
            KeySpec::of_secret(hsm_algorithms::KeyKind::GenericSecret, 17).unwrap(),
            None,
        );
        let kw = wrap(
            &Wrapper::Secret(&aes()),
            Algorithm::AesKw,
            &Parameters::None,
            &odd.unwrap(),
        );
        assert_eq!(
            kw.err(),
            Some(EngineError::NotWrappable {
                algorithm: Algorithm::AesKw
            })
        );
    }

    #[test]
    fn a_wrapped_key_opens_only_as_what_it_is() {
        let (wrapping, key) = (aes(), OpenedKey::generate(KeySpec::EC_P256, None).unwrap());
        let (algorithm, none) = (Algorithm::AesKwp, Parameters::None);
        let wrapped = wrap(&Wrapper::Secret(&wrapping), algorithm, &none, &key).unwrap();
        let open = |wrapping: &OpenedKey, wrapped: &[u8], key_type, length_bytes| {
            unwrap(
                wrapping,
                algorithm,
                &none,
                wrapped,
                KeyTarget {
                    key_type,
                    length_bytes,
                },
            )
            .err()
        };
        assert_eq!(open(&wrapping, &wrapped, CKK_EC, None), None);
        assert_eq!(
            open(&wrapping, &wrapped, CKK_RSA, None),
            Some(EngineError::WrappedKeyInvalid)
        );
        assert_eq!(
            open(&wrapping, &wrapped, CKK_EC_EDWARDS, None),
            Some(EngineError::WrappedKeyInvalid)
        );
        assert_eq!(
            open(&wrapping, &wrapped, CKK_AES, None),
            Some(EngineError::WrappedKeyInvalid)
        );
        assert_eq!(
            open(&wrapping, &wrapped, 0x8000_0000, None),
            Some(EngineError::KeyTypeUnknown)
        );
        assert_eq!(
            open(&aes(), &wrapped, CKK_EC, None),
            Some(EngineError::WrappedKeyInvalid)
        );
        assert_eq!(
            open(&wrapping, &wrapped[..20], CKK_EC, None),
            Some(EngineError::WrappedKeyLength)
        );

        let secret = wrap(&Wrapper::Secret(&wrapping), algorithm, &none, &aes()).unwrap();
        assert_eq!(open(&wrapping, &secret, CKK_GENERIC_SECRET, Some(32)), None);
        assert_eq!(
            open(&wrapping, &secret, CKK_AES, Some(16)),
            Some(EngineError::WrappedKeyInvalid)
        );
        assert_eq!(
            open(&wrapping, &secret, CKK_EC, None),
            Some(EngineError::WrappedKeyInvalid)
        );
    }

    #[test]
    fn algorithms_that_do_not_wrap_are_refused() {
        let (wrapping, key) = (aes(), aes());
        for algorithm in Algorithm::ALL
            .iter()
            .filter(|algorithm| !algorithm.is_for(Purpose::Wrap))
        {
            let wrapped = wrap(
                &Wrapper::Secret(&wrapping),
                *algorithm,
                &Parameters::None,
                &key,
            );
            let expected = hsm_aws_lc::Error::Purpose {
                algorithm: *algorithm,
            };
            assert_eq!(
                wrapped.err(),
                Some(EngineError::Crypto(expected)),
                "{algorithm}"
            );
            let opened = unwrap(
                &wrapping,
                *algorithm,
                &Parameters::None,
                &[0; 40],
                target(&key),
            );
            assert_eq!(
                opened.err(),
                Some(EngineError::Crypto(expected)),
                "{algorithm}"
            );
        }
    }
}
