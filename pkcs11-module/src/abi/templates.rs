//! Templates: arrays of `CK_ATTRIBUTE`, typed by the attribute table.

use std::marker::PhantomData;

use cryptoki_sys::{
    CK_ATTRIBUTE, CK_FALSE, CK_TRUE, CK_ULONG, CK_UNAVAILABLE_INFORMATION, CKR_ARGUMENTS_BAD,
    CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_VALUE_INVALID,
    CKR_BUFFER_TOO_SMALL, CKR_TEMPLATE_INCONSISTENT,
};
use hsm_algorithms::attributes::{AttributeKind, AttributeRow};
use hsm_algorithms::{AttributeValue, Attributes};

use crate::errors::{Failure, Result};

/// Most attributes in one template; there are fewer types than that.
const ATTRIBUTES_MAX: CK_ULONG = 512;

/// Longest value of one attribute: 1 MiB, as much as a message to the daemon may hold.
const VALUE_LENGTH_MAX_BYTES: usize = 1 << 20;

const ULONG_BYTES: usize = size_of::<CK_ULONG>();

/// What there is to tell about one attribute of an object.
pub(crate) enum Reading<'v> {
    /// Its value.
    Value(&'v AttributeValue),
    /// It is part of a secret that must not be read.
    Sensitive,
    /// The object has no such attribute.
    Absent,
}

/// A template of the caller's.
pub(crate) struct Template<'a> {
    address: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
    lender: PhantomData<&'a mut CK_ATTRIBUTE>,
}

impl Template<'_> {
    /// # Safety
    ///
    /// Unless `address` is null or misaligned, `count` attributes from it must be readable and writable for the
    /// lifetime of the result, and each must follow the standard: its value null, or to memory of its length.
    pub(crate) unsafe fn new(address: *mut CK_ATTRIBUTE, count: CK_ULONG) -> Self {
        Self {
            address,
            count,
            lender: PhantomData,
        }
    }

    /// The attributes with their values.
    ///
    /// # Errors
    ///
    /// `CKR_ARGUMENTS_BAD` when the array is null, misaligned or absurdly long; `CKR_ATTRIBUTE_TYPE_INVALID` for a type
    /// that no object has; `CKR_ATTRIBUTE_VALUE_INVALID` when a value does not have the form of its type;
    /// `CKR_TEMPLATE_INCONSISTENT` when an attribute is there twice with two values.
    pub(crate) fn attributes(&self) -> Result<Attributes> {
        self.read(false)
    }

    /// The attributes to search for; `None` when no object can have them all.
    ///
    /// # Errors
    ///
    /// As for [`Template::attributes`], but for unknown types: nothing has them, so nothing is found.
    pub(crate) fn search(&self) -> Result<Option<Attributes>> {
        match self.attributes() {
            Ok(attributes) => Ok(Some(attributes)),
            Err(failure) if failure.value() == CKR_ATTRIBUTE_TYPE_INVALID => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// The types in the template, in order.
    ///
    /// # Errors
    ///
    /// `CKR_ARGUMENTS_BAD` when the array is null, misaligned or absurdly long.
    pub(crate) fn types(&self) -> Result<Vec<u64>> {
        // SAFETY: `count` has checked that each index is inside the array.
        Ok((0..self.count()?)
            .map(|index| unsafe { self.address.add(index).read() }.type_)
            .collect())
    }

    /// Writes what `reading` tells of each attribute into the template.
    ///
    /// Every attribute is dealt with, whatever is wrong with another (PKCS#11 3.2, section 5.7.5).
    ///
    /// # Errors
    ///
    /// `CKR_ARGUMENTS_BAD` as above; `CKR_ATTRIBUTE_SENSITIVE`, `CKR_ATTRIBUTE_TYPE_INVALID` or
    /// `CKR_BUFFER_TOO_SMALL` when that is so for at least one attribute, whose length then says so too.
    pub(crate) fn write<'v>(&self, mut reading: impl FnMut(u64) -> Reading<'v>) -> Result {
        let mut result = Ok(());
        for index in 0..self.count()? {
            // SAFETY: `count` has checked that the index is inside the array.
            let place = unsafe { self.address.add(index) };
            // SAFETY: as above; `new` was promised that it may be read.
            let mut attribute = unsafe { place.read() };
            let outcome = match reading(attribute.type_) {
                Reading::Value(value) => write_value(&mut attribute, value),
                Reading::Sensitive => Err(CKR_ATTRIBUTE_SENSITIVE.into()),
                Reading::Absent => Err(CKR_ATTRIBUTE_TYPE_INVALID.into()),
            };
            if outcome.is_err() {
                attribute.ulValueLen = CK_UNAVAILABLE_INFORMATION;
            }
            // SAFETY: as above; `new` was promised that it may be written.
            unsafe { place.write(attribute) };
            result = result.and(outcome);
        }
        result
    }

    fn count(&self) -> Result<usize> {
        if self.count == 0 {
            return Ok(0);
        }
        if self.address.is_null() || !self.address.is_aligned() || self.count > ATTRIBUTES_MAX {
            return Err(CKR_ARGUMENTS_BAD.into());
        }
        usize::try_from(self.count).map_err(|_| CKR_ARGUMENTS_BAD.into())
    }

    fn read(&self, is_nested: bool) -> Result<Attributes> {
        let mut attributes = Attributes::new();
        for index in 0..self.count()? {
            // SAFETY: `count` has checked that the index is inside the array, which `new` was promised to be readable.
            let attribute = unsafe { self.address.add(index).read() };
            let row = AttributeRow::of(attribute.type_)
                .ok_or_else(|| Failure::from(CKR_ATTRIBUTE_TYPE_INVALID))?;
            let value = read_value(&attribute, row.kind, is_nested)?;
            if attributes
                .get(attribute.type_)
                .is_some_and(|before| *before != value)
            {
                return Err(CKR_TEMPLATE_INCONSISTENT.into());
            }
            attributes.insert(attribute.type_, value);
        }
        Ok(attributes)
    }
}

