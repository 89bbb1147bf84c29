//! A partition: one tenant, which PKCS#11 sees as a token.

use std::fmt;

use crate::state::stored_enum;
use crate::{PartitionId, Tenancy};

/// One tenant, as it was at one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// Its name for life.
    pub id: PartitionId,
    /// The PKCS#11 slot, which stays put for the partition's life.
    pub slot: u64,
    /// What operators call it.
    pub name: String,
    /// The token's label; empty until it is initialised.
    pub label: String,
    /// What the token allows.
    pub profile: TokenProfile,
    /// True once `C_InitToken`, or its creation, gave it a label and a security officer's PIN.
    pub is_initialized: bool,
    /// The account and Region that it belongs to, if it is one's. Never changes.
    pub tenancy: Option<Tenancy>,
    /// Its keys, the oldest first, wrapped by the root key. The newest wraps new material.
    pub keys: Vec<PartitionKey>,
    /// Raised when the token is initialised again: objects of earlier eras are gone.
    /// [`Repository`](crate::Repository) sets it.
    pub era: u32,
    /// Milliseconds since 1970.
    pub created_at_unix_milliseconds: u64,
    /// Larger with every change; 0 in a partition that was never stored. [`Repository`](crate::Repository) sets it.
    pub revision: u64,
}

impl Partition {
    /// The token's serial number: the first 16 hexadecimal digits of the id.
    #[must_use]
    pub fn serial(&self) -> String {
        self.id.to_string()[..16].to_owned()
    }

    /// The key that wraps new material.
    #[must_use]
    pub fn current_key(&self) -> Option<&PartitionKey> {
        self.keys.last()
    }

    /// The key with this version.
    #[must_use]
    pub fn key(&self, version: u32) -> Option<&PartitionKey> {
        self.keys.iter().find(|key| key.version == version)
    }
}

/// One version of a partition's key, wrapped by the root key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionKey {
    /// 1 for the first.
    pub version: u32,
    /// AES-KWP (RFC 5649) of the 32-byte key.
    pub wrapped: Vec<u8>,
}

stored_enum! {
    /// What a token allows.
    TokenProfile {
        /// Gives no key away to any known attack on the PKCS#11 interface.
        Strict = 1,
        /// Allows what suites written for other soft tokens expect.
        Compatible = 2,
    }
}
