//! Message digests, in one call or as a stream that can be cloned.

use std::ffi::c_uint;
use std::fmt;

use aws_lc_sys as aws_lc;
use hsm_algorithms::Digest;
use zeroize::Zeroize as _;

use crate::Error;
use crate::owned::{Owned, succeeded};

/// aws-lc's own object for a digest. Static: never freed.
pub(crate) fn md(digest: Digest) -> *const aws_lc::EVP_MD {
    // SAFETY: these only return pointers to static tables.
    unsafe {
        match digest {
            Digest::Md5 => aws_lc::EVP_md5(),
            Digest::Sha1 => aws_lc::EVP_sha1(),
            Digest::Sha224 => aws_lc::EVP_sha224(),
            Digest::Sha256 => aws_lc::EVP_sha256(),
            Digest::Sha384 => aws_lc::EVP_sha384(),
            Digest::Sha512 => aws_lc::EVP_sha512(),
            Digest::Sha512_224 => aws_lc::EVP_sha512_224(),
            Digest::Sha512_256 => aws_lc::EVP_sha512_256(),
            Digest::Sha3_224 => aws_lc::EVP_sha3_224(),
            Digest::Sha3_256 => aws_lc::EVP_sha3_256(),
            Digest::Sha3_384 => aws_lc::EVP_sha3_384(),
            Digest::Sha3_512 => aws_lc::EVP_sha3_512(),
        }
    }
}

/// A digest, or a message authentication code made of one: at most [`Digest::LENGTH_MAX_BYTES`] bytes, without an
/// allocation. Wiped when dropped, since the message may be a secret.
#[derive(Clone)]
pub struct DigestValue {
    bytes: [u8; Digest::LENGTH_MAX_BYTES],
    length_bytes: usize,
}

impl DigestValue {
    pub(crate) const fn of_length(length_bytes: usize) -> Self {
        Self {
            bytes: [0; Digest::LENGTH_MAX_BYTES],
            length_bytes,
        }
    }

    pub(crate) fn buffer(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.length_bytes]
    }
}

impl AsRef<[u8]> for DigestValue {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.length_bytes]
    }
}

impl Drop for DigestValue {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

/// The digest of `message`.
///
/// # Errors
///
/// [`Error::Library`] when aws-lc's heap is used up.
pub fn digest(digest: Digest, message: &[u8]) -> Result<DigestValue, Error> {
    let mut value = DigestValue::of_length(digest.length_bytes());
    let mut length: c_uint = 0;
    // SAFETY: the message is a slice with its length, and the output has the room that the digest needs.
    let code = unsafe {
        aws_lc::EVP_Digest(
            message.as_ptr().cast(),
            message.len(),
            value.bytes.as_mut_ptr(),
            &raw mut length,
            md(digest),
            std::ptr::null_mut(),
        )
    };
    succeeded(code, Error::Library)?;
    Ok(value)
}

/// SHAKE, FIPS 202 §6.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shake {
    /// SHAKE128.
    Shake128,
    /// SHAKE256.
    Shake256,
}

/// Fills `output` with SHAKE of `message`.
///
/// # Errors
///
/// [`Error::Library`] when aws-lc's heap is used up.
pub fn shake(kind: Shake, message: &[u8], output: &mut [u8]) -> Result<(), Error> {
    let state = new_state()?;
    // SAFETY: the state is new and the digest static; message and output are slices with their lengths.
    unsafe {
        let digest = match kind {
            Shake::Shake128 => aws_lc::EVP_shake128(),
            Shake::Shake256 => aws_lc::EVP_shake256(),
        };
        let start = aws_lc::EVP_DigestInit_ex(state.as_ptr(), digest, std::ptr::null_mut());
        succeeded(start, Error::Library)?;
        succeeded(
            aws_lc::EVP_DigestUpdate(state.as_ptr(), message.as_ptr().cast(), message.len()),
            Error::Library,
        )?;
        let end = aws_lc::EVP_DigestFinalXOF(state.as_ptr(), output.as_mut_ptr(), output.len());
        succeeded(end, Error::Library)
    }
}

