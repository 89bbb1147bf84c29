//! What a partition of an account has beside its objects: which of them are KMS keys, when time alone changes one, and
//! aliases and grants.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use super::aliases::Aliases;
use super::grants::Grants;
use crate::{Alias, Grant, Object, ObjectId};

/// The indexes of a partition of an account; empty in others.
#[derive(Default)]
pub(super) struct Account {
    keys: BTreeSet<ObjectId>,
    /// When time alone changes a key next, and the key.
    due: BTreeSet<(u64, ObjectId)>,
    pub(super) aliases: Aliases,
    pub(super) grants: Grants,
}

/// What went when a key did: records that are part of nothing any more.
#[derive(Default)]
pub(super) struct Orphans {
    pub(super) aliases: Vec<Arc<Alias>>,
    pub(super) grants: Vec<Arc<Grant>>,
}

impl Orphans {
    pub(super) fn extend(&mut self, other: Self) {
        self.aliases.extend(other.aliases);
        self.grants.extend(other.grants);
    }
}

impl Account {
    pub(super) fn add(&mut self, object: &Object) {
        if object.kms.is_none() {
            return;
        }
        self.keys.insert(object.id);
        if let Some(due) = object.next_event_unix_milliseconds() {
            self.due.insert((due, object.id));
        }
    }

    /// Forgets an object, with its aliases and grants.
    pub(super) fn remove(&mut self, object: &Object) -> Orphans {
        if object.kms.is_none() {
            return Orphans::default();
        }
        self.keys.remove(&object.id);
        self.forget_due(object);
        Orphans {
            aliases: self.aliases.remove_key(object.id),
            grants: self.grants.remove_key(object.id),
        }
    }

    pub(super) fn replace(&mut self, old: &Object, new: &Object) {
        if old.kms.is_some() {
            self.keys.remove(&old.id);
            self.forget_due(old);
        }
        self.add(new);
    }

    /// The ids of KMS keys after `after`, in order.
    pub(super) fn keys(&self, after: Option<ObjectId>) -> impl Iterator<Item = ObjectId> {
        let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.keys.range((begin, Bound::Unbounded)).copied()
    }

    pub(super) fn key_count(&self) -> usize {
        self.keys.len()
    }

    /// The keys whose time has come, the longest overdue first.
    pub(super) fn due(&self, now_unix_milliseconds: u64) -> impl Iterator<Item = ObjectId> {
        self.due
            .iter()
            .take_while(move |(due, _)| *due <= now_unix_milliseconds)
            .map(|(_, id)| *id)
    }

    fn forget_due(&mut self, object: &Object) {
        if let Some(due) = object.next_event_unix_milliseconds() {
            self.due.remove(&(due, object.id));
        }
    }
}
