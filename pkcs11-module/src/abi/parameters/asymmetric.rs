//! The parameter structures of signatures with a context (PKCS#11 3.2, sections 6.3.16, 6.67 and 6.69), and of key
//! transport by AES keys (sections 6.1.20 and 6.3.20).

use cryptoki_sys::{
    CK_BYTE, CK_ECDH_AES_KEY_WRAP_PARAMS, CK_EDDSA_PARAMS, CK_FALSE,
    CK_HASH_SIGN_ADDITIONAL_CONTEXT, CK_HEDGE_TYPE, CK_RSA_AES_KEY_WRAP_PARAMS,
    CK_RSA_PKCS_OAEP_PARAMS, CK_SIGN_ADDITIONAL_CONTEXT, CK_TRUE, CK_ULONG,
};
use hsm_algorithms::{
    Digest, EcdhAesKeyWrapParameters, EdDsaParameters, Hedge, Kdf, Parameters,
    RsaAesKeyWrapParameters, SHARED_DATA_MAX_BYTES, SIGNATURE_CONTEXT_MAX_BYTES,
    SignatureParameters,
};

use super::{Parameter, Structure, inner, invalid, small};
use crate::errors::Result;

// SAFETY: numbers and raw pointers.
unsafe impl Structure for CK_SIGN_ADDITIONAL_CONTEXT {}
// SAFETY: as above.
unsafe impl Structure for CK_HASH_SIGN_ADDITIONAL_CONTEXT {}
// SAFETY: as above.
unsafe impl Structure for CK_EDDSA_PARAMS {}
// SAFETY: as above.
unsafe impl Structure for CK_RSA_AES_KEY_WRAP_PARAMS {}
// SAFETY: as above.
unsafe impl Structure for CK_ECDH_AES_KEY_WRAP_PARAMS {}

impl Parameter {
    /// A signature's context and hedging, which may be absent.
    pub(super) fn signature(&self) -> Result<Parameters> {
        if self.length == 0 {
            return Ok(Parameters::None);
        }
        let signature = self.structure::<CK_SIGN_ADDITIONAL_CONTEXT>()?;
        // SAFETY: the standard makes `pContext` a pointer to `ulContextLen` bytes; promised to `Mechanism::new`.
        unsafe {
            with_context(
                signature.hedgeVariant,
                signature.pContext,
                signature.ulContextLen,
                None,
            )
        }
    }

    /// Pre-hashing and context of `EdDSA`, which may be absent.
    pub(super) fn eddsa(&self) -> Result<Parameters> {
        if self.length == 0 {
            return Ok(Parameters::None);
        }
        let eddsa = self.structure::<CK_EDDSA_PARAMS>()?;
        let is_prehashed = match eddsa.phFlag {
            CK_TRUE => true,
            CK_FALSE => false,
            _ => return Err(invalid()),
        };
        // SAFETY: the standard makes this a pointer to `ulContextDataLen` bytes; promised to `Mechanism::new`.
        let context = unsafe {
            inner(
                eddsa.pContextData,
                eddsa.ulContextDataLen,
                SIGNATURE_CONTEXT_MAX_BYTES,
            )
        }?;
        Ok(Parameters::EdDsa(EdDsaParameters {
            is_prehashed,
            context,
        }))
    }

    pub(super) fn rsa_aes_key_wrap(&self) -> Result<Parameters> {
        let wrap = self.structure::<CK_RSA_AES_KEY_WRAP_PARAMS>()?;
        let oaep = Self {
            address: wrap.pOAEPParams.cast(),
            length: size_of::<CK_RSA_PKCS_OAEP_PARAMS>() as CK_ULONG,
        };
        let Parameters::Oaep(oaep) = oaep.oaep()? else {
            return Err(invalid());
        };
        Ok(Parameters::RsaAesKeyWrap(RsaAesKeyWrapParameters {
            aes_bits: small(wrap.ulAESKeyBits)?,
            oaep,
        }))
    }

    pub(super) fn ecdh_aes_key_wrap(&self) -> Result<Parameters> {
        let wrap = self.structure::<CK_ECDH_AES_KEY_WRAP_PARAMS>()?;
        Ok(Parameters::EcdhAesKeyWrap(EcdhAesKeyWrapParameters {
            aes_bits: small(wrap.ulAESKeyBits)?,
            kdf: Kdf::by_pkcs11(wrap.kdf).ok_or_else(invalid)?,
            // SAFETY: the standard makes this a pointer to `ulSharedDataLen` bytes; promised to `Mechanism::new`.
            shared_data: unsafe {
                inner(
                    wrap.pSharedData,
                    wrap.ulSharedDataLen,
                    SHARED_DATA_MAX_BYTES,
                )
            }?,
        }))
    }

    /// The same with the digest that the caller applied to the message.
    pub(super) fn hash_signature(&self) -> Result<Parameters> {
        let signature = self.structure::<CK_HASH_SIGN_ADDITIONAL_CONTEXT>()?;
        let hash = Digest::by_mechanism(signature.hash).ok_or_else(invalid)?;
        // SAFETY: as above.
        unsafe {
            with_context(
                signature.hedgeVariant,
                signature.pContext,
                signature.ulContextLen,
                Some(hash),
            )
        }
    }
}

/// # Safety
///
/// Unless `context` is null, `length` bytes from it must be readable.
unsafe fn with_context(
    hedge: CK_HEDGE_TYPE,
    context: *const CK_BYTE,
    length: CK_ULONG,
    hash: Option<Digest>,
) -> Result<Parameters> {
    Ok(Parameters::Signature(SignatureParameters {
        hedge: Hedge::by_pkcs11(small(hedge)?).ok_or_else(invalid)?,
        // SAFETY: promised by the caller.
        context: unsafe { inner(context, length, SIGNATURE_CONTEXT_MAX_BYTES) }?,
        hash,
    }))
}
