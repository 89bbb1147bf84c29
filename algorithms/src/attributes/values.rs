//! Attribute values and ordered sets of them.

use std::iter::{self, Peekable};
use std::{fmt, vec};

use super::{AttributeKind, AttributeRow};
use crate::pkcs11::{ATTRIBUTE_TYPES, name_of};

/// The value of an attribute. `Debug` shows of bytes only their number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttributeValue {
    /// `CK_BBOOL`.
    Flag(bool),
    /// `CK_ULONG`.
    Number(u64),
    /// Bytes, strings, dates, big integers.
    Bytes(Vec<u8>),
    /// An array of `CK_ULONG`.
    Numbers(Vec<u64>),
    /// An array of attributes.
    Template(Attributes),
}

impl AttributeValue {
    /// True if an attribute of `kind` can have this value. A date has eight digits or none.
    #[must_use]
    pub fn is_of(&self, kind: AttributeKind) -> bool {
        match (kind, self) {
            (AttributeKind::Flag, Self::Flag(_))
            | (AttributeKind::Number, Self::Number(_))
            | (AttributeKind::Bytes, Self::Bytes(_))
            | (AttributeKind::Numbers, Self::Numbers(_))
            | (AttributeKind::Template, Self::Template(_)) => true,
            (AttributeKind::Date, Self::Bytes(date)) => {
                date.is_empty() || (date.len() == 8 && date.iter().all(u8::is_ascii_digit))
            }
            _ => false,
        }
    }
}

impl fmt::Debug for AttributeValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(formatter, "{flag}"),
            Self::Number(number) => write!(formatter, "{number:#x}"),
            Self::Bytes(bytes) => write!(formatter, "[{} bytes]", bytes.len()),
            Self::Numbers(numbers) => write!(formatter, "{numbers:x?}"),
            Self::Template(template) => template.fmt(formatter),
        }
    }
}

impl From<bool> for AttributeValue {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<u64> for AttributeValue {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<Vec<u8>> for AttributeValue {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<&[u8]> for AttributeValue {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

/// Attributes by type, each at most once, in the order of their numbers.
///
/// # Examples
///
/// ```
/// use hsm_algorithms::attributes::Attributes;
/// use hsm_algorithms::pkcs11::{CKA_LABEL, CKA_SIGN, CKA_VERIFY};
///
/// let template: Attributes = [(CKA_SIGN, true.into()), (CKA_LABEL, b"key"[..].into())].into_iter().collect();
/// assert_eq!(template.flag(CKA_SIGN), Some(true));
/// assert_eq!(template.bytes(CKA_LABEL), Some(&b"key"[..]));
/// assert_eq!(template.flag(CKA_VERIFY), None);
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Attributes {
    // An object has some thirty attributes, most of them flags, and a daemon a hundred thousand objects: sorted and in one
    // block they take half the memory of a tree, and flags apart a quarter of that of values.
    flags: Vec<(u32, bool)>,
    /// Sorted by type: whatever is no flag, and flags of types beyond those of the standard.
    others: Vec<(u64, AttributeValue)>,
}

/// A flag's value, to lend it.
static TRUE: AttributeValue = AttributeValue::Flag(true);
static FALSE: AttributeValue = AttributeValue::Flag(false);

const fn lent(flag: bool) -> &'static AttributeValue {
    if flag { &TRUE } else { &FALSE }
}

impl Attributes {
    /// No attributes.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            flags: Vec::new(),
            others: Vec::new(),
        }
    }

    /// Sets an attribute and gives the value that it had.
    pub fn insert(
        &mut self,
        attribute: u64,
        value: impl Into<AttributeValue>,
    ) -> Option<AttributeValue> {
        let before = self.remove(attribute);
        self.add(attribute, value.into());
        before
    }

    /// Sets an attribute if it has no value yet.
    pub fn insert_default(&mut self, attribute: u64, value: impl Into<AttributeValue>) {
        if !self.contains(attribute) {
            self.add(attribute, value.into());
        }
    }

