//! What to look for among the objects of a partition.

use std::sync::Arc;

use hsm_algorithms::Attributes;

use crate::{ApplicationId, Object, ObjectId};

/// A search: the objects whose attributes equal all of the template's, in the order of their making.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// The attributes that it must have, with these values. Empty finds everything.
    pub template: Attributes,
    /// Whether objects with `CKA_PRIVATE` are found: the caller is logged in.
    pub includes_private: bool,
    /// The application whose session objects are found, beside the token objects.
    pub application: Option<ApplicationId>,
    /// The last id of the page before.
    pub after: Option<ObjectId>,
    /// The most objects to give.
    pub limit: usize,
}

/// One page of a search.
#[derive(Debug, Clone, Default)]
pub struct FoundObjects {
    /// At most as many as the query's limit.
    pub objects: Vec<Arc<Object>>,
    /// False if more may follow after the last of `objects`.
    pub is_last_page: bool,
}

/// How many objects a partition holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Stored ones.
    pub token_objects: u64,
    /// Those that live with an application.
    pub session_objects: u64,
}

/// Some of a longer list, in its order.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// At most as many as were asked for.
    pub entries: Vec<Arc<T>>,
    /// False if more follow after the last of `entries`.
    pub is_last: bool,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            is_last: true,
        }
    }
}

impl<T> Page<T> {
    /// Up to `limit` of what `entries` gives.
    pub(crate) fn of(mut entries: impl Iterator<Item = Arc<T>>, limit: usize) -> Self {
        let page = entries.by_ref().take(limit).collect();
        Self {
            entries: page,
            is_last: entries.next().is_none(),
        }
    }
}
