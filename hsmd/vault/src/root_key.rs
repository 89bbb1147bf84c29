//! The root key, and what is derived from it.

use hsm_algorithms::Digest;
use hsm_aws_lc::mac;
use hsmd_keys::{PartitionId, PartitionKey};
use hsmd_secret_memory::{LockedBytes, on_secret_stack};

use crate::VaultError;
use crate::key_wrap::{self, KEY_BYTES};

/// The root key of a Region, in the arena. Everything that is stored depends on it.
pub struct RootKey(LockedBytes);

impl RootKey {
    /// Length in bytes.
    pub const LENGTH_BYTES: usize = 32;

    /// A fresh root key, from the operating system's generator.
    ///
    /// # Errors
    ///
    /// [`VaultError::MemoryExhausted`].
    pub fn generate() -> Result<Self, VaultError> {
        Ok(Self(LockedBytes::random(Self::LENGTH_BYTES)?))
    }

    /// The root key with these bytes. `None` unless there are [`RootKey::LENGTH_BYTES`] of them.
    #[must_use]
    pub fn from_bytes(bytes: LockedBytes) -> Option<Self> {
        (bytes.len() == Self::LENGTH_BYTES).then_some(Self(bytes))
    }

    /// The bytes, to be wrapped or shared out by what unseals the daemon.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }

    /// A key of 32 bytes for one purpose: HKDF-Expand with SHA-256 (RFC 5869 §2.3) and `purpose` as the info.
    ///
    /// The root key is uniformly random, so extraction is not needed (RFC 5869 §3.3).
    ///
    /// # Errors
    ///
    /// [`VaultError::MemoryExhausted`].
    pub fn subkey(&self, purpose: &str) -> Result<LockedBytes, VaultError> {
        on_secret_stack(|| {
            let info = [purpose.as_bytes(), &[1]].concat();
            let block = mac::hmac(Digest::Sha256, self.0.expose(), &info)?;
            Ok(LockedBytes::copy_of(block.as_ref())?)
        })
    }
}

/// Wraps partition keys; a subkey of the root key.
///
/// A wrapping holds, under AES-KWP: format version 1 in one byte, the partition's id in 16, the key's version in four
/// (big endian), and the key in 32. So a key that was moved to another partition or version does not open.
pub(crate) struct PartitionKeyWrap(LockedBytes);

const FORMAT: u8 = 1;
const HEADER_BYTES: usize = 1 + 16 + 4;

impl PartitionKeyWrap {
    pub(crate) fn new(root: &RootKey) -> Result<Self, VaultError> {
        root.subkey("hsmd partition keys 1").map(Self)
    }

    /// Makes a key for a partition.
    pub(crate) fn new_key(
        &self,
        partition: PartitionId,
        version: u32,
    ) -> Result<PartitionKey, VaultError> {
        let key = key_wrap::new_key()?;
        let mut content = LockedBytes::zeroed(HEADER_BYTES + KEY_BYTES)?;
        content.expose_mut()[..HEADER_BYTES].copy_from_slice(&header(partition, version));
        content.expose_mut()[HEADER_BYTES..].copy_from_slice(key.expose());
        Ok(PartitionKey {
            version,
            wrapped: key_wrap::wrap(&self.0, content.expose())?,
        })
    }

    /// Opens a partition's key.
    pub(crate) fn open(
        &self,
        partition: PartitionId,
        key: &PartitionKey,
    ) -> Result<LockedBytes, VaultError> {
        let content = key_wrap::unwrap(&self.0, &key.wrapped)?;
        match content.expose().split_at_checked(HEADER_BYTES) {
            Some((start, key_bytes))
                if start == header(partition, key.version) && key_bytes.len() == KEY_BYTES =>
            {
                Ok(LockedBytes::copy_of(key_bytes)?)
            }
            _ => Err(VaultError::MaterialDamaged),
        }
    }
}

fn header(partition: PartitionId, version: u32) -> [u8; HEADER_BYTES] {
    let mut header = [FORMAT; HEADER_BYTES];
    header[1..17].copy_from_slice(partition.as_bytes());
    header[17..].copy_from_slice(&version.to_be_bytes());
    header
}

#[cfg(test)]
mod tests {
    use static_assertions::assert_not_impl_any;

    use super::*;

    assert_not_impl_any!(RootKey: Clone, Copy, std::fmt::Debug, std::fmt::Display, PartialEq);
    assert_not_impl_any!(PartitionKeyWrap: Clone, Copy, std::fmt::Debug, std::fmt::Display, PartialEq);

    fn root() -> RootKey {
        RootKey::from_bytes(LockedBytes::copy_of(&[7; 32]).unwrap()).unwrap()
    }

    #[test]
    fn subkeys_follow_rfc_5869() {
        // From OpenSSL 3: openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt mode:EXPAND_ONLY
        // -kdfopt hexkey:0707…07 -kdfopt info:purpose HKDF
        let expected = [
            0x7d, 0x75, 0x5c, 0xc1, 0x5d, 0x98, 0x1d, 0x93, 0xc8, 0xfe, 0x91, 0x03, 0x6e, 0xc5,
            0x2e, 0x60, 0xc7, 0x13, 0xf3, 0x77, 0x7e, 0x20, 0x85, 0x03, 0xaa, 0xdc, 0x10, 0xca,
            0xd3, 0xb2, 0x3a, 0x7e,
        ];
        assert_eq!(root().subkey("purpose").unwrap().expose(), expected);
        assert_ne!(root().subkey("another purpose").unwrap().expose(), expected);
    }

    #[test]
    fn a_partition_key_opens_only_in_its_place() {
        let wrap = PartitionKeyWrap::new(&root()).unwrap();
        let (here, elsewhere) = (
            PartitionId::from_bytes([1; 16]),
            PartitionId::from_bytes([2; 16]),
        );
        let key = wrap.new_key(here, 3).unwrap();
        assert_eq!(wrap.open(here, &key).unwrap().len(), KEY_BYTES);
        assert_eq!(
            wrap.open(elsewhere, &key).err(),
            Some(VaultError::MaterialDamaged)
        );
        let moved = PartitionKey { version: 4, ..key };
        assert_eq!(
            wrap.open(here, &moved).err(),
            Some(VaultError::MaterialDamaged)
        );
    }

    #[test]
    fn another_root_key_opens_nothing() {
        let partition = PartitionId::from_bytes([1; 16]);
        let key = PartitionKeyWrap::new(&root())
            .unwrap()
            .new_key(partition, 1)
            .unwrap();
        let other = PartitionKeyWrap::new(&RootKey::generate().unwrap()).unwrap();
        assert_eq!(
            other.open(partition, &key).err(),
            Some(VaultError::MaterialDamaged)
        );
    }

    #[test]
    fn a_root_key_has_32_bytes() {
        for length in [0, 16, 31, 33] {
            assert!(RootKey::from_bytes(LockedBytes::zeroed(length).unwrap()).is_none());
        }
    }
}
