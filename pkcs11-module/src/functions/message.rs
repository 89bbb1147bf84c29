//! The message of a signature while it comes in: hashed here, so that a request carries a digest, or kept where the
//! algorithm needs all of it.

use cryptoki_sys::CKR_DATA_LEN_RANGE;
use hsm_algorithms::Algorithm;
use hsm_aws_lc::digest::{Hasher, digest};
use hsm_proto::Wiping;

use crate::errors::Result;
use crate::module::Module;

/// A message, or its digest, as it is signed and verified.
pub(crate) struct Prepared {
    /// The message, or its digest.
    pub(crate) bytes: Wiping,
    /// Whether it is the algorithm's digest of the message.
    pub(crate) is_digest: bool,
}

impl Prepared {
    /// A message that is there as a whole.
    ///
    /// # Errors
    ///
    /// `CKR_DATA_LEN_RANGE` when the algorithm needs all of it and it is too long for a request.
    pub(crate) fn whole(module: &Module, algorithm: Algorithm, message: &[u8]) -> Result<Self> {
        if let Some(own) = local_digest(algorithm) {
            return Ok(Self::of_digest(digest(own, message)?.as_ref()));
        }
        check_length(module, message.len())?;
        Ok(Self {
            bytes: Wiping::new(message.to_vec()),
            is_digest: false,
        })
    }

    /// As the cryptographic library takes it.
    pub(crate) fn as_message(&self) -> hsm_aws_lc::Message<'_> {
        if self.is_digest {
            hsm_aws_lc::Message::Digest(&self.bytes)
        } else {
            hsm_aws_lc::Message::Whole(&self.bytes)
        }
    }

    fn of_digest(digest: &[u8]) -> Self {
        Self {
            bytes: Wiping::new(digest.to_vec()),
            is_digest: true,
        }
    }
}

/// A message that comes in parts.
#[derive(Default)]
pub(crate) enum Parts {
    /// None has come.
    #[default]
    None,
    /// The algorithm's own digest of the parts so far.
    Hashed(Hasher),
    /// The parts so far.
    Kept(Wiping),
}

impl Parts {
    /// Adds a part.
    ///
    /// # Errors
    ///
    /// `CKR_DATA_LEN_RANGE` when the algorithm needs the whole message and it becomes too long for a request.
    pub(crate) fn add(&mut self, module: &Module, algorithm: Algorithm, part: &[u8]) -> Result {
        if matches!(self, Self::None) {
            *self = match local_digest(algorithm) {
                Some(own) => Self::Hashed(Hasher::new(own)?),
                None => Self::Kept(Wiping::default()),
            };
        }
        match self {
            Self::None => {}
            Self::Hashed(hasher) => hasher.update(part)?,
            Self::Kept(message) => {
                check_length(module, message.len().saturating_add(part.len()))?;
                extend(message, part);
            }
        }
        Ok(())
    }

    /// The message of all parts. They stay, so that a call whose buffer was too small can be repeated.
    ///
    /// # Errors
    ///
    /// Only for lack of memory.
    pub(crate) fn prepare(&self, module: &Module, algorithm: Algorithm) -> Result<Prepared> {
        match self {
            Self::None => Prepared::whole(module, algorithm, &[]),
            Self::Hashed(hasher) => Ok(Prepared::of_digest(hasher.try_clone()?.finish()?.as_ref())),
            Self::Kept(message) => Ok(Prepared {
                bytes: message.clone(),
                is_digest: false,
            }),
        }
    }
}

/// Appends to a buffer and leaves no copy behind where it has to move.
pub(crate) fn extend(buffer: &mut Wiping, part: &[u8]) {
    let needed = buffer.len() + part.len();
    if needed > buffer.capacity() {
        let mut larger = Wiping::new(Vec::with_capacity(needed.max(2 * buffer.capacity())));
        larger.extend_from_slice(buffer);
        *buffer = larger;
    }
    buffer.extend_from_slice(part);
}

/// The digest that this module applies itself. With a secret key in it, that is the daemon's.
fn local_digest(algorithm: Algorithm) -> Option<hsm_algorithms::Digest> {
    if algorithm.is_mac() {
        None
    } else {
        algorithm.digest()
    }
}

fn check_length(module: &Module, length: usize) -> Result {
    // Short messages fit always, and need no look at the limits.
    if length > 4096 && length > module.input_bytes_max()? {
        return Err(CKR_DATA_LEN_RANGE.into());
    }
    Ok(())
}
