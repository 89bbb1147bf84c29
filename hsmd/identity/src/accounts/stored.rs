//! The stored forms of accounts and what they have. `docs/formats.md` has them.

use std::collections::BTreeMap;
use std::sync::Arc;

use hsmd_keys::AccountId;
use hsmd_policy::{PolicyKind, StoredPolicy};
use prost::Message;
use secrecy::{ExposeSecret, SecretString};
use zeroize::{Zeroize, Zeroizing};

use super::entities::{AccessKey, Account, Entity, ManagedPolicy, PolicyVersion, Role, Tag, User};
use crate::errors::Error;
use crate::stored::{decode, encode, encode_secret};

#[derive(Clone, PartialEq, Message)]
struct StoredAccount {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(uint64, tag = "2")]
    created_at: u64,
}

/// A user, role or managed policy: they share a table, and the first two letters of their ids tell them apart.
#[derive(Clone, PartialEq, Message)]
struct StoredEntity {
    #[prost(string, tag = "1")]
    account: String,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(string, tag = "3")]
    path: String,
    #[prost(uint64, tag = "4")]
    created_at: u64,
    #[prost(message, repeated, tag = "5")]
    tags: Vec<StoredTag>,
    #[prost(message, repeated, tag = "6")]
    inline_policies: Vec<StoredInline>,
    #[prost(string, repeated, tag = "7")]
    attached_policies: Vec<String>,
    #[prost(string, tag = "8")]
    description: String,
    /// Roles only.
    #[prost(uint32, tag = "9")]
    session_seconds_max: u32,
    /// Roles only.
    #[prost(string, tag = "10")]
    trust: String,
    /// Managed policies only.
    #[prost(message, repeated, tag = "11")]
    versions: Vec<StoredVersion>,
    #[prost(uint32, tag = "12")]
    default_version: u32,
    #[prost(uint32, tag = "13")]
    next_version: u32,
    #[prost(uint64, tag = "14")]
    updated_at: u64,
    /// Users and roles only: the ARN of the permissions boundary.
    #[prost(string, optional, tag = "15")]
    boundary: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
struct StoredTag {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, Message)]
struct StoredInline {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    text: String,
}

#[derive(Clone, PartialEq, Message)]
struct StoredVersion {
    #[prost(uint32, tag = "1")]
    number: u32,
    #[prost(uint64, tag = "2")]
    created_at: u64,
    #[prost(string, tag = "3")]
    text: String,
}

#[derive(Clone, PartialEq, Message)]
struct StoredAccessKey {
    #[prost(string, tag = "1")]
    account: String,
    /// The id of its user, or the name of its service; empty of the root user's.
    #[prost(string, tag = "2")]
    user_id: String,
    #[prost(bool, tag = "3")]
    is_active: bool,
    #[prost(uint64, tag = "4")]
    created_at: u64,
    #[prost(string, tag = "5")]
    secret: String,
}

/// A record of the table of users, roles and managed policies.
pub(super) enum StoredThing {
    User(User),
    Role(Role),
    Policy(AccountId, ManagedPolicy),
}

pub(super) fn account_to_stored(account: &Account) -> Vec<u8> {
    encode(&StoredAccount {
        name: account.name.clone(),
        created_at: account.created_at,
    })
}

pub(super) fn account_from_stored(name: &[u8], bytes: &[u8]) -> Result<Account, Error> {
    let stored: StoredAccount = decode(bytes, "account")?;
    Ok(Account {
        id: account_id(std::str::from_utf8(name).unwrap_or_default())?,
        name: stored.name,
        created_at: stored.created_at,
    })
}

pub(super) fn user_to_stored(user: &User) -> Vec<u8> {
    encode(&entity_to_stored(&user.entity))
}

pub(super) fn role_to_stored(role: &Role) -> Vec<u8> {
    encode(&StoredEntity {
        description: role.description.clone(),
        session_seconds_max: role.session_seconds_max,
        trust: role.trust.text.to_string(),
        ..entity_to_stored(&role.entity)
    })
}

