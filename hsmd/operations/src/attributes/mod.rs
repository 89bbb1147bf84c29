//! What PKCS#11 says about the attributes of objects: what a template may say when an object is made, copied or changed,
//! what the token adds, and what each token profile forbids. The rules of each attribute are the attribute table's.
//!
//! PKCS#11 3.2, sections 4.1 to 4.10.

mod birth;
pub(crate) mod certificate;
mod change;
pub(crate) mod domain_parameters;
mod profiles;
#[cfg(test)]
mod tests;

pub(crate) use birth::{Birth, Draft, Implied, can_match, visibility};
pub(crate) use change::{apply_change, apply_copy};
pub(crate) use profiles::{
    check_code_length, check_decryption, check_derivation, check_derived, check_pair,
    check_unwrapping, check_wrapping,
};

use hsm_algorithms::attributes::{AttributeKind, AttributeRow, AttributeUse};
use hsm_algorithms::{AttributeValue, Attributes};

use crate::Error;
use crate::limits;

/// The attribute's rules on such objects, once its value is known to have the right type and a sane length.
fn checked_use(
    attribute: u64,
    value: &AttributeValue,
    class: u64,
    key_type: Option<u64>,
) -> Result<&'static AttributeUse, Error> {
    let row = AttributeRow::of(attribute).ok_or(Error::AttributeTypeInvalid { attribute })?;
    let attribute_use = row
        .use_on(class, key_type)
        .ok_or(Error::AttributeTypeInvalid { attribute })?;
    if !value.is_of(row.kind) || !is_of_sane_length(value, 1) {
        return Err(Error::AttributeValueInvalid { attribute });
    }
    if row.kind == AttributeKind::Template {
        check_inner_template(attribute, value)?;
    }
    Ok(attribute_use)
}

/// A template in a template holds attributes that exist, with values of their types, and no further template.
fn check_inner_template(outer: u64, value: &AttributeValue) -> Result<(), Error> {
    let AttributeValue::Template(template) = value else {
        return Err(Error::AttributeValueInvalid { attribute: outer });
    };
    for (attribute, value) in template.iter() {
        let row = AttributeRow::of(attribute).ok_or(Error::AttributeTypeInvalid { attribute })?;
        if row.is_secret_somewhere()
            || row.kind == AttributeKind::Template
            || !value.is_of(row.kind)
        {
            return Err(Error::AttributeValueInvalid { attribute: outer });
        }
    }
    Ok(())
}

fn is_of_sane_length(value: &AttributeValue, depth: usize) -> bool {
    match value {
        AttributeValue::Flag(_) | AttributeValue::Number(_) => true,
        AttributeValue::Bytes(bytes) => bytes.len() <= limits::ATTRIBUTE_BYTES_MAX,
        AttributeValue::Numbers(numbers) => numbers.len() <= limits::TEMPLATE_ATTRIBUTES_MAX,
        AttributeValue::Template(template) => {
            depth < limits::TEMPLATE_DEPTH_MAX
                && template.len() <= limits::TEMPLATE_ATTRIBUTES_MAX
                && template
                    .iter()
                    .all(|(_, value)| is_of_sane_length(value, depth + 1))
        }
    }
}

/// Adds `required` to `template`; what both have must be equal. `CKA_UNWRAP_TEMPLATE` and `CKA_DERIVE_TEMPLATE` work so.
pub(crate) fn merge_required(
    template: &mut Attributes,
    required: Option<&Attributes>,
) -> Result<(), Error> {
    for (attribute, value) in required.into_iter().flat_map(Attributes::iter) {
        match template.get(attribute) {
            Some(present) if present != value => {
                return Err(Error::TemplateInconsistent { attribute });
            }
            Some(_) => {}
            None => {
                template.insert(attribute, value.clone());
            }
        }
    }
    Ok(())
}
