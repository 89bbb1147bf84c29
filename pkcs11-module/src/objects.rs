//! Handles of objects, and what is known about the objects behind them.
//!
//! A handle is a number of this process for an object of the daemon's. With it goes what the daemon said about the
//! object and can never change: enough to check a key against a mechanism, to know how long a signature will be, and
//! to verify and encrypt with a public key, all without a request.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::{Arc, OnceLock};

use cryptoki_sys::CKR_OBJECT_HANDLE_INVALID;
use hsm_algorithms::attributes::AttributeRow;
#[allow(
    clippy::wildcard_imports,
    reason = "dozens of names, all of them the standard's"
)]
use hsm_algorithms::pkcs11::*;
use hsm_algorithms::{AttributeValue, Attributes, KeySpec};
use hsm_aws_lc::public::PublicKey;
use parking_lot::RwLock;

use crate::errors::{Failure, Result};
use crate::sessions::HandleHasher;

/// What the daemon calls an object.
pub(crate) type ObjectId = [u8; 16];

/// Bytes of facts that are kept about objects which were only found, not used: 4 MiB. Facts about objects beyond that
/// are asked for when they are needed.
const FACTS_BYTES_MAX: usize = 4 << 20;

/// An object that has a handle.
pub(crate) struct Object {
    /// What the daemon calls it.
    pub(crate) id: ObjectId,
    /// The slot of its token.
    pub(crate) slot: u64,
    facts: RwLock<Option<Arc<Facts>>>,
}

impl Object {
    /// What is known about it.
    pub(crate) fn facts(&self) -> Option<Arc<Facts>> {
        self.facts.read().clone()
    }

    /// Keeps what was learnt about it.
    pub(crate) fn learn(&self, facts: &Arc<Facts>) {
        *self.facts.write() = Some(Arc::clone(facts));
    }

    /// Forgets what is known, since something about it was changed.
    pub(crate) fn forget_facts(&self) {
        *self.facts.write() = None;
    }

    fn facts_bytes(&self) -> usize {
        self.facts.read().as_ref().map_or(0, |facts| facts.bytes())
    }
}

/// What is known about an object: some of its attributes, and what they mean for a key.
pub(crate) struct Facts {
    attributes: Attributes,
    spec: Option<KeySpec>,
    public_key: OnceLock<Option<PublicKey>>,
}

/// The attributes that make the facts about an object; others may be among them.
pub(crate) const FACT_ATTRIBUTES: &[u64] = &[
    CKA_CLASS,
    CKA_TOKEN,
    CKA_PRIVATE,
    CKA_KEY_TYPE,
    CKA_MODULUS,
    CKA_PUBLIC_EXPONENT,
    CKA_EC_PARAMS,
    CKA_EC_POINT,
    CKA_VALUE_LEN,
    CKA_PARAMETER_SET,
    CKA_PRIME,
    CKA_SUBPRIME,
    CKA_PUBLIC_KEY_INFO,
    CKA_ALLOWED_MECHANISMS,
    CKA_DESTROYABLE,
    CKA_ENCRYPT,
    CKA_DECRYPT,
    CKA_SIGN,
    CKA_SIGN_RECOVER,
    CKA_VERIFY,
    CKA_VERIFY_RECOVER,
    CKA_WRAP,
    CKA_UNWRAP,
    CKA_DERIVE,
    CKA_ENCAPSULATE,
    CKA_DECAPSULATE,
];

impl Facts {
    /// The facts in these attributes.
    pub(crate) fn new(attributes: Attributes) -> Self {
        let spec = KeySpec::of_attributes(&attributes);
        Self {
            attributes,
            spec,
            public_key: OnceLock::new(),
        }
    }

    /// The value of an attribute, if it is known and can never change.
    pub(crate) fn fixed(&self, attribute: u64) -> Option<&AttributeValue> {
        let value = self.attributes.get(attribute)?;
        let row_use = AttributeRow::of(attribute)?
            .use_on(self.class()?, self.attributes.number(CKA_KEY_TYPE))?;
        row_use.is_fixed().then_some(value)
    }

    /// The value of a flag as it was when the object was last looked at.
    pub(crate) fn flag(&self, attribute: u64) -> Option<bool> {
        self.attributes.flag(attribute)
    }

    /// `CKA_CLASS`.
    pub(crate) fn class(&self) -> Option<u64> {
        self.attributes.number(CKA_CLASS)
    }

    /// `CKA_KEY_TYPE`, of keys and domain parameters.
    pub(crate) fn key_type(&self) -> Option<u64> {
        self.attributes.number(CKA_KEY_TYPE)
    }

    /// Kind and size of a key.
    pub(crate) fn spec(&self) -> Option<KeySpec> {
        self.spec
    }

    /// Whether the object is stored; session objects are not.
    pub(crate) fn is_token_object(&self) -> Option<bool> {
        self.attributes.flag(CKA_TOKEN)
    }

    /// Whether `mechanism` may be used with the key: with all, unless the key names some.
    pub(crate) fn allows(&self, mechanism: Option<u64>) -> bool {
        match self.attributes.numbers(CKA_ALLOWED_MECHANISMS) {
            None | Some([]) => true,
            Some(allowed) => mechanism.is_some_and(|mechanism| allowed.contains(&mechanism)),
        }
    }

