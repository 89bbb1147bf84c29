//! Why an engine refused.

use hsm_algorithms::Algorithm;

/// Why an engine refused. None of them says anything about a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// From the cryptography itself.
    #[error(transparent)]
    Crypto(#[from] hsm_aws_lc::Error),

    /// A wrapped key did not open, or is not a key of the kind that was asked for. Says no more on purpose.
    #[error("the wrapped key is invalid")]
    WrappedKeyInvalid,

    /// A wrapped key's length cannot be right for the algorithm.
    #[error("the length of the wrapped key does not fit the algorithm")]
    WrappedKeyLength,

    /// The key to wrap is not of a form or length that the algorithm can wrap.
    #[error("{algorithm} cannot wrap a key of this form or length")]
    NotWrappable {
        /// The algorithm.
        algorithm: Algorithm,
    },

    /// There is no kind of key like this, or none of this length.
    #[error("a key of this type cannot have this length")]
    KeySize,

    /// There is no such kind of key here.
    #[error("this type of key is not supported")]
    KeyTypeUnknown,

    /// The template must say how long the new key is.
    #[error("the length of the new key must be given")]
    LengthNeeded,

    /// The numbers of a key to import are incomplete.
    #[error("a number of the key is missing")]
    Incomplete,

    /// A stored key has a format that this version does not know.
    #[error("the stored key has an unknown format")]
    StoredFormat,
}

impl EngineError {
    pub(crate) const fn key_type(algorithm: Algorithm) -> Self {
        Self::Crypto(hsm_aws_lc::Error::KeyType { algorithm })
    }
}
