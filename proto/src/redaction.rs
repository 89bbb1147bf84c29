//! What stands in `Debug` for a secret: its length.

use std::fmt;

/// Prints the lengths of a secret's parts, never a byte of them.
pub(crate) struct Lengths(Vec<usize>);

impl Lengths {
    pub(crate) fn of(secret: &impl Secret) -> Self {
        Self(secret.lengths())
    }
}

impl fmt::Debug for Lengths {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lengths: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        write!(formatter, "<{} secret bytes>", lengths.join(", "))
    }
}

/// The types that a secret field can have.
pub(crate) trait Secret {
    fn lengths(&self) -> Vec<usize>;
}

impl Secret for Vec<u8> {
    fn lengths(&self) -> Vec<usize> {
        vec![self.len()]
    }
}

impl Secret for String {
    fn lengths(&self) -> Vec<usize> {
        vec![self.len()]
    }
}

impl<S: Secret> Secret for Vec<S> {
    fn lengths(&self) -> Vec<usize> {
        self.iter().flat_map(Secret::lengths).collect()
    }
}
