//! Templates and mechanisms as C structures.

use std::{ptr, sync::Arc};

use cryptoki_sys as c;

/// A `CK_ATTRIBUTE` list with its values.
#[derive(Clone, Debug, Default)]
pub struct Template {
    entries: Vec<(c::CK_ATTRIBUTE_TYPE, Vec<u8>)>,
    // Templates in templates: their C structures lie in the values of `entries` and point into these.
    inner: Vec<Arc<Self>>,
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

    /// With a template, as `CKA_WRAP_TEMPLATE` has.
    #[must_use]
    pub fn template(mut self, kind: c::CK_ATTRIBUTE_TYPE, inner: &Self) -> Self {
        let inner = Arc::new(inner.clone());
        let mut bytes = Vec::new();
        for attribute in inner.attributes() {
            for word in [
                attribute.type_,
                attribute.pValue as u64,
                attribute.ulValueLen,
            ] {
                bytes.extend_from_slice(&word.to_ne_bytes());
            }
        }
        self.inner.push(inner);
        self.bytes(kind, &bytes)
    }

    /// With a truth value, unless it says one already.
    #[must_use]
    pub fn or_flag(self, kind: c::CK_ATTRIBUTE_TYPE, value: bool) -> Self {
        if self.mentions(kind) {
            self
        } else {
            self.flag(kind, value)
        }
    }

    /// With a number, unless it says one already.
    #[must_use]
    pub fn or_number(self, kind: c::CK_ATTRIBUTE_TYPE, value: c::CK_ULONG) -> Self {
        if self.mentions(kind) {
            self
        } else {
            self.number(kind, value)
        }
    }

    fn mentions(&self, kind: c::CK_ATTRIBUTE_TYPE) -> bool {
        self.entries.iter().any(|(present, _)| *present == kind)
    }

    /// With all that another has, after its own.
    #[must_use]
    pub fn joined(mut self, other: Self) -> Self {
        self.entries.extend(other.entries);
        self.inner.extend(other.inner);
        self
    }

    /// With an attribute in place of whatever it said of it before.
    #[must_use]
    pub fn replacing(mut self, kind: c::CK_ATTRIBUTE_TYPE, value: &[u8]) -> Self {
        self.entries.retain(|(present, _)| *present != kind);
        self.bytes(kind, value)
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
    _words: Vec<u64>,
    buffers: Vec<Vec<u8>>,
}

/// Eight bytes of a parameter structure: on the platforms of the suite, all of these structures consist of such.
#[derive(Clone, Debug)]
pub enum Word {
    /// A number, handle or group of flags.
    Number(u64),
    /// A pointer to these bytes; null if there are none.
    Pointer(Vec<u8>),
}

impl Mechanism {
    /// Without a parameter.
    #[must_use]
    pub fn plain(mechanism: c::CK_MECHANISM_TYPE) -> Self {
        Self::structured(mechanism, &[])
    }

    /// With bytes as its parameter: an initialization vector, or a handle or number in the machine's own order.
    #[must_use]
    pub fn with_bytes(mechanism: c::CK_MECHANISM_TYPE, parameter: &[u8]) -> Self {
        let mut made = Self::plain(mechanism);
        made.buffers.push(parameter.to_vec());
        let buffer = made.buffers.last_mut().expect("it was just pushed");
        made.structure.pParameter = buffer.as_mut_ptr().cast();
        made.structure.ulParameterLen = length(parameter);
        made
    }

    /// With a structure of these words as its parameter.
    #[must_use]
    pub fn structured(mechanism: c::CK_MECHANISM_TYPE, parameter: &[Word]) -> Self {
        let mut buffers: Vec<Vec<u8>> = Vec::new();
        let words: Vec<u64> = parameter
            .iter()
            .map(|word| match word {
                Word::Number(number) => *number,
                Word::Pointer(bytes) if bytes.is_empty() => 0,
                Word::Pointer(bytes) => {
                    buffers.push(bytes.clone());
                    // The bytes of a vector stay where they are when the vector itself is moved.
                    buffers.last_mut().expect("it was just pushed").as_mut_ptr() as u64
                }
            })
            .collect();
        let parameter = if words.is_empty() {
            ptr::null_mut()
        } else {
            words.as_ptr().cast_mut().cast()
        };
        let structure = c::CK_MECHANISM {
            mechanism,
            pParameter: parameter,
            ulParameterLen: c::CK_ULONG::try_from(8 * words.len()).expect("a length"),
        };
        Self {
            structure,
            _words: words,
            buffers,
        }
    }

    /// AES-GCM with a tag of 128 bits and no additional data (`CK_GCM_PARAMS`).
    #[must_use]
    pub fn gcm(iv: &[u8; 12]) -> Self {
        let parameter = [
            Word::Pointer(iv.to_vec()),
            Word::Number(12),
            Word::Number(96),
            Word::Pointer(Vec::new()),
            Word::Number(0),
            Word::Number(128),
        ];
        Self::structured(c::CKM_AES_GCM, &parameter)
    }

    /// RSA-OAEP with one digest for both its uses and no label (`CK_RSA_PKCS_OAEP_PARAMS`).
    #[must_use]
    pub fn oaep(digest: c::CK_MECHANISM_TYPE, mask: c::CK_ULONG) -> Self {
        let parameter = [
            Word::Number(digest),
            Word::Number(mask),
            Word::Number(c::CKZ_DATA_SPECIFIED),
            Word::Pointer(Vec::new()),
            Word::Number(0),
        ];
        Self::structured(c::CKM_RSA_PKCS_OAEP, &parameter)
    }

    /// `CKM_ECDH1_DERIVE` with another's public key, and no key derivation function (`CK_ECDH1_DERIVE_PARAMS`).
    #[must_use]
    pub fn ecdh(public_point: &[u8]) -> Self {
        let parameter = [
            Word::Number(c::CKD_NULL),
            Word::Number(0),
            Word::Pointer(Vec::new()),
            Word::Number(length(public_point)),
            Word::Pointer(public_point.to_vec()),
        ];
        Self::structured(c::CKM_ECDH1_DERIVE, &parameter)
    }

    /// A derivation that takes bytes (`CK_KEY_DERIVATION_STRING_DATA`).
    #[must_use]
    pub fn with_string_data(mechanism: c::CK_MECHANISM_TYPE, data: &[u8]) -> Self {
        let parameter = [Word::Pointer(data.to_vec()), Word::Number(length(data))];
        Self::structured(mechanism, &parameter)
    }

    /// For the C functions.
    pub fn pointer(&mut self) -> *mut c::CK_MECHANISM {
        &raw mut self.structure
    }
}

pub(super) fn length(bytes: &[u8]) -> c::CK_ULONG {
    c::CK_ULONG::try_from(bytes.len()).expect("a length is a CK_ULONG")
}