pub(super) fn policy_to_stored(account: AccountId, policy: &ManagedPolicy) -> Vec<u8> {
    let versions = policy.versions.iter().map(|version| StoredVersion {
        number: version.number,
        created_at: version.created_at,
        text: version.policy.text.to_string(),
    });
    encode(&StoredEntity {
        account: account.to_string(),
        name: policy.name.clone(),
        path: policy.path.clone(),
        created_at: policy.created_at,
        tags: tags_to_stored(&policy.tags),
        description: policy.description.clone(),
        versions: versions.collect(),
        default_version: policy.default_version,
        next_version: policy.next_version,
        updated_at: policy.updated_at,
        ..StoredEntity::default()
    })
}

/// Reads a record of the table, whose name is the thing's id.
pub(super) fn thing_from_stored(name: &[u8], bytes: &[u8]) -> Result<StoredThing, Error> {
    let stored: StoredEntity = decode(bytes, WHAT)?;
    let id = std::str::from_utf8(name).map_err(|_| damaged())?.to_owned();
    if id.starts_with("AIDA") {
        let entity = entity_from_stored(id, stored)?;
        Ok(StoredThing::User(User { entity }))
    } else if id.starts_with("AROA") {
        Ok(StoredThing::Role(Role {
            description: stored.description.clone(),
            session_seconds_max: stored.session_seconds_max,
            trust: policy(&stored.trust, PolicyKind::Trust)?,
            entity: entity_from_stored(id, stored)?,
        }))
    } else if id.starts_with("ANPA") {
        let account = account_id(&stored.account)?;
        Ok(StoredThing::Policy(
            account,
            policy_from_stored(id, account, stored)?,
        ))
    } else {
        Err(damaged())
    }
}

/// The stored form, which holds the secret and is sealed by the Barrier.
#[expect(
    clippy::disallowed_methods,
    reason = "the secret goes into a record that the Barrier seals; the bytes are wiped"
)]
pub(super) fn access_key_to_stored(
    key: &AccessKey,
    user_id: &str,
    secret: &SecretString,
) -> Zeroizing<Vec<u8>> {
    let mut stored = StoredAccessKey {
        account: key.account.to_string(),
        user_id: user_id.to_owned(),
        is_active: key.is_active,
        created_at: key.created_at,
        secret: secret.expose_secret().to_owned(),
    };
    let bytes = encode_secret(&stored);
    stored.secret.zeroize();
    bytes
}

/// An access key, whose it is (the id of a user, the name of a service, or empty: the root user), and its secret.
pub(super) fn access_key_from_stored(
    name: &[u8],
    bytes: &[u8],
) -> Result<(AccessKey, String, SecretString), Error> {
    let mut stored: StoredAccessKey = decode(bytes, "access key")?;
    let secret = SecretString::from(std::mem::take(&mut stored.secret));
    let key = AccessKey {
        id: String::from_utf8(name.to_vec()).map_err(|_| damaged())?,
        account: account_id(&stored.account)?,
        user: None,
        service: None,
        is_active: stored.is_active,
        created_at: stored.created_at,
    };
    Ok((key, stored.user_id, secret))
}

fn entity_to_stored(entity: &Entity) -> StoredEntity {
    let inline_policies = entity
        .inline_policies
        .iter()
        .map(|(name, policy)| StoredInline {
            name: name.clone(),
            text: policy.text.to_string(),
        });
    StoredEntity {
        account: entity.account.to_string(),
        name: entity.name.clone(),
        path: entity.path.clone(),
        created_at: entity.created_at,
        tags: tags_to_stored(&entity.tags),
        inline_policies: inline_policies.collect(),
        attached_policies: entity.attached_policies.clone(),
        boundary: entity.boundary.clone(),
        ..StoredEntity::default()
    }
}

fn entity_from_stored(id: String, stored: StoredEntity) -> Result<Entity, Error> {
    let inline_policies: BTreeMap<_, _> = stored
        .inline_policies
        .into_iter()
        .map(|inline| Ok((inline.name, policy(&inline.text, PolicyKind::Identity)?)))
        .collect::<Result<_, Error>>()?;
    Ok(Entity {
        account: account_id(&stored.account)?,
        name: stored.name,
        path: stored.path,
        id,
        created_at: stored.created_at,
        tags: tags_from_stored(stored.tags),
        inline_policies,
        attached_policies: stored.attached_policies,
        boundary: stored.boundary,
    })
}

