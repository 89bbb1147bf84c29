//! The aliases of one partition, by name and by the key that they point to.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use crate::{Alias, ObjectId, Page};

/// All aliases.
#[derive(Default)]
pub(super) struct Aliases {
    by_name: BTreeMap<Box<str>, Arc<Alias>>,
    /// The time of making and the name, so that the first alias of a key comes first.
    by_target: HashMap<ObjectId, BTreeSet<(u64, Box<str>)>>,
}

impl Aliases {
    /// Adds an alias in place of one of the same name.
    pub(super) fn put(&mut self, alias: Arc<Alias>) {
        self.remove(&alias.name);
        self.by_target
            .entry(alias.target)
            .or_default()
            .insert((alias.created_at_unix_milliseconds, alias.name.clone()));
        self.by_name.insert(alias.name.clone(), alias);
    }

    pub(super) fn remove(&mut self, name: &str) {
        let Some(alias) = self.by_name.remove(name) else {
            return;
        };
        if let Some(names) = self.by_target.get_mut(&alias.target) {
            names.remove(&(alias.created_at_unix_milliseconds, alias.name.clone()));
            if names.is_empty() {
                self.by_target.remove(&alias.target);
            }
        }
    }

    /// Removes the alias of which this is true. Looks at all of them; for what happens seldom.
    pub(super) fn remove_where(&mut self, is_it: impl Fn(&Alias) -> bool) {
        let found = self.by_name.values().find(|alias| is_it(alias)).cloned();
        if let Some(alias) = found {
            self.remove(&alias.name);
        }
    }

    /// Removes every alias of a key, and gives them.
    pub(super) fn remove_key(&mut self, key: ObjectId) -> Vec<Arc<Alias>> {
        let removed = self.of_key(key);
        for alias in &removed {
            self.remove(&alias.name);
        }
        removed
    }

    pub(super) fn alias(&self, name: &str) -> Option<Arc<Alias>> {
        self.by_name.get(name).cloned()
    }

    /// A page of all aliases, by name.
    pub(super) fn page(&self, after: Option<&str>, limit: usize) -> Page<Alias> {
        let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rest = self.by_name.range::<str, _>((begin, Bound::Unbounded));
        Page::of(rest.map(|(_, alias)| Arc::clone(alias)), limit)
    }

    /// The aliases of a key, the first that was made first.
    pub(super) fn of_key(&self, key: ObjectId) -> Vec<Arc<Alias>> {
        self.by_target
            .get(&key)
            .into_iter()
            .flatten()
            .filter_map(|(_, name)| self.by_name.get(name).cloned())
            .collect()
    }
}