fn read_value(
    attribute: &CK_ATTRIBUTE,
    kind: AttributeKind,
    is_nested: bool,
) -> Result<AttributeValue> {
    let invalid = || Failure::from(CKR_ATTRIBUTE_VALUE_INVALID);
    let length = usize::try_from(attribute.ulValueLen).map_err(|_| invalid())?;
    if length > VALUE_LENGTH_MAX_BYTES || (attribute.pValue.is_null() && length > 0) {
        return Err(invalid());
    }
    if kind == AttributeKind::Template {
        if is_nested || !length.is_multiple_of(size_of::<CK_ATTRIBUTE>()) {
            return Err(invalid());
        }
        let count = (length / size_of::<CK_ATTRIBUTE>()) as CK_ULONG;
        // SAFETY: the standard makes the value of such an attribute an array of attributes, and the caller's promise
        // to `Template::new` covers it.
        let template = unsafe { Template::new(attribute.pValue.cast(), count) };
        return template
            .read(true)
            .map(AttributeValue::Template)
            .map_err(|failure| failure.instead(CKR_ARGUMENTS_BAD, CKR_ATTRIBUTE_VALUE_INVALID));
    }
    let bytes = if length == 0 {
        &[][..]
    } else {
        // SAFETY: not null as just checked, bytes need no alignment, and `Template::new` was promised that the value
        // is as long as it says.
        unsafe { std::slice::from_raw_parts(attribute.pValue.cast::<u8>(), length) }
    };
    let value = match kind {
        AttributeKind::Flag => match bytes {
            [CK_TRUE] => AttributeValue::Flag(true),
            [CK_FALSE] => AttributeValue::Flag(false),
            _ => return Err(invalid()),
        },
        AttributeKind::Number => AttributeValue::Number(number(bytes).ok_or_else(invalid)?),
        AttributeKind::Numbers => {
            let numbers: Option<Vec<_>> = bytes.chunks(ULONG_BYTES).map(number).collect();
            AttributeValue::Numbers(numbers.ok_or_else(invalid)?)
        }
        AttributeKind::Bytes | AttributeKind::Date | AttributeKind::Template => {
            AttributeValue::Bytes(bytes.to_vec())
        }
    };
    if value.is_of(kind) {
        Ok(value)
    } else {
        Err(invalid())
    }
}

fn number(bytes: &[u8]) -> Option<u64> {
    let number = CK_ULONG::from_ne_bytes(bytes.try_into().ok()?);
    #[allow(
        clippy::useless_conversion,
        reason = "CK_ULONG has 32 bits on other platforms"
    )]
    Some(u64::from(number))
}

fn write_value(attribute: &mut CK_ATTRIBUTE, value: &AttributeValue) -> Result {
    match value {
        AttributeValue::Flag(flag) => {
            write_bytes(attribute, &[if *flag { CK_TRUE } else { CK_FALSE }])
        }
        AttributeValue::Number(number) => write_bytes(attribute, &ulong(*number)?.to_ne_bytes()),
        AttributeValue::Bytes(bytes) => write_bytes(attribute, bytes),
        AttributeValue::Numbers(numbers) => {
            let mut bytes = Vec::with_capacity(numbers.len() * ULONG_BYTES);
            for number in numbers {
                bytes.extend_from_slice(&ulong(*number)?.to_ne_bytes());
            }
            write_bytes(attribute, &bytes)
        }
        AttributeValue::Template(template) => write_nested(attribute, template),
    }
}

