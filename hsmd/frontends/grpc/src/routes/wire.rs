//! Parts of messages that several requests share.

use hsm_algorithms::attributes::{AttributeRow, AttributeValue, Attributes};
use hsm_algorithms::pkcs11::{
    CKA_CLASS, CKA_DECAPSULATE, CKA_DECRYPT, CKA_DERIVE, CKA_DESTROYABLE, CKA_ENCAPSULATE,
    CKA_ENCRYPT, CKA_KEY_TYPE, CKA_SIGN, CKA_SIGN_RECOVER, CKA_UNWRAP, CKA_VERIFY,
    CKA_VERIFY_RECOVER, CKA_WRAP,
};
use hsm_algorithms::{Algorithm, Parameters};
use hsm_proto::attributes::AttributesInvalid;
use hsm_proto::{self as proto, Attribute, ObjectInfo};
use hsmd_operations::{Error, Object, ObjectId, PartitionId, RegionName, limits};
use secrecy::SecretSlice;

/// An id of 16 bytes.
pub(super) fn object(bytes: &[u8], field: &'static str) -> Result<ObjectId, Error> {
    ObjectId::from_slice(bytes).ok_or(Error::MalformedRequest { field })
}

/// A partition's id. What cannot be one is none that exists.
pub(super) fn partition(bytes: &[u8]) -> Result<PartitionId, Error> {
    PartitionId::from_slice(bytes).ok_or(Error::PartitionNotFound)
}

/// A Region by its name.
pub(super) fn region(name: &str) -> Result<RegionName, Error> {
    let region = name.parse();
    region.map_err(|_| Error::MalformedRequest { field: "region" })
}

/// An algorithm by its canonical name.
pub(super) fn algorithm(name: &str) -> Result<Algorithm, Error> {
    Algorithm::by_name(name).ok_or(Error::AlgorithmUnknown)
}

/// Parameters of an algorithm.
pub(super) fn parameters(parameters: Option<proto::Parameters>) -> Result<Parameters, Error> {
    proto::parameters::from_wire(parameters).map_err(|_| Error::AlgorithmParametersInvalid)
}

/// A template.
pub(super) fn template(attributes: Vec<Attribute>) -> Result<Attributes, Error> {
    proto::attributes::from_wire(attributes).map_err(|error| match error {
        AttributesInvalid::TooMany(_) => Error::LimitReached {
            what: "attributes in a template",
            maximum: limits::TEMPLATE_ATTRIBUTES_MAX as u64,
        },
        AttributesInvalid::Repeated(attribute) => Error::TemplateInconsistent { attribute },
        AttributesInvalid::Value(attribute) => Error::AttributeValueInvalid { attribute },
    })
}

/// A PIN, taken out of its message.
pub(super) fn pin(bytes: &mut Vec<u8>) -> SecretSlice<u8> {
    std::mem::take(bytes).into()
}

/// What a key is for. A client checks these before it asks, so they go with every object although they may change.
const USES: [u64; 11] = [
    CKA_SIGN_RECOVER,
    CKA_VERIFY_RECOVER,
    CKA_ENCAPSULATE,
    CKA_DECAPSULATE,
    CKA_ENCRYPT,
    CKA_DECRYPT,
    CKA_SIGN,
    CKA_VERIFY,
    CKA_WRAP,
    CKA_UNWRAP,
    CKA_DERIVE,
];

/// An object's id, and what of it never changes and is no secret; with its uses.
pub(super) fn object_info(object: &Object) -> ObjectInfo {
    let class = object.attributes.number(CKA_CLASS).unwrap_or_default();
    let key_type = object.attributes.number(CKA_KEY_TYPE);
    let is_fixed = |attribute: u64| {
        let attribute_use = AttributeRow::of(attribute).and_then(|row| row.use_on(class, key_type));
        USES.contains(&attribute)
            || attribute_use.is_some_and(hsm_algorithms::attributes::AttributeUse::is_fixed)
    };
    let fixed = object
        .attributes
        .iter()
        // An object that may not be destroyed says so: of a session object, nobody else would keep it from that.
        .filter(|(attribute, value)| {
            is_fixed(*attribute)
                || (*attribute == CKA_DESTROYABLE && *value == &AttributeValue::Flag(false))
        });
    let to_wire =
        |(attribute, value): (u64, &AttributeValue)| Attribute::from((attribute, value.clone()));
    ObjectInfo {
        id: object.id.as_bytes().to_vec(),
        fixed_attributes: fixed.map(to_wire).collect(),
    }
}
