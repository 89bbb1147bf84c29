//! Bytes in the arena.

use crate::Exhausted;

/// A secret of fixed length in the arena, wiped when dropped.
///
/// Has no `Clone`, `Debug`, `Display`, `PartialEq` or `Serialize`, so that it cannot be spilled by accident.
pub struct LockedBytes {
    bytes: Vec<u8>,
}

impl LockedBytes {
    /// `length_bytes` zero bytes.
    ///
    /// # Errors
    ///
    /// [`Exhausted`] when the arena has no room.
    pub fn zeroed(length_bytes: usize) -> Result<Self, Exhausted> {
        Ok(Self {
            bytes: vec![0; length_bytes],
        })
    }

    /// A copy of `source`, which should be in the arena or on the secret stack itself.
    ///
    /// # Errors
    ///
    /// [`Exhausted`] when the arena has no room.
    pub fn copy_of(source: &[u8]) -> Result<Self, Exhausted> {
        let mut locked = Self::zeroed(source.len())?;
        locked.expose_mut().copy_from_slice(source);
        Ok(locked)
    }

    /// Takes the bytes of `source` and leaves zeros there, also on an error.
    ///
    /// # Errors
    ///
    /// [`Exhausted`] when the arena has no room.
    pub fn from_slice_and_wipe(source: &mut [u8]) -> Result<Self, Exhausted> {
        let locked = Self::copy_of(source);
        zeroize::Zeroize::zeroize(source);
        locked
    }

    /// Fresh random bytes from the operating system, written straight into the arena.
    ///
    /// # Errors
    ///
    /// [`Exhausted`] when the arena has no room.
    pub fn random(length_bytes: usize) -> Result<Self, Exhausted> {
        let mut locked = Self::zeroed(length_bytes)?;
        getrandom::fill(locked.expose_mut())
            .expect("the kernel's generator is there from early boot on");
        Ok(locked)
    }

    /// Fewer bytes of the same secret; the rest is wiped. Does nothing when `length_bytes` is not less.
    pub fn truncate(&mut self, length_bytes: usize) {
        self.bytes.truncate(length_bytes);
    }

    /// The bytes, to be written in place. Hand them to one call; copy them nowhere but into the arena.
    pub fn expose_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// The bytes. Hand them to one call; copy them nowhere but into the arena.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.bytes
    }

    /// Length in bytes; not a secret.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether the bytes equal `other`, in time that depends on the lengths alone.
    #[must_use]
    pub fn equals_in_constant_time(&self, other: &[u8]) -> bool {
        subtle::ConstantTimeEq::ct_eq(self.expose(), other).into()
    }
}
