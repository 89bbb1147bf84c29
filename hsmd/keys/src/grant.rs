//! Grants: each lets one grantee use one key for a list of operations.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use hsmd_policy::{GrantConstraints, GrantOperations};

use crate::{AccountId, Error, InvalidId, ObjectId};

/// A grant. It never changes: it is made, and it is retired or revoked.
///
/// There may be a million of them, so none keeps room that it does not need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its name for life.
    pub id: GrantId,
    /// The key.
    pub key: ObjectId,
    /// What whoever made it calls it; may be empty.
    pub name: Box<str>,
    /// The ARN of who may use the key, or the name of a service.
    pub grantee: Arc<str>,
    /// The ARN of who may retire the grant, or the name of a service.
    pub retiring: Option<Arc<str>>,
    /// The account that made it.
    pub issuing_account: AccountId,
    /// What it allows.
    pub operations: GrantOperations,
    /// What a request must be like.
    pub constraints: Option<Box<GrantConstraints>>,
    /// When it was made, in milliseconds since 1970.
    pub created_at_unix_milliseconds: u64,
    /// Set by [`Repository`](crate::Repository).
    pub revision: u64,
}

/// The name of a grant: shown as 64 hexadecimal digits. Random.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrantId([u8; 32]);

impl GrantId {
    /// A new random id.
    ///
    /// # Errors
    ///
    /// [`Error::Random`] if the operating system has no randomness to give.
    pub fn random() -> Result<Self, Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(Error::Random)?;
        Ok(Self(bytes))
    }

    /// The id that these bytes are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for GrantId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::ids::write_hexadecimal(formatter, &self.0)
    }
}

impl fmt::Debug for GrantId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for GrantId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        crate::ids::parse_hexadecimal(text)
            .map(Self)
            .ok_or(InvalidId)
    }
}
