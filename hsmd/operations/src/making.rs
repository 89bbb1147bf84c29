//! Putting a new object together: what the gate is asked, the facts that its material tells, and storing it.

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use hsm_algorithms::pkcs11::{
    CKA_CHECK_VALUE, CKA_MODULUS_BITS, CKA_PUBLIC_KEY_INFO, CKA_TOKEN, CKA_UNIQUE_ID, CKA_VALUE,
    CKA_VALUE_LEN, CKO_PUBLIC_KEY,
};
use hsm_algorithms::{Attributes, KeySpec};
use hsm_aws_lc::public::PublicKey;
use hsmd_gate::key_use::{Create, Use};
use hsmd_gate::{Action, KeySubject, Needs, Permit, Visibility};
use hsmd_identity::Caller;
use hsmd_keys::{
    KeyState, KeyVersion, Lifetime, Object, ObjectId, Partition, PartitionId, WrappedMaterial,
};
use hsmd_vault::Generated;

use crate::attributes::{Draft, Implied, visibility};
use crate::{Dependencies, Error};

/// Asks to make objects with these templates.
pub(crate) fn creation(
    action: &'static Action<Permit<Create>>,
    partition: PartitionId,
    templates: &[(&Attributes, Implied)],
) -> Needs<Permit<Create>> {
    let is_private = templates
        .iter()
        .any(|(template, implied)| visibility(template, *implied) == Visibility::Private);
    let needs = Needs::creation(
        action,
        partition,
        if is_private {
            Visibility::Private
        } else {
            Visibility::Public
        },
    );
    let is_stored = templates
        .iter()
        .any(|(template, _)| template.is_set(CKA_TOKEN));
    if is_stored {
        needs
    } else {
        needs.for_session_object()
    }
}

/// Asks to make an object with this template by using a key.
pub(crate) fn creation_by_key<U: Use<Subject = KeySubject>>(
    action: &'static Action<(Permit<U>, Permit<Create>)>,
    partition: PartitionId,
    key: ObjectId,
    (template, implied): (&Attributes, Implied),
) -> Needs<(Permit<U>, Permit<Create>)> {
    let needs = Needs::key_and_creation(action, partition, key, visibility(template, implied));
    if template.is_set(CKA_TOKEN) {
        needs
    } else {
        needs.for_session_object()
    }
}

/// The object of a draft, with its first material if it has any.
pub(crate) fn object(
    with: &Dependencies,
    caller: &Caller,
    partition: PartitionId,
    draft: Draft,
    key: Option<(KeySpec, WrappedMaterial)>,
) -> Result<Object, Error> {
    let is_token_object = draft.is_token_object();
    let (spec, material) = key.unzip();
    let version = material.map(|material| KeyVersion {
        number: 1,
        created_at_unix_milliseconds: u64::try_from(with.clock.since_epoch().as_millis())
            .unwrap_or(u64::MAX),
        material,
    });
    new_object(
        with,
        caller,
        partition,
        draft.attributes,
        is_token_object,
        spec,
        version.into_iter().collect(),
    )
}

/// An object with a new id.
pub(crate) fn new_object(
    with: &Dependencies,
    caller: &Caller,
    partition: PartitionId,
    mut attributes: Attributes,
    is_token_object: bool,
    spec: Option<KeySpec>,
    versions: Vec<KeyVersion>,
) -> Result<Object, Error> {
    let id = with
        .repository
        .new_object_id(UNIX_EPOCH + with.clock.since_epoch())?;
    attributes.insert(CKA_UNIQUE_ID, id.to_string().into_bytes());
    let lifetime = if is_token_object {
        Lifetime::Token
    } else {
        Lifetime::Session(caller.application_id().ok_or(Error::UnknownApplication)?)
    };
    Ok(Object {
        id,
        partition,
        lifetime,
        revision: 0,
        attributes,
        state: KeyState::Enabled,
        spec,
        versions,
        kms: None,
    })
}

