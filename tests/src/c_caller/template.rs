//! Templates and mechanisms as C structures.

use std::ptr;

use cryptoki_sys as c;

/// A `CK_ATTRIBUTE` list with its values.
#[derive(Clone, Debug, Default)]
pub struct Template {
    entries: Vec<(c::CK_ATTRIBUTE_TYPE, Vec<u8>)>,
}

impl Template {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a truth value.
    #[must_use]
    pub fn flag(self, kind: c::CK_ATTRIBUTE_TYPE, value: bool) -> Self {
        self.bytes(kind, &[u8::from(value)])
    }

    /// With a number.
    #[must_use]
    pub fn number(self, kind: c::CK_ATTRIBUTE_TYPE, value: c::CK_ULONG) -> Self {
        self.bytes(kind, &value.to_ne_bytes())
    }

    /// With bytes.
    #[must_use]
    pub fn bytes(mut self, kind: c::CK_ATTRIBUTE_TYPE, value: &[u8]) -> Self {
        self.entries.push((kind, value.to_vec()));
        self
    }

    /// With text.
    #[must_use]
    pub fn text(self, kind: c::CK_ATTRIBUTE_TYPE, value: &str) -> Self {
        self.bytes(kind, value.as_bytes())
    }

    pub(super) fn len(&self) -> c::CK_ULONG {
        c::CK_ULONG::try_from(self.entries.len()).expect("a count")
    }

    pub(super) fn attributes(&self) -> Vec<c::CK_ATTRIBUTE> {
        let attribute = |(kind, value): &(c::CK_ATTRIBUTE_TYPE, Vec<u8>)| c::CK_ATTRIBUTE {
            type_: *kind,
            pValue: value.as_ptr().cast_mut().cast(),
            ulValueLen: length(value),
        };
        self.entries.iter().map(attribute).collect()
    }
}

/// A `CK_MECHANISM` with its parameter.
pub struct Mechanism {
    structure: c::CK_MECHANISM,
    // The C structures point into these.
    _iv: Option<Box<[u8]>>,
    _gcm: Option<Box<c::CK_GCM_PARAMS>>,
}

impl Mechanism {
    /// Without a parameter.
    #[must_use]
    pub fn plain(mechanism: c::CK_MECHANISM_TYPE) -> Self {
        let mechanism = c::CK_MECHANISM {
            mechanism,
            pParameter: ptr::null_mut(),
            ulParameterLen: 0,
        };
        Self {
            structure: mechanism,
            _iv: None,
            _gcm: None,
        }
    }

    /// AES-GCM with a tag of 128 bits and no additional data.
    #[must_use]
    pub fn gcm(iv: &[u8; 12]) -> Self {
        let mut iv: Box<[u8]> = iv.to_vec().into_boxed_slice();
        let mut gcm = Box::new(c::CK_GCM_PARAMS {
            pIv: iv.as_mut_ptr(),
            ulIvLen: 12,
            ulIvBits: 96,
            pAAD: ptr::null_mut(),
            ulAADLen: 0,
            ulTagBits: 128,
        });
        let size = c::CK_ULONG::try_from(size_of::<c::CK_GCM_PARAMS>()).expect("a size");
        let parameter = (&raw mut *gcm).cast();
        let mechanism = c::CK_MECHANISM {
            mechanism: c::CKM_AES_GCM,
            pParameter: parameter,
            ulParameterLen: size,
        };
        Self {
            structure: mechanism,
            _iv: Some(iv),
            _gcm: Some(gcm),
        }
    }

    /// For the C functions.
    pub fn pointer(&mut self) -> *mut c::CK_MECHANISM {
        &raw mut self.structure
    }
}

pub(super) fn length(bytes: &[u8]) -> c::CK_ULONG {
    c::CK_ULONG::try_from(bytes.len()).expect("a length is a CK_ULONG")
}
