//! Key encapsulation (PKCS#11 3.2, sections 5.18.8 and 5.18.9): a secret key that whoever has a public key makes, and the
//! holder of the private half makes again from a ciphertext.

use hsm_algorithms::{Algorithm, EcdhParameters, Family, KeySpec, Parameters, Purpose};
use hsm_aws_lc::SecretBytes;
use hsm_aws_lc::private::PrivateKey;
use hsm_aws_lc::public::PublicKey;

use super::{EngineError, KeyTarget, OpenedKey, Wrapper, check, ecdh, unwrap, wrap};

/// Makes the secret key that `target` describes, and the ciphertext for the other side.
///
/// With RSA the key is random, and the ciphertext is the key encrypted. With ML-KEM it is the shared secret, or the end of
/// it. On curves it is derived by a key pair that is made for it, whose public point is the ciphertext.
///
/// # Errors
///
/// [`EngineError::KeyTypeUnknown`], [`EngineError::LengthNeeded`] and [`EngineError::KeySize`] when `target` describes no
/// key that can be made; [`EngineError::Crypto`] when algorithm, parameters and key do not go together.
pub fn encapsulate(
    public: &PublicKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    target: KeyTarget,
) -> Result<(Vec<u8>, OpenedKey), EngineError> {
    if !algorithm.is_for(Purpose::Encapsulate) {
        return Err(hsm_aws_lc::Error::Purpose { algorithm }.into());
    }
    match algorithm.family() {
        Family::MlKem => {
            let (ciphertext, secret) =
                hsm_aws_lc::public::encapsulate(algorithm, parameters, public)?;
            Ok((ciphertext, ecdh::key_of_secret(secret, target)?))
        }
        Family::RsaPkcs1Encryption | Family::RsaOaep => {
            let key = OpenedKey::generate(target.secret_spec()?, None)?;
            let ciphertext = wrap(&Wrapper::Public(public), algorithm, parameters, &key)?;
            Ok((ciphertext, key))
        }
        Family::Ecdh => {
            let none = || EngineError::key_type(algorithm);
            let Parameters::Ecdh(ecdh) = parameters else {
                return Err(none());
            };
            parameters
                .check_for(algorithm, Purpose::Encapsulate)
                .map_err(hsm_aws_lc::Error::from)?;
            let (curve, point) = public.point()?.ok_or_else(none)?;
            let ephemeral = PrivateKey::generate(KeySpec::of_curve(curve), None)?;
            let (_, ciphertext) = ephemeral.public()?.point()?.ok_or_else(none)?;
            let key = ecdh::derive(&ephemeral, algorithm, &towards(ecdh, point), target)?;
            Ok((ciphertext, key))
        }
        _ => Err(EngineError::key_type(algorithm)),
    }
}

/// Makes the secret key that [`encapsulate`] made. With ML-KEM, a ciphertext that was not made for this key gives another
/// key (FIPS 203 §6.3).
///
/// # Errors
///
/// [`EngineError::WrappedKeyInvalid`] and [`EngineError::WrappedKeyLength`] for a ciphertext that is none; otherwise as
/// [`encapsulate`].
pub fn decapsulate(
    private: &OpenedKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    ciphertext: &[u8],
    target: KeyTarget,
) -> Result<OpenedKey, EngineError> {
    check(private, algorithm, parameters, Purpose::Encapsulate)?;
    match algorithm.family() {
        Family::MlKem => match private.private() {
            Some(PrivateKey::Lattice(lattice)) => {
                ecdh::key_of_secret(lattice.decapsulate(ciphertext)?, target)
            }
            _ => Err(EngineError::key_type(algorithm)),
        },
        Family::RsaPkcs1Encryption | Family::RsaOaep => {
            target.secret_spec()?;
            unwrap(private, algorithm, parameters, ciphertext, target)
        }
        Family::Ecdh => match (private.private(), parameters) {
            (Some(private), Parameters::Ecdh(ecdh)) => {
                let ecdh = towards(ecdh, ciphertext.to_vec());
                // A ciphertext that is no point of the curve.
                ecdh::derive(private, algorithm, &ecdh, target).map_err(|error| match error {
                    EngineError::Crypto(_) => EngineError::WrappedKeyInvalid,
                    other => other,
                })
            }
            _ => Err(EngineError::key_type(algorithm)),
        },
        _ => Err(EngineError::key_type(algorithm)),
    }
}

