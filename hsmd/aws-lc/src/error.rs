//! Why an operation failed.

use hsm_algorithms::{Algorithm, ParametersInvalid};

/// Why an operation failed. None of them says anything about a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The parameters do not fit the algorithm, or the key is too small for them.
    #[error(transparent)]
    Parameters(#[from] ParametersInvalid),

    /// The algorithm does not work with this type of key.
    #[error("{algorithm} does not work with this type of key")]
    KeyType {
        /// The algorithm.
        algorithm: Algorithm,
    },

    /// The algorithm is not for this purpose: encrypting with a signature algorithm, say.
    #[error("{algorithm} cannot be used for this")]
    Purpose {
        /// The algorithm.
        algorithm: Algorithm,
    },

    /// A key's encoding or numbers are not those of a valid key.
    #[error("the key is invalid")]
    KeyInvalid,

    /// No key of this size can be made or used.
    #[error("the size of the key is not supported")]
    KeySize,

    /// The input's length does not fit the algorithm and the key.
    #[error("the length of the input does not fit the algorithm")]
    InputLength,

    /// The input has the right length and is out of range, as a number not below the RSA modulus.
    #[error("the input does not fit the key")]
    InputInvalid,

    /// The ciphertext's length cannot be right.
    #[error("the length of the ciphertext does not fit the algorithm")]
    CiphertextLength,

    /// The ciphertext was not made with this key, or was changed. Says no more on purpose.
    #[error("the ciphertext is invalid")]
    CiphertextInvalid,

    /// The signature's length cannot be right.
    #[error("the length of the signature does not fit the key")]
    SignatureLength,

    /// The signature is not one of this message by this key.
    #[error("the signature is invalid")]
    SignatureInvalid,

    /// The other side's public key is not a point on the curve, or one that gives away the secret.
    #[error("the other side's public key is invalid")]
    PublicPointInvalid,

    /// aws-lc failed where only lack of memory can make it fail.
    #[error("the cryptographic library failed; its memory may be used up")]
    Library,
}
