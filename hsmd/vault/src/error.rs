//! Why the vault could not do something.

use hsmd_secret_memory::Exhausted;

use crate::EngineError;

/// Why the vault could not do something. No variant says anything about a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Key, algorithm, parameters and input do not go together, or the input is wrong.
    #[error(transparent)]
    Engine(#[from] EngineError),

    /// The object has no key material that could be used: it is a certificate, data, or a public key.
    #[error("the object holds no key material")]
    NoMaterial,

    /// The key belongs to no AWS account, and what was asked is for those that do.
    #[error("the key belongs to no account")]
    NotAnAccountsKey,

    /// Stored material, or a stored partition key, is not what was stored under this key.
    #[error("stored key material is damaged or belongs to another key")]
    MaterialDamaged,

    /// The material is wrapped by a version of the partition key that the partition does not have.
    #[error("the partition has no key of version {version}")]
    NoPartitionKey {
        /// The version that wraps the material; 0 if the partition has no key at all.
        version: u32,
    },

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

impl From<hsm_aws_lc::Error> for VaultError {
    fn from(error: hsm_aws_lc::Error) -> Self {
        Self::Engine(error.into())
    }
}

impl VaultError {
    /// Whether closing keys that nobody uses may help.
    pub(crate) fn is_for_want_of_memory(self) -> bool {
        matches!(
            self,
            Self::MemoryExhausted(_)
                | Self::Engine(EngineError::Crypto(hsm_aws_lc::Error::Library))
        )
    }
}
