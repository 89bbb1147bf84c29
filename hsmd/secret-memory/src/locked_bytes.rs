//! Bytes in the arena.

use std::ptr::NonNull;

use zeroize::Zeroize as _;

use crate::Exhausted;
use crate::arena::Arena;
use crate::heap::wipe;
use crate::registers::wipe_vector_registers;

/// A secret of fixed length in the arena, wiped when dropped.
///
/// Has no `Clone`, `Debug`, `Display`, `PartialEq` or `Serialize`, so that it cannot be spilled by accident.
pub struct LockedBytes {
    block: NonNull<u8>,
    length_bytes: usize,
}

// SAFETY: the block belongs to this value alone; shared access only reads.
unsafe impl Send for LockedBytes {}
// SAFETY: as above.
unsafe impl Sync for LockedBytes {}

impl LockedBytes {
    /// `length_bytes` zero bytes.
    ///
    /// # Errors
    ///
    /// [`Exhausted`] when the arena has no room.
    pub fn zeroed(length_bytes: usize) -> Result<Self, Exhausted> {
        let block = Arena::get()?.heap.allocate(length_bytes)?;
        Ok(Self {
            block,
            length_bytes,
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
        wipe_vector_registers();
        Ok(locked)
    }

    /// Takes the bytes of `source` and leaves zeros there, also on an error.
    ///
    /// # Errors
    ///
    /// [`Exhausted`] when the arena has no room.
    pub fn from_slice_and_wipe(source: &mut [u8]) -> Result<Self, Exhausted> {
        let locked = Self::copy_of(source);
        source.zeroize();
        locked
    }

    /// Fresh random bytes from the operating system, written straight into the arena.
    ///
    /// # Errors
    ///
    /// [`Exhausted`] when the arena has no room.
    ///
    /// # Panics
    ///
    /// When the operating system has no generator.
    pub fn random(length_bytes: usize) -> Result<Self, Exhausted> {
        let mut locked = Self::zeroed(length_bytes)?;
        getrandom::fill(locked.expose_mut())
            .expect("the kernel's generator is there from early boot on");
        Ok(locked)
    }

    /// Fewer bytes of the same secret; the rest is wiped. Does nothing when `length_bytes` is not less.
    pub fn truncate(&mut self, length_bytes: usize) {
        if let Some(rest @ 1..) = self.length_bytes.checked_sub(length_bytes) {
            // SAFETY: the block is `self.length_bytes` long and borrowed by us alone.
            unsafe { wipe(self.block.add(length_bytes), rest) };
            self.length_bytes = length_bytes;
        }
    }

    /// The bytes, to be written in place. Hand them to one call; copy them nowhere but into the arena.
    pub fn expose_mut(&mut self) -> &mut [u8] {
        // SAFETY: the block is at least this long, was zeroed when it was handed out, and is ours alone.
        unsafe { std::slice::from_raw_parts_mut(self.block.as_ptr(), self.length_bytes) }
    }

    /// The bytes. Hand them to one call; copy them nowhere but into the arena.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        // SAFETY: as in `expose_mut`, and the borrow keeps writers out.
        unsafe { std::slice::from_raw_parts(self.block.as_ptr(), self.length_bytes) }
    }

    /// Length in bytes; not a secret.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length_bytes
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length_bytes == 0
    }

    /// Whether the bytes equal `other`, in time that depends on the lengths alone.
    #[must_use]
    pub fn equals_in_constant_time(&self, other: &[u8]) -> bool {
        subtle::ConstantTimeEq::ct_eq(self.expose(), other).into()
    }
}

impl Drop for LockedBytes {
    fn drop(&mut self) {
        if let Some(arena) = Arena::existing() {
            // SAFETY: the block came from this heap and nothing refers to it any more.
            unsafe { arena.heap.free(self.block) };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::{Debug, Display};

    use static_assertions::{assert_impl_all, assert_not_impl_any};

    use super::*;

    assert_impl_all!(LockedBytes: Send, Sync);
    assert_not_impl_any!(LockedBytes: Clone, Copy, Debug, Display, PartialEq, AsRef<[u8]>);
    assert_not_impl_any!(crate::Plaintext: Clone, Copy, Debug, Display, PartialEq);

    #[test]
    fn taking_the_bytes_leaves_zeros_behind() {
        let mut source = *b"0123456789abcdef";
        let locked = LockedBytes::from_slice_and_wipe(&mut source).expect("the arena has room");
        assert_eq!(source, [0; 16]);
        assert_eq!(locked.expose(), b"0123456789abcdef");
    }

    #[test]
    fn a_shorter_secret_keeps_nothing_of_the_rest() {
        let mut locked = LockedBytes::copy_of(&[0xa5; 40]).expect("the arena has room");
        let rest = locked.expose()[20..].as_ptr();
        locked.truncate(20);
        locked.truncate(30);
        assert_eq!(locked.expose(), [0xa5; 20]);
        // SAFETY: the block is still ours and 40 bytes long.
        assert_eq!(unsafe { std::slice::from_raw_parts(rest, 20) }, [0; 20]);
    }

    #[test]
    fn equality_needs_the_same_length_and_bytes() {
        let locked = LockedBytes::copy_of(b"secret").expect("the arena has room");
        assert!(locked.equals_in_constant_time(b"secret"));
        assert!(!locked.equals_in_constant_time(b"secreT"));
        assert!(!locked.equals_in_constant_time(b"secret "));
        assert!(!locked.equals_in_constant_time(b""));
    }

    #[test]
    fn more_than_the_arena_holds_is_refused() {
        let error = LockedBytes::zeroed(1 << 40)
            .map(|locked| locked.len())
            .expect_err("no arena is a TiB large");
        assert_eq!(
            error,
            Exhausted {
                wanted_bytes: 1 << 40
            }
        );
    }
}