fn write_bytes(attribute: &mut CK_ATTRIBUTE, bytes: &[u8]) -> Result {
    let room = attribute.ulValueLen;
    let length = bytes.len() as CK_ULONG;
    if attribute.pValue.is_null() {
        attribute.ulValueLen = length;
        return Ok(());
    }
    if room < length {
        return Err(CKR_BUFFER_TOO_SMALL.into());
    }
    let target = attribute.pValue.cast::<u8>();
    // SAFETY: not null, and `Template::new` was promised that the value is as long as it says, which is long enough.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), target, bytes.len()) };
    attribute.ulValueLen = length;
    Ok(())
}

/// Writes an array of attributes; the caller's array says for each of them where its value goes.
fn write_nested(attribute: &mut CK_ATTRIBUTE, template: &Attributes) -> Result {
    let length = (template.len() * size_of::<CK_ATTRIBUTE>()) as CK_ULONG;
    let inner: *mut CK_ATTRIBUTE = attribute.pValue.cast();
    if !inner.is_null() {
        if attribute.ulValueLen < length || !inner.is_aligned() {
            return Err(CKR_BUFFER_TOO_SMALL.into());
        }
        for (index, (kind, value)) in template.iter().enumerate() {
            // SAFETY: aligned, not null, and long enough for every attribute of `template` as just checked.
            let place = unsafe { inner.add(index) };
            // SAFETY: as above.
            let mut attribute = unsafe { place.read() };
            attribute.type_ = kind;
            write_value(&mut attribute, value)?;
            // SAFETY: as above.
            unsafe { place.write(attribute) };
        }
    }
    attribute.ulValueLen = length;
    Ok(())
}