    /// Takes an attribute out.
    pub fn remove(&mut self, attribute: u64) -> Option<AttributeValue> {
        if let Some(index) = self.flag_position(attribute) {
            return Some(self.flags.remove(index).1.into());
        }
        let index = self.position(attribute)?;
        Some(self.others.remove(index).1)
    }

    /// Keeps only the attributes for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(u64, &AttributeValue) -> bool) {
        self.flags
            .retain(|(attribute, flag)| keep(u64::from(*attribute), lent(*flag)));
        self.others
            .retain(|(attribute, value)| keep(*attribute, value));
    }

    /// The value of an attribute.
    #[must_use]
    pub fn get(&self, attribute: u64) -> Option<&AttributeValue> {
        if let Some(index) = self.flag_position(attribute) {
            return Some(lent(self.flags[index].1));
        }
        let index = self.position(attribute)?;
        Some(&self.others[index].1)
    }

    /// The value of a flag. `None` if it is absent or no flag.
    #[must_use]
    pub fn flag(&self, attribute: u64) -> Option<bool> {
        match self.get(attribute) {
            Some(AttributeValue::Flag(flag)) => Some(*flag),
            _ => None,
        }
    }

    /// True if the flag is there and true.
    #[must_use]
    pub fn is_set(&self, attribute: u64) -> bool {
        self.flag(attribute) == Some(true)
    }

