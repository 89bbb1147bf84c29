//! Finding objects and reading what lists show of them.

use hsm_algorithms::{
    AttributeValue, Attributes, KeySpec,
    pkcs11::{
        CKA_CLASS, CKA_DECAPSULATE, CKA_DECRYPT, CKA_DERIVE, CKA_EC_PARAMS, CKA_ENCAPSULATE,
        CKA_ENCRYPT, CKA_ID, CKA_KEY_TYPE, CKA_LABEL, CKA_MODULUS, CKA_PARAMETER_SET, CKA_SIGN,
        CKA_TOKEN, CKA_UNWRAP, CKA_VALUE_LEN, CKA_VERIFY, CKA_WRAP, CKO_CERTIFICATE, CKO_DATA,
        CKO_PRIVATE_KEY, CKO_PUBLIC_KEY, CKO_SECRET_KEY,
    },
};
use hsm_proto::{
    FindObjectsRequest, ObjectInfo, ReadAttributesRequest, TokenInfo, attribute_reading::Absence,
    attributes,
};
use serde::Serialize;

use crate::{
    failure::{Exit, Failure},
    session::Session,
};

/// How many objects one request finds.
const PAGE: u32 = 500;

/// What a list shows.
#[derive(Debug, Serialize)]
pub(super) struct Listed {
    pub(super) label: String,
    pub(super) id: String,
    pub(super) class: &'static str,
    pub(super) kind: String,
    pub(super) uses: Vec<&'static str>,
    pub(super) object: String,
    pub(super) is_session_object: bool,
}

/// All objects that match a template.
pub(super) fn find(
    session: &Session,
    token: &TokenInfo,
    template: &Attributes,
) -> Result<Vec<ObjectInfo>, Failure> {
    let mut found: Vec<ObjectInfo> = Vec::new();
    loop {
        let reply = session.call(FindObjectsRequest {
            partition: token.partition.clone(),
            template: attributes::to_wire(template.clone()),
            after: found
                .last()
                .map(|object| object.id.clone())
                .unwrap_or_default(),
            limit: PAGE,
        })?;
        let is_empty = reply.objects.is_empty();
        found.extend(reply.objects);
        if reply.is_last_page || is_empty {
            return Ok(found);
        }
    }
}

/// The objects that `key` names: a label, `id:HEX`, or an object's id.
pub(super) fn select(
    session: &Session,
    token: &TokenInfo,
    key: &str,
) -> Result<Vec<ObjectInfo>, Failure> {
    let by = |attribute, value: &[u8]| {
        [(attribute, AttributeValue::from(value))]
            .into_iter()
            .collect::<Attributes>()
    };
    let template = match key.strip_prefix("id:") {
        Some(id) => {
            let id = hex::decode(id)
                .map_err(|_| Failure::new(Exit::Usage, "the ID is not hexadecimal"))?;
            by(CKA_ID, &id)
        }
        None => by(CKA_LABEL, key.as_bytes()),
    };
    let mut found = find(session, token, &template)?;
    if found.is_empty()
        && let Some(id) = hex::decode(key).ok().filter(|id| id.len() == 16)
    {
        found = find(session, token, &Attributes::new())?;
        found.retain(|object| object.id == id);
    }
    if found.is_empty() {
        return Err(Failure::new(
            Exit::NotFound,
            format!("token {} has no object called {key}", token.label),
        )
        .with_hint("`hsm key list` shows the objects"));
    }
    Ok(found)
}

/// Reads attributes; those that the object does not have or does not give are left out.
pub(super) fn read_attributes(
    session: &Session,
    token: &TokenInfo,
    object: &[u8],
    types: &[u64],
) -> Result<Vec<(u64, Option<AttributeValue>)>, Failure> {
    let reply = session.call(ReadAttributesRequest {
        partition: token.partition.clone(),
        object: object.to_vec(),
        types: types.to_vec(),
    })?;
    let mut read = Vec::new();
    for (attribute, reading) in types.iter().zip(reply.readings) {
        match (reading.absence(), reading.attribute) {
            (Absence::Present, Some(wire)) => {
                let (_, value) =
                    wire.try_into()
                        .map_err(|error: attributes::AttributesInvalid| {
                            Failure::new(Exit::Failed, error.to_string())
                        })?;
                read.push((*attribute, Some(value)));
            }
            (Absence::Sensitive, _) => read.push((*attribute, None)),
            (Absence::Present | Absence::TypeInvalid, _) => {}
        }
    }
    Ok(read)
}

/// Reads what a list shows.
pub(super) fn read(
    session: &Session,
    token: &TokenInfo,
    object: &ObjectInfo,
) -> Result<Listed, Failure> {
    let mut types = vec![
        CKA_CLASS,
        CKA_TOKEN,
        CKA_LABEL,
        CKA_ID,
        CKA_KEY_TYPE,
        CKA_VALUE_LEN,
        CKA_EC_PARAMS,
        CKA_MODULUS,
        CKA_PARAMETER_SET,
    ];
    types.extend(USES.iter().map(|(attribute, _)| *attribute));
    let values: Attributes = read_attributes(session, token, &object.id, &types)?
        .into_iter()
        .filter_map(|(attribute, value)| Some((attribute, value?)))
        .collect();
    Ok(Listed {
        label: String::from_utf8_lossy(values.bytes(CKA_LABEL).unwrap_or_default()).into_owned(),
        id: hex::encode(values.bytes(CKA_ID).unwrap_or_default()),
        class: class_name(values.number(CKA_CLASS)),
        kind: kind_name(&values),
        uses: USES
            .iter()
            .filter(|(attribute, _)| values.is_set(*attribute))
            .map(|(_, name)| *name)
            .collect(),
        object: hex::encode(&object.id),
        is_session_object: !values.is_set(CKA_TOKEN),
    })
}

/// The uses of a key, by the attribute that allows each.
pub(super) const USES: &[(u64, &str)] = &[
    (CKA_SIGN, "sign"),
    (CKA_VERIFY, "verify"),
    (CKA_ENCRYPT, "encrypt"),
    (CKA_DECRYPT, "decrypt"),
    (CKA_WRAP, "wrap"),
    (CKA_UNWRAP, "unwrap"),
    (CKA_DERIVE, "derive"),
    (CKA_ENCAPSULATE, "encapsulate"),
    (CKA_DECAPSULATE, "decapsulate"),
];

pub(super) fn class_name(class: Option<u64>) -> &'static str {
    match class {
        Some(CKO_DATA) => "data",
        Some(CKO_CERTIFICATE) => "certificate",
        Some(CKO_PUBLIC_KEY) => "public",
        Some(CKO_PRIVATE_KEY) => "private",
        Some(CKO_SECRET_KEY) => "secret",
        _ => "other",
    }
}

/// `RSA_2048`, `EC_P256`, `AES_256`; empty for objects that are no keys.
fn kind_name(values: &Attributes) -> String {
    KeySpec::of_attributes(values).map_or_else(String::new, |spec| spec.to_string())
}
