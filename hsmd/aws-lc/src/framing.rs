//! What ML-DSA and SLH-DSA sign in place of the message: the message, or its digest, after the signature context
//! (FIPS 204 algorithms 2 and 4, FIPS 205 algorithms 22 and 23).

use hsm_algorithms::{Algorithm, Digest, Parameters, ParametersInvalid, ParametersKind};

use crate::Error;
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
        let body = message.prepare(algorithm)?;
        let is_hashed = algorithm.digest().is_some()
            || algorithm.row().parameters == ParametersKind::HashSignature;
        let mut head = vec![
            u8::from(is_hashed),
            u8::try_from(context.len()).unwrap_or(u8::MAX),
        ];
        head.extend_from_slice(context);
        if is_hashed {
            let digest = algorithm.digest().or(named).ok_or(ParametersInvalid {
                algorithm,
                problem: "needs the digest of its message in its parameters",
            })?;
            if body.as_ref().len() != digest.length_bytes() {
                return Err(Error::InputLength);
            }
            head.extend(object_identifier(algorithm, digest)?);
        }
        Ok(Self { head, body })
    }

    /// The two parts.
    pub(crate) fn parts(&self) -> [&[u8]; 2] {
        [&self.head, self.body.as_ref()]
    }
}

/// The DER of a digest's object identifier: NIST's arc 2.16.840.1.101.3.4.2. SHA-1 and older have none there, and no
/// place in these standards.
fn object_identifier(algorithm: Algorithm, digest: Digest) -> Result<[u8; 11], Error> {
    let last = match digest {
        Digest::Sha256 => 1,
        Digest::Sha384 => 2,
        Digest::Sha512 => 3,
        Digest::Sha224 => 4,
        Digest::Sha512_224 => 5,
        Digest::Sha512_256 => 6,
        Digest::Sha3_224 => 7,
        Digest::Sha3_256 => 8,
        Digest::Sha3_384 => 9,
        Digest::Sha3_512 => 10,
        _ => {
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
