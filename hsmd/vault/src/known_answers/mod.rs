//! Known answers: for every row of the algorithm table, what a standard says comes out.
//!
//! The daemon runs them before it opens its listeners, through the same engines that serve requests, and does not
//! start if one fails: a wrong result must never leave because of a miscompiled library or a broken processor. The
//! answers are from the standards' own examples, from Wycheproof (<https://github.com/C2SP/wycheproof>, Apache-2.0),
//! or where neither has one computed with OpenSSL; each says which.

mod ciphers;
mod curves;
mod derivation;
mod digests;
mod field;
mod macs;
mod post_quantum;
mod published;
mod rsa;
mod rsa_x931;
mod run;
mod tls;
mod transport;

use std::time::{Duration, Instant};

use hsm_algorithms::{
    Algorithm, CcmParameters, ChaCha20Parameters, CtrParameters, Curve, Digest,
    EcdhAesKeyWrapParameters, EdDsaParameters, GcmParameters, Hedge, Kdf, KeyKind, OaepParameters,
    Parameters, PssParameters, RsaAesKeyWrapParameters, SignatureParameters,
};

use run::Fault;

pub use published::{Computation, PublishedAnswer, answers_of, secret_key_answers};

/// Runs every known answer.
///
/// Takes about 20 ms, most of it RSA.
///
/// # Errors
///
/// [`KnownAnswerFailure`] names the first that came out otherwise. The daemon must not start.
pub fn self_test() -> Result<Report, KnownAnswerFailure> {
    let start = Instant::now();
    let mut answers = 0;
    for answer in all() {
        answer.run().map_err(|fault| KnownAnswerFailure {
            algorithm: answer.algorithm,
            source_of_answer: answer.source,
            fault,
        })?;
        answers += 1;
    }
    Ok(Report {
        algorithms: Algorithm::ALL.len(),
        answers,
        duration: start.elapsed(),
    })
}

/// What a self-test that passed has done.
#[derive(Debug, Clone, Copy)]
pub struct Report {
    /// How many algorithms there are, each with an answer or more.
    pub algorithms: usize,
    /// How many answers were computed.
    pub answers: usize,
    /// How long it took.
    pub duration: Duration,
}

/// A known answer came out otherwise.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the self-test of {algorithm} failed: {fault} (answer of {source_of_answer})")]
pub struct KnownAnswerFailure {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// Where the answer is from.
    pub source_of_answer: &'static str,
    fault: Fault,
}

/// The answers of one algorithm and all its keys, for the tests that go through a door.
fn all() -> impl Iterator<Item = &'static KnownAnswer> {
    [
        digests::DIGESTS,
        macs::MACS,
        ciphers::CIPHERS,
        derivation::DERIVATION,
        tls::TLS,
        curves::CURVES,
        field::FIELD,
        post_quantum::POST_QUANTUM,
        rsa::RSA,
        rsa_x931::RSA_X931,
        transport::TRANSPORT,
    ]
    .into_iter()
    .flatten()
}

/// One answer.
struct KnownAnswer {
    algorithm: Algorithm,
    /// The standard and section, or the file and case.
    source: &'static str,
    test: Test,
}

