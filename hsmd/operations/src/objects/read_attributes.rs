//! `C_GetAttributeValue`.

use hsm_algorithms::attributes::AttributeRow;
use hsm_algorithms::pkcs11::{CKA_CLASS, CKA_KEY_TYPE};
use hsm_algorithms::{AttributeValue, Attributes};
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Object, ObjectId, PartitionId};

use crate::{Dependencies, Error, Operation, limits};

/// Reads attributes of an object.
pub struct ReadAttributes {
    /// Where the object is.
    pub partition: PartitionId,
    /// Which.
    pub object: ObjectId,
    /// `CKA_…`, in the order of the answer.
    pub types: Vec<u64>,
}

/// What an attribute's reading gave.
pub enum Reading {
    /// Its value. A secret one is wiped by whoever takes it.
    Value(AttributeValue),
    /// It is a secret of a key that is sensitive or not extractable.
    Sensitive,
    /// The object has no such attribute.
    TypeInvalid,
}

impl Operation for ReadAttributes {
    type Permits = (Permit<key_use::Read>, Option<Permit<key_use::Reveal>>);
    type Output = Vec<(u64, Reading)>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::READ_ATTRIBUTES.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        if self.types.len() > limits::TEMPLATE_ATTRIBUTES_MAX {
            let maximum = limits::TEMPLATE_ATTRIBUTES_MAX as u64;
            return Err(Error::LimitReached {
                what: "attributes in a template",
                maximum,
            });
        }
        Ok(Needs::reading(
            &actions::READ_ATTRIBUTES,
            self.partition,
            self.object,
        ))
    }

    async fn execute(
        self,
        permits: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<Self::Output, Error> {
        let object = permits.0.object();
        let is_secret = |attribute: &u64| is_secret_of(object, *attribute);
        let secrets = match &permits.1 {
            Some(reveal) if self.types.iter().any(is_secret) => with.vault.reveal(reveal).await?,
            _ => Attributes::new(),
        };
        let read = |attribute: u64| match secrets
            .get(attribute)
            .or_else(|| object.attributes.get(attribute))
        {
            Some(value) => Reading::Value(value.clone()),
            None if is_secret(&attribute) && permits.1.is_none() => Reading::Sensitive,
            None => Reading::TypeInvalid,
        };
        Ok(self
            .types
            .into_iter()
            .map(|attribute| (attribute, read(attribute)))
            .collect())
    }
}

fn is_secret_of(object: &Object, attribute: u64) -> bool {
    let Some(class) = object.attributes.number(CKA_CLASS) else {
        return false;
    };
    let key_type = object.attributes.number(CKA_KEY_TYPE);
    let attribute_use = AttributeRow::of(attribute).and_then(|row| row.use_on(class, key_type));
    attribute_use.is_some_and(hsm_algorithms::attributes::AttributeUse::is_secret)
}
