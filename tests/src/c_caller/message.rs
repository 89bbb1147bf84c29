//! The parameter of one message.

use std::ffi::c_void;

use cryptoki_sys as c;

/// The parameter of a message of AES-GCM, AES-CCM or ChaCha20-Poly1305, with its nonce and tag.
pub struct GcmMessage {
    /// The nonce; the module may write it.
    pub nonce: [u8; 12],
    /// The tag; the module writes it in encryption.
    pub tag: [u8; 16],
    /// `CKG_…`.
    pub generator: c::CK_GENERATOR_FUNCTION,
    /// How many of the nonce's first bits are the caller's.
    pub fixed_bits: c::CK_ULONG,
    /// `CKM_AES_GCM`, `CKM_AES_CCM` or `CKM_CHACHA20_POLY1305`.
    pub mechanism: c::CK_MECHANISM_TYPE,
}

/// The C structure, which points into the message.
pub(super) enum Parameter {
    Gcm(c::CK_GCM_MESSAGE_PARAMS),
    Ccm(c::CK_CCM_MESSAGE_PARAMS),
    Poly1305(c::CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS),
}

impl GcmMessage {
    /// Of AES-GCM, with a nonce of the caller's.
    #[must_use]
    pub fn with_nonce(nonce: [u8; 12]) -> Self {
        Self {
            nonce,
            tag: [0; 16],
            generator: c::CKG_NO_GENERATE,
            fixed_bits: 0,
            mechanism: c::CKM_AES_GCM,
        }
    }

    pub(super) fn parameter(&mut self, data_length: usize) -> Parameter {
        match self.mechanism {
            c::CKM_AES_CCM => Parameter::Ccm(c::CK_CCM_MESSAGE_PARAMS {
                ulDataLen: c::CK_ULONG::try_from(data_length).expect("a length"),
                pNonce: self.nonce.as_mut_ptr(),
                ulNonceLen: 12,
                ulNonceFixedBits: self.fixed_bits,
                nonceGenerator: self.generator,
                pMAC: self.tag.as_mut_ptr(),
                ulMACLen: 16,
            }),
            c::CKM_CHACHA20_POLY1305 => {
                Parameter::Poly1305(c::CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS {
                    pNonce: self.nonce.as_mut_ptr(),
                    ulNonceLen: 12,
                    pTag: self.tag.as_mut_ptr(),
                })
            }
            _ => Parameter::Gcm(c::CK_GCM_MESSAGE_PARAMS {
                pIv: self.nonce.as_mut_ptr(),
                ulIvLen: 12,
                ulIvFixedBits: self.fixed_bits,
                ivGenerator: self.generator,
                pTag: self.tag.as_mut_ptr(),
                ulTagBits: 128,
            }),
        }
    }
}

impl Parameter {
    pub(super) fn pointer(&mut self) -> *mut c_void {
        match self {
            Self::Gcm(gcm) => (&raw mut *gcm).cast(),
            Self::Ccm(ccm) => (&raw mut *ccm).cast(),
            Self::Poly1305(poly) => (&raw mut *poly).cast(),
        }
    }

    pub(super) fn length(&self) -> c::CK_ULONG {
        let bytes = match self {
            Self::Gcm(gcm) => size_of_val(gcm),
            Self::Ccm(ccm) => size_of_val(ccm),
            Self::Poly1305(poly) => size_of_val(poly),
        };
        c::CK_ULONG::try_from(bytes).expect("a size")
    }
}
