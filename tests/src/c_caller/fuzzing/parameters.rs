//! Mechanisms with parameters, and templates, as bytes choose them.

use std::{ffi::c_void, ptr};

use cryptoki_sys as c;

use super::{Choices, Target};

/// A mechanism and the memory that it points to.
pub(super) struct Chosen {
    pub(super) mechanism: c::CK_MECHANISM,
    #[expect(dead_code, reason = "the mechanism points to it")]
    words: Vec<u64>,
}

/// How a mechanism's parameter is laid out in words of 64 bits: `n` a number, `p` a pointer or null.
fn layout(mechanism: c::CK_MECHANISM_TYPE) -> Option<&'static str> {
    Some(match mechanism {
        c::CKM_AES_GCM | c::CKM_AES_GMAC => "pnnpnn",
        c::CKM_AES_CCM => "npnpnn",
        c::CKM_AES_CTR
        | c::CKM_TLS12_MAC
        | c::CKM_RSA_PKCS_PSS
        | c::CKM_SHA1_RSA_PKCS_PSS
        | c::CKM_SHA256_RSA_PKCS_PSS
        | c::CKM_SHA384_RSA_PKCS_PSS
        | c::CKM_SHA512_RSA_PKCS_PSS => "nnn",
        c::CKM_RSA_PKCS_OAEP => "nnnpn",
        c::CKM_ECDH1_DERIVE
        | c::CKM_ECDH1_COFACTOR_DERIVE
        | c::CKM_SP800_108_COUNTER_KDF
        | c::CKM_SP800_108_DOUBLE_PIPELINE_KDF => "nnpnp",
        c::CKM_CONCATENATE_BASE_AND_DATA
        | c::CKM_CONCATENATE_DATA_AND_BASE
        | c::CKM_XOR_BASE_AND_DATA
        | c::CKM_AES_ECB_ENCRYPT_DATA => "pn",
        c::CKM_AES_CBC_ENCRYPT_DATA => "nnpn",
        c::CKM_EDDSA => "nnp",
        c::CKM_HKDF_DERIVE | c::CKM_HKDF_DATA => "nnnpnnpn",
        c::CKM_SP800_108_FEEDBACK_KDF => "nnpnpnp",
        c::CKM_PKCS5_PBKD2 => "npnnnpnpn",
        c::CKM_RSA_AES_KEY_WRAP => "np",
        c::CKM_CHACHA20 | c::CKM_CHACHA20_POLY1305 => "pnpn",
        c::CKM_TLS12_MASTER_KEY_DERIVE => "pnpnpn",
        c::CKM_TLS12_KEY_AND_MAC_DERIVE | c::CKM_TLS12_KEY_SAFE_DERIVE => "nnnnpnpnpn",
        c::CKM_TLS_KDF | c::CKM_TLS12_KDF => "npnpnpnpn",
        c::CKM_ML_DSA | c::CKM_SLH_DSA => "npn",
        c::CKM_AES_CBC | c::CKM_AES_CBC_PAD | c::CKM_AES_CTS => "nn",
        c::CKM_EXTRACT_KEY_FROM_KEY | c::CKM_CONCATENATE_BASE_AND_KEY | c::CKM_AES_CMAC_GENERAL => {
            "n"
        }
        _ => return None,
    })
}

impl Target {
    pub(super) fn mechanism(&self, choices: &mut Choices<'_>) -> Chosen {
        const OFTEN: &[c::CK_MECHANISM_TYPE] = &[
            c::CKM_AES_GCM,
            c::CKM_AES_CBC_PAD,
            c::CKM_AES_CTR,
            c::CKM_ECDSA_SHA256,
            c::CKM_SHA256_RSA_PKCS,
            c::CKM_RSA_PKCS_OAEP,
            c::CKM_RSA_PKCS_PSS,
            c::CKM_SHA256,
            c::CKM_SHA256_HMAC,
            c::CKM_ECDH1_DERIVE,
            c::CKM_AES_KEY_GEN,
            c::CKM_EC_KEY_PAIR_GEN,
            c::CKM_GENERIC_SECRET_KEY_GEN,
            c::CKM_AES_KEY_WRAP,
            c::CKM_EDDSA,
            c::CKM_HKDF_DERIVE,
            c::CKM_SP800_108_COUNTER_KDF,
            c::CKM_AES_CCM,
        ];
        let kind = match choices.byte() % 8 {
            0 => choices.number(),
            1..=3 if !self.mechanisms.is_empty() => choices.one_of(&self.mechanisms),
            _ => choices.one_of(OFTEN),
        };
        let words: Vec<u64> = layout(kind)
            .unwrap_or_default()
            .bytes()
            .map(|word| match (word, choices.byte() % 4) {
                (b'p', 0) => 0,
                (b'p', _) => choices.zeros() as u64,
                (_, 0) => {
                    choices.one_of(&[c::CKM_SHA256, c::CKM_SHA_1, c::CKG_MGF1_SHA256, c::CKD_NULL])
                }
                _ => choices.number(),
            })
            .collect();
        let exact = (words.len() * 8) as c::CK_ULONG;
        let mut words = words;
        let of_words = words.as_mut_ptr().cast();
        let (parameter, length): (*mut c_void, _) = match choices.byte() % 8 {
            0 => (ptr::null_mut(), 0),
            1 => (ptr::null_mut(), choices.number()),
            2 => (choices.zeros().cast(), c::CK_ULONG::from(choices.byte())),
            3 => (choices.zeros().cast(), choices.absurd()),
            4 if exact >= 8 => (of_words, exact - 8),
            _ if exact == 0 => (ptr::null_mut(), 0),
            _ => (of_words, exact),
        };
        Chosen {
            mechanism: c::CK_MECHANISM {
                mechanism: kind,
                pParameter: parameter,
                ulParameterLen: length,
            },
            words,
        }
    }
}

