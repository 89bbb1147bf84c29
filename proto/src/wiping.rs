//! Overwriting what is secret, or may be.

use std::ops::{Deref, DerefMut};

use zeroize::Zeroize;

/// Overwrites bytes with zeros in writes as wide as the machine has, which the compiler does not leave out.
pub fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    zeroize::optimization_barrier(bytes);
}

/// Bytes that are wiped when they are dropped, with the room behind them.
#[derive(Clone, Default)]
pub struct Wiping(Vec<u8>);

impl Wiping {
    /// Takes over the vector, which is not copied.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Deref for Wiping {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Wiping {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl Drop for Wiping {
    fn drop(&mut self) {
        self.0.wipe();
    }
}

/// What the generated messages wipe when they are dropped.
pub(crate) trait Wipe {
    fn wipe(&mut self);
}

impl Wipe for Vec<u8> {
    fn wipe(&mut self) {
        // To the end of its memory: it may have been longer.
        self.resize(self.capacity(), 0);
        wipe(self);
        self.clear();
    }
}

impl Wipe for Vec<String> {
    fn wipe(&mut self) {
        self.zeroize();
    }
}

impl Wipe for String {
    fn wipe(&mut self) {
        self.zeroize();
    }
}

impl<T: Wipe> Wipe for Option<T> {
    fn wipe(&mut self) {
        if let Some(value) = self {
            value.wipe();
        }
        *self = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_overwritten_with_the_room_behind() {
        let mut bytes = vec![0xa5; 1000];
        bytes.truncate(10);
        bytes.wipe();
        assert!(bytes.is_empty());
        bytes.resize(bytes.capacity(), 1);
        let mut part = [0xa5; 8];
        wipe(&mut part[2..6]);
        assert_eq!(part, [0xa5, 0xa5, 0, 0, 0, 0, 0xa5, 0xa5]);
    }
}
