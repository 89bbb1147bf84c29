//! What policies are asked about: who asks for which action on which resource, and what else is known of the request.

use std::borrow::Cow;
use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::fmt;

use crate::condition_keys::{ConditionKey, KeyName};

/// One question to the policies.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The action as policies write it: `kms:Encrypt`.
    pub action: &'a str,
    /// The ARN that the action touches, or `*` where it touches none.
    pub resource: &'a str,
    /// Who asks.
    pub principal: Principal<'a>,
    /// What conditions may ask about.
    pub keys: &'a dyn ConditionValues,
}

/// Where the values for conditions come from. Most policies ask for none, so they may be gathered when the first is
/// asked for.
pub trait ConditionValues: fmt::Debug {
    /// The values.
    fn gathered(&self) -> &RequestKeys;
}

impl ConditionValues for RequestKeys {
    fn gathered(&self) -> &RequestKeys {
        self
    }
}

impl<F: FnOnce() -> RequestKeys> ConditionValues for LazyCell<RequestKeys, F> {
    fn gathered(&self) -> &RequestKeys {
        self
    }
}

/// Who asks, as policies name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Principal<'a> {
    /// The 12 digits of the account that the principal belongs to. Empty for a service.
    pub account: &'a str,
    /// The ARN: `arn:aws:iam::111122223333:user/ada`, `arn:aws:sts::111122223333:assumed-role/writer/ada`,
    /// `arn:aws:iam::111122223333:root`. A service's name for a service.
    pub arn: &'a str,
    /// The unique id (`AIDA…` of a user, `AROA…` of a session's role), to which stored policies are bound.
    pub unique_id: &'a str,
    /// What kind of principal it is.
    pub kind: PrincipalKind<'a>,
}

/// The kinds of principal that policies tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrincipalKind<'a> {
    /// The root user of an account: let in by statements for the account, and not bound by identity policies.
    Root,
    /// A user.
    User,
    /// A session of a role.
    Session {
        /// The role's ARN with its path, `arn:aws:iam::111122223333:role/teams/writer`.
        role_arn: &'a str,
    },
    /// A federated user, `arn:aws:sts::111122223333:federated-user/ada`.
    FederatedUser,
    /// A service, by its name: `s3.amazonaws.com`.
    Service,
}

/// The values that a request has for the condition keys. Names are compared without regard to case.
#[derive(Debug, Clone, Default)]
pub struct RequestKeys {
    entries: Vec<(KeyName, KeyValues)>,
}

/// What a request has for one condition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyValues {
    Values(Vec<Cow<'static, str>>),
    Unusable,
}

impl RequestKeys {
    /// No keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one value of a key. Values of one key add up.
    pub fn insert(&mut self, name: impl Into<KeyName>, value: impl Into<Cow<'static, str>>) {
        match self.entry(name.into()) {
            KeyValues::Values(values) => values.push(value.into()),
            KeyValues::Unusable => {}
        }
    }

    /// Adds several values of a key. With none, the key is there and empty, which to conditions is as if it were not.
    pub fn insert_all<V: Into<Cow<'static, str>>>(
        &mut self,
        name: impl Into<KeyName>,
        values: impl IntoIterator<Item = V>,
    ) {
        match self.entry(name.into()) {
            KeyValues::Values(there) => there.extend(values.into_iter().map(Into::into)),
            KeyValues::Unusable => {}
        }
    }

    /// Takes a key away with its values.
    pub fn remove(&mut self, name: &KeyName) {
        self.entries.retain(|(there, _)| there != name);
    }

    /// Adds `true` or `false`.
    pub fn insert_flag(&mut self, name: impl Into<KeyName>, value: bool) {
        self.insert(name, if value { "true" } else { "false" });
    }

    /// Adds the pairs and the names of an encryption context.
    pub fn insert_encryption_context(&mut self, pairs: &EncryptionContext) {
        for (name, value) in pairs.pairs() {
            self.insert(
                KeyName::suffixed(ConditionKey::KmsEncryptionContext, name),
                value.to_owned(),
            );
        }
        if !pairs.is_empty() {
            self.insert_all(
                ConditionKey::KmsEncryptionContextKeys,
                pairs.pairs().map(|(name, _)| name.to_owned()),
            );
        }
    }

    /// Makes every condition on this key fail closed, as for the aliases of a key that has too many.
    pub fn make_unusable(&mut self, name: impl Into<KeyName>) {
        *self.entry(name.into()) = KeyValues::Unusable;
    }

    /// The values of a key; empty where the request has none.
    #[must_use]
    pub fn values(&self, name: &KeyName) -> &[Cow<'static, str>] {
        match self.find(name) {
            Some(KeyValues::Values(values)) => values,
            Some(KeyValues::Unusable) | None => &[],
        }
    }

    /// The names that have values, with them.
    pub fn iter(&self) -> impl Iterator<Item = (&KeyName, &[Cow<'static, str>])> {
        self.entries
            .iter()
            .filter_map(|(name, values)| match values {
                KeyValues::Values(values) => Some((name, values.as_slice())),
                KeyValues::Unusable => None,
            })
    }

    pub(crate) fn find(&self, name: &KeyName) -> Option<&KeyValues> {
        self.entries
            .iter()
            .find(|(there, _)| there == name)
            .map(|(_, values)| values)
    }

    fn entry(&mut self, name: KeyName) -> &mut KeyValues {
        let index = if let Some(index) = self.entries.iter().position(|(there, _)| *there == name) {
            index
        } else {
            self.entries.push((name, KeyValues::Values(Vec::new())));
            self.entries.len() - 1
        };
        &mut self.entries[index].1
    }
}

/// The pairs that a caller binds to a ciphertext: authenticated with it, written to the audit log, and asked about by
/// conditions and grants. Sorted by the bytes of the names; empty is the same as none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct EncryptionContext {
    pairs: BTreeMap<Box<str>, Box<str>>,
}

impl EncryptionContext {
    /// No pairs.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The pairs in the order of their names.
    #[must_use]
    pub fn pairs(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (&**name, &**value))
    }

    /// The value of this name, compared exactly.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.get(name).map(|value| &**value)
    }

    /// Whether there are no pairs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// How many pairs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether every pair of `part` is here too.
    #[must_use]
    pub fn contains_all(&self, part: &Self) -> bool {
        part.pairs()
            .all(|(name, value)| self.get(name) == Some(value))
    }
}

impl EncryptionContext {
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

impl<N: Into<Box<str>>, V: Into<Box<str>>> FromIterator<(N, V)> for EncryptionContext {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self {
            pairs: pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_canonical_form_is_the_published_one() {
        let pairs: EncryptionContext = [("purpose", "test"), ("b", "")].into_iter().collect();
        assert_eq!(
            pairs.canonical(),
            b"\0\0\0\x01b\0\0\0\0\0\0\0\x07purpose\0\0\0\x04test"
        );
        assert!(EncryptionContext::new().canonical().is_empty());
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
}
