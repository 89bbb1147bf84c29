//! Plaintext on its way out.

use zeroize::Zeroize;

/// Bytes that belong to the caller and pass through: a decrypted message, random bytes, a revealed value.
///
/// They are in ordinary memory, since they leave through ordinary buffers; wiped when dropped. No `Debug`.
pub struct Plaintext {
    bytes: Vec<u8>,
}

impl Drop for Plaintext {
    fn drop(&mut self) {
        // In wide writes, since it may be a megabyte; to the end of its memory, since it may have been longer.
        self.bytes.resize(self.bytes.capacity(), 0);
        self.bytes.fill(0);
        zeroize::optimization_barrier(self.bytes.as_slice());
    }
}

impl Plaintext {
    /// The bytes of `source`, which is wiped.
    #[must_use]
    pub fn from_slice_and_wipe(source: &mut [u8]) -> Self {
        let bytes = source.to_vec();
        source.zeroize();
        Self { bytes }
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The bytes for a message to the wire. Whoever takes them wipes them; a message of `hsm_proto` does on drop.
    #[must_use]
    pub fn into_vec(mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

/// Takes over the vector, which is not copied.
impl From<Vec<u8>> for Plaintext {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }
}
