//! Checkpoints: signed statements of how many records there are and what their tree's root is, as C2SP
//! tlog-checkpoint and signed-note have them.

use hsmd_secret_memory::LockedBytes;

/// The log's own Ed25519 key, in locked memory.
pub struct SigningKey {
    seed: LockedBytes,
}

impl SigningKey {
    /// The key with this 32-byte seed.
    ///
    /// # Errors
    ///
    /// Gives the bytes back if they are not 32.
    pub fn from_seed(seed: LockedBytes) -> Result<Self, LockedBytes> {
        if seed.len() == 32 {
            Ok(Self { seed })
        } else {
            Err(seed)
        }
    }
}
