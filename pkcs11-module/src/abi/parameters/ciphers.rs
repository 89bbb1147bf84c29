//! Parameters of ciphers and of message authentication codes.

use cryptoki_sys::{
    CK_AES_CTR_PARAMS, CK_BYTE, CK_CCM_PARAMS, CK_CHACHA20_PARAMS, CK_GCM_PARAMS,
    CK_SALSA20_CHACHA20_POLY1305_PARAMS, CK_ULONG,
};
use hsm_algorithms::{
    CCM_NONCE_MAX_BYTES, CHACHA20_POLY1305_NONCE_BYTES, CcmParameters, ChaCha20Parameters,
    CtrParameters, GCM_AAD_MAX_BYTES, GCM_IV_MAX_BYTES, GcmParameters, Parameters,
};

use super::{Parameter, Structure, inner, invalid, small};
use crate::errors::Result;

// SAFETY: numbers and raw pointers.
unsafe impl Structure for CK_GCM_PARAMS {}
// SAFETY: as above.
unsafe impl Structure for OldGcmParams {}
// SAFETY: as above.
unsafe impl Structure for CK_AES_CTR_PARAMS {}
// SAFETY: as above.
unsafe impl Structure for CK_CCM_PARAMS {}
// SAFETY: as above.
unsafe impl Structure for CK_CHACHA20_PARAMS {}
// SAFETY: as above.
unsafe impl Structure for CK_SALSA20_CHACHA20_POLY1305_PARAMS {}
// SAFETY: a number.
unsafe impl Structure for CK_ULONG {}

/// `CK_GCM_PARAMS` without `ulIvBits`, as the header files of 2.40 first had it and some programs still pass it.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(non_snake_case, reason = "the fields are named by the standard")]
pub(super) struct OldGcmParams {
    pub(super) pIv: *mut CK_BYTE,
    pub(super) ulIvLen: CK_ULONG,
    pub(super) pAAD: *mut CK_BYTE,
    pub(super) ulAADLen: CK_ULONG,
    pub(super) ulTagBits: CK_ULONG,
}

impl Parameter {
    /// `CK_MAC_GENERAL_PARAMS`: a number.
    pub(super) fn code_length(&self) -> Result<Parameters> {
        small(self.structure::<CK_ULONG>()?).map(Parameters::CodeLength)
    }

    /// GMAC: an initialization vector, or `CK_GCM_PARAMS` without additional data.
    pub(super) fn gmac(&self) -> Result<Parameters> {
        let is_structure = [size_of::<CK_GCM_PARAMS>(), size_of::<OldGcmParams>()]
            .iter()
            .any(|size| self.length == *size as CK_ULONG);
        if is_structure {
            return self.gcm();
        }
        Ok(Parameters::Gcm(GcmParameters {
            iv: self.bytes(16)?,
            aad: Vec::new(),
            tag_bits: 128,
        }))
    }

    pub(super) fn gcm(&self) -> Result<Parameters> {
        let gcm = if self.length == size_of::<OldGcmParams>() as CK_ULONG {
            let old = self.structure::<OldGcmParams>()?;
            CK_GCM_PARAMS {
                pIv: old.pIv,
                ulIvLen: old.ulIvLen,
                ulIvBits: 0,
                pAAD: old.pAAD,
                ulAADLen: old.ulAADLen,
                ulTagBits: old.ulTagBits,
            }
        } else {
            self.structure::<CK_GCM_PARAMS>()?
        };
        Ok(Parameters::Gcm(GcmParameters {
            // SAFETY: the standard makes this a pointer to `ulIvLen` bytes, and `Mechanism::new` was promised that.
            iv: unsafe { inner(gcm.pIv, gcm.ulIvLen, GCM_IV_MAX_BYTES) }?,
            // SAFETY: as above, with `ulAADLen` bytes.
            aad: unsafe { inner(gcm.pAAD, gcm.ulAADLen, GCM_AAD_MAX_BYTES) }?,
            tag_bits: small(gcm.ulTagBits)?,
        }))
    }

    pub(super) fn ctr(&self) -> Result<Parameters> {
        let ctr = self.structure::<CK_AES_CTR_PARAMS>()?;
        Ok(Parameters::Ctr(CtrParameters {
            counter_block: ctr.cb,
            counter_bits: small(ctr.ulCounterBits)?,
        }))
    }

    pub(super) fn ccm(&self) -> Result<Parameters> {
        let ccm = self.structure::<CK_CCM_PARAMS>()?;
        Ok(Parameters::Ccm(CcmParameters {
            // SAFETY: the standard makes this a pointer to `ulNonceLen` bytes, and `Mechanism::new` was promised that.
            nonce: unsafe { inner(ccm.pNonce, ccm.ulNonceLen, CCM_NONCE_MAX_BYTES) }?,
            // SAFETY: as above, with `ulAADLen` bytes.
            aad: unsafe { inner(ccm.pAAD, ccm.ulAADLen, GCM_AAD_MAX_BYTES) }?,
            data_length_bytes: ccm.ulDataLen,
            code_length_bytes: small(ccm.ulMACLen)?,
        }))
    }

    /// `ChaCha20`: the counter has 32 bits with a nonce of 96, and 64 with one of 64; its least significant byte is first.
    pub(super) fn chacha20(&self) -> Result<Parameters> {
        let chacha20 = self.structure::<CK_CHACHA20_PARAMS>()?;
        let (counter_bits, nonce_bits) = (chacha20.blockCounterBits, chacha20.ulNonceBits);
        if !matches!((counter_bits, nonce_bits), (32, 96) | (64, 64)) {
            return Err(invalid());
        }
        // SAFETY: the standard makes this a pointer to as many bits as the field beside it says.
        let counter = unsafe { inner(chacha20.pBlockCounter, counter_bits / 8, 8) }?;
        let mut number = [0; 8];
        number[..counter.len()].copy_from_slice(&counter);
        Ok(Parameters::ChaCha20(ChaCha20Parameters {
            // SAFETY: as above.
            nonce: unsafe { inner(chacha20.pNonce, nonce_bits / 8, 12) }?,
            counter: u64::from_le_bytes(number),
        }))
    }

    pub(super) fn chacha20_poly1305(&self) -> Result<Parameters> {
        let parameters = self.structure::<CK_SALSA20_CHACHA20_POLY1305_PARAMS>()?;
        let nonce_bytes = parameters.ulNonceLen;
        Ok(Parameters::Gcm(GcmParameters {
            // SAFETY: the standard makes this a pointer to `ulNonceLen` bytes, and `Mechanism::new` was promised that.
            iv: unsafe {
                inner(
                    parameters.pNonce,
                    nonce_bytes,
                    CHACHA20_POLY1305_NONCE_BYTES,
                )
            }?,
            // SAFETY: as above, with `ulAADLen` bytes.
            aad: unsafe { inner(parameters.pAAD, parameters.ulAADLen, GCM_AAD_MAX_BYTES) }?,
            tag_bits: 128,
        }))
    }
}
