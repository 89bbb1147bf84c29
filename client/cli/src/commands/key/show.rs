//! `hsm key show`.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use hsm_algorithms::{
    AttributeValue,
    attributes::{ATTRIBUTES, AttributeKind, AttributeRow},
    pkcs11::{
        CERTIFICATE_TYPES, CKA_CERTIFICATE_TYPE, CKA_CLASS, CKA_KEY_GEN_MECHANISM, CKA_KEY_TYPE,
        CKA_LABEL, CKA_UNIQUE_ID, KEY_TYPES, MECHANISMS, name_of,
    },
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Selection, objects};
use crate::{
    failure::Failure,
    output::{self, Report},
    session::Session,
};

pub(super) fn run(session: &Session, arguments: &Selection) -> Result<(), Failure> {
    let token = session.login_if_possible(&arguments.token)?;
    let types: Vec<_> = ATTRIBUTES.iter().map(|row| row.attribute).collect();
    let mut shown = Vec::new();
    for object in objects::select(session, &token, &arguments.key)? {
        let values = objects::read_attributes(session, &token, &object.id, &types)?;
        let attributes = values
            .into_iter()
            .filter_map(|(attribute, value)| {
                Some((
                    AttributeRow::of(attribute)?.name,
                    shown_value(attribute, value.as_ref()),
                ))
            })
            .collect();
        shown.push(Shown {
            object: hex::encode(&object.id),
            attributes,
        });
    }
    session.output.show(&ShownObjects { objects: shown })
}

#[derive(Serialize)]
struct ShownObjects {
    objects: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    object: String,
    /// By name; `null` for what the object does not give away.
    attributes: BTreeMap<&'static str, Value>,
}

impl Report for ShownObjects {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for (index, object) in self.objects.iter().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            writeln!(out, "Object {}", object.object)?;
            let lines: Vec<_> = object
                .attributes
                .iter()
                .map(|(name, value)| {
                    let text = match value {
                        Value::Null => "(not given away)".to_owned(),
                        Value::String(text) => text.clone(),
                        other => other.to_string(),
                    };
                    (*name, text)
                })
                .collect();
            output::fields(out, &lines)?;
        }
        Ok(())
    }
}

/// The name in the standard, where a number has one.
fn shown_number(attribute: u64, number: u64) -> Value {
    let table = match attribute {
        CKA_KEY_TYPE => KEY_TYPES,
        CKA_KEY_GEN_MECHANISM => MECHANISMS,
        CKA_CERTIFICATE_TYPE => CERTIFICATE_TYPES,
        _ => return json!(number),
    };
    name_of(table, number).map_or_else(|| json!(number), |name| json!(name))
}

/// Flags and numbers as they are, names where the standard has them, text for labels and dates, else hexadecimal.
fn shown_value(attribute: u64, value: Option<&AttributeValue>) -> Value {
    match value {
        None => Value::Null,
        Some(AttributeValue::Flag(flag)) => json!(flag),
        Some(AttributeValue::Number(number)) if attribute == CKA_CLASS => {
            json!(objects::class_name(Some(*number)))
        }
        Some(AttributeValue::Number(number)) => shown_number(attribute, *number),
        Some(AttributeValue::Bytes(bytes)) => {
            let is_text = matches!(attribute, CKA_LABEL | CKA_UNIQUE_ID)
                || AttributeRow::of(attribute).is_some_and(|row| row.kind == AttributeKind::Date);
            match std::str::from_utf8(bytes) {
                Ok(text) if is_text => json!(text),
                _ => json!(hex::encode(bytes)),
            }
        }
        Some(AttributeValue::Numbers(numbers)) => numbers
            .iter()
            .map(|number| {
                name_of(MECHANISMS, *number).map_or_else(|| json!(number), |name| json!(name))
            })
            .collect(),
        Some(AttributeValue::Template(template)) => template
            .iter()
            .map(|(attribute, value)| {
                let name = AttributeRow::of(attribute)
                    .map_or_else(|| format!("{attribute:#x}"), |row| row.name.to_owned());
                (name, shown_value(attribute, Some(value)))
            })
            .collect(),
    }
}
