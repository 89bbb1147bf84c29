//! Runs one known answer, through the engines that serve requests.

use hsm_algorithms::pkcs11::CKK_GENERIC_SECRET;
use hsm_algorithms::{EcdhParameters, Family, Hedge, Kdf, KeyKind, Parameters};
use hsm_aws_lc::public::{self, PublicKey};
use hsm_aws_lc::{Message, digest};

use super::{KnownAnswer, Sample, Test, TestKey};
use crate::engines::{self, EngineError, ImportedKey, KeyTarget, OpenedKey, Wrapper};

/// Whatever comes out, as it is.
const SECRET: KeyTarget = KeyTarget {
    key_type: CKK_GENERIC_SECRET,
    length_bytes: None,
};

/// How a known answer failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// It was not computed at all.
    #[error("{0}")]
    Refused(#[from] EngineError),
    /// Something else came out.
    #[error("a different result came out")]
    Different,
    /// A changed signature or code was accepted.
    #[error("a changed answer was accepted")]
    Accepted,
}

impl From<hsm_aws_lc::Error> for Fault {
    fn from(error: hsm_aws_lc::Error) -> Self {
        Self::Refused(error.into())
    }
}

impl KnownAnswer {
    /// Computes it and compares.
    #[expect(clippy::too_many_lines, reason = "a few lines for each kind of test")]
    pub(super) fn run(&self) -> Result<(), Fault> {
        let algorithm = self.algorithm;
        match self.test {
            Test::Digest {
                message,
                digest: expected,
            } => {
                let own = algorithm.digest().ok_or(EngineError::key_type(algorithm))?;
                equal(digest::digest(own, message)?.as_ref(), expected)
            }
            Test::Mac {
                kind,
                key,
                parameters,
                message,
                code,
            } => {
                let key = OpenedKey::import(&ImportedKey::Secret { kind, value: key })?;
                let (parameters, message) = (parameters.into(), Message::Whole(message));
                equal(&engines::sign(&key, algorithm, &parameters, message)?, code)?;
                let verify =
                    |code: &[u8]| engines::verify_mac(&key, algorithm, &parameters, message, code);
                verify(code)?;
                refused(verify(&changed(code)).is_err())
            }
            Test::Cipher {
                kind,
                key,
                parameters,
                plaintext,
                ciphertext,
            } => {
                let key = OpenedKey::import(&ImportedKey::Secret { kind, value: key })?;
                let parameters = parameters.into();
                equal(
                    &engines::encrypt(&key, algorithm, &parameters, plaintext)?,
                    ciphertext,
                )?;
                equal(
                    &engines::decrypt::<Vec<u8>>(&key, algorithm, &parameters, ciphertext)?,
                    plaintext,
                )
            }
            Test::Signature {
                key,
                parameters,
                message,
                signature,
                is_deterministic,
            } => self.signature(key, parameters, message, signature, is_deterministic),
            Test::Decryption {
                key,
                parameters,
                plaintext,
                ciphertext,
            } => {
                let parameters = parameters.into();
                let (private, public) = key.open()?;
                let private = private.ok_or(EngineError::key_type(algorithm))?;
                equal(
                    &engines::decrypt::<Vec<u8>>(&private, algorithm, &parameters, ciphertext)?,
                    plaintext,
                )?;
                let again = public::encrypt(algorithm, &parameters, &public, plaintext)?;
                equal(
                    &engines::decrypt::<Vec<u8>>(&private, algorithm, &parameters, &again)?,
                    plaintext,
                )
            }
            Test::Derivation {
                kind,
                key,
                other,
                parameters,
                derived,
            } => {
                let open = |kind, value| OpenedKey::import(&ImportedKey::Secret { kind, value });
                let key = open(kind, key)?;
                let other = other
                    .map(|other| open(KeyKind::GenericSecret, other))
                    .transpose()?;
                let target = secret_of(derived.len());
                let made = engines::derive(&key, other.as_ref(), algorithm, &parameters(), target)?;
                equal(made.secret()?, derived)
            }
            Test::Password {
                password,
                parameters,
                derived,
            } => {
                let target = secret_of(derived.len());
                let made = engines::from_password(password, &parameters(), target)?;
                equal(made.secret()?, derived)
            }
            Test::Unwrapping {
                key,
                parameters,
                wrapped,
                clear,
            } => {
                let parameters = parameters.into();
                let (private, public) = key.open()?;
                let private = private.ok_or(EngineError::key_type(algorithm))?;
                let opened = engines::unwrap(&private, algorithm, &parameters, wrapped, SECRET)?;
                equal(opened.secret()?, clear)?;
                let wrapper = Wrapper::Public(&public);
                let again = engines::wrap(&wrapper, algorithm, &parameters, &opened)?;
                let opened = engines::unwrap(&private, algorithm, &parameters, &again, SECRET)?;
                equal(opened.secret()?, clear)
            }
            Test::PublicHalf { key, public } => {
                let (_, own) = key.open()?;
                equal(&own.to_spki_der()?, public)
            }
            Test::Decapsulation {
                key,
                ciphertext,
                secret,
            } => {
                let (private, public) = key.open()?;
                let private = private.ok_or(EngineError::key_type(algorithm))?;
                let none = &Parameters::None;
                let taken = engines::decapsulate(&private, algorithm, none, ciphertext, SECRET)?;
                equal(taken.secret()?, secret)?;
                let (again, made) = engines::encapsulate(&public, algorithm, none, SECRET)?;
                let taken = engines::decapsulate(&private, algorithm, none, &again, SECRET)?;
                equal(taken.secret()?, made.secret()?)
            }
            Test::Agreement {
                key,
                public_point,
                secret,
            } => {
                let (private, _) = key.open()?;
                let private = private.ok_or(EngineError::key_type(algorithm))?;
                let parameters = match algorithm.family() {
                    Family::Dh => Parameters::Data(public_point.to_vec()),
                    _ => Parameters::Ecdh(EcdhParameters {
                        public_point: public_point.to_vec(),
                        kdf: Kdf::Null,
                        shared_data: vec![],
                    }),
                };
                let derived = engines::derive(&private, None, algorithm, &parameters, SECRET)?;
                equal(derived.secret()?, secret)
            }
        }
    }

