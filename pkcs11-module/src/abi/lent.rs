//! Safe ways to make the boundary's types from Rust values, for tests: lifetimes hold what a C caller would promise.

use std::marker::PhantomData;
use std::ptr;

use cryptoki_sys::{CK_ATTRIBUTE, CK_ATTRIBUTE_TYPE, CK_MECHANISM, CK_MECHANISM_TYPE, CK_ULONG};

use super::{Input, Mechanism, Output, OutputArray, Place, Template};

impl<'a> From<&'a [u8]> for Input<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        // SAFETY: the slice lives as long as the result.
        unsafe { Self::new(bytes.as_ptr(), bytes.len() as CK_ULONG) }
    }
}

impl<'a> Output<'a> {
    /// Asks for the length alone.
    pub(crate) fn length_query(length: &'a mut CK_ULONG) -> Self {
        // SAFETY: the reference lives as long as the result.
        unsafe { Self::new(ptr::null_mut(), length) }
    }
}

impl<'a, T: Copy> OutputArray<'a, T> {
    /// An array.
    pub(crate) fn lent(values: &'a mut [T], count: &'a mut CK_ULONG) -> Self {
        // SAFETY: both references live as long as the result.
        unsafe { Self::new(values.as_mut_ptr(), values.len() as CK_ULONG, count) }
    }
}

/// A buffer and its length.
pub(crate) fn output<'a>(buffer: &'a mut [u8], length: &'a mut CK_ULONG) -> Output<'a> {
    *length = buffer.len() as CK_ULONG;
    // SAFETY: both references live as long as the result.
    unsafe { Output::new(buffer.as_mut_ptr(), length) }
}

/// A place for a value.
pub(crate) fn place<T: Copy>(value: &mut T) -> Place<'_, T> {
    // SAFETY: the reference lives as long as the result.
    unsafe { Place::new(value) }
}

/// A mechanism whose parameter is plain bytes: no pointers in it.
pub(crate) struct LentMechanism<'a>(CK_MECHANISM, PhantomData<&'a [u8]>);

impl<'a> LentMechanism<'a> {
    pub(crate) fn new(mechanism: CK_MECHANISM_TYPE, parameter: &'a [u8]) -> Self {
        let parameter = CK_MECHANISM {
            mechanism,
            pParameter: parameter.as_ptr().cast_mut().cast(),
            ulParameterLen: parameter.len() as CK_ULONG,
        };
        Self(parameter, PhantomData)
    }

    pub(crate) fn mechanism(&self) -> Mechanism<'_> {
        // SAFETY: the mechanism and its parameter live as long as the result; mechanisms with pointers in their
        // parameter are not made here.
        unsafe { Mechanism::new(&raw const self.0) }
    }
}

/// A template.
pub(crate) struct LentTemplate<'a>(Vec<CK_ATTRIBUTE>, PhantomData<&'a mut [u8]>);

impl LentTemplate<'_> {
    pub(crate) fn template(&self) -> Template<'_> {
        // SAFETY: the attributes and their values live as long as the result. Nothing reads them through `self` while
        // they may be written.
        unsafe { Template::new(self.0.as_ptr().cast_mut(), self.0.len() as CK_ULONG) }
    }
}

/// A template to be read.
pub(crate) fn lent_template<'a>(
    attributes: &mut [(CK_ATTRIBUTE_TYPE, &'a [u8])],
) -> LentTemplate<'a> {
    let attribute = |(type_, value): &(CK_ATTRIBUTE_TYPE, &[u8])| CK_ATTRIBUTE {
        type_: *type_,
        pValue: value.as_ptr().cast_mut().cast(),
        ulValueLen: value.len() as CK_ULONG,
    };
    LentTemplate(attributes.iter().map(attribute).collect(), PhantomData)
}

/// A template to be filled.
pub(crate) fn writable_template<'a>(
    attributes: &'a mut [(CK_ATTRIBUTE_TYPE, &mut [u8])],
) -> LentTemplate<'a> {
    let attribute = |(type_, value): &mut (CK_ATTRIBUTE_TYPE, &mut [u8])| CK_ATTRIBUTE {
        type_: *type_,
        pValue: value.as_mut_ptr().cast(),
        ulValueLen: value.len() as CK_ULONG,
    };
    LentTemplate(attributes.iter_mut().map(attribute).collect(), PhantomData)
}
