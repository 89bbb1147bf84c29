//! How the root key is kept: under a passphrase, under shares, or, for development, under a key in a file.
//!
//! A random root key is wrapped (AES-KWP, RFC 5649) by an unsealing key of 32 bytes, which is Argon2id (RFC 9106) of the
//! passphrase, or shared out by Shamir's scheme, or in a file. The record with the wrapped root key is stored outside the
//! Barrier, since it is read first; `docs/formats.md` has its layout.

pub(crate) mod shamir;

use aes_kw::{KeyInit as _, KwpAes256};
use argon2::{Algorithm, Argon2, Params, Version};
use hsmd_secret_memory::{LockedBytes, on_secret_stack};
use hsmd_vault::RootKey;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use shamir::{Share, ShareError};

/// The fewest bytes of a passphrase.
pub(crate) const PASSPHRASE_BYTES_MIN: usize = 8;

/// The record's format, its first byte.
const FORMAT: u8 = 1;

/// Bytes of the unsealing key.
const KEY_BYTES: usize = 32;

/// What Argon2id costs: RFC 9106's second recommended option, about 150 ms.
const MEMORY_KIBIBYTES: u32 = 64 << 10;
const PASSES: u32 = 3;
const SALT_BYTES: usize = 16;

/// AES-KWP of 32 bytes.
const WRAPPED_BYTES: usize = RootKey::LENGTH_BYTES + 8;

/// Why the root key cannot be protected or opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnsealError {
    /// The passphrase, share or key is not this daemon's. Says no more on purpose.
    #[error("the passphrase or share is wrong")]
    Wrong,
    /// The daemon is unsealed by something else.
    #[error("this daemon is not unsealed by that")]
    AnotherMethod,
    /// The stored record cannot be read.
    #[error("the stored root key record cannot be read")]
    Damaged,
    /// Memory or randomness was not to be had.
    #[error("the daemon lacks the resources to protect the root key")]
    Resources,
}

impl From<hsmd_secret_memory::Exhausted> for UnsealError {
    fn from(_: hsmd_secret_memory::Exhausted) -> Self {
        Self::Resources
    }
}

impl From<ShareError> for UnsealError {
    fn from(_: ShareError) -> Self {
        Self::Wrong
    }
}

/// The stored record.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RootRecord {
    /// Counts how often the protection was made anew; shares name it.
    epoch: u32,
    /// The wrapped root key, in hexadecimal.
    wrapped_root_key: String,
    protection: StoredProtection,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case", deny_unknown_fields)]
enum StoredProtection {
    Passphrase {
        memory_kibibytes: u32,
        passes: u32,
        salt: String,
    },
    Shares {
        threshold: u8,
        /// SHA-256 of each share, in the order of their indexes, to know ours from others.
        digests: Vec<String>,
    },
    Development,
}

impl RootRecord {
    /// Protects a root key by a passphrase.
    pub(crate) fn with_passphrase(root: &RootKey, passphrase: &[u8]) -> Result<Self, UnsealError> {
        let mut salt = [0; SALT_BYTES];
        getrandom::fill(&mut salt).map_err(|_| UnsealError::Resources)?;
        let key = stretch(passphrase, &salt, MEMORY_KIBIBYTES, PASSES)?;
        let protection = StoredProtection::Passphrase {
            memory_kibibytes: MEMORY_KIBIBYTES,
            passes: PASSES,
            salt: hex::encode(salt),
        };
        Ok(Self::new(root, &key, protection))
    }

    /// Protects a root key by shares, which are given once and never again.
    pub(crate) fn with_shares(
        root: &RootKey,
        threshold: u8,
        count: u8,
    ) -> Result<(Self, Vec<Share>), UnsealError> {
        let key = LockedBytes::random(KEY_BYTES)?;
        let mut is_random = true;
        let fill = |bytes: &mut [u8]| is_random &= getrandom::fill(bytes).is_ok();
        let shares = shamir::split(key.expose(), threshold, count, FIRST_EPOCH, fill)?;
        if !is_random {
            return Err(UnsealError::Resources);
        }
        let digests = shares
            .iter()
            .map(|share| hex::encode(share.digest()))
            .collect();
        let record = Self::new(root, &key, StoredProtection::Shares { threshold, digests });
        Ok((record, shares))
    }

