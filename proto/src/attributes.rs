//! Attributes between the wire and the attribute table.

use std::mem;

use hsm_algorithms::attributes::{AttributeRow, AttributeValue, Attributes};

use crate::{Attribute, Error, ErrorCode, Numbers, Template, attribute::Value};

/// The most attributes in one template, nested ones counted by themselves: three times what any object has.
pub const ATTRIBUTES_MAX: usize = 256;

/// Why attributes on the wire are no template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AttributesInvalid {
    /// There are more than [`ATTRIBUTES_MAX`].
    #[error("a template has {0} attributes; the limit is {ATTRIBUTES_MAX}")]
    TooMany(usize),

    /// The same attribute is there twice.
    #[error("attribute {0:#x} is in the template twice")]
    Repeated(u64),

    /// The value is not of the attribute's type, or there is none.
    #[error("the value of attribute {0:#x} is not of its type")]
    Value(u64),
}

impl From<AttributesInvalid> for Error {
    fn from(error: AttributesInvalid) -> Self {
        let code = match error {
            AttributesInvalid::TooMany(_) => ErrorCode::LimitReached,
            AttributesInvalid::Repeated(_) => ErrorCode::TemplateInconsistent,
            AttributesInvalid::Value(_) => ErrorCode::AttributeValueInvalid,
        };
        Self::new(code, error.to_string())
    }
}

/// Reads a template. Attributes that the table does not know pass with any value: whether an object may have them is
/// for the operation to say.
///
/// # Errors
///
/// When there are too many, one twice, or a value of the wrong type. A template inside a template's template is a
/// wrong value.
pub fn from_wire(attributes: Vec<Attribute>) -> Result<Attributes, AttributesInvalid> {
    read(attributes, true)
}

/// Writes attributes, in the order of their numbers.
#[must_use]
pub fn to_wire(attributes: Attributes) -> Vec<Attribute> {
    attributes.into_iter().map(Attribute::from).collect()
}

impl From<(u64, AttributeValue)> for Attribute {
    fn from((attribute, value): (u64, AttributeValue)) -> Self {
        Self {
            r#type: attribute,
            value: Some(value.into()),
        }
    }
}

impl From<AttributeValue> for Value {
    fn from(value: AttributeValue) -> Self {
        match value {
            AttributeValue::Flag(flag) => Self::Flag(flag),
            AttributeValue::Number(number) => Self::Number(number),
            AttributeValue::Bytes(bytes) => Self::Bytes(bytes),
            AttributeValue::Numbers(numbers) => Self::Numbers(Numbers { numbers }),
            AttributeValue::Template(template) => Self::Template(Template {
                attributes: to_wire(template),
            }),
        }
    }
}

impl TryFrom<Attribute> for (u64, AttributeValue) {
    type Error = AttributesInvalid;

    fn try_from(attribute: Attribute) -> Result<Self, AttributesInvalid> {
        read_one(attribute, true)
    }
}

fn read(attributes: Vec<Attribute>, may_nest: bool) -> Result<Attributes, AttributesInvalid> {
    if attributes.len() > ATTRIBUTES_MAX {
        return Err(AttributesInvalid::TooMany(attributes.len()));
    }
    let mut template = Attributes::new();
    for attribute in attributes {
        let (attribute, value) = read_one(attribute, may_nest)?;
        if template.insert(attribute, value).is_some() {
            return Err(AttributesInvalid::Repeated(attribute));
        }
    }
    Ok(template)
}