/// Attributes that objects have.
const TYPES: &[c::CK_ATTRIBUTE_TYPE] = &[
    c::CKA_CLASS,
    c::CKA_PRIVATE,
    c::CKA_LABEL,
    c::CKA_VALUE,
    c::CKA_CERTIFICATE_TYPE,
    c::CKA_KEY_TYPE,
    c::CKA_SUBJECT,
    c::CKA_ID,
    c::CKA_SENSITIVE,
    c::CKA_ENCRYPT,
    c::CKA_DECRYPT,
    c::CKA_WRAP,
    c::CKA_UNWRAP,
    c::CKA_SIGN,
    c::CKA_VERIFY,
    c::CKA_DERIVE,
    c::CKA_START_DATE,
    c::CKA_MODULUS,
    c::CKA_MODULUS_BITS,
    c::CKA_PUBLIC_EXPONENT,
    c::CKA_PRIVATE_EXPONENT,
    c::CKA_PRIME_1,
    c::CKA_VALUE_LEN,
    c::CKA_EXTRACTABLE,
    c::CKA_EC_PARAMS,
    c::CKA_EC_POINT,
    c::CKA_WRAP_TEMPLATE,
    c::CKA_UNWRAP_TEMPLATE,
    c::CKA_ALLOWED_MECHANISMS,
    c::CKA_MODIFIABLE,
    c::CKA_COPYABLE,
    c::CKA_DESTROYABLE,
    c::CKA_TRUSTED,
    c::CKA_UNIQUE_ID,
    c::CKA_LOCAL,
    c::CKA_CHECK_VALUE,
    c::CKA_PARAMETER_SET,
    c::CKA_PUBLIC_KEY_INFO,
];

/// A template and the memory of its values.
pub(super) struct ChosenTemplate {
    attributes: Vec<c::CK_ATTRIBUTE>,
    /// Where the attributes point to.
    values: Vec<Vec<u64>>,
    count: c::CK_ULONG,
    is_null: bool,
}

impl ChosenTemplate {
    pub(super) fn new(choices: &mut Choices<'_>, for_reading: bool) -> Self {
        let mut chosen = Self {
            attributes: Vec::new(),
            values: Vec::new(),
            count: 0,
            is_null: false,
        };
        for _ in 0..choices.byte() % 8 {
            let kind = match choices.byte() % 16 {
                0 => choices.number(),
                _ => choices.one_of(TYPES),
            };
            let is_template =
                kind & c::CKF_ARRAY_ATTRIBUTE != 0 && kind != c::CKA_ALLOWED_MECHANISMS;
            let mut value = vec![0_u64; 40];
            let (place, length): (*mut c_void, _) = match choices.byte() % 10 {
                0 => (ptr::null_mut(), choices.number()),
                // What is read is written to memory that nothing else points to.
                1 if for_reading => (value.as_mut_ptr().cast(), 256),
                1 => (choices.zeros().cast(), choices.absurd()),
                _ if is_template && for_reading => (
                    value.as_mut_ptr().cast(),
                    24 * c::CK_ULONG::from(choices.byte() % 8),
                ),
                // Pointers within a template within a template are null.
                _ if is_template => (
                    choices.zeros().cast(),
                    24 * c::CK_ULONG::from(choices.byte() % 8),
                ),
                2 | 3 => {
                    value[0] = choices.number();
                    (value.as_mut_ptr().cast(), 8)
                }
                4 | 5 => {
                    value[0] = u64::from(choices.byte() % 3);
                    (value.as_mut_ptr().cast(), 1)
                }
                6 => {
                    let p256 = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
                    for (word, part) in value.iter_mut().zip(p256.chunks(8)) {
                        let mut bytes = [0; 8];
                        bytes[..part.len()].copy_from_slice(part);
                        *word = u64::from_ne_bytes(bytes);
                    }
                    (value.as_mut_ptr().cast(), 10)
                }
                _ => {
                    let length = usize::from(choices.byte());
                    for word in &mut value {
                        *word = u64::from(choices.byte()) << 32 | u64::from(choices.byte());
                    }
                    (value.as_mut_ptr().cast(), length as c::CK_ULONG)
                }
            };
            chosen.attributes.push(c::CK_ATTRIBUTE {
                type_: kind,
                pValue: place,
                ulValueLen: length,
            });
            chosen.values.push(value);
        }
        chosen.count = chosen.attributes.len() as c::CK_ULONG;
        match choices.byte() % 16 {
            0 => chosen.is_null = true,
            1 => chosen.count = choices.absurd(),
            _ => {}
        }
        chosen
    }

    pub(super) fn pointer(&mut self) -> *mut c::CK_ATTRIBUTE {
        if self.is_null {
            ptr::null_mut()
        } else {
            self.attributes.as_mut_ptr()
        }
    }

    pub(super) fn count(&self) -> c::CK_ULONG {
        self.count
    }
}