/// The parameters of an agreement with the holder of `public_point`.
fn towards(ecdh: &EcdhParameters, public_point: Vec<u8>) -> EcdhParameters {
    EcdhParameters {
        public_point,
        ..ecdh.clone()
    }
}

/// The shared secret that an ML-KEM ciphertext gives, as it is.
pub(crate) fn decapsulate_secret(
    private: &OpenedKey,
    ciphertext: &[u8],
) -> Result<SecretBytes, EngineError> {
    match private.private() {
        Some(PrivateKey::Lattice(lattice)) => Ok(lattice.decapsulate(ciphertext)?),
        _ => Err(EngineError::key_type(Algorithm::MlKem)),
    }
}

#[cfg(test)]
mod tests {
    use hsm_algorithms::pkcs11::{CKK_AES, CKK_GENERIC_SECRET, CKK_RSA};
    use hsm_algorithms::{Curve, Digest, Kdf, KeyKind, OaepParameters};

    use super::*;

    #[test]
    fn both_sides_have_the_same_key_and_a_changed_ciphertext_gives_none() {
        let private = OpenedKey::generate(KeySpec::new(KeyKind::Rsa, 1024).unwrap(), None).unwrap();
        let public = private.public().unwrap().unwrap();
        let oaep = Parameters::Oaep(OaepParameters {
            hash: Digest::Sha1,
            mgf1_hash: Digest::Sha1,
            label: vec![],
        });
        let aes = KeyTarget {
            key_type: CKK_AES,
            length_bytes: Some(32),
        };
        for (algorithm, parameters) in [
            (Algorithm::RsaesOaep, &oaep),
            (Algorithm::RsaesPkcs1V15, &Parameters::None),
        ] {
            let (mut ciphertext, one) = encapsulate(&public, algorithm, parameters, aes).unwrap();
            let other = decapsulate(&private, algorithm, parameters, &ciphertext, aes).unwrap();
            assert_eq!(one.spec(), KeySpec::AES_256);
            assert_eq!(one.secret().unwrap(), other.secret().unwrap());
            ciphertext[100] ^= 1;
            let changed = decapsulate(&private, algorithm, parameters, &ciphertext, aes);
            assert_eq!(changed.err(), Some(EngineError::WrappedKeyInvalid));
        }
    }

    #[test]
    fn on_every_curve_both_sides_derive_the_same_key_and_no_other_point_gives_it() {
        let x963 = Kdf::X963(Digest::Sha256);
        for kind in Algorithm::Ecdh.row().keys {
            let Some(curve) = kind.curve() else { continue };
            let spec = KeySpec::of_curve(curve);
            let private = OpenedKey::generate(spec, None).unwrap();
            let public = private.public().unwrap().unwrap();
            for (kdf, shared) in [(Kdf::Null, &b""[..]), (x963, b"both know this")] {
                let ecdh = |public_point: Vec<u8>| {
                    Parameters::Ecdh(EcdhParameters {
                        public_point,
                        kdf,
                        shared_data: shared.to_vec(),
                    })
                };
                let aes = KeyTarget {
                    key_type: CKK_AES,
                    length_bytes: Some(16),
                };
                let none = ecdh(vec![]);
                let made = encapsulate(&public, Algorithm::Ecdh, &none, aes);
                let (ciphertext, one) = made.unwrap();
                assert_eq!(ciphertext.len(), curve.public_key_bytes());
                let open = |parameters: &Parameters, ciphertext: &[u8]| {
                    decapsulate(&private, Algorithm::Ecdh, parameters, ciphertext, aes)
                };
                let other = open(&none, &ciphertext).unwrap();
                assert_eq!(one.secret().unwrap(), other.secret().unwrap(), "{curve:?}");
                // As whoever has the public half of a key pair derives it.
                let derived = super::super::derive(
                    &private,
                    None,
                    Algorithm::Ecdh,
                    &ecdh(ciphertext.clone()),
                    aes,
                );
                assert_eq!(one.secret().unwrap(), derived.unwrap().secret().unwrap());
                let short = open(&none, &ciphertext[1..]).err();
                assert_eq!(short, Some(EngineError::WrappedKeyInvalid), "{curve:?}");
                let given = open(&ecdh(ciphertext.clone()), &ciphertext).err();
                assert!(matches!(given, Some(EngineError::Crypto(_))), "{given:?}");
                let given = encapsulate(&public, Algorithm::Ecdh, &ecdh(ciphertext), aes).err();
                assert!(matches!(given, Some(EngineError::Crypto(_))), "{given:?}");
            }
        }
        let p256 = OpenedKey::generate(KeySpec::of_curve(Curve::P256), None).unwrap();
        let off_the_curve = [&[4][..], &[1; 64]].concat();
        let target = KeyTarget {
            key_type: CKK_GENERIC_SECRET,
            length_bytes: None,
        };
        let none = Parameters::Ecdh(EcdhParameters {
            public_point: vec![],
            kdf: Kdf::Null,
            shared_data: vec![],
        });
        let wrong = decapsulate(&p256, Algorithm::Ecdh, &none, &off_the_curve, target).err();
        assert_eq!(wrong, Some(EngineError::WrappedKeyInvalid));
    }