/// What is computed, and what must come out.
#[derive(Clone, Copy)]
enum Test {
    /// A digest.
    Digest {
        message: &'static [u8],
        digest: &'static [u8],
    },
    /// A message authentication code, made and checked.
    Mac {
        kind: KeyKind,
        key: &'static [u8],
        parameters: Sample,
        message: &'static [u8],
        code: &'static [u8],
    },
    /// Encryption and decryption.
    Cipher {
        kind: KeyKind,
        key: &'static [u8],
        parameters: Sample,
        plaintext: &'static [u8],
        ciphertext: &'static [u8],
    },
    /// A signature is accepted. With a private key a signature is also made: the same one if the algorithm is
    /// deterministic, else one that is accepted too.
    Signature {
        key: &'static TestKey,
        parameters: Sample,
        message: &'static [u8],
        signature: &'static [u8],
        is_deterministic: bool,
    },
    /// Decryption, and encryption that decrypts again.
    Decryption {
        key: &'static TestKey,
        parameters: Sample,
        plaintext: &'static [u8],
        ciphertext: &'static [u8],
    },
    /// A secret key from a secret key, and maybe a second one.
    Derivation {
        kind: KeyKind,
        key: &'static [u8],
        other: Option<&'static [u8]>,
        parameters: fn() -> Parameters,
        derived: &'static [u8],
    },
    /// A secret key from a password.
    Password {
        password: &'static [u8],
        parameters: fn() -> Parameters,
        derived: &'static [u8],
    },
    /// A wrapped key of 32 bytes opens, and one that is wrapped anew.
    Unwrapping {
        key: TestKey,
        parameters: Sample,
        wrapped: &'static [u8],
        clear: &'static [u8],
    },
    /// The public half of a private key.
    PublicHalf { key: TestKey, public: &'static [u8] },
    /// The shared secret in a ciphertext, and in one that is made.
    Decapsulation {
        key: TestKey,
        ciphertext: &'static [u8],
        secret: &'static [u8],
    },
    /// Key agreement without a key derivation function.
    Agreement {
        key: TestKey,
        public_point: &'static [u8],
        secret: &'static [u8],
    },
}

/// A key of a known answer.
#[derive(Clone, Copy)]
enum TestKey {
    /// A private key as PKCS#8.
    Pkcs8(&'static [u8]),
    /// A private key on a curve.
    Scalar { curve: Curve, scalar: &'static [u8] },
    /// A post-quantum private key as its seed.
    Seed { kind: KeyKind, seed: &'static [u8] },
    /// A post-quantum private key as its standard encodes it.
    Encoded {
        kind: KeyKind,
        private: &'static [u8],
    },
    /// A post-quantum public key as its standard encodes it.
    EncodedPublic {
        kind: KeyKind,
        public: &'static [u8],
    },
    /// A public key as `SubjectPublicKeyInfo`.
    Public(&'static [u8]),
}

/// Parameters that a constant can hold.
#[derive(Clone, Copy)]
enum Sample {
    None,
    Iv(&'static [u8]),
    Ctr(&'static [u8; 16]),
    Gcm {
        iv: &'static [u8],
        aad: &'static [u8],
        tag_bits: u32,
    },
    CodeLength(u32),
    /// Anything else.
    Made(fn() -> Parameters),
    Ccm {
        nonce: &'static [u8],
        aad: &'static [u8],
        data_length_bytes: u64,
        code_length_bytes: u32,
    },
    ChaCha20 {
        nonce: &'static [u8],
        counter: u64,
    },
    Oaep {
        hash: Digest,
        mgf1_hash: Digest,
        label: &'static [u8],
    },
    Pss {
        hash: Digest,
        mgf1_hash: Digest,
        salt_length_bytes: u32,
    },
    EdDsa {
        is_prehashed: bool,
        context: &'static [u8],
    },
    /// With the same digest in OAEP and its mask.
    RsaAesKeyWrap {
        aes_bits: u32,
        hash: Digest,
    },
    EcdhAesKeyWrap {
        aes_bits: u32,
        x963: Digest,
        shared_data: &'static [u8],
    },
    /// Without randomness where that is offered.
    Signature {
        context: &'static [u8],
        hash: Option<Digest>,
    },
}

impl From<Sample> for Parameters {
    fn from(sample: Sample) -> Self {
        match sample {
            Sample::None => Self::None,
            Sample::Iv(iv) => Self::Iv(iv.to_vec()),
            Sample::Ctr(counter_block) => Self::Ctr(CtrParameters {
                counter_block: *counter_block,
                counter_bits: 128,
            }),
            Sample::Gcm { iv, aad, tag_bits } => Self::Gcm(GcmParameters {
                iv: iv.to_vec(),
                aad: aad.to_vec(),
                tag_bits,
            }),
            Sample::Made(made) => made(),
            Sample::CodeLength(length_bytes) => Self::CodeLength(length_bytes),
            Sample::Ccm {
                nonce,
                aad,
                data_length_bytes,
                code_length_bytes,
            } => Self::Ccm(CcmParameters {
                nonce: nonce.to_vec(),
                aad: aad.to_vec(),
                data_length_bytes,
                code_length_bytes,
            }),
            Sample::ChaCha20 { nonce, counter } => Self::ChaCha20(ChaCha20Parameters {
                nonce: nonce.to_vec(),
                counter,
            }),
            Sample::Oaep {
                hash,
                mgf1_hash,
                label,
            } => Self::Oaep(OaepParameters {
                hash,
                mgf1_hash,
                label: label.to_vec(),
            }),
            Sample::Pss {
                hash,
                mgf1_hash,
                salt_length_bytes,
            } => Self::Pss(PssParameters {
                hash,
                mgf1_hash,
                salt_length_bytes,
            }),
            Sample::EdDsa {
                is_prehashed,
                context,
            } => Self::EdDsa(EdDsaParameters {
                is_prehashed,
                context: context.to_vec(),
            }),
            Sample::RsaAesKeyWrap { aes_bits, hash } => {
                Self::RsaAesKeyWrap(RsaAesKeyWrapParameters {
                    aes_bits,
                    oaep: OaepParameters {
                        hash,
                        mgf1_hash: hash,
                        label: vec![],
                    },
                })
            }
            Sample::EcdhAesKeyWrap {
                aes_bits,
                x963,
                shared_data,
            } => Self::EcdhAesKeyWrap(EcdhAesKeyWrapParameters {
                aes_bits,
                kdf: Kdf::X963(x963),
                shared_data: shared_data.to_vec(),
            }),
            Sample::Signature { context, hash } => Self::Signature(SignatureParameters {
                hedge: Hedge::default(),
                context: context.to_vec(),
                hash,
            }),
        }
    }
}

/// Bytes written in hexadecimal, decoded when the program is compiled.
macro_rules! hex {
    ($text:literal) => {{
        const BYTES: [u8; $text.len() / 2] = crate::known_answers::decode_hex($text);
        &BYTES
    }};
}
use hex;

const fn decode_hex<const LENGTH: usize>(text: &str) -> [u8; LENGTH] {
    const fn digit(character: u8) -> u8 {
        match character {
            b'0'..=b'9' => character - b'0',
            b'a'..=b'f' => character - b'a' + 10,
            _ => panic!("known answers are written in lower-case hexadecimal digits"),
        }
    }
    let text = text.as_bytes();
    assert!(
        text.len() == 2 * LENGTH,
        "known answers have two digits a byte"
    );
    let mut bytes = [0; LENGTH];
    let mut index = 0;
    while index < LENGTH {
        bytes[index] = digit(text[2 * index]) << 4 | digit(text[2 * index + 1]);
        index += 1;
    }
    bytes
}

#[cfg(test)]
mod tests;
