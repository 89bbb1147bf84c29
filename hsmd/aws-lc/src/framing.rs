//! What ML-DSA and SLH-DSA sign in place of the message: the message, or its digest, after the signature context
//! (FIPS 204 algorithms 2 and 4, FIPS 205 algorithms 22 and 23).

use hsm_algorithms::{Algorithm, Digest, Parameters, ParametersInvalid};

use crate::Error;
use crate::digest::{DigestValue, Shake, shake};
use crate::message::{Message, Prepared};

/// `M'`, in two parts.
pub(crate) struct Framed<'a> {
    head: Vec<u8>,
    body: Prepared<'a>,
}

impl<'a> Framed<'a> {
    /// Frames a message as algorithm and parameters say.
    ///
    /// # Errors
    ///
    /// [`Error::Parameters`]; [`Error::InputLength`] when a digest is given that has another length than its name.
    pub(crate) fn new(
        algorithm: Algorithm,
        parameters: &Parameters,
        message: Message<'a>,
    ) -> Result<Self, Error> {
        parameters.check(algorithm)?;
        let (context, named) = match parameters {
            Parameters::Signature(signature) => (&signature.context[..], signature.hash),
            _ => (&[][..], None),
        };
        let hash = match algorithm.digest().or(named) {
            Some(digest) => Some(Prehash::Digest(digest)),
            None => Prehash::by_shake(algorithm),
        };
        let body = match (hash, message) {
            (Some(Prehash::Shake(kind, length)), Message::Whole(message)) => {
                let mut value = DigestValue::of_length(length);
                shake(kind, message, value.buffer())?;
                Prepared::Made(value)
            }
            _ => message.prepare(algorithm)?,
        };
        let mut head = vec![
            u8::from(hash.is_some()),
            u8::try_from(context.len()).unwrap_or(u8::MAX),
        ];
        head.extend_from_slice(context);
        if let Some(hash) = hash {
            if body.as_ref().len() != hash.length_bytes() {
                return Err(Error::InputLength);
            }
            head.extend(hash.object_identifier(algorithm)?);
        }
        Ok(Self { head, body })
    }

    /// The two parts.
    pub(crate) fn parts(&self) -> [&[u8]; 2] {
        [&self.head, self.body.as_ref()]
    }
}

/// What is applied to a message before it is signed.
#[derive(Clone, Copy)]
enum Prehash {
    Digest(Digest),
    /// With the length of its output in bytes.
    Shake(Shake, usize),
}

impl Prehash {
    /// SHAKE128 gives 256 bits and SHAKE256 gives 512: FIPS 204 §5.4, FIPS 205 §10.2.2.
    fn by_shake(algorithm: Algorithm) -> Option<Self> {
        match algorithm {
            Algorithm::HashMlDsaShake128 | Algorithm::HashSlhDsaShake128 => {
                Some(Self::Shake(Shake::Shake128, 32))
            }
            Algorithm::HashMlDsaShake256 | Algorithm::HashSlhDsaShake256 => {
                Some(Self::Shake(Shake::Shake256, 64))
            }
            _ => None,
        }
    }

    const fn length_bytes(self) -> usize {
        match self {
            Self::Digest(digest) => digest.length_bytes(),
            Self::Shake(_, length) => length,
        }
    }

    /// The DER of its object identifier: NIST's arc 2.16.840.1.101.3.4.2. SHA-1 and older have none there, and no place
    /// in these standards.
    fn object_identifier(self, algorithm: Algorithm) -> Result<[u8; 11], Error> {
        let last = match self {
            Self::Digest(Digest::Sha256) => 1,
            Self::Digest(Digest::Sha384) => 2,
            Self::Digest(Digest::Sha512) => 3,
            Self::Digest(Digest::Sha224) => 4,
            Self::Digest(Digest::Sha512_224) => 5,
            Self::Digest(Digest::Sha512_256) => 6,
            Self::Digest(Digest::Sha3_224) => 7,
            Self::Digest(Digest::Sha3_256) => 8,
            Self::Digest(Digest::Sha3_384) => 9,
            Self::Digest(Digest::Sha3_512) => 10,
            Self::Shake(Shake::Shake128, _) => 11,
            Self::Shake(Shake::Shake256, _) => 12,
            Self::Digest(Digest::Sha1 | Digest::Md5) => {
                return Err(ParametersInvalid {
                    algorithm,
                    problem: "does not take that digest",
                }
                .into());
            }
        };
        Ok([
            0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last,
        ])
    }
}
