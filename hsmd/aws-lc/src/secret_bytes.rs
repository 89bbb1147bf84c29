//! Secret bytes in aws-lc's heap.

use zeroize::Zeroize as _;

use crate::Error;

#[expect(unsafe_code, reason = "owns and frees what aws-lc allocates")]
mod memory {
    use std::ptr::NonNull;

    use aws_lc_sys as aws_lc;

    use crate::Error;

    /// Bytes that aws-lc allocated, freed with it.
    pub(super) struct Memory {
        start: NonNull<u8>,
        length_bytes: usize,
    }

    // SAFETY: plain bytes with one owner.
    unsafe impl Send for Memory {}
    // SAFETY: shared references only read.
    unsafe impl Sync for Memory {}

    impl Memory {
        pub(super) fn zeroed(length_bytes: usize) -> Result<Self, Error> {
            // SAFETY: any size may be asked for; at least one byte, so that success is never null.
            let start = unsafe { aws_lc::OPENSSL_malloc(length_bytes.max(1)) };
            let start = NonNull::new(start.cast::<u8>()).ok_or(Error::Library)?;
            // SAFETY: the memory is new, ours, and that long.
            unsafe { start.as_ptr().write_bytes(0, length_bytes.max(1)) };
            Ok(Self {
                start,
                length_bytes,
            })
        }

        /// # Safety
        ///
        /// `start` must be `length_bytes` initialized bytes from aws-lc's heap that nobody else frees.
        pub(super) unsafe fn take(start: *mut u8, length_bytes: usize) -> Result<Self, Error> {
            Ok(Self {
                start: NonNull::new(start).ok_or(Error::Library)?,
                length_bytes,
            })
        }

        pub(super) fn bytes(&self) -> &[u8] {
            // SAFETY: start and length describe initialized memory that we own.
            unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length_bytes) }
        }

        pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
            // SAFETY: as above, and the reference is exclusive.
            unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.length_bytes) }
        }
    }

    impl Drop for Memory {
        fn drop(&mut self) {
            // SAFETY: allocated by aws-lc, and this is the only owner.
            unsafe { aws_lc::OPENSSL_free(self.start.as_ptr().cast()) }
        }
    }
}

/// Secret bytes of a fixed length, in aws-lc's heap: in the daemon, in locked memory. Wiped when dropped.
pub struct SecretBytes {
    memory: memory::Memory,
    /// What [`Buffer::truncate`] left visible; the rest is wiped.
    length_bytes: usize,
}

impl SecretBytes {
    /// Bytes that are all zero.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] when aws-lc's heap is used up.
    pub fn zeroed(length_bytes: usize) -> Result<Self, Error> {
        Ok(Self {
            memory: memory::Memory::zeroed(length_bytes)?,
            length_bytes,
        })
    }

    /// A copy of `source`.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] when aws-lc's heap is used up.
    pub fn copy_of(source: &[u8]) -> Result<Self, Error> {
        let mut copy = Self::zeroed(source.len())?;
        copy.expose_mut().copy_from_slice(source);
        Ok(copy)
    }

    /// Bytes that aws-lc allocated.
    ///
    /// # Safety
    ///
    /// `start` must be `length_bytes` initialized bytes from aws-lc's heap that nobody else frees.
    #[expect(unsafe_code, reason = "takes ownership of a raw allocation")]
    pub(crate) unsafe fn take(start: *mut u8, length_bytes: usize) -> Result<Self, Error> {
        // SAFETY: the caller's promise.
        let memory = unsafe { memory::Memory::take(start, length_bytes) }?;
        Ok(Self {
            memory,
            length_bytes,
        })
    }

    /// The bytes, to be read in as small a scope as possible.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.memory.bytes()[..self.length_bytes]
    }

    /// The bytes, to be written.
    pub fn expose_mut(&mut self) -> &mut [u8] {
        &mut self.memory.bytes_mut()[..self.length_bytes]
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.length_bytes
    }

    /// True if there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length_bytes == 0
    }
}

impl Drop for SecretBytes {
    fn drop(&mut self) {
        self.memory.bytes_mut().zeroize();
    }
}

/// Where an operation puts its output: ordinary memory, or [`SecretBytes`] for what is a key.
pub trait Buffer: Sized {
    /// A buffer of zeros.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] when there is no memory for it.
    fn zeroed(length_bytes: usize) -> Result<Self, Error>;

    /// All of it.
    fn as_mut_slice(&mut self) -> &mut [u8];

    /// Keeps the first `length_bytes`, which must not be more than there are, and wipes the rest.
    fn truncate(&mut self, length_bytes: usize);
}

impl Buffer for Vec<u8> {
    fn zeroed(length_bytes: usize) -> Result<Self, Error> {
        Ok(vec![0; length_bytes])
    }

    fn as_mut_slice(&mut self) -> &mut [u8] {
        self
    }

    fn truncate(&mut self, length_bytes: usize) {
        self[length_bytes..].zeroize();
        Self::truncate(self, length_bytes);
    }
}

impl Buffer for SecretBytes {
    fn zeroed(length_bytes: usize) -> Result<Self, Error> {
        Self::zeroed(length_bytes)
    }

    fn as_mut_slice(&mut self) -> &mut [u8] {
        self.expose_mut()
    }

    fn truncate(&mut self, length_bytes: usize) {
        self.expose_mut()[length_bytes..].zeroize();
        self.length_bytes = length_bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truncating_shortens_what_is_seen() {
        let mut bytes = SecretBytes::copy_of(&[1, 2, 3, 4]).unwrap();
        Buffer::truncate(&mut bytes, 3);
        assert_eq!(bytes.expose(), [1, 2, 3]);
        assert_eq!(bytes.len(), 3);
    }

    #[test]
    fn no_bytes_are_fine() {
        assert!(SecretBytes::zeroed(0).unwrap().is_empty());
    }
}
