//! Domain parameters of DSA and Diffie-Hellman as objects (PKCS#11 3.2, sections 4.11, 6.7.4 and 6.8.3).

use hsm_algorithms::pkcs11::{
    CKA_BASE, CKA_PRIME, CKA_PRIME_BITS, CKA_SUBPRIME, CKA_SUBPRIME_BITS, CKK_DSA,
};
use hsm_algorithms::{Attributes, KeyKind, KeySpec};
use hsm_aws_lc::field::FieldGroup;

use crate::Error;

/// Checks the numbers of new domain parameters for what would be no group at all, and adds their lengths. Whether a
/// prime is one is for the key generation that takes it.
///
/// # Errors
///
/// [`Error::AttributeValueInvalid`] for an even or short modulus or subgroup order, and for a base outside the group.
pub(crate) fn complete(attributes: &mut Attributes) -> Result<(), Error> {
    let prime = number(attributes, CKA_PRIME);
    let invalid = |attribute| Err(Error::AttributeValueInvalid { attribute });
    if bits(&prime) < PRIME_BITS_MIN || is_even(&prime) {
        return invalid(CKA_PRIME);
    }
    let base = number(attributes, CKA_BASE);
    if bits(&base) < 2 || is_not_below(&base, &prime) {
        return invalid(CKA_BASE);
    }
    attributes.insert(CKA_PRIME_BITS, bits(&prime));
    if attributes.contains(CKA_SUBPRIME) {
        let order = number(attributes, CKA_SUBPRIME);
        if bits(&order) < SUBPRIME_BITS_MIN || is_even(&order) || is_not_below(&order, &prime) {
            return invalid(CKA_SUBPRIME);
        }
        attributes.insert(CKA_SUBPRIME_BITS, bits(&order));
    }
    Ok(())
}

/// The group in a key's template, checked.
///
/// # Errors
///
/// [`Error::KeySize`]; [`Error::AttributeValueInvalid`] for numbers that are no group.
pub(crate) fn group(attributes: &Attributes) -> Result<FieldGroup, Error> {
    let attribute = CKA_PRIME;
    FieldGroup::from_attributes(attributes).map_err(|error| match error {
        hsm_aws_lc::Error::KeySize => Error::KeySize,
        _ => Error::AttributeValueInvalid { attribute },
    })
}

/// What a new group is for, as its template says: the length of the prime, and of DSA that of the subgroup's order, which
/// without being said is 160 bits below 2048 and 256 from there on (FIPS 186-4 §4.2).
///
/// # Errors
///
/// [`Error::TemplateIncomplete`]; [`Error::KeySize`].
pub(crate) fn wanted(attributes: &Attributes, key_type: u64) -> Result<KeySpec, Error> {
    let bits = |attribute| match attributes.number(attribute) {
        Some(bits) => u32::try_from(bits).map(Some).map_err(|_| Error::KeySize),
        None => Ok(None),
    };
    let attribute = CKA_PRIME_BITS;
    let prime_bits = bits(attribute)?.ok_or(Error::TemplateIncomplete { attribute })?;
    let kind = if key_type == CKK_DSA {
        let usual = if prime_bits < 2048 { 160 } else { 256 };
        KeyKind::by_subgroup_bits(bits(CKA_SUBPRIME_BITS)?.unwrap_or(usual))
    } else {
        Some(KeyKind::Dh)
    };
    let spec = kind.and_then(|kind| KeySpec::new(kind, prime_bits));
    spec.ok_or(Error::KeySize)
}

/// The numbers of a new group.
pub(crate) fn add(attributes: &mut Attributes, group: &FieldGroup) -> Result<(), Error> {
    attributes.insert(CKA_PRIME, group.prime());
    if let Some(order) = group.subprime() {
        attributes.insert(CKA_SUBPRIME, order);
    }
    attributes.insert(CKA_BASE, group.base());
    complete(attributes)
}

/// The bytes of a big integer without leading zeros.
fn number(attributes: &Attributes, attribute: u64) -> Vec<u8> {
    let bytes = attributes.bytes(attribute).unwrap_or_default();
    bytes
        .iter()
        .copied()
        .skip_while(|byte| *byte == 0)
        .collect()
}

fn bits(number: &[u8]) -> u64 {
    let leading = number.first().map_or(0, |first| first.leading_zeros());
    8 * number.len() as u64 - u64::from(leading)
}

fn is_even(number: &[u8]) -> bool {
    number.last().is_none_or(|last| last % 2 == 0)
}

fn is_not_below(number: &[u8], limit: &[u8]) -> bool {
    (number.len(), number) >= (limit.len(), limit)
}

/// The shortest modulus that FIPS 186-2 knew, in bits.
const PRIME_BITS_MIN: u64 = 512;
/// The shortest subgroup order that it knew, in bits.
const SUBPRIME_BITS_MIN: u64 = 160;
