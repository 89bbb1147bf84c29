//! Key transport: a key of any length under an AES key that is made for it, which itself travels under RSA
//! (PKCS#11 3.2 §6.1.20) or is agreed with a new key pair (§6.3.20).

use hsm_algorithms::{
    Algorithm, EcdhAesKeyWrapParameters, KeyKind, Parameters, RsaAesKeyWrapParameters,
};
use hsm_aws_lc::private::{PrivateKey, RsaPrivateKey};
use hsm_aws_lc::public::{self, PublicKey};
use hsm_aws_lc::{Error, SecretBytes, random};

use super::{EngineError, ecdh, key_wrap};

/// Wraps the clear form of a key for the holder of `public`.
pub(super) fn wrap(
    public: &PublicKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    clear: &[u8],
) -> Result<Vec<u8>, EngineError> {
    let (head, aes) = match parameters {
        Parameters::RsaAesKeyWrap(wrap) => {
            let mut aes = SecretBytes::zeroed(aes_bytes(wrap.aes_bits))?;
            random::fill(aes.expose_mut())?;
            let oaep = Parameters::Oaep(wrap.oaep.clone());
            let head = public::encrypt(Algorithm::RsaesOaep, &oaep, public, aes.expose())?;
            (head, aes)
        }
        Parameters::EcdhAesKeyWrap(wrap) => {
            let (curve, point) = public.point()?.ok_or(EngineError::key_type(algorithm))?;
            let spec = hsm_algorithms::KeySpec::of_curve(curve);
            let ephemeral = PrivateKey::generate(spec, None)?;
            let (_, head) = ephemeral
                .public()?
                .point()?
                .ok_or(EngineError::key_type(algorithm))?;
            (head, agreed(&ephemeral, algorithm, wrap, &point)?)
        }
        _ => return Err(EngineError::key_type(algorithm)),
    };
    let wrapped = key_wrap::wrap_padded(aes.expose(), clear)?;
    Ok([head, wrapped].concat())
}

/// Undoes [`wrap`].
pub(super) fn unwrap(
    private: &PrivateKey,
    algorithm: Algorithm,
    parameters: &Parameters,
    wrapped: &[u8],
) -> Result<SecretBytes, EngineError> {
    let (aes, rest) = match (private, parameters) {
        (PrivateKey::Rsa(rsa), Parameters::RsaAesKeyWrap(wrap)) => {
            let (head, rest) = split(wrapped, rsa.modulus_bytes())?;
            (unwrapped_aes_key(rsa, wrap, head)?, rest)
        }
        (
            PrivateKey::Ec(_) | PrivateKey::X25519(_) | PrivateKey::Curve448(_),
            Parameters::EcdhAesKeyWrap(wrap),
        ) => {
            let spec = private.spec().ok_or(EngineError::key_type(algorithm))?;
            let curve = spec.kind().curve();
            let curve = curve.ok_or(EngineError::key_type(algorithm))?;
            let (point, rest) = split(wrapped, curve.public_key_bytes())?;
            let aes =
                agreed(private, algorithm, wrap, point).map_err(|_| Error::CiphertextInvalid)?;
            (aes, rest)
        }
        _ => return Err(EngineError::key_type(algorithm)),
    };
    Ok(key_wrap::unwrap_padded(aes.expose(), rest)?)
}

/// The AES key that travelled under RSA. Every fault in it is one error, so that nobody learns which.
fn unwrapped_aes_key(
    rsa: &RsaPrivateKey,
    wrap: &RsaAesKeyWrapParameters,
    head: &[u8],
) -> Result<SecretBytes, Error> {
    let aes: SecretBytes = rsa
        .decrypt_oaep(&wrap.oaep, head)
        .map_err(|_| Error::CiphertextInvalid)?;
    if aes.len() == aes_bytes(wrap.aes_bits) {
        Ok(aes)
    } else {
        Err(Error::CiphertextInvalid)
    }
}

