//! The indexes of one partition: which objects have this label, id, name, serial number or class, in the order of their
//! making.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;

use hsm_algorithms::Attributes;
use hsm_algorithms::pkcs11::{CKA_CLASS, CKA_ID, CKA_LABEL, CKA_SERIAL_NUMBER, CKA_SUBJECT};

use crate::{ApplicationId, Counts, Object, ObjectId, Query};

/// Which objects there are, and where to look for them.
#[derive(Default)]
pub(super) struct Indexes {
    all: BTreeSet<ObjectId>,
    /// By value, one for each of [`INDEXED`].
    by_value: [HashMap<Box<[u8]>, Postings>; INDEXED.len()],
    by_class: HashMap<u64, BTreeSet<ObjectId>>,
    by_application: HashMap<ApplicationId, BTreeSet<ObjectId>>,
    session_objects: u64,
}

/// The attributes in bytes by which objects are looked for. An empty value is in no index: it tells objects from none.
const INDEXED: [u64; 4] = [CKA_LABEL, CKA_ID, CKA_SERIAL_NUMBER, CKA_SUBJECT];

/// The objects with one value: mostly one, so that one takes no room of its own.
enum Postings {
    One(ObjectId),
    Many(BTreeSet<ObjectId>),
}

impl Indexes {
    pub(super) fn add(&mut self, object: &Object) {
        self.all.insert(object.id);
        self.add_attributes(object.id, &object.attributes);
        if let Some(application) = object.application() {
            self.by_application
                .entry(application)
                .or_default()
                .insert(object.id);
            self.session_objects += 1;
        }
    }

    pub(super) fn remove(&mut self, object: &Object) {
        self.all.remove(&object.id);
        self.remove_attributes(object.id, &object.attributes);
        if let Some(application) = object.application() {
            remove_from_set(&mut self.by_application, application, object.id);
            self.session_objects -= 1;
        }
    }

    /// Puts an object where its new attributes belong.
    pub(super) fn replace(&mut self, old: &Object, new: &Object) {
        let is_same = |attribute| old.attributes.get(attribute) == new.attributes.get(attribute);
        if !INDEXED.into_iter().chain([CKA_CLASS]).all(is_same) {
            self.remove_attributes(old.id, &old.attributes);
            self.add_attributes(new.id, &new.attributes);
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Appends up to `limit` objects that may match, in order, those after `after` if given; false if there may be more.
    pub(super) fn candidates(
        &self,
        query: &Query,
        after: Option<ObjectId>,
        limit: usize,
        found: &mut Vec<ObjectId>,
    ) -> bool {
        let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut named = Vec::with_capacity(INDEXED.len());
        for (attribute, index) in INDEXED.iter().zip(&self.by_value) {
            if let Some(value) = indexed_value(&query.template, *attribute) {
                match index.get(value) {
                    None => return true,
                    Some(postings) => named.push(postings),
                }
            }
        }
        // Many objects may share a label and yet have serial numbers or ids of their own.
        let set = match named.into_iter().min_by_key(|postings| postings.len()) {
            Some(Postings::One(id)) => {
                if after.is_none_or(|after| *id > after) {
                    found.push(*id);
                }
                return true;
            }
            Some(Postings::Many(set)) => set,
            None => match query
                .template
                .number(CKA_CLASS)
                .map(|class| self.by_class.get(&class))
            {
                Some(None) => return true,
                Some(Some(set)) => set,
                None => &self.all,
            },
        };
        let mut rest = set.range((begin, Bound::Unbounded));
        found.extend(rest.by_ref().take(limit));
        rest.next().is_none()
    }

    pub(super) fn of_application(&self, application: ApplicationId) -> Vec<ObjectId> {
        self.by_application
            .get(&application)
            .into_iter()
            .flatten()
            .copied()
            .collect()
    }

    pub(super) fn counts(&self) -> Counts {
        Counts {
            token_objects: self.all.len() as u64 - self.session_objects,
            session_objects: self.session_objects,
        }
    }

    fn add_attributes(&mut self, id: ObjectId, attributes: &Attributes) {
        for (attribute, index) in INDEXED.iter().zip(&mut self.by_value) {
            let Some(value) = indexed_value(attributes, *attribute) else {
                continue;
            };
            match index.get_mut(value) {
                Some(postings) => postings.add(id),
                None => drop(index.insert(value.into(), Postings::One(id))),
            }
        }
        if let Some(class) = attributes.number(CKA_CLASS) {
            self.by_class.entry(class).or_default().insert(id);
        }
    }

    fn remove_attributes(&mut self, id: ObjectId, attributes: &Attributes) {
        for (attribute, index) in INDEXED.iter().zip(&mut self.by_value) {
            if let Some(value) = indexed_value(attributes, *attribute)
                && index
                    .get_mut(value)
                    .is_some_and(|postings| postings.is_empty_without(id))
            {
                index.remove(value);
            }
        }
        if let Some(class) = attributes.number(CKA_CLASS) {
            remove_from_set(&mut self.by_class, class, id);
        }
    }
}

fn indexed_value(attributes: &Attributes, attribute: u64) -> Option<&[u8]> {
    attributes
        .bytes(attribute)
        .filter(|value| !value.is_empty())
}

impl Postings {
    fn len(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Many(many) => many.len(),
        }
    }

    fn add(&mut self, id: ObjectId) {
        match self {
            Self::One(one) => *self = Self::Many([*one, id].into()),
            Self::Many(many) => drop(many.insert(id)),
        }
    }

    /// Takes `id` out; true if nothing is left.
    fn is_empty_without(&mut self, id: ObjectId) -> bool {
        match self {
            Self::One(one) => *one == id,
            Self::Many(many) => {
                many.remove(&id);
                many.is_empty()
            }
        }
    }
}

fn remove_from_set<K: std::hash::Hash + Eq>(
    index: &mut HashMap<K, BTreeSet<ObjectId>>,
    key: K,
    id: ObjectId,
) {
    if let std::collections::hash_map::Entry::Occupied(mut entry) = index.entry(key) {
        entry.get_mut().remove(&id);
        if entry.get().is_empty() {
            entry.remove();
        }
    }
}
