//! The known answers of secret keys, for tests that ask for the same through a door.

use hsm_algorithms::{Algorithm, KeyKind, Parameters};

use super::{Test, all};

/// A known answer of an algorithm that needs a secret key or none.
pub struct PublishedAnswer {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// Where the answer is from.
    pub source: &'static str,
    /// The kind of key. A generic secret where there is none.
    pub kind: KeyKind,
    /// The key, or the password.
    pub key: &'static [u8],
    /// What the algorithm is told.
    pub parameters: Parameters,
    /// What is computed.
    pub computation: Computation,
}

/// What is computed, and what must come out.
pub enum Computation {
    /// A digest of a message.
    Digest(&'static [u8], &'static [u8]),
    /// A message authentication code of a message.
    Code(&'static [u8], &'static [u8]),
    /// A ciphertext of a plaintext.
    Ciphertext(&'static [u8], &'static [u8]),
    /// A key, from the key and maybe another one.
    Derivation(Option<&'static [u8]>, &'static [u8]),
    /// A key from a password.
    Password(&'static [u8]),
}

/// How many known answers `algorithm` has. Each is computed at every start.
#[must_use]
pub fn answers_of(algorithm: Algorithm) -> usize {
    all().filter(|answer| answer.algorithm == algorithm).count()
}

/// The answers that need a secret key, a password or no key.
pub fn secret_key_answers() -> impl Iterator<Item = PublishedAnswer> {
    all().filter_map(|answer| {
        let none = Parameters::None;
        let (kind, key, parameters, computation) = match answer.test {
            Test::Digest { message, digest } => (
                KeyKind::GenericSecret,
                &[][..],
                none,
                Computation::Digest(message, digest),
            ),
            Test::Mac {
                kind,
                key,
                parameters,
                message,
                code,
            } => (
                kind,
                key,
                parameters.into(),
                Computation::Code(message, code),
            ),
            Test::Cipher {
                kind,
                key,
                parameters,
                plaintext,
                ciphertext,
            } => (
                kind,
                key,
                parameters.into(),
                Computation::Ciphertext(plaintext, ciphertext),
            ),
            Test::Derivation {
                kind,
                key,
                other,
                parameters,
                derived,
            } => (
                kind,
                key,
                parameters(),
                Computation::Derivation(other, derived),
            ),
            Test::Password {
                password,
                parameters,
                derived,
            } => (
                KeyKind::GenericSecret,
                password,
                parameters(),
                Computation::Password(derived),
            ),
            _ => return None,
        };
        Some(PublishedAnswer {
            algorithm: answer.algorithm,
            source: answer.source,
            kind,
            key,
            parameters,
            computation,
        })
    })
}
