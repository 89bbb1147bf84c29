//! The grants of one partition, in the orders in which they are looked for.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashSet};
use std::ops::Bound;
use std::sync::Arc;

use crate::{Grant, GrantId, ObjectId, Page};

/// All grants. Each is one allocation, which the three orders share.
#[derive(Default)]
pub(super) struct Grants {
    by_key: BTreeSet<ByKey>,
    by_grantee: BTreeSet<ByGrantee>,
    by_retiring: BTreeSet<ByRetiring>,
    /// Every principal that a grant names, once.
    principals: HashSet<Arc<str>>,
}

impl Grants {
    /// Adds a grant, and gives it as it is kept.
    pub(super) fn add(&mut self, mut grant: Grant) -> Arc<Grant> {
        grant.grantee = self.principal(&grant.grantee);
        grant.retiring = grant
            .retiring
            .as_ref()
            .map(|retiring| self.principal(retiring));
        let grant = Arc::new(grant);
        self.by_key.insert(ByKey(Arc::clone(&grant)));
        self.by_grantee.insert(ByGrantee(Arc::clone(&grant)));
        if grant.retiring.is_some() {
            self.by_retiring.insert(ByRetiring(Arc::clone(&grant)));
        }
        grant
    }

    pub(super) fn remove(&mut self, grant: &Arc<Grant>) {
        self.by_key.remove(&ByKey(Arc::clone(grant)));
        self.by_grantee.remove(&ByGrantee(Arc::clone(grant)));
        self.by_retiring.remove(&ByRetiring(Arc::clone(grant)));
        for principal in [Some(&grant.grantee), grant.retiring.as_ref()]
            .into_iter()
            .flatten()
        {
            self.forget_principal(principal);
        }
    }

    /// Removes every grant of a key, and gives them.
    pub(super) fn remove_key(&mut self, key: ObjectId) -> Vec<Arc<Grant>> {
        let removed: Vec<_> = self.of_key(key, None).cloned().collect();
        for grant in &removed {
            self.remove(grant);
        }
        removed
    }

    pub(super) fn grant(&self, key: ObjectId, id: GrantId) -> Option<Arc<Grant>> {
        let place = At((key.as_bytes(), "", &[], id.as_bytes()));
        self.by_key
            .get(&place as &dyn Placed)
            .map(|ByKey(grant)| Arc::clone(grant))
    }

    /// A page of a key's grants, by id.
    pub(super) fn page(&self, key: ObjectId, after: Option<GrantId>, limit: usize) -> Page<Grant> {
        Page::of(self.of_key(key, after).cloned(), limit)
    }

    /// The grants that let `grantee` use a key.
    pub(super) fn of_grantee(&self, key: ObjectId, grantee: &str) -> Vec<Arc<Grant>> {
        let begin = At((key.as_bytes(), grantee, &[], &[]));
        self.by_grantee
            .range::<dyn Placed, _>((Bound::Included(&begin as &dyn Placed), Bound::Unbounded))
            .map(|ByGrantee(grant)| grant)
            .take_while(|grant| grant.key == key && *grant.grantee == *grantee)
            .cloned()
            .collect()
    }

    /// A page of the grants that `principal` may retire, by key and id.
    pub(super) fn retirable(
        &self,
        principal: &str,
        after: Option<(ObjectId, GrantId)>,
        limit: usize,
    ) -> Page<Grant> {
        let (key, id) = after.unzip();
        let key: &[u8] = key.as_ref().map_or(&[], |key| key.as_bytes());
        let id: &[u8] = id.as_ref().map_or(&[], |id| id.as_bytes());
        let begin = At((&[], principal, key, id));
        let rest = self
            .by_retiring
            .range::<dyn Placed, _>((Bound::Excluded(&begin as &dyn Placed), Bound::Unbounded))
            .map(|ByRetiring(grant)| grant)
            .take_while(|grant| grant.retiring.as_deref() == Some(principal));
        Page::of(rest.cloned(), limit)
    }

    /// How many grants a key has.
    pub(super) fn count(&self, key: ObjectId) -> usize {
        self.of_key(key, None).count()
    }

    fn of_key(&self, key: ObjectId, after: Option<GrantId>) -> impl Iterator<Item = &Arc<Grant>> {
        let id: &[u8] = after.as_ref().map_or(&[], |id| id.as_bytes());
        let begin = At((key.as_bytes(), "", &[], id));
        self.by_key
            .range::<dyn Placed, _>((Bound::Excluded(&begin as &dyn Placed), Bound::Unbounded))
            .map(|ByKey(grant)| grant)
            .take_while(move |grant| grant.key == key)
    }

    fn principal(&mut self, name: &Arc<str>) -> Arc<str> {
        if let Some(kept) = self.principals.get(name) {
            return Arc::clone(kept);
        }
        self.principals.insert(Arc::clone(name));
        Arc::clone(name)
    }

    /// Forgets a principal that no other grant names: the set and the grant at hand hold the last two references.
    fn forget_principal(&mut self, name: &Arc<str>) {
        if Arc::strong_count(name) <= 2 {
            self.principals.remove(name);
        }
    }
}

/// Where a grant stands in an order: first key, principal, second key, id; those that the order does not need are empty.
type Place<'a> = (&'a [u8], &'a str, &'a [u8], &'a [u8]);

/// Something with a place, so that a look-up need not make a grant to compare with.
trait Placed {
    fn place(&self) -> Place<'_>;
}

/// A place to look for.
struct At<'a>(Place<'a>);

impl Placed for At<'_> {
    fn place(&self) -> Place<'_> {
        self.0
    }
}

impl PartialEq for dyn Placed + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.place() == other.place()
    }
}

impl Eq for dyn Placed + '_ {}

impl PartialOrd for dyn Placed + '_ {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for dyn Placed + '_ {
    fn cmp(&self, other: &Self) -> Ordering {
        self.place().cmp(&other.place())
    }
}

/// Makes a grant that sorts by what `place` says.
macro_rules! order {
    ($(#[$documentation:meta])* $name:ident, |$grant:ident| $place:expr) => {
        $(#[$documentation])*
        struct $name(Arc<Grant>);

        impl Placed for $name {
            fn place(&self) -> Place<'_> {
                let $grant = &self.0;
                $place
            }
        }

        impl<'a> Borrow<dyn Placed + 'a> for $name {
            fn borrow(&self) -> &(dyn Placed + 'a) {
                self
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.place() == other.place()
            }
        }

        impl Eq for $name {}

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                self.place().cmp(&other.place())
            }
        }
    };
}

order! {
    /// By key, then id.
    ByKey, |grant| (grant.key.as_bytes(), "", &[], grant.id.as_bytes())
}

order! {
    /// By key, then grantee, then id.
    ByGrantee, |grant| (grant.key.as_bytes(), &grant.grantee, &[], grant.id.as_bytes())
}

order! {
    /// By retiring principal, then key, then id.
    ByRetiring, |grant| (
        &[],
        grant.retiring.as_deref().unwrap_or_default(),
        grant.key.as_bytes(),
        grant.id.as_bytes(),
    )
}