    #[test]
    fn a_key_that_cannot_be_made_is_refused() {
        let private = OpenedKey::generate(KeySpec::new(KeyKind::Rsa, 1024).unwrap(), None).unwrap();
        let public = private.public().unwrap().unwrap();
        let made = |key_type, length_bytes| {
            let target = KeyTarget {
                key_type,
                length_bytes,
            };
            let none = &Parameters::None;
            encapsulate(&public, Algorithm::RsaesPkcs1V15, none, target).err()
        };
        assert_eq!(
            made(CKK_GENERIC_SECRET, None),
            Some(EngineError::LengthNeeded)
        );
        assert_eq!(made(CKK_AES, Some(17)), Some(EngineError::KeySize));
        assert_eq!(made(CKK_RSA, Some(32)), Some(EngineError::KeyTypeUnknown));
        assert!(matches!(
            made(CKK_GENERIC_SECRET, Some(200)),
            Some(EngineError::NotWrappable { .. })
        ));
    }

    #[test]
    fn ml_kem_gives_both_sides_the_same_key_and_a_changed_ciphertext_another() {
        for kind in [KeyKind::MlKem512, KeyKind::MlKem768, KeyKind::MlKem1024] {
            let private = OpenedKey::generate(KeySpec::of_kind(kind), None).unwrap();
            let public = private.public().unwrap().unwrap();
            for (key_type, length_bytes, length) in [
                (CKK_GENERIC_SECRET, None, 32),
                (CKK_AES, Some(32), 32),
                (CKK_AES, Some(16), 16),
            ] {
                let target = KeyTarget {
                    key_type,
                    length_bytes,
                };
                let none = &Parameters::None;
                let (mut ciphertext, one) =
                    encapsulate(&public, Algorithm::MlKem, none, target).unwrap();
                let take = |ciphertext: &[u8]| {
                    decapsulate(&private, Algorithm::MlKem, none, ciphertext, target)
                };
                let other = take(&ciphertext).unwrap();
                assert_eq!(one.secret().unwrap(), other.secret().unwrap(), "{kind:?}");
                assert_eq!(one.secret().unwrap().len(), length, "{kind:?}");
                ciphertext[7] ^= 1;
                let changed = take(&ciphertext).unwrap();
                assert_ne!(one.secret().unwrap(), changed.secret().unwrap(), "{kind:?}");
                let short = take(&ciphertext[1..]).err();
                assert_eq!(short, Some(hsm_aws_lc::Error::CiphertextLength.into()));
            }
            let target = KeyTarget {
                key_type: CKK_GENERIC_SECRET,
                length_bytes: Some(33),
            };
            let longer = encapsulate(&public, Algorithm::MlKem, &Parameters::None, target).err();
            assert_eq!(longer, Some(EngineError::KeySize), "{kind:?}");
        }
    }
}