    fn signature(
        &self,
        key: &TestKey,
        parameters: Sample,
        message: &[u8],
        signature: &[u8],
        is_deterministic: bool,
    ) -> Result<(), Fault> {
        let mut parameters = parameters.into();
        if let (true, Parameters::Signature(signature)) = (is_deterministic, &mut parameters) {
            signature.hedge = Hedge::Deterministic;
        }
        let (private, public) = key.open()?;
        let message = Message::Whole(message);
        let verify = |signature: &[u8]| {
            public::verify(self.algorithm, &parameters, &public, message, signature)
        };
        verify(signature)?;
        refused(verify(&changed(signature)).is_err())?;
        let Some(private) = private else {
            return Ok(());
        };
        let made = engines::sign(&private, self.algorithm, &parameters, message)?;
        if is_deterministic {
            return equal(&made, signature);
        }
        Ok(verify(&made)?)
    }
}

impl TestKey {
    fn open(&self) -> Result<(Option<OpenedKey>, PublicKey), EngineError> {
        let imported = match self {
            Self::Pkcs8(der) => ImportedKey::Pkcs8(der),
            Self::Scalar { curve, scalar } => ImportedKey::Curve {
                curve: *curve,
                private: scalar,
            },
            Self::Seed { kind, seed } => ImportedKey::PostQuantum {
                kind: *kind,
                seed: Some(seed),
                value: None,
            },
            Self::Encoded { kind, private } => ImportedKey::PostQuantum {
                kind: *kind,
                seed: None,
                value: Some(private),
            },
            Self::EncodedPublic { kind, public } => {
                return Ok((None, PublicKey::post_quantum(*kind, public)?));
            }
            Self::Public(der) => return Ok((None, PublicKey::from_spki_der(der)?)),
        };
        let private = OpenedKey::import(&imported)?;
        let public = private.public()?.ok_or(EngineError::KeyTypeUnknown)?;
        Ok((Some(private), public))
    }
}

fn secret_of(length_bytes: usize) -> KeyTarget {
    KeyTarget {
        key_type: CKK_GENERIC_SECRET,
        length_bytes: Some(length_bytes),
    }
}

fn equal(made: &[u8], expected: &[u8]) -> Result<(), Fault> {
    if made == expected {
        Ok(())
    } else {
        Err(Fault::Different)
    }
}

fn refused(is_refused: bool) -> Result<(), Fault> {
    if is_refused {
        Ok(())
    } else {
        Err(Fault::Accepted)
    }
}

/// The same bytes with one bit in the middle changed.
fn changed(answer: &[u8]) -> Vec<u8> {
    let mut changed = answer.to_vec();
    let middle = changed.len() / 2;
    if let Some(byte) = changed.get_mut(middle) {
        *byte ^= 0x10;
    }
    changed
}