/// A digest of a message that comes in parts.
///
/// # Examples
///
/// ```
/// use hsm_algorithms::Digest;
/// use hsm_aws_lc::digest::{Hasher, digest};
///
/// let mut hasher = Hasher::new(Digest::Sha256)?;
/// hasher.update(b"ab")?;
/// let fork = hasher.try_clone()?;
/// hasher.update(b"c")?;
/// assert_eq!(hasher.finish()?.as_ref(), digest(Digest::Sha256, b"abc")?.as_ref());
/// assert_eq!(fork.finish()?.as_ref(), digest(Digest::Sha256, b"ab")?.as_ref());
/// # Ok::<(), hsm_aws_lc::Error>(())
/// ```
pub struct Hasher {
    state: Owned<aws_lc::EVP_MD_CTX>,
    digest: Digest,
}

impl Hasher {
    /// Begins a message.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] when aws-lc's heap is used up.
    pub fn new(digest: Digest) -> Result<Self, Error> {
        let state = new_state()?;
        // SAFETY: the state is new and the digest is static.
        let code =
            unsafe { aws_lc::EVP_DigestInit_ex(state.as_ptr(), md(digest), std::ptr::null_mut()) };
        succeeded(code, Error::Library)?;
        Ok(Self { state, digest })
    }

    /// Goes on with the message.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if aws-lc fails.
    pub fn update(&mut self, part: &[u8]) -> Result<(), Error> {
        // SAFETY: the state has been initialized, and the part is a slice with its length.
        let code = unsafe {
            aws_lc::EVP_DigestUpdate(self.state.as_ptr(), part.as_ptr().cast(), part.len())
        };
        succeeded(code, Error::Library)
    }

    /// Ends the message and gives its digest.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] if aws-lc fails.
    pub fn finish(self) -> Result<DigestValue, Error> {
        let mut value = DigestValue::of_length(self.digest.length_bytes());
        let mut length: c_uint = 0;
        // SAFETY: the state has been initialized, and the output has the room that the digest needs.
        let code = unsafe {
            aws_lc::EVP_DigestFinal_ex(
                self.state.as_ptr(),
                value.bytes.as_mut_ptr(),
                &raw mut length,
            )
        };
        succeeded(code, Error::Library)?;
        Ok(value)
    }

    /// A second hasher that has seen the same parts.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] when aws-lc's heap is used up.
    pub fn try_clone(&self) -> Result<Self, Error> {
        let state = new_state()?;
        // SAFETY: both states are live, and the source is initialized.
        let code = unsafe { aws_lc::EVP_MD_CTX_copy_ex(state.as_ptr(), self.state.as_ptr()) };
        succeeded(code, Error::Library)?;
        Ok(Self {
            state,
            digest: self.digest,
        })
    }

    /// The state, from which [`Hasher::restored`] goes on: the chaining value, the number of bytes so far (16 bytes), and
    /// those that do not fill a block. `None` for digests whose state aws-lc does not tell, as SHA-3.
    #[must_use]
    pub fn saved(&self) -> Option<Vec<u8>> {
        let state = self.block_state()?;
        // SAFETY: the state lives as long as the hasher, and changes only by `&mut self`.
        Some(unsafe { &*state }.save())
    }

    /// A hasher that goes on where another was saved.
    ///
    /// # Errors
    ///
    /// [`Error::InputInvalid`] if `saved` is not the state of such a digest; [`Error::Library`].
    pub fn restored(digest: Digest, saved: &[u8]) -> Result<Self, Error> {
        let hasher = Self::new(digest)?;
        let state = hasher.block_state().ok_or(Error::InputInvalid)?;
        // SAFETY: the hasher is new, so this is the only reference into it.
        let restored = unsafe { &mut *state }.restore(saved);
        restored.map(|()| hasher).ok_or(Error::InputInvalid)
    }

    /// The state of the digest itself, which aws-lc keeps in the public structure of its family.
    fn block_state(&self) -> Option<*mut dyn BlockState> {
        // SAFETY: the state is live and has been initialized.
        let data = unsafe { (*self.state.as_ptr()).md_data };
        Some(match self.digest {
            Digest::Sha1 => data.cast::<aws_lc::SHA_CTX>() as *mut dyn BlockState,
            Digest::Sha224 | Digest::Sha256 => data.cast::<aws_lc::SHA256_CTX>(),
            Digest::Sha384 | Digest::Sha512 | Digest::Sha512_224 | Digest::Sha512_256 => {
                data.cast::<aws_lc::SHA512_CTX>()
            }
            _ => return None,
        })
    }

