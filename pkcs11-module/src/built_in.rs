//! Objects that every token has by nature: what it can do (mechanisms), what it promises (profiles), and what vouches for
//! it (validations). PKCS#11 3.2, sections 4.13, 4.15 and 4.17.
//!
//! They are found only by who asks for their class, so that programs which do not know them never meet them. They cost
//! no request.

use hsm_algorithms::pkcs11::{
    CKA_CLASS, CKA_COPYABLE, CKA_DESTROYABLE, CKA_LABEL, CKA_MECHANISM_TYPE, CKA_MODIFIABLE,
    CKA_PRIVATE, CKA_PROFILE_ID, CKA_TOKEN, CKA_VALIDATION_AUTHORITY_TYPE,
    CKA_VALIDATION_CERTIFICATE_IDENTIFIER, CKA_VALIDATION_CERTIFICATE_URI, CKA_VALIDATION_COUNTRY,
    CKA_VALIDATION_FLAG, CKA_VALIDATION_LEVEL, CKA_VALIDATION_MODULE_ID, CKA_VALIDATION_PROFILE,
    CKA_VALIDATION_TYPE, CKA_VALIDATION_VENDOR_URI, CKA_VALIDATION_VERSION, CKO_MECHANISM,
    CKO_PROFILE, CKO_VALIDATION,
};
use hsm_algorithms::{AttributeValue, Attributes};

use crate::objects::ObjectId;
use crate::slots::Slot;

/// `CKA_VALIDATION_FLAG` of the one validation there is: the self-tests.
pub(crate) const SELF_TESTED: u64 = 1;

/// `CKP_…`: the profiles that the module and the daemon keep together.
const PROFILES: [u64; 4] = [
    CKP_BASELINE_PROVIDER,
    CKP_EXTENDED_PROVIDER,
    CKP_AUTHENTICATION_TOKEN,
    CKP_COMPLETE_PROVIDER,
];

const CKP_BASELINE_PROVIDER: u64 = 1;
const CKP_EXTENDED_PROVIDER: u64 = 2;
const CKP_AUTHENTICATION_TOKEN: u64 = 3;
const CKP_COMPLETE_PROVIDER: u64 = 5;

/// `CKV_TYPE_SOFTWARE`.
const SOFTWARE: u64 = 1;

/// `CKV_AUTHORITY_TYPE_UNSPECIFIED`.
const NO_AUTHORITY: u64 = 0;

/// Whether objects of this class are built in.
pub(crate) fn is_class(class: Option<u64>) -> bool {
    matches!(class, Some(CKO_MECHANISM | CKO_PROFILE | CKO_VALIDATION))
}

/// The objects of the slot's token that have all of `template`, which names their class.
pub(crate) fn find(slot: &Slot, template: &Attributes) -> Vec<ObjectId> {
    let numbers: Vec<u64> = match template.number(CKA_CLASS) {
        Some(CKO_MECHANISM) => slot.mechanisms().collect(),
        Some(CKO_PROFILE) => PROFILES.to_vec(),
        Some(CKO_VALIDATION) => vec![SELF_TESTED],
        _ => Vec::new(),
    };
    let class = template.number(CKA_CLASS).unwrap_or_default();
    let ids = numbers.into_iter().map(|number| id(class, number));
    ids.filter(|id| attributes(id).is_some_and(|own| own.matches(template)))
        .collect()
}

/// The attributes of a built-in object; none if `id` is the daemon's, whose ids begin with the time.
pub(crate) fn attributes(id: &ObjectId) -> Option<Attributes> {
    let [0, 0, 0, 0, 0, 0, 0, 0, class @ .., a, b, c, d] = id else {
        return None;
    };
    let class = u64::from(u32::from_be_bytes(*class));
    let number = u64::from(u32::from_be_bytes([*a, *b, *c, *d]));
    let text = |text: &str| AttributeValue::from(text.as_bytes().to_vec());
    let mut attributes: Attributes = [
        (CKA_CLASS, class.into()),
        (CKA_TOKEN, true.into()),
        (CKA_PRIVATE, false.into()),
        (CKA_MODIFIABLE, false.into()),
        (CKA_COPYABLE, false.into()),
        (CKA_DESTROYABLE, false.into()),
    ]
    .into_iter()
    .collect();
    let module = concat!("hsmd ", env!("CARGO_PKG_VERSION"));
    let own: Vec<(u64, AttributeValue)> = match class {
        CKO_MECHANISM => vec![(CKA_MECHANISM_TYPE, number.into())],
        CKO_PROFILE => vec![(CKA_PROFILE_ID, number.into())],
        CKO_VALIDATION => vec![
            (CKA_LABEL, text("self-tests")),
            (CKA_VALIDATION_TYPE, SOFTWARE.into()),
            (CKA_VALIDATION_VERSION, vec![1, 0].into()),
            (CKA_VALIDATION_LEVEL, 0_u64.into()),
            (CKA_VALIDATION_MODULE_ID, text(module)),
            (CKA_VALIDATION_FLAG, number.into()),
            (CKA_VALIDATION_AUTHORITY_TYPE, NO_AUTHORITY.into()),
            (CKA_VALIDATION_COUNTRY, text("")),
            (CKA_VALIDATION_CERTIFICATE_IDENTIFIER, text("")),
            (CKA_VALIDATION_CERTIFICATE_URI, text("")),
            (CKA_VALIDATION_VENDOR_URI, text("")),
            (CKA_VALIDATION_PROFILE, text(SELF_TESTS)),
        ],
        _ => return None,
    };
    for (attribute, value) in own {
        attributes.insert(attribute, value);
    }
    Some(attributes)
}

/// What vouches for the token, and what does not.
const SELF_TESTS: &str =
    "known answers of every algorithm, computed when the daemon starts; certified by no authority";

fn id(class: u64, number: u64) -> ObjectId {
    let mut id = [0; 16];
    let half = |value: u64| u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes();
    id[8..12].copy_from_slice(&half(class));
    id[12..].copy_from_slice(&half(number));
    id
}
