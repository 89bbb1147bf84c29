//! Grants: each lets one grantee use one key for a list of operations.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::state::stored_enum;
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

/// What a request must be like for a grant to allow it: all that is said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GrantConstraints {
    /// The encryption context is exactly this.
    pub encryption_context_equals: Option<BTreeMap<String, String>>,
    /// The encryption context has at least these pairs.
    pub encryption_context_subset: Option<BTreeMap<String, String>>,
    /// The request is made for this resource.
    pub source_arn: Option<String>,
}

stored_enum! {
    /// An operation that a grant can allow.
    GrantOperation {
        /// `Decrypt`.
        Decrypt = 0,
        /// `Encrypt`.
        Encrypt = 1,
        /// `GenerateDataKey`.
        GenerateDataKey = 2,
        /// `GenerateDataKeyWithoutPlaintext`.
        GenerateDataKeyWithoutPlaintext = 3,
        /// `ReEncryptFrom`.
        ReEncryptFrom = 4,
        /// `ReEncryptTo`.
        ReEncryptTo = 5,
        /// `Sign`.
        Sign = 6,
        /// `Verify`.
        Verify = 7,
        /// `GetPublicKey`.
        GetPublicKey = 8,
        /// `CreateGrant`.
        CreateGrant = 9,
        /// `RetireGrant`.
        RetireGrant = 10,
        /// `DescribeKey`.
        DescribeKey = 11,
        /// `GenerateDataKeyPair`.
        GenerateDataKeyPair = 12,
        /// `GenerateDataKeyPairWithoutPlaintext`.
        GenerateDataKeyPairWithoutPlaintext = 13,
        /// `GenerateMac`.
        GenerateMac = 14,
        /// `VerifyMac`.
        VerifyMac = 15,
        /// `DeriveSharedSecret`.
        DeriveSharedSecret = 16,
        /// `Encapsulate`.
        Encapsulate = 17,
        /// `Decapsulate`.
        Decapsulate = 18,
    }
}

impl GrantOperation {
    /// The operation with this name, as the API writes it.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|operation| operation.name() == name)
    }
}

/// A set of operations.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct GrantOperations(u32);

impl GrantOperations {
    /// Whether `operation` is one of them.
    #[must_use]
    pub const fn contains(self, operation: GrantOperation) -> bool {
        self.0 & 1 << operation.number() != 0
    }

    /// Whether all of `others` are among them.
    #[must_use]
    pub const fn contains_all(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those in it, in the order of the table.
    pub fn iter(self) -> impl Iterator<Item = GrantOperation> {
        GrantOperation::ALL
            .iter()
            .copied()
            .filter(move |operation| self.contains(*operation))
    }

    /// One bit for each stored number.
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    /// The set with these bits. `None` if one of them has no operation.
    pub(crate) fn from_bits(bits: u32) -> Option<Self> {
        let every: Self = GrantOperation::ALL.iter().copied().collect();
        every.contains_all(Self(bits)).then_some(Self(bits))
    }
}

impl FromIterator<GrantOperation> for GrantOperations {
    fn from_iter<T: IntoIterator<Item = GrantOperation>>(operations: T) -> Self {
        let bits = operations
            .into_iter()
            .fold(0, |bits, operation| bits | 1 << operation.number());
        Self(bits)
    }
}

impl fmt::Debug for GrantOperations {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.iter()).finish()
    }
}

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
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_into_it() {
        let set: GrantOperations = [GrantOperation::Sign, GrantOperation::Decapsulate]
            .into_iter()
            .collect();
        for operation in GrantOperation::ALL {
            let is_in = matches!(
                operation,
                GrantOperation::Sign | GrantOperation::Decapsulate
            );
            assert_eq!(set.contains(*operation), is_in, "{operation}");
            assert_eq!(GrantOperation::by_name(operation.name()), Some(*operation));
        }
        assert_eq!(GrantOperations::from_bits(set.bits()), Some(set));
        assert_eq!(GrantOperations::from_bits(1 << 31), None);
    }
}
