//! The grants of one partition, in the orders in which they are looked for.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::hash_map::DefaultHasher;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{Hash as _, Hasher as _};
use std::ops::Bound;
use std::sync::Arc;

use hsmd_policy::EncryptionContext;

use crate::{Grant, GrantId, ObjectId, Page};

/// All grants. Each is one allocation, which the orders share. Whatever is asked costs what it gives and a look-up,
/// however many grants a key or an account has.
#[derive(Default)]
pub(super) struct Grants {
    by_key: BTreeSet<ByKey>,
    by_grantee: BTreeSet<ByGrantee>,
    by_context: BTreeSet<ByContext>,
    /// Those with a name.
    by_name: BTreeSet<ByName>,
    /// Those that somebody may retire.
    by_retiring: BTreeSet<ByRetiring>,
    counts: HashMap<ObjectId, usize>,
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
        if self.by_key.insert(ByKey(Arc::clone(&grant))) {
            *self.counts.entry(grant.key).or_default() += 1;
        }
        if !grant.name.is_empty() {
            self.by_name.insert(ByName(Arc::clone(&grant)));
        }
        self.by_grantee.insert(ByGrantee(Arc::clone(&grant)));
        self.by_context.insert(ByContext::of(&grant));
        if grant.retiring.is_some() {
            self.by_retiring.insert(ByRetiring(Arc::clone(&grant)));
        }
        grant
    }

    pub(super) fn remove(&mut self, grant: &Arc<Grant>) {
        if self.by_key.remove(&ByKey(Arc::clone(grant)))
            && let Entry::Occupied(mut count) = self.counts.entry(grant.key)
        {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
        self.by_name.remove(&ByName(Arc::clone(grant)));
        self.by_grantee.remove(&ByGrantee(Arc::clone(grant)));
        self.by_context.remove(&ByContext::of(grant));
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

    /// A grant that lets `grantee` use a key and of which this is true. With a `context`, only those are asked that leave
    /// the encryption context open or fix it to this one, however many there are for others.
    pub(super) fn to_grantee(
        &self,
        key: ObjectId,
        grantee: &str,
        context: Option<&EncryptionContext>,
        mut is_it: impl FnMut(&Grant) -> bool,
    ) -> Option<Arc<Grant>> {
        let Some(context) = context else {
            let mut grants = self.of_grantee(key, grantee, None);
            return grants.find(|grant| is_it(grant)).cloned();
        };
        let fixed = fingerprint(context);
        [&[][..], &fixed].into_iter().find_map(|fingerprint| {
            let begin = At((key.as_bytes(), grantee, fingerprint, &[]));
            self.by_context
                .range::<dyn Placed, _>((Bound::Included(&begin as &dyn Placed), Bound::Unbounded))
                .take_while(|entry| {
                    let (at_key, principal, at_context, _) = entry.place();
                    (at_key, principal, at_context) == (key.as_bytes(), grantee, fingerprint)
                })
                .map(|entry| &entry.grant)
                .find(|grant| is_it(grant))
                .cloned()
        })
    }

    /// A page of the grants that let `grantee` use a key, by id.
    pub(super) fn page_to(
        &self,
        key: ObjectId,
        grantee: &str,
        after: Option<GrantId>,
        limit: usize,
    ) -> Page<Grant> {
        Page::of(self.of_grantee(key, grantee, after).cloned(), limit)
    }

    /// A grant that has this name, lets `grantee` use a key, and of which this is true.
    pub(super) fn named(
        &self,
        key: ObjectId,
        grantee: &str,
        name: &str,
        mut is_it: impl FnMut(&Grant) -> bool,
    ) -> Option<Arc<Grant>> {
        let begin = At((key.as_bytes(), grantee, name.as_bytes(), &[]));
        self.by_name
            .range::<dyn Placed, _>((Bound::Included(&begin as &dyn Placed), Bound::Unbounded))
            .map(|ByName(grant)| grant)
            .take_while(|grant| {
                grant.key == key && *grant.grantee == *grantee && *grant.name == *name
            })
            .find(|grant| is_it(grant))
            .cloned()
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
        self.counts.get(&key).copied().unwrap_or_default()
    }

    fn of_grantee<'a>(
        &'a self,
        key: ObjectId,
        grantee: &'a str,
        after: Option<GrantId>,
    ) -> impl Iterator<Item = &'a Arc<Grant>> {
        let id: &[u8] = after.as_ref().map_or(&[], |id| id.as_bytes());
        let begin = At((key.as_bytes(), grantee, &[], id));
        self.by_grantee
            .range::<dyn Placed, _>((Bound::Excluded(&begin as &dyn Placed), Bound::Unbounded))
            .map(|ByGrantee(grant)| grant)
            .take_while(move |grant| grant.key == key && *grant.grantee == *grantee)
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

/// Where a grant stands in an order: first key, principal, second key or name, id; those that the order does not need are empty.
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

/// Sorts something by its place.
macro_rules! sorted_by_place {
    ($name:ident) => {
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

/// Makes a grant that sorts by what `place` says.
macro_rules! order {
    ($(#[$documentation:meta])* $name:ident, |$grant:ident| $place:expr) => {
        $(#[$documentation])*
        struct $name(Arc<Grant>);

        impl Placed for $name {
            fn place(&self) -> Place<'_> {
                #[cfg(test)]
                VISITED.set(VISITED.get() + 1);
                let $grant = &self.0;
                $place
            }
        }

        sorted_by_place!($name);
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
    /// By key, then grantee, then name, then id.
    ByName, |grant| (grant.key.as_bytes(), &grant.grantee, grant.name.as_bytes(), grant.id.as_bytes())
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

/// By key, then grantee, then the encryption context that the grant fixes, then id.
struct ByContext {
    grant: Arc<Grant>,
    /// None where the grant fixes no encryption context.
    context: Option<[u8; FINGERPRINT_BYTES]>,
}

impl ByContext {
    fn of(grant: &Arc<Grant>) -> Self {
        let constraints = grant.constraints.as_ref();
        let fixed =
            constraints.and_then(|constraints| constraints.encryption_context_equals.as_ref());
        Self {
            grant: Arc::clone(grant),
            context: fixed.map(fingerprint),
        }
    }
}

impl Placed for ByContext {
    fn place(&self) -> Place<'_> {
        #[cfg(test)]
        VISITED.set(VISITED.get() + 1);
        let Self { grant, context } = self;
        let context: &[u8] = context.as_ref().map_or(&[], |context| context);
        (
            grant.key.as_bytes(),
            &grant.grantee,
            context,
            grant.id.as_bytes(),
        )
    }
}

sorted_by_place!(ByContext);

const FINGERPRINT_BYTES: usize = 8;

/// Tells most encryption contexts apart. Which of two that have the same one is meant, the grant itself says.
fn fingerprint(context: &EncryptionContext) -> [u8; FINGERPRINT_BYTES] {
    let mut hasher = DefaultHasher::new();
    context.hash(&mut hasher);
    hasher.finish().to_be_bytes()
}

#[cfg(test)]
thread_local! {
    /// How often this thread looked at a grant in one of the orders.
    static VISITED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
mod tests;
