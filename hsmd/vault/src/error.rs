//! Why the vault could not do something.

use hsm_aws_lc::Error as Computation;
use hsmd_secret_memory::Exhausted;

/// Why the vault could not do something. No variant says anything about a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The algorithm could not be computed with this key and this input.
    #[error(transparent)]
    Computation(#[from] Computation),

    /// The object has no key material that could be used: it is a certificate, data, or a public key.
    #[error("the object holds no key material")]
    NoMaterial,

    /// Stored material, or a stored partition key, is not what was stored under this key.
    #[error("stored key material is damaged or belongs to another key")]
    MaterialDamaged,

    /// The material is wrapped by a version of the partition key that the partition does not have.
    #[error("the partition has no key of version {version}")]
    NoPartitionKey {
        /// The version that wraps the material.
        version: u32,
    },

    /// The wrapped bytes do not hold such a key, or were not wrapped by this one. Says no more on purpose.
    #[error("the wrapped key is invalid")]
    WrappedKeyInvalid,

    /// This kind of key does not go into this kind of wrapping.
    #[error("a key of this kind and size cannot be wrapped so")]
    NotWrappable,

    /// Secret memory has no room, even after unused keys were closed.
    #[error(transparent)]
    MemoryExhausted(#[from] Exhausted),

    /// More long computations wait than may wait.
    #[error("{waiting_max} computations are waiting already")]
    Overloaded {
        /// How many may wait.
        waiting_max: usize,
    },
}

impl VaultError {
    /// Whether closing keys that nobody uses may help.
    pub(crate) fn is_for_want_of_memory(self) -> bool {
        matches!(
            self,
            Self::MemoryExhausted(_) | Self::Computation(Computation::Library)
        )
    }
}