fn ulong(number: u64) -> Result<CK_ULONG> {
    CK_ULONG::try_from(number).map_err(|_| CKR_ATTRIBUTE_VALUE_INVALID.into())
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use cryptoki_sys::*;
    use proptest::prelude::*;

    use super::*;

    fn attribute<T: ?Sized>(type_: CK_ATTRIBUTE_TYPE, value: &T) -> CK_ATTRIBUTE {
        CK_ATTRIBUTE {
            type_,
            pValue: ptr::from_ref(value).cast_mut().cast(),
            ulValueLen: size_of_val(value) as CK_ULONG,
        }
    }

    fn parsed(attributes: &mut [CK_ATTRIBUTE]) -> Result<Attributes, CK_RV> {
        // SAFETY: the array and its values are references that outlive the call.
        let template =
            unsafe { Template::new(attributes.as_mut_ptr(), attributes.len() as CK_ULONG) };
        template.attributes().map_err(|failure| failure.value())
    }

    #[test]
    fn values_get_the_types_of_the_table() {
        let (class, token, label) = (CKO_SECRET_KEY, CK_TRUE, *b"key");
        let mut array = [
            attribute(CKA_CLASS, &class),
            attribute(CKA_TOKEN, &token),
            attribute(CKA_LABEL, &label),
        ];
        let attributes = parsed(&mut array).unwrap();
        assert_eq!(attributes.number(CKA_CLASS), Some(CKO_SECRET_KEY));
        assert_eq!(attributes.flag(CKA_TOKEN), Some(true));
        assert_eq!(attributes.bytes(CKA_LABEL), Some(&b"key"[..]));
    }

    #[test]
    fn values_of_the_wrong_form_are_refused() {
        let eight = 1_u64;
        let four = 1_u32;
        let two = 2_u8;
        for bad in [
            attribute(CKA_TOKEN, &eight),
            attribute(CKA_TOKEN, &two),
            attribute(CKA_CLASS, &four),
            attribute(CKA_START_DATE, b"2026123"),
            CK_ATTRIBUTE {
                type_: CKA_LABEL,
                pValue: ptr::null_mut(),
                ulValueLen: 1,
            },
            CK_ATTRIBUTE {
                ulValueLen: CK_ULONG::MAX,
                ..attribute(CKA_LABEL, b"x")
            },
            CK_ATTRIBUTE {
                ulValueLen: 1 << 40,
                ..attribute(CKA_LABEL, b"x")
            },
        ] {
            assert_eq!(parsed(&mut [bad]), Err(CKR_ATTRIBUTE_VALUE_INVALID));
        }
        assert_eq!(
            parsed(&mut [attribute(0x1234_5678, b"x")]),
            Err(CKR_ATTRIBUTE_TYPE_INVALID)
        );
    }

    #[test]
    fn an_attribute_may_be_repeated_but_not_contradicted() {
        assert!(parsed(&mut [attribute(CKA_LABEL, b"a"), attribute(CKA_LABEL, b"a")]).is_ok());
        let contradiction = &mut [attribute(CKA_LABEL, b"a"), attribute(CKA_LABEL, b"b")];
        assert_eq!(parsed(contradiction), Err(CKR_TEMPLATE_INCONSISTENT));
    }

    #[test]
    fn null_misaligned_and_absurdly_long_arrays_are_refused_before_they_are_read() {
        let mut array = [attribute(CKA_LABEL, b"a"); 2];
        let misaligned = array.as_mut_ptr().wrapping_byte_add(1);
        for (address, count) in [
            (ptr::null_mut(), 1),
            (misaligned, 1),
            (array.as_mut_ptr(), 1 << 32),
        ] {
            // SAFETY: the array is not followed: that is what is tested.
            let template = unsafe { Template::new(address, count) };
            assert_eq!(
                template.attributes().unwrap_err().value(),
                CKR_ARGUMENTS_BAD
            );
            assert_eq!(template.types().unwrap_err().value(), CKR_ARGUMENTS_BAD);
        }
        // SAFETY: nothing is there to be read.
        let empty = unsafe { Template::new(ptr::null_mut(), 0) };
        assert!(empty.attributes().unwrap().is_empty());
    }

    #[test]
    fn every_attribute_is_answered_whatever_is_wrong_with_another() {
        let mut label = [0_u8; 8];
        let mut short = [0_u8; 2];
        let mut array = [
            CK_ATTRIBUTE {
                type_: CKA_VALUE,
                pValue: ptr::null_mut(),
                ulValueLen: 0,
            },
            CK_ATTRIBUTE {
                type_: CKA_ID,
                pValue: short.as_mut_ptr().cast(),
                ulValueLen: 2,
            },
            CK_ATTRIBUTE {
                type_: CKA_OWNER,
                pValue: ptr::null_mut(),
                ulValueLen: 0,
            },
            CK_ATTRIBUTE {
                type_: CKA_LABEL,
                pValue: label.as_mut_ptr().cast(),
                ulValueLen: 8,
            },
            CK_ATTRIBUTE {
                type_: CKA_LABEL,
                pValue: ptr::null_mut(),
                ulValueLen: 0,
            },
        ];
        let value = AttributeValue::Bytes(b"name".to_vec());
        // SAFETY: the array and its values outlive the call.
        let template = unsafe { Template::new(array.as_mut_ptr(), array.len() as CK_ULONG) };
        let result = template.write(|attribute| match attribute {
            CKA_VALUE => Reading::Sensitive,
            CKA_ID | CKA_LABEL => Reading::Value(&value),
            _ => Reading::Absent,
        });
        assert_eq!(result.unwrap_err().value(), CKR_ATTRIBUTE_SENSITIVE);
        let lengths: Vec<_> = array.iter().map(|attribute| attribute.ulValueLen).collect();
        let gone = CK_UNAVAILABLE_INFORMATION;
        assert_eq!(lengths, [gone, gone, gone, 4, 4]);
        assert_eq!(&label, b"name\0\0\0\0");
        assert_eq!(short, [0; 2]);
    }

    #[test]
    fn templates_within_templates_are_read_and_written() {
        let sensitive = CK_TRUE;
        let mut inner = [attribute(CKA_SENSITIVE, &sensitive)];
        let attributes = parsed(&mut [attribute(CKA_WRAP_TEMPLATE, &inner)]).unwrap();
        let value = attributes.get(CKA_WRAP_TEMPLATE).unwrap();
        assert_eq!(
            attributes
                .template(CKA_WRAP_TEMPLATE)
                .unwrap()
                .flag(CKA_SENSITIVE),
            Some(true)
        );

        let mut flag = CK_FALSE;
        inner[0] = CK_ATTRIBUTE {
            type_: 0,
            pValue: (&raw mut flag).cast(),
            ulValueLen: 1,
        };
        let mut array = [CK_ATTRIBUTE {
            type_: CKA_WRAP_TEMPLATE,
            pValue: inner.as_mut_ptr().cast(),
            ulValueLen: size_of_val(&inner) as CK_ULONG,
        }];
        // SAFETY: the arrays and their values outlive the call.
        unsafe { Template::new(array.as_mut_ptr(), 1) }
            .write(|_| Reading::Value(value))
            .unwrap();
        assert_eq!((inner[0].type_, flag), (CKA_SENSITIVE, CK_TRUE));
    }

    proptest! {
        #[test]
        fn no_value_makes_the_parser_panic(type_ in prop_oneof![0_u64..0x200, any::<u64>()], value: Vec<u8>) {
            let attribute = attribute(type_, value.as_slice());
            // Arrays of attributes hold pointers, which must not be made up.
            prop_assume!(AttributeRow::of(type_).is_none_or(|row| row.kind != AttributeKind::Template));
            if let Ok(attributes) = parsed(&mut [attribute]) {
                prop_assert_eq!(attributes.len(), 1);
            }
        }
    }
}
