//! Changing an object in place, and copying it.

use hsm_algorithms::attributes::Rules;
use hsm_algorithms::pkcs11::{
    CK_UNAVAILABLE_INFORMATION, CKA_CLASS, CKA_KEY_TYPE, CKA_PRIVATE, CKA_UNIQUE_ID,
};
use hsm_algorithms::{AttributeValue, Attributes};
use hsmd_identity::LoginRole;
use hsmd_keys::TokenProfile;

use super::{checked_use, profiles};
use crate::Error;

/// The attributes after `C_SetAttributeValue`: all of the template's changes, or an error and none.
///
/// # Errors
///
/// [`Error::AttributeReadOnly`] for what cannot change, or not in that direction; values of the wrong type; the
/// profile's rules.
pub(crate) fn apply_change(
    object: &Attributes,
    template: Attributes,
    login: Option<LoginRole>,
    profile: TokenProfile,
) -> Result<Attributes, Error> {
    apply(object, template, login, profile, Rules::MODIFIABLE)
}

/// The attributes of a copy: as `C_SetAttributeValue` would leave them, and `CKA_TOKEN`, `CKA_PRIVATE` and
/// `CKA_MODIFIABLE` may differ too. A copy of a private object is private.
///
/// # Errors
///
/// As [`apply_change`].
pub(crate) fn apply_copy(
    object: &Attributes,
    template: Attributes,
    login: Option<LoginRole>,
    profile: TokenProfile,
) -> Result<Attributes, Error> {
    if object.is_set(CKA_PRIVATE) && template.flag(CKA_PRIVATE) == Some(false) {
        return Err(Error::TemplateInconsistent {
            attribute: CKA_PRIVATE,
        });
    }
    let mut attributes = apply(object, template, login, profile, Rules::COPY)?;
    attributes.remove(CKA_UNIQUE_ID);
    Ok(attributes)
}

fn apply(
    object: &Attributes,
    template: Attributes,
    login: Option<LoginRole>,
    profile: TokenProfile,
    allowing: Rules,
) -> Result<Attributes, Error> {
    let class = object
        .number(CKA_CLASS)
        .unwrap_or(CK_UNAVAILABLE_INFORMATION);
    let key_type = object.number(CKA_KEY_TYPE);
    let mut changed = object.clone();
    for (attribute, value) in template {
        let rules = checked_use(attribute, &value, class, key_type)?.rules;
        if !rules.contains(Rules::MODIFIABLE) && !rules.contains(allowing) {
            return Err(Error::AttributeReadOnly { attribute });
        }
        // A template that repeats what is there changes nothing, whoever asks.
        if object.get(attribute) == Some(&value) && !rules.contains(Rules::SECRET) {
            continue;
        }
        if is_one_way(object, attribute, &value, rules) || needs_officer(&value, rules, login) {
            return Err(Error::AttributeReadOnly { attribute });
        }
        profiles::check_change(attribute, profile)?;
        changed.insert(attribute, value);
    }
    Ok(changed)
}

fn is_one_way(object: &Attributes, attribute: u64, value: &AttributeValue, rules: Rules) -> bool {
    let (before, after) = (object.flag(attribute), value == &true.into());
    (rules.contains(Rules::STAYS_TRUE) && before == Some(true) && !after)
        || (rules.contains(Rules::STAYS_FALSE) && before == Some(false) && after)
}

fn needs_officer(value: &AttributeValue, rules: Rules, login: Option<LoginRole>) -> bool {
    rules.contains(Rules::SO_ONLY)
        && value == &true.into()
        && login != Some(LoginRole::SecurityOfficer)
}