/// The AES key that both sides agree on.
fn agreed(
    private: &PrivateKey,
    algorithm: Algorithm,
    wrap: &EcdhAesKeyWrapParameters,
    point: &[u8],
) -> Result<SecretBytes, EngineError> {
    let secret = ecdh::agree(private, algorithm, point)?;
    ecdh::derived(
        KeyKind::Aes,
        secret,
        wrap.kdf,
        &wrap.shared_data,
        Some(aes_bytes(wrap.aes_bits)),
    )
}

fn split(wrapped: &[u8], head_bytes: usize) -> Result<(&[u8], &[u8]), Error> {
    wrapped
        .split_at_checked(head_bytes)
        .ok_or(Error::CiphertextLength)
}

const fn aes_bytes(bits: u32) -> usize {
    bits as usize / 8
}

#[cfg(test)]
mod tests {
    use hsm_algorithms::{Curve, Digest, Kdf, KeySpec, OaepParameters};

    use super::*;
    use crate::engines::{self, KeyTarget, OpenedKey, Wrapper};

    fn rsa_parameters(aes_bits: u32) -> Parameters {
        Parameters::RsaAesKeyWrap(RsaAesKeyWrapParameters {
            aes_bits,
            oaep: OaepParameters {
                hash: Digest::Sha256,
                mgf1_hash: Digest::Sha1,
                label: b"label".to_vec(),
            },
        })
    }

    fn ecdh_parameters(kdf: Kdf) -> Parameters {
        Parameters::EcdhAesKeyWrap(EcdhAesKeyWrapParameters {
            aes_bits: 256,
            kdf,
            shared_data: if kdf == Kdf::Null {
                vec![]
            } else {
                b"both".to_vec()
            },
        })
    }

    fn goes_through(spec: KeySpec, algorithm: Algorithm, parameters: &Parameters) {
        let transport = OpenedKey::generate(spec, None).unwrap();
        let public = transport.public().unwrap().unwrap();
        for inner in [KeySpec::AES_256, KeySpec::EC_P256, KeySpec::RSA_2048] {
            let key = OpenedKey::generate(inner, None).unwrap();
            let target = KeyTarget {
                key_type: inner.kind().key_type(),
                length_bytes: None,
            };
            let wrapped =
                engines::wrap(&Wrapper::Public(&public), algorithm, parameters, &key).unwrap();
            let open = |wrapped: &[u8]| {
                engines::unwrap(&transport, algorithm, parameters, wrapped, target)
            };
            let again = open(&wrapped).unwrap();
            assert_eq!(
                again.encode().unwrap().expose(),
                key.encode().unwrap().expose(),
                "{spec} {inner}"
            );
            for at in [1, wrapped.len() / 2, wrapped.len() - 1] {
                let mut changed = wrapped.clone();
                changed[at] ^= 1;
                assert_eq!(
                    open(&changed).err(),
                    Some(EngineError::WrappedKeyInvalid),
                    "{at}"
                );
            }
            assert_eq!(
                open(&wrapped[..20]).err(),
                Some(EngineError::WrappedKeyLength)
            );
        }
    }

    #[test]
    fn keys_of_every_form_travel_under_rsa() {
        for aes_bits in [128, 192, 256] {
            let parameters = rsa_parameters(aes_bits);
            goes_through(KeySpec::RSA_2048, Algorithm::RsaAesKeyWrap, &parameters);
        }
    }

    #[test]
    fn keys_of_every_form_travel_over_every_curve() {
        for curve in Curve::ALL.iter().filter(|curve| curve.is_weierstrass()) {
            let spec = KeySpec::of_curve(*curve);
            let x963 = ecdh_parameters(Kdf::X963(Digest::Sha256));
            goes_through(spec, Algorithm::EcdhAesKeyWrap, &x963);
            goes_through(spec, Algorithm::EcdhCofactorAesKeyWrap, &x963);
        }
        for kdf in [Kdf::Null, Kdf::X963(Digest::Sha512)] {
            let parameters = ecdh_parameters(kdf);
            goes_through(KeySpec::EC_P521, Algorithm::EcdhAesKeyWrap, &parameters);
            goes_through(KeySpec::X25519, Algorithm::EcdhXAesKeyWrap, &parameters);
        }
    }
}
