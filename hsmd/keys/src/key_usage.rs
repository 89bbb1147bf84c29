//! What a KMS key is for, what a grant can let its grantee do, and the pairs that a ciphertext is bound to.

use std::collections::BTreeMap;
use std::fmt;

use crate::state::stored_enum;

stored_enum! {
    /// What a KMS key is for: fixed at its making.
    KeyUsage {
        /// Encrypts and decrypts.
        EncryptDecrypt = 1,
        /// Signs and verifies.
        SignVerify = 2,
        /// Makes and checks message authentication codes.
        GenerateVerifyMac = 3,
        /// Agrees on shared secrets.
        KeyAgreement = 4,
        /// Encapsulates and decapsulates shared secrets.
        EncapsulateDecapsulate = 5,
    }
}

impl KeyUsage {
    /// The name in the KMS API.
    #[must_use]
    pub const fn kms_name(self) -> &'static str {
        match self {
            Self::EncryptDecrypt => "ENCRYPT_DECRYPT",
            Self::SignVerify => "SIGN_VERIFY",
            Self::GenerateVerifyMac => "GENERATE_VERIFY_MAC",
            Self::KeyAgreement => "KEY_AGREEMENT",
            Self::EncapsulateDecapsulate => "ENCAPSULATE_DECAPSULATE",
        }
    }

    /// The usage with this name in the KMS API.
    #[must_use]
    pub fn by_kms_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|usage| usage.kms_name() == name)
    }
}

stored_enum! {
    /// What a grant can let its grantee do; the names are those of the KMS API.
    GrantOperation {
        /// `Decrypt`.
        Decrypt = 1,
        /// `Encrypt`.
        Encrypt = 2,
        /// `GenerateDataKey`.
        GenerateDataKey = 3,
        /// `GenerateDataKeyWithoutPlaintext`.
        GenerateDataKeyWithoutPlaintext = 4,
        /// `ReEncrypt`, as the key that decrypts.
        ReEncryptFrom = 5,
        /// `ReEncrypt`, as the key that encrypts.
        ReEncryptTo = 6,
        /// `Sign`.
        Sign = 7,
        /// `Verify`.
        Verify = 8,
        /// `GetPublicKey`.
        GetPublicKey = 9,
        /// `CreateGrant`, within the limits of this one.
        CreateGrant = 10,
        /// `RetireGrant`.
        RetireGrant = 11,
        /// `DescribeKey`.
        DescribeKey = 12,
        /// `GenerateDataKeyPair`.
        GenerateDataKeyPair = 13,
        /// `GenerateDataKeyPairWithoutPlaintext`.
        GenerateDataKeyPairWithoutPlaintext = 14,
        /// `GenerateMac`.
        GenerateMac = 15,
        /// `VerifyMac`.
        VerifyMac = 16,
        /// `DeriveSharedSecret`.
        DeriveSharedSecret = 17,
        /// `Encapsulate`.
        Encapsulate = 18,
        /// `Decapsulate`.
        Decapsulate = 19,
    }
}

impl GrantOperation {
    /// The operation with this name in the KMS API. Names are case-sensitive.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|operation| operation.name() == name)
    }
}

/// The pairs of names and values that a ciphertext is bound to, sorted by name. No secret: they stand in the audit log.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct EncryptionContext(BTreeMap<String, String>);

impl EncryptionContext {
    /// Whether there is no pair.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many pairs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The pairs, by name.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of this name, which is compared exactly.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether every pair of `other` is one of these.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        other
            .pairs()
            .all(|(name, value)| self.get(name) == Some(value))
    }

    /// Bytes of names and values together.
    #[must_use]
    pub fn length_bytes(&self) -> usize {
        self.pairs()
            .map(|(name, value)| name.len() + value.len())
            .sum()
    }

    /// The one form that is authenticated with a ciphertext: for each pair, sorted by the bytes of its name, the lengths of
    /// name and value as 32-bit numbers, big-endian, each followed by its bytes. No two different maps give the same bytes.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.length_bytes() + 8 * self.len());
        for text in self.pairs().flat_map(|(name, value)| [name, value]) {
            let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        bytes
    }
}

impl FromIterator<(String, String)> for EncryptionContext {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl fmt::Debug for EncryptionContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncryptionContext({} pairs)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn context(pairs: &[(&str, &str)]) -> EncryptionContext {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn the_canonical_form_is_the_published_one() {
        let pairs = context(&[("purpose", "test"), ("b", "")]);
        assert_eq!(
            pairs.canonical(),
            b"\0\0\0\x01b\0\0\0\0\0\0\0\x07purpose\0\0\0\x04test"
        );
        assert!(EncryptionContext::default().canonical().is_empty());
    }

    #[test]
    fn a_context_contains_those_with_fewer_of_its_pairs() {
        let all = context(&[("a", "1"), ("b", "2")]);
        assert!(all.contains(&context(&[("b", "2")])) && all.contains(&context(&[])));
        assert!(!all.contains(&context(&[("b", "1")])) && !all.contains(&context(&[("B", "2")])));
    }

    proptest! {
        #[test]
        fn different_contexts_have_different_canonical_forms(
            one in prop::collection::vec(("[ab]{0,3}", "[ab]{0,3}"), 0..4),
            other in prop::collection::vec(("[ab]{0,3}", "[ab]{0,3}"), 0..4),
        ) {
            let one: EncryptionContext = one.into_iter().collect();
            let other: EncryptionContext = other.into_iter().collect();
            prop_assert_eq!(one == other, one.canonical() == other.canonical());
        }
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for usage in KeyUsage::ALL {
            assert_eq!(KeyUsage::by_kms_name(usage.kms_name()), Some(*usage));
        }
        for operation in GrantOperation::ALL {
            assert_eq!(GrantOperation::by_name(operation.name()), Some(*operation));
        }
        assert_eq!(GrantOperation::by_name("encrypt"), None);
    }
}