/// Stores new objects in the partition of a permit, all or none.
pub(crate) async fn insert(
    with: &Dependencies,
    partition: &Partition,
    objects: Vec<Object>,
) -> Result<Vec<Arc<Object>>, Error> {
    Ok(with.repository.insert(partition, objects).await?)
}

/// Stores one new object.
pub(crate) async fn insert_one(
    with: &Dependencies,
    partition: &Partition,
    object: Object,
) -> Result<Arc<Object>, Error> {
    let made = insert(with, partition, vec![object]).await?;
    made.into_iter().next().ok_or(Error::Internal {
        task: "store an object",
    })
}

/// What came out of unwrapping or importing, as attributes.
pub(crate) fn add_key_facts(draft: &mut Draft, key: &Generated) -> Result<(), Error> {
    match &key.public {
        Some(public) => add_public_key_facts(&mut draft.attributes, draft.class, public),
        None => add_secret_key_facts(&mut draft.attributes, key.spec, key.check_value),
    }
}

/// `CKA_VALUE_LEN` of a template.
///
/// # Errors
///
/// [`Error::KeySize`] for a length that no machine has.
pub(crate) fn value_length(attributes: &Attributes) -> Result<Option<usize>, Error> {
    attributes
        .number(CKA_VALUE_LEN)
        .map(|length| usize::try_from(length).map_err(|_| Error::KeySize))
        .transpose()
}

/// `CKA_VALUE_LEN` and `CKA_CHECK_VALUE` of a secret key. What a template says of them must be right.
///
/// # Errors
///
/// [`Error::AttributeValueInvalid`] for a length or check value that is not the key's.
pub(crate) fn add_secret_key_facts(
    attributes: &mut Attributes,
    spec: KeySpec,
    check_value: Option<[u8; 3]>,
) -> Result<(), Error> {
    let length_bytes = spec.length_bytes() as u64;
    if attributes
        .number(CKA_VALUE_LEN)
        .is_some_and(|length| length != length_bytes)
    {
        return Err(Error::AttributeValueInvalid {
            attribute: CKA_VALUE_LEN,
        });
    }
    attributes.insert(CKA_VALUE_LEN, length_bytes);
    match (attributes.bytes(CKA_CHECK_VALUE), check_value) {
        // An empty one in a template says that the object is to have none (PKCS#11 3.2, section 4.10.2).
        (Some([]), _) | (None, None) => {}
        (Some(given), Some(computed)) if given == computed => {}
        (Some(_), _) => {
            let attribute = CKA_CHECK_VALUE;
            return Err(Error::AttributeValueInvalid { attribute });
        }
        (None, Some(computed)) => {
            attributes.insert(CKA_CHECK_VALUE, computed.to_vec());
        }
    }
    Ok(())
}

/// Everything that a public key says about itself, for either half of the pair.
///
/// # Errors
///
/// [`Error::Internal`] when memory is used up; [`Error::AttributeValueInvalid`] for a `CKA_PUBLIC_KEY_INFO` in the
/// template that is not the key's.
pub(crate) fn add_public_key_facts(
    attributes: &mut Attributes,
    class: u64,
    key: &PublicKey,
) -> Result<(), Error> {
    let is_lacking_memory = |_| Error::Internal {
        task: "describe a public key",
    };
    for (attribute, value) in key.to_attributes().map_err(is_lacking_memory)? {
        // The private half has all of it but the size, which the standard gives to the public one alone, and
        // `CKA_VALUE`, which is another there.
        if class == CKO_PUBLIC_KEY || !matches!(attribute, CKA_MODULUS_BITS | CKA_VALUE) {
            attributes.insert(attribute, value);
        }
    }
    let info = key.to_spki_der().map_err(is_lacking_memory)?;
    match attributes.bytes(CKA_PUBLIC_KEY_INFO) {
        Some(given) if !given.is_empty() && given != info => Err(Error::AttributeValueInvalid {
            attribute: CKA_PUBLIC_KEY_INFO,
        }),
        _ => {
            attributes.insert(CKA_PUBLIC_KEY_INFO, info);
            Ok(())
        }
    }
}