fn read_one(
    attribute: Attribute,
    may_nest: bool,
) -> Result<(u64, AttributeValue), AttributesInvalid> {
    let Attribute {
        r#type: attribute,
        value,
    } = attribute;
    let refusal = AttributesInvalid::Value(attribute);
    // Values zero themselves on drop, so what they hold can only be taken.
    let value = match &mut value.ok_or(refusal)? {
        Value::Flag(flag) => AttributeValue::Flag(*flag),
        Value::Number(number) => AttributeValue::Number(*number),
        Value::Bytes(bytes) => AttributeValue::Bytes(mem::take(bytes)),
        Value::Numbers(numbers) => AttributeValue::Numbers(mem::take(&mut numbers.numbers)),
        Value::Template(template) if may_nest => {
            AttributeValue::Template(read(mem::take(&mut template.attributes), false)?)
        }
        Value::Template(_) => return Err(refusal),
    };
    match AttributeRow::of(attribute) {
        Some(row) if !value.is_of(row.kind) => Err(refusal),
        _ => Ok((attribute, value)),
    }
}

#[cfg(test)]
mod tests {
    use hsm_algorithms::pkcs11::{
        CKA_ALLOWED_MECHANISMS, CKA_LABEL, CKA_SIGN, CKA_START_DATE, CKA_VALUE_LEN,
        CKA_WRAP_TEMPLATE,
    };
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_type_of_value_goes_there_and_back() {
        let inner: Attributes = [(CKA_SIGN, true.into())].into_iter().collect();
        let attributes: Attributes = [
            (CKA_SIGN, AttributeValue::Flag(true)),
            (CKA_VALUE_LEN, AttributeValue::Number(u64::MAX)),
            (CKA_LABEL, AttributeValue::Bytes(b"a label".to_vec())),
            (CKA_ALLOWED_MECHANISMS, AttributeValue::Numbers(vec![1, 2])),
            (CKA_WRAP_TEMPLATE, AttributeValue::Template(inner)),
        ]
        .into_iter()
        .collect();
        assert_eq!(from_wire(to_wire(attributes.clone())).unwrap(), attributes);
    }

    #[test]
    fn a_value_of_another_type_is_refused() {
        for (attribute, value) in [
            (CKA_SIGN, Value::Number(1)),
            (CKA_LABEL, Value::Flag(true)),
            (CKA_START_DATE, Value::Bytes(b"yesterday".to_vec())),
        ] {
            let wire = vec![Attribute {
                r#type: attribute,
                value: Some(value),
            }];
            assert_eq!(from_wire(wire), Err(AttributesInvalid::Value(attribute)));
        }
        let empty = vec![Attribute {
            r#type: CKA_SIGN,
            value: None,
        }];
        assert_eq!(from_wire(empty), Err(AttributesInvalid::Value(CKA_SIGN)));
    }

    #[test]
    fn an_attribute_given_twice_is_refused() {
        let one = Attribute {
            r#type: CKA_SIGN,
            value: Some(Value::Flag(true)),
        };
        assert_eq!(
            from_wire(vec![one.clone(), one]),
            Err(AttributesInvalid::Repeated(CKA_SIGN))
        );
    }

    #[test]
    fn templates_do_not_nest_twice() {
        let template = |attributes| Attribute {
            r#type: CKA_WRAP_TEMPLATE,
            value: Some(Value::Template(Template { attributes })),
        };
        assert!(from_wire(vec![template(vec![])]).is_ok());
        let twice = vec![template(vec![template(vec![])])];
        assert_eq!(
            from_wire(twice),
            Err(AttributesInvalid::Value(CKA_WRAP_TEMPLATE))
        );
    }

    #[test]
    fn a_template_has_a_limited_length() {
        let wire = (0..=ATTRIBUTES_MAX as u64).map(|number| Attribute {
            r#type: 0x8000_0000 + number,
            value: Some(Value::Flag(true)),
        });
        assert_eq!(
            from_wire(wire.collect()),
            Err(AttributesInvalid::TooMany(ATTRIBUTES_MAX + 1))
        );
    }

    proptest! {
        #[test]
        fn unknown_attributes_pass_unchanged(bytes in any::<Vec<u8>>(), number in 0x8000_0000_u64..) {
            let attributes: Attributes = [(number, AttributeValue::Bytes(bytes))].into_iter().collect();
            prop_assert_eq!(from_wire(to_wire(attributes.clone())).unwrap(), attributes);
        }
    }
}