    /// The public key, if this is one.
    pub(crate) fn public_key(&self) -> Option<&PublicKey> {
        let parse = || {
            let is_public = self.class() == Some(CKO_PUBLIC_KEY);
            let from_attributes = || PublicKey::from_attributes(&self.attributes).ok();
            // The attribute that holds a post-quantum public key is a secret on other objects, and so not among the facts
            // that are asked for.
            let from_info = || {
                let info = self.attributes.bytes(CKA_PUBLIC_KEY_INFO)?;
                PublicKey::from_spki_der(info).ok()
            };
            is_public
                .then(|| from_attributes().or_else(from_info))
                .flatten()
        };
        self.public_key.get_or_init(parse).as_ref()
    }

    /// About how much memory this takes, in bytes.
    fn bytes(&self) -> usize {
        let values = self.attributes.iter().map(|(_, value)| match value {
            AttributeValue::Bytes(bytes) => bytes.len(),
            AttributeValue::Numbers(numbers) => 8 * numbers.len(),
            AttributeValue::Template(template) => 64 * template.len(),
            AttributeValue::Flag(_) | AttributeValue::Number(_) => 0,
        });
        values.map(|bytes| bytes + 64).sum()
    }
}

/// Every object that has a handle.
#[derive(Default)]
pub(crate) struct Objects(RwLock<Table>);

#[derive(Default)]
struct Table {
    handles_given: u64,
    by_handle: HashMap<u64, Arc<Object>, BuildHasherDefault<HandleHasher>>,
    by_id: HashMap<ObjectId, u64>,
    facts_bytes: usize,
}

impl Objects {
    /// The handle of an object, which it keeps as long as it lives and is visible. `facts` gives what the daemon said
    /// about it.
    ///
    /// # Errors
    ///
    /// Those of `facts`.
    pub(crate) fn handle<E>(
        &self,
        slot: u64,
        id: ObjectId,
        facts: impl FnOnce() -> Result<Facts, E>,
    ) -> Result<u64, E> {
        if let Some(handle) = self.0.read().by_id.get(&id) {
            return Ok(*handle);
        }
        let table = &mut *self.0.write();
        if let Some(handle) = table.by_id.get(&id) {
            return Ok(*handle);
        }
        let facts = if table.facts_bytes < FACTS_BYTES_MAX {
            Some(Arc::new(facts()?))
        } else {
            None
        };
        table.facts_bytes += facts.as_ref().map_or(0, |facts| facts.bytes());
        table.handles_given += 1;
        let handle = table.handles_given;
        table.by_handle.insert(
            handle,
            Arc::new(Object {
                id,
                slot,
                facts: RwLock::new(facts),
            }),
        );
        table.by_id.insert(id, handle);
        Ok(handle)
    }

    /// The object with this handle in this slot's token.
    ///
    /// # Errors
    ///
    /// `CKR_OBJECT_HANDLE_INVALID` when there is none.
    pub(crate) fn get(&self, slot: u64, handle: u64) -> Result<Arc<Object>> {
        let table = self.0.read();
        let object = table
            .by_handle
            .get(&handle)
            .filter(|object| object.slot == slot);
        object
            .map(Arc::clone)
            .ok_or_else(|| Failure::from(CKR_OBJECT_HANDLE_INVALID))
    }

    /// Whether an object still has a handle.
    pub(crate) fn knows(&self, id: &ObjectId) -> bool {
        self.0.read().by_id.contains_key(id)
    }

    /// Forgets an object that is gone.
    pub(crate) fn remove(&self, id: &ObjectId) {
        let mut table = self.0.write();
        if let Some(handle) = table.by_id.remove(id)
            && let Some(object) = table.by_handle.remove(&handle)
        {
            table.facts_bytes = table.facts_bytes.saturating_sub(object.facts_bytes());
        }
    }

    /// Forgets the private objects of a token, which are out of sight after a logout.
    pub(crate) fn remove_private(&self, slot: u64) {
        self.remove_where(|object| {
            // What nothing is known about may be private.
            let is_private = object
                .facts()
                .is_none_or(|facts| facts.flag(CKA_PRIVATE) != Some(false));
            object.slot == slot && is_private
        });
    }

    /// Forgets the session objects, which are gone with the daemon's memory of the application.
    pub(crate) fn remove_session_objects(&self) {
        self.remove_where(|object| {
            object
                .facts()
                .is_some_and(|facts| facts.is_token_object() == Some(false))
        });
    }

    /// Forgets every object of a token, or every object.
    pub(crate) fn clear(&self, slot: Option<u64>) {
        self.remove_where(|object| slot.is_none_or(|slot| object.slot == slot));
    }

    fn remove_where(&self, remove: impl Fn(&Object) -> bool) {
        let table = &mut *self.0.write();
        let (by_id, facts_bytes) = (&mut table.by_id, &mut table.facts_bytes);
        table.by_handle.retain(|_, object| {
            let remove = remove(object);
            if remove {
                by_id.remove(&object.id);
                *facts_bytes = facts_bytes.saturating_sub(object.facts_bytes());
            }
            !remove
        });
    }
}
