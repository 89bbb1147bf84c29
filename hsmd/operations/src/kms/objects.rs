//! A KMS key as PKCS#11 sees it: one private or secret key, and a public key beside it for key pairs.
//!
//! `CKA_ID` is the key's id and `CKA_LABEL` its first alias. Through PKCS#11 it can be used, and nothing else: it is
//! sensitive, never leaves, and is neither changed, copied nor destroyed there.

use hsm_algorithms::attributes::attributes_of;
use hsm_algorithms::pkcs11::{
    CK_UNAVAILABLE_INFORMATION, CKA_ALWAYS_SENSITIVE, CKA_CLASS, CKA_COPYABLE, CKA_DECAPSULATE,
    CKA_DECRYPT, CKA_DERIVE, CKA_DESTROYABLE, CKA_ENCAPSULATE, CKA_ENCRYPT, CKA_EXTRACTABLE,
    CKA_ID, CKA_KEY_GEN_MECHANISM, CKA_KEY_TYPE, CKA_LABEL, CKA_LOCAL, CKA_MODIFIABLE,
    CKA_NEVER_EXTRACTABLE, CKA_PRIVATE, CKA_SENSITIVE, CKA_SIGN, CKA_TOKEN, CKA_UNIQUE_ID,
    CKA_VERIFY, CKO_PRIVATE_KEY, CKO_PUBLIC_KEY, CKO_SECRET_KEY,
};
use hsm_algorithms::{Attributes, Generator, KeySpec, KmsKeySpec};
use hsm_aws_lc::public::PublicKey;
use hsmd_keys::{Alias, KeyState, KeyUsage, Lifetime, Object, ObjectId, Origin, PartitionId};

use super::Error;
use crate::making;

/// The attributes of a new key's secret half, without what its material tells.
pub(super) fn secret_attributes(
    id: ObjectId,
    spec: KmsKeySpec,
    usage: KeyUsage,
    origin: Origin,
) -> Attributes {
    let class = if spec.is_asymmetric() {
        CKO_PRIVATE_KEY
    } else {
        CKO_SECRET_KEY
    };
    let mut attributes = key_attributes(id, class, spec.spec(), usage, origin);
    let is_local = origin == Origin::AwsKms;
    for (attribute, value) in [
        (CKA_PRIVATE, true),
        (CKA_SENSITIVE, true),
        (CKA_EXTRACTABLE, false),
        (CKA_ALWAYS_SENSITIVE, is_local),
        (CKA_NEVER_EXTRACTABLE, is_local),
    ] {
        attributes.insert(attribute, value);
    }
    with_defaults(attributes, class, spec.spec())
}

/// The public half of a key pair, as an object of its own beside it.
///
/// # Errors
///
/// [`Error::Internal`] when memory is used up.
pub(super) fn public_object(
    partition: PartitionId,
    id: ObjectId,
    private: &Object,
    usage: KeyUsage,
    origin: Origin,
    key: &PublicKey,
) -> Result<Object, Error> {
    let spec = private.spec.ok_or(Error::Internal {
        task: "describe a public key",
    })?;
    let mut attributes = key_attributes(private.id, CKO_PUBLIC_KEY, spec, usage, origin);
    attributes.insert(CKA_PRIVATE, false);
    attributes.insert(CKA_UNIQUE_ID, id.to_string().into_bytes());
    if let Some(label) = private.attributes.bytes(CKA_LABEL) {
        attributes.insert(CKA_LABEL, label.to_vec());
    }
    making::add_public_key_facts(&mut attributes, CKO_PUBLIC_KEY, key)?;
    Ok(Object {
        id,
        partition,
        lifetime: Lifetime::Token,
        revision: 0,
        attributes: with_defaults(attributes, CKO_PUBLIC_KEY, spec),
        state: KeyState::Enabled,
        spec: Some(spec),
        versions: Vec::new(),
        kms: None,
    })
}

/// The objects that show a key, with the label that its aliases give it, where it is another one: to be replaced.
pub(super) fn relabelled(objects: Vec<Object>, aliases: &[std::sync::Arc<Alias>]) -> Vec<Object> {
    let label = aliases
        .first()
        .map(|alias| alias.name.as_bytes())
        .unwrap_or_default();
    objects
        .into_iter()
        .filter(|object| object.attributes.bytes(CKA_LABEL).unwrap_or_default() != label)
        .map(|mut object| {
            object.attributes.insert(CKA_LABEL, label.to_vec());
            object
        })
        .collect()
}

/// What both halves have.
fn key_attributes(
    key: ObjectId,
    class: u64,
    spec: KeySpec,
    usage: KeyUsage,
    origin: Origin,
) -> Attributes {
    let mut attributes = Attributes::new();
    attributes.insert(CKA_CLASS, class);
    attributes.insert(CKA_KEY_TYPE, spec.kind().key_type());
    attributes.insert(CKA_ID, key.as_bytes().to_vec());
    attributes.insert(CKA_UNIQUE_ID, key.to_string().into_bytes());
    for attribute in [CKA_MODIFIABLE, CKA_COPYABLE, CKA_DESTROYABLE] {
        attributes.insert(attribute, false);
    }
    attributes.insert(CKA_TOKEN, true);
    attributes.insert(CKA_LOCAL, origin == Origin::AwsKms);
    let mechanism = generator(spec).filter(|_| origin == Origin::AwsKms);
    attributes.insert(
        CKA_KEY_GEN_MECHANISM,
        mechanism.unwrap_or(CK_UNAVAILABLE_INFORMATION),
    );
    for attribute in uses(class, usage) {
        attributes.insert(*attribute, true);
    }
    attributes
}

/// What the rules of the class add: other uses are false.
fn with_defaults(mut attributes: Attributes, class: u64, spec: KeySpec) -> Attributes {
    for (row, attribute_use) in attributes_of(class, Some(spec.kind().key_type())) {
        if let Some(value) = attribute_use.default.value() {
            attributes.insert_default(row.attribute, value);
        }
    }
    attributes
}

/// What a key for `usage` may do through PKCS#11.
const fn uses(class: u64, usage: KeyUsage) -> &'static [u64] {
    match (usage, class) {
        (KeyUsage::EncryptDecrypt, CKO_SECRET_KEY) => &[CKA_ENCRYPT, CKA_DECRYPT],
        (KeyUsage::EncryptDecrypt, CKO_PRIVATE_KEY) => &[CKA_DECRYPT],
        (KeyUsage::EncryptDecrypt, _) => &[CKA_ENCRYPT],
        (KeyUsage::SignVerify, CKO_PRIVATE_KEY) => &[CKA_SIGN],
        (KeyUsage::SignVerify, _) => &[CKA_VERIFY],
        (KeyUsage::GenerateVerifyMac, _) => &[CKA_SIGN, CKA_VERIFY],
        (KeyUsage::KeyAgreement, CKO_PRIVATE_KEY) => &[CKA_DERIVE],
        (KeyUsage::KeyAgreement, _) => &[],
        (KeyUsage::EncapsulateDecapsulate, CKO_PRIVATE_KEY) => &[CKA_DECAPSULATE],
        (KeyUsage::EncapsulateDecapsulate, _) => &[CKA_ENCAPSULATE],
    }
}

/// The mechanism that makes keys of this kind.
fn generator(spec: KeySpec) -> Option<u64> {
    Generator::ALL
        .iter()
        .find(|generator| generator.row().kinds.contains(&spec.kind()))
        .map(|generator| generator.row().pkcs11)
}