    /// The value of a number. `None` if it is absent or no number.
    #[must_use]
    pub fn number(&self, attribute: u64) -> Option<u64> {
        match self.get(attribute) {
            Some(AttributeValue::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// The value of a byte array. `None` if it is absent or no byte array.
    #[must_use]
    pub fn bytes(&self, attribute: u64) -> Option<&[u8]> {
        match self.get(attribute) {
            Some(AttributeValue::Bytes(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// The value of an array of numbers. `None` if it is absent or no such array.
    #[must_use]
    pub fn numbers(&self, attribute: u64) -> Option<&[u64]> {
        match self.get(attribute) {
            Some(AttributeValue::Numbers(numbers)) => Some(numbers),
            _ => None,
        }
    }

    /// The value of an array of attributes. `None` if it is absent or no such array.
    #[must_use]
    pub fn template(&self, attribute: u64) -> Option<&Self> {
        match self.get(attribute) {
            Some(AttributeValue::Template(template)) => Some(template),
            _ => None,
        }
    }

    /// True if the attribute has a value.
    #[must_use]
    pub fn contains(&self, attribute: u64) -> bool {
        self.get(attribute).is_some()
    }

    /// True if every attribute of `template` is here with the same value, as `C_FindObjects` compares.
    #[must_use]
    pub fn matches(&self, template: &Self) -> bool {
        template
            .iter()
            .all(|(attribute, value)| self.get(attribute) == Some(value))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.flags.len() + self.others.len()
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.flags.is_empty() && self.others.is_empty()
    }

    /// Each attribute and its value, in the order of their numbers.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (u64, &AttributeValue)> {
        let flags = self.flags.iter();
        let others = self.others.iter();
        Merged {
            flags: flags
                .map(|(flag, value)| (u64::from(*flag), lent(*value)))
                .peekable(),
            others: others
                .map(|(attribute, value)| (*attribute, value))
                .peekable(),
        }
    }

    /// Gives back memory that was kept for more; for sets that are kept for long.
    pub fn shrink_to_fit(&mut self) {
        self.flags.shrink_to_fit();
        self.others.shrink_to_fit();
    }

    /// Adds an attribute that is not there.
    fn add(&mut self, attribute: u64, value: AttributeValue) {
        if let (Ok(small), AttributeValue::Flag(flag)) = (u32::try_from(attribute), &value) {
            let index = self.flags.partition_point(|(one, _)| *one < small);
            self.flags.insert(index, (small, *flag));
        } else {
            let index = self.others.partition_point(|(one, _)| *one < attribute);
            self.others.insert(index, (attribute, value));
        }
    }

    /// Where among the flags the attribute is.
    fn flag_position(&self, attribute: u64) -> Option<usize> {
        let attribute = u32::try_from(attribute).ok()?;
        let found = self.flags.binary_search_by_key(&attribute, |(one, _)| *one);
        found.ok()
    }

    /// Where among the others the attribute is.
    fn position(&self, attribute: u64) -> Option<usize> {
        let found = self
            .others
            .binary_search_by_key(&attribute, |(one, _)| *one);
        found.ok()
    }
}

/// Both lists as one, in the order of the types.
pub struct Merged<F: Iterator, O: Iterator> {
    flags: Peekable<F>,
    others: Peekable<O>,
}

impl<V, F, O> Iterator for Merged<F, O>
where
    F: Iterator<Item = (u64, V)>,
    O: Iterator<Item = (u64, V)>,
{
    type Item = (u64, V);

    fn next(&mut self) -> Option<Self::Item> {
        let other = self.others.peek().map(|(attribute, _)| *attribute);
        let flag = self
            .flags
            .next_if(|(flag, _)| other.is_none_or(|other| *flag < other));
        flag.or_else(|| self.others.next())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (flags, others) = (self.flags.size_hint(), self.others.size_hint());
        let most = flags.1.zip(others.1);
        (
            flags.0 + others.0,
            most.map(|(flags, others)| flags + others),
        )
    }
}

impl<V, F, O> ExactSizeIterator for Merged<F, O>
where
    F: ExactSizeIterator<Item = (u64, V)>,
    O: ExactSizeIterator<Item = (u64, V)>,
{
}

impl fmt::Debug for Attributes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = formatter.debug_map();
        for (attribute, value) in self.iter() {
            let name = name_of(ATTRIBUTE_TYPES, attribute)
                .map_or_else(|| format!("{attribute:#x}"), str::to_owned);
            // A value whose type has no row may be anything, so it is left out like a secret.
            let is_shown =
                AttributeRow::of(attribute).is_some_and(|row| !row.is_secret_somewhere());
            if is_shown {
                map.entry(&format_args!("{name}"), value);
            } else {
                map.entry(&format_args!("{name}"), &format_args!("…"));
            }
        }
        map.finish()
    }
}

impl FromIterator<(u64, AttributeValue)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (u64, AttributeValue)>>(attributes: I) -> Self {
        let mut collected = Self::new();
        collected.extend(attributes);
        collected.shrink_to_fit();
        collected
    }
}

impl Extend<(u64, AttributeValue)> for Attributes {
    fn extend<I: IntoIterator<Item = (u64, AttributeValue)>>(&mut self, attributes: I) {
        for (attribute, value) in attributes {
            self.insert(attribute, value);
        }
    }
}

impl IntoIterator for Attributes {
    type Item = (u64, AttributeValue);
    type IntoIter = Merged<
        iter::Map<vec::IntoIter<(u32, bool)>, fn((u32, bool)) -> Self::Item>,
        vec::IntoIter<Self::Item>,
    >;

    fn into_iter(self) -> Self::IntoIter {
        let flags = self.flags.into_iter();
        let as_others: fn((u32, bool)) -> Self::Item =
            |(flag, value)| (u64::from(flag), value.into());
        Merged {
            flags: flags.map(as_others).peekable(),
            others: self.others.into_iter().peekable(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pkcs11::*;

    #[test]
    fn debug_never_shows_a_value_in_bytes() {
        let attributes: Attributes = [
            (CKA_VALUE, vec![0xab; 16].into()),
            (CKA_LABEL, b"label"[..].into()),
        ]
        .into_iter()
        .collect();
        let text = format!("{attributes:?}");
        assert!(text.contains("CKA_VALUE: …"), "{text}");
        assert!(text.contains("CKA_LABEL: [5 bytes]"), "{text}");
    }

    #[test]
    fn a_date_has_eight_digits_or_none() {
        let is_date = |bytes: &[u8]| AttributeValue::from(bytes).is_of(AttributeKind::Date);
        assert!(is_date(b""));
        assert!(is_date(b"20261121"));
        assert!(!is_date(b"2026112"));
        assert!(!is_date(b"2026-1-1"));
    }

    #[test]
    fn a_template_matches_what_it_is_part_of() {
        let object: Attributes = [(CKA_CLASS, CKO_DATA.into()), (CKA_LABEL, b"a"[..].into())]
            .into_iter()
            .collect();
        let by_label: Attributes = [(CKA_LABEL, b"a"[..].into())].into_iter().collect();
        let by_other: Attributes = [(CKA_LABEL, b"b"[..].into())].into_iter().collect();
        assert!(object.matches(&Attributes::new()));
        assert!(object.matches(&by_label));
        assert!(!object.matches(&by_other));
        assert!(!by_label.matches(&object));
    }

    #[test]
    fn of_several_values_of_an_attribute_the_last_stays() {
        let pairs = [
            (CKA_SIGN, true),
            (CKA_DERIVE, true),
            (CKA_SIGN, false),
            (CKA_COPYABLE, true),
        ];
        let pairs = pairs.map(|(attribute, flag)| (attribute, flag.into()));
        let collected: Attributes = pairs.clone().into_iter().collect();
        let mut inserted = Attributes::new();
        inserted.extend(pairs);
        assert_eq!(collected, inserted);
        assert_eq!(collected.flag(CKA_SIGN), Some(false));
        assert!(collected.iter().map(|(attribute, _)| attribute).is_sorted());
        assert_eq!(inserted.remove(CKA_DERIVE), Some(true.into()));
        assert_eq!((inserted.len(), inserted.get(CKA_DERIVE)), (2, None));
        inserted.insert_default(CKA_SIGN, true);
        inserted.insert_default(CKA_DERIVE, false);
        assert_eq!(
            (inserted.flag(CKA_SIGN), inserted.flag(CKA_DERIVE)),
            (Some(false), Some(false))
        );
    }

    #[test]
    fn flags_and_values_are_one_list_in_order_whatever_their_type() {
        let beyond = 1 << 40;
        let pairs: [(u64, AttributeValue); 6] = [
            (CKA_CLASS, CKO_DATA.into()),
            (CKA_TOKEN, true.into()),
            (CKA_LABEL, b"a"[..].into()),
            (CKA_SIGN, false.into()),
            (CKA_VALUE_LEN, 16.into()),
            (beyond, true.into()),
        ];
        let mut attributes: Attributes = pairs.iter().rev().cloned().collect();
        let lent: Vec<_> = attributes
            .iter()
            .map(|(one, value)| (one, value.clone()))
            .collect();
        assert_eq!(lent, pairs);
        assert_eq!(attributes.iter().len(), 6);
        assert_eq!(attributes.clone().into_iter().collect::<Vec<_>>(), pairs);
        assert_eq!(attributes.flag(beyond), Some(true));

        // What was a flag becomes none, and the other way round.
        assert_eq!(attributes.insert(CKA_TOKEN, 7), Some(true.into()));
        assert_eq!(attributes.insert(CKA_LABEL, true), Some(b"a"[..].into()));
        assert_eq!(attributes.number(CKA_TOKEN), Some(7));
        assert_eq!(
            (attributes.flag(CKA_LABEL), attributes.len()),
            (Some(true), 6)
        );
        attributes.retain(|attribute, value| attribute != CKA_CLASS && *value != false.into());
        let left: Vec<_> = attributes.iter().map(|(attribute, _)| attribute).collect();
        assert_eq!(left, [CKA_TOKEN, CKA_LABEL, CKA_VALUE_LEN, beyond]);
    }

    #[test]
    fn a_getter_of_another_type_finds_nothing() {
        let attributes: Attributes = [(CKA_LABEL, AttributeValue::Number(1))]
            .into_iter()
            .collect();
        assert_eq!(attributes.bytes(CKA_LABEL), None);
        assert_eq!(attributes.flag(CKA_LABEL), None);
        assert_eq!(attributes.number(CKA_LABEL), Some(1));
    }
}
