//! What is signed: a message, or its digest made elsewhere.

use hsm_algorithms::Algorithm;

use crate::Error;
use crate::digest::{DigestValue, digest};

/// What is signed or verified.
#[derive(Clone, Copy)]
pub enum Message<'a> {
    /// The message itself; or for algorithms without a digest of their own, the bytes that they take as they are.
    Whole(&'a [u8]),
    /// The algorithm's digest of the message, made by the caller.
    Digest(&'a [u8]),
}

/// What goes into a signature primitive.
pub(crate) enum Prepared<'a> {
    Given(&'a [u8]),
    Made(DigestValue),
}

impl AsRef<[u8]> for Prepared<'_> {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Given(bytes) => bytes,
            Self::Made(value) => value.as_ref(),
        }
    }
}

impl<'a> Message<'a> {
    /// The bytes as given.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        match self {
            Self::Whole(bytes) | Self::Digest(bytes) => bytes,
        }
    }

    /// Applies the algorithm's own digest, unless that has been done.
    ///
    /// # Errors
    ///
    /// [`Error::InputLength`] when a given digest has another length than the algorithm's.
    pub(crate) fn prepare(self, algorithm: Algorithm) -> Result<Prepared<'a>, Error> {
        match (self, algorithm.digest()) {
            (Self::Whole(message), Some(own)) => digest(own, message).map(Prepared::Made),
            (Self::Digest(given), Some(own)) if given.len() != own.length_bytes() => {
                Err(Error::InputLength)
            }
            (Self::Digest(bytes), _) | (Self::Whole(bytes), None) => Ok(Prepared::Given(bytes)),
        }
    }
}