fn policy_from_stored(
    id: String,
    account: AccountId,
    stored: StoredEntity,
) -> Result<ManagedPolicy, Error> {
    let versions = stored.versions.into_iter().map(|version| {
        Ok(PolicyVersion {
            number: version.number,
            created_at: version.created_at,
            policy: policy(&version.text, PolicyKind::Identity)?,
        })
    });
    Ok(ManagedPolicy {
        account: Some(account),
        name: stored.name,
        path: stored.path,
        id,
        description: stored.description,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
        versions: versions.collect::<Result<_, Error>>()?,
        default_version: stored.default_version,
        next_version: stored.next_version,
        tags: tags_from_stored(stored.tags),
    })
}

fn tags_to_stored(tags: &[Tag]) -> Vec<StoredTag> {
    let stored = tags.iter().map(|(key, value)| StoredTag {
        key: key.clone(),
        value: value.clone(),
    });
    stored.collect()
}

fn tags_from_stored(tags: Vec<StoredTag>) -> Vec<Tag> {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

fn policy(text: &str, kind: PolicyKind) -> Result<Arc<StoredPolicy>, Error> {
    StoredPolicy::parse(text, kind).map_err(|_| Error::Damaged { what: "policy" })
}

fn account_id(text: &str) -> Result<AccountId, Error> {
    text.parse().map_err(|_| Error::Damaged { what: "account" })
}

const WHAT: &str = "user, role or policy";

fn damaged() -> Error {
    Error::Damaged { what: WHAT }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_forms_do_not_change() {
        let id: AccountId = "111122223333".parse().unwrap();
        let account = Account {
            id,
            name: "one".to_owned(),
            created_at: 5,
        };
        let bytes = account_to_stored(&account);
        assert_eq!(bytes, b"\x01\x0a\x03one\x10\x05");
        assert_eq!(account_from_stored(b"111122223333", &bytes), Ok(account));

        let key = AccessKey {
            id: "AKIA".to_owned(),
            account: id,
            user: None,
            service: None,
            is_active: true,
            created_at: 5,
        };
        let secret = SecretString::from("s");
        let bytes = access_key_to_stored(&key, "AIDA", &secret);
        let expected = b"\x01\x0a\x0c111122223333\x12\x04AIDA\x18\x01\x20\x05\x2a\x01s";
        assert_eq!(bytes.as_slice(), expected);
        let (read, user_id, _) = access_key_from_stored(b"AKIA", &bytes).unwrap();
        assert_eq!((read, user_id.as_str()), (key, "AIDA"));

        let entity = Entity {
            account: id,
            name: "ada".to_owned(),
            path: "/".to_owned(),
            id: "AIDAX".to_owned(),
            created_at: 5,
            tags: vec![("k".to_owned(), "v".to_owned())],
            inline_policies: BTreeMap::new(),
            attached_policies: vec!["arn".to_owned()],
            boundary: None,
        };
        let user = User { entity };
        let bytes = user_to_stored(&user);
        let expected = b"\x01\x0a\x0c111122223333\x12\x03ada\x1a\x01/\x20\x05\x2a\x06\x0a\x01k\x12\x01v\x3a\x03arn";
        assert_eq!(bytes, expected);
        let Ok(StoredThing::User(read)) = thing_from_stored(b"AIDAX", &bytes) else {
            panic!("it is a user");
        };
        assert_eq!(read, user);
    }

    #[test]
    fn a_record_of_another_version_or_cut_short_is_damaged() {
        let whole = b"\x01\x0a\x03one\x10\x05";
        for bytes in [
            &b"\x02\x0a\x03one\x10\x05"[..],
            &whole[..whole.len() - 1],
            b"",
        ] {
            assert!(account_from_stored(b"111122223333", bytes).is_err());
        }
        assert!(account_from_stored(b"11112222333", whole).is_err());
        assert!(thing_from_stored(b"none", b"\x01").is_err());
    }
}