    /// Protects a root key by a key that the caller keeps in a file, for development.
    pub(crate) fn for_development(root: &RootKey) -> Result<(Self, LockedBytes), UnsealError> {
        let key = LockedBytes::random(KEY_BYTES)?;
        let record = Self::new(root, &key, StoredProtection::Development);
        Ok((record, key))
    }

    /// Reads a stored record.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, UnsealError> {
        match bytes.split_first() {
            Some((&FORMAT, json)) => serde_json::from_slice(json).map_err(|_| UnsealError::Damaged),
            _ => Err(UnsealError::Damaged),
        }
    }

    /// The record as it is stored.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, UnsealError> {
        let mut bytes = vec![FORMAT];
        serde_json::to_writer(&mut bytes, self).map_err(|_| UnsealError::Damaged)?;
        Ok(bytes)
    }

    /// Opens the root key with the passphrase. Takes about 150 ms: run it where it may block.
    pub(crate) fn open_with_passphrase(&self, passphrase: &[u8]) -> Result<RootKey, UnsealError> {
        let StoredProtection::Passphrase {
            memory_kibibytes,
            passes,
            salt,
        } = &self.protection
        else {
            return Err(UnsealError::AnotherMethod);
        };
        let salt = hex::decode(salt).map_err(|_| UnsealError::Damaged)?;
        self.open(&stretch(passphrase, &salt, *memory_kibibytes, *passes)?)
    }

    /// Opens the root key with as many shares as are needed.
    pub(crate) fn open_with_shares(&self, shares: &[Share]) -> Result<RootKey, UnsealError> {
        let mut key = LockedBytes::zeroed(KEY_BYTES)?;
        shamir::combine(shares, key.expose_mut())?;
        self.open(&key)
    }

    /// Opens the root key of a development daemon.
    pub(crate) fn open_for_development(&self, key: &LockedBytes) -> Result<RootKey, UnsealError> {
        match self.protection {
            StoredProtection::Development => self.open(key),
            StoredProtection::Passphrase { .. } | StoredProtection::Shares { .. } => {
                Err(UnsealError::AnotherMethod)
            }
        }
    }

    /// Reads a share's text and checks that it is one of this record's.
    pub(crate) fn share(&self, text: &str) -> Result<Share, UnsealError> {
        let StoredProtection::Shares { digests, .. } = &self.protection else {
            return Err(UnsealError::AnotherMethod);
        };
        let share = Share::from_text(text)?;
        let expected = digests.get(usize::from(share.index()) - 1);
        // Digests of shares are no secret, so that comparing them may take what time it takes.
        let is_ours = expected.is_some_and(|expected| *expected == hex::encode(share.digest()));
        is_ours.then_some(share).ok_or(UnsealError::Wrong)
    }

    /// How many shares are needed; 0 if it is not shares that unseal.
    pub(crate) fn shares_needed(&self) -> u32 {
        match self.protection {
            StoredProtection::Shares { threshold, .. } => threshold.into(),
            StoredProtection::Passphrase { .. } | StoredProtection::Development => 0,
        }
    }

    fn new(root: &RootKey, key: &LockedBytes, protection: StoredProtection) -> Self {
        let mut wrapped = [0; WRAPPED_BYTES];
        on_secret_stack(|| {
            cipher(key)
                .wrap_key(root.expose(), &mut wrapped)
                .expect("the output has the length that RFC 5649 gives it");
        });
        Self {
            epoch: FIRST_EPOCH,
            wrapped_root_key: hex::encode(wrapped),
            protection,
        }
    }

    fn open(&self, key: &LockedBytes) -> Result<RootKey, UnsealError> {
        let wrapped = hex::decode(&self.wrapped_root_key).map_err(|_| UnsealError::Damaged)?;
        if wrapped.len() != WRAPPED_BYTES {
            return Err(UnsealError::Damaged);
        }
        let mut root = LockedBytes::zeroed(RootKey::LENGTH_BYTES)?;
        on_secret_stack(|| {
            cipher(key)
                .unwrap_key(&wrapped, root.expose_mut())
                .map(<[u8]>::len)
        })
        .map_err(|_| UnsealError::Wrong)?;
        RootKey::from_bytes(root).ok_or(UnsealError::Damaged)
    }
}