    /// Which digest it makes.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }
}

/// What a digest of the SHA-1 and SHA-2 families keeps between parts (FIPS 180-4): the chaining value, the length of the
/// message so far, and its end that does not fill a block.
trait BlockState {
    fn save(&self) -> Vec<u8>;
    fn restore(&mut self, saved: &[u8]) -> Option<()>;
}

macro_rules! block_states {
    ($($state:ident of $word:ty, $buffer:ident;)*) => {$(
        impl BlockState for aws_lc::$state {
            fn save(&self) -> Vec<u8> {
                let mut saved: Vec<u8> = self.h.iter().flat_map(|word| word.to_be_bytes()).collect();
                let bits = (u128::from(self.Nh) << <$word>::BITS) | u128::from(self.Nl);
                saved.extend((bits / 8).to_be_bytes());
                saved.extend(self.$buffer.iter().take(self.num as usize));
                saved
            }

            fn restore(&mut self, saved: &[u8]) -> Option<()> {
                let (chaining, rest) = saved.split_at_checked(size_of_val(&self.h))?;
                let (length, end) = rest.split_first_chunk::<16>()?;
                let bits = u128::from_be_bytes(*length).checked_mul(8)?;
                let block = self.$buffer.len();
                if bits / 8 % block as u128 != end.len() as u128 || bits >> (<$word>::BITS * 2 - 1) > 1 {
                    return None;
                }
                for (word, bytes) in self.h.iter_mut().zip(chaining.chunks(size_of::<$word>())) {
                    *word = <$word>::from_be_bytes(bytes.try_into().ok()?);
                }
                self.Nh = <$word>::try_from(bits >> <$word>::BITS).ok()?;
                self.Nl = <$word>::try_from(bits & u128::from(<$word>::MAX)).ok()?;
                self.$buffer[..end.len()].copy_from_slice(end);
                self.num = c_uint::try_from(end.len()).ok()?;
                Some(())
            }
        }
    )*};
}

block_states! {
    SHA_CTX of u32, data;
    SHA256_CTX of u32, data;
    SHA512_CTX of u64, p;
}

impl fmt::Debug for Hasher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Hasher")
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

fn new_state() -> Result<Owned<aws_lc::EVP_MD_CTX>, Error> {
    // SAFETY: the state is new.
    unsafe { Owned::take(aws_lc::EVP_MD_CTX_new(), Error::Library) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_digest_goes_on_where_it_was() {
        let message: Vec<u8> = (0..=255).cycle().take(1000).collect();
        let mut families = 0;
        for one in Digest::ALL {
            for at in [0, 1, 63, 64, 127, 128, 129, 1000] {
                let mut hasher = Hasher::new(*one).unwrap();
                hasher.update(&message[..at]).unwrap();
                let Some(saved) = hasher.saved() else {
                    continue;
                };
                families += 1;
                let mut other = Hasher::restored(*one, &saved).unwrap();
                other.update(&message[at..]).unwrap();
                let whole = digest(*one, &message).unwrap();
                assert_eq!(
                    other.finish().unwrap().as_ref(),
                    whole.as_ref(),
                    "{one} {at}"
                );
                let short = Hasher::restored(*one, &saved[..saved.len() - 1]);
                assert_eq!(short.err(), Some(Error::InputInvalid));
            }
        }
        assert_eq!(families, 7 * 8);
    }

    #[test]
    fn parts_and_whole_agree_for_every_digest() {
        let message: Vec<u8> = (0..=255).cycle().take(1000).collect();
        for one in Digest::ALL {
            let whole = digest(*one, &message).unwrap();
            assert_eq!(whole.as_ref().len(), one.length_bytes(), "{one}");
            for at in [0, 1, 63, 64, 65, 999, 1000] {
                let mut hasher = Hasher::new(*one).unwrap();
                hasher.update(&message[..at]).unwrap();
                hasher.update(&message[at..]).unwrap();
                assert_eq!(
                    hasher.finish().unwrap().as_ref(),
                    whole.as_ref(),
                    "{one} at {at}"
                );
            }
        }
    }
}