/// The epoch of the first protection.
const FIRST_EPOCH: u32 = 1;

/// Argon2id of a passphrase, into the arena.
fn stretch(
    passphrase: &[u8],
    salt: &[u8],
    memory_kibibytes: u32,
    passes: u32,
) -> Result<LockedBytes, UnsealError> {
    let parameters = Params::new(memory_kibibytes, passes, 1, Some(KEY_BYTES))
        .map_err(|_| UnsealError::Damaged)?;
    let mut key = LockedBytes::zeroed(KEY_BYTES)?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
        .hash_password_into(passphrase, salt, key.expose_mut())
        .map_err(|_| UnsealError::Resources)?;
    Ok(key)
}

fn cipher(key: &LockedBytes) -> KwpAes256 {
    KwpAes256::new_from_slice(key.expose()).expect("unsealing keys have 32 bytes")
}

/// A share's text, as it is given to its holder.
pub(crate) fn share_texts(shares: &[Share]) -> Vec<Zeroizing<String>> {
    shares.iter().map(Share::to_text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> RootKey {
        RootKey::from_bytes(LockedBytes::copy_of(&[7; 32]).unwrap()).unwrap()
    }

    fn stored(record: &RootRecord) -> RootRecord {
        RootRecord::from_bytes(&record.to_bytes().unwrap()).unwrap()
    }

    #[test]
    fn the_passphrase_opens_the_root_key_and_no_other_does() {
        let record = stored(&RootRecord::with_passphrase(&root(), b"correct horse").unwrap());
        let opened = record.open_with_passphrase(b"correct horse").unwrap();
        assert_eq!(opened.expose(), [7; 32]);
        assert!(matches!(
            record.open_with_passphrase(b"correct horsf"),
            Err(UnsealError::Wrong)
        ));
    }

    #[test]
    fn enough_shares_open_the_root_key() {
        let (record, shares) = RootRecord::with_shares(&root(), 2, 3).unwrap();
        let record = stored(&record);
        let read: Vec<Share> = [2, 0]
            .map(|at: usize| record.share(&shares[at].to_text()).unwrap())
            .into();
        assert_eq!(record.open_with_shares(&read).unwrap().expose(), [7; 32]);
        assert!(record.open_with_shares(&read[..1]).is_err());
    }

    #[test]
    fn a_share_of_another_daemon_is_refused_when_it_is_given() {
        let (record, _) = RootRecord::with_shares(&root(), 2, 3).unwrap();
        let (_, others) = RootRecord::with_shares(&root(), 2, 3).unwrap();
        assert!(matches!(
            record.share(&others[0].to_text()),
            Err(UnsealError::Wrong)
        ));
    }

    #[test]
    fn a_changed_record_is_damaged_or_does_not_open() {
        let (record, key) = RootRecord::for_development(&root()).unwrap();
        let mut bytes = record.to_bytes().unwrap();
        bytes[0] = 9;
        assert!(matches!(
            RootRecord::from_bytes(&bytes),
            Err(UnsealError::Damaged)
        ));
        let mut changed = stored(&record);
        changed.wrapped_root_key.replace_range(..2, "00");
        assert!(changed.open_for_development(&key).is_err());
        assert_eq!(record.open_for_development(&key).unwrap().expose(), [7; 32]);
    }
}
