//! What the message-based functions and the authenticated wrapping take besides the mechanism: a nonce that the token
//! may make, and a tag that it tells apart from the ciphertext (PKCS#11 3.2, section 6.13).

use std::ffi::c_void;
use std::marker::PhantomData;

use cryptoki_sys::{
    CK_CCM_MESSAGE_PARAMS, CK_GCM_MESSAGE_PARAMS, CK_GCM_WRAP_PARAMS, CK_GENERATOR_FUNCTION,
    CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS, CK_ULONG, CKG_GENERATE, CKG_GENERATE_COUNTER,
    CKG_GENERATE_COUNTER_XOR, CKG_GENERATE_RANDOM, CKG_NO_GENERATE, CKR_ARGUMENTS_BAD,
    CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID,
};
use hsm_algorithms::{
    Algorithm, CcmParameters, GCM_AAD_MAX_BYTES, GCM_IV_MAX_BYTES, GcmParameters, Parameters,
    ParametersKind, Purpose,
};

use super::Mechanism;
use super::parameters::{Parameter, Structure, checked, inner, invalid, small};
use crate::errors::{Failure, Result};
use crate::functions::nonces::NonceSource;

// SAFETY: numbers and raw pointers.
unsafe impl Structure for CK_GCM_MESSAGE_PARAMS {}
// SAFETY: as above.
unsafe impl Structure for CK_GCM_WRAP_PARAMS {}
// SAFETY: as above.
unsafe impl Structure for CK_CCM_MESSAGE_PARAMS {}
// SAFETY: as above.
unsafe impl Structure for CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS {}

/// The parameter of one message.
pub(crate) struct MessageParameter<'a> {
    address: *mut c_void,
    length: CK_ULONG,
    lender: PhantomData<&'a mut c_void>,
}

/// What the parameter of a message says.
pub(crate) struct MessageParameters {
    /// The nonce, or the bits of it that the caller has fixed.
    pub(crate) nonce: Vec<u8>,
    /// How many of its first bits are fixed, where the others are not the caller's.
    pub(crate) fixed_bits: usize,
    /// Whose the others are.
    pub(crate) source: NonceSource,
    tag_bytes: u32,
    /// The length of the message, where the caller must say it before.
    data_length_bytes: u64,
}

/// Where the caller has the nonce and the tag.
struct Layout {
    nonce: *mut u8,
    nonce_length: CK_ULONG,
    fixed_bits: CK_ULONG,
    generator: CK_GENERATOR_FUNCTION,
    tag: *mut u8,
    tag_bytes: CK_ULONG,
    data_length_bytes: CK_ULONG,
}

impl MessageParameter<'_> {
    /// # Safety
    ///
    /// Unless `address` is null, `length` bytes from it must be readable, and hold the structure that the standard has
    /// for the operation's mechanism, whose nonce and tag are null, or as long as it says and writable, for the lifetime
    /// of the result.
    pub(crate) unsafe fn new(address: *mut c_void, length: CK_ULONG) -> Self {
        Self {
            address,
            length,
            lender: PhantomData,
        }
    }

    /// Checks that there is none.
    ///
    /// # Errors
    ///
    /// `CKR_MECHANISM_PARAM_INVALID` when there is one.
    pub(crate) fn check_none(&self) -> Result {
        if self.length == 0 {
            Ok(())
        } else {
            Err(invalid())
        }
    }

    /// Checks that it can be read.
    ///
    /// # Errors
    ///
    /// As for [`MessageParameter::read`].
    pub(crate) fn check(&self, algorithm: Algorithm) -> Result {
        self.read(algorithm).map(|_| ())
    }

    /// What it says.
    ///
    /// # Errors
    ///
    /// `CKR_MECHANISM_PARAM_INVALID` when it is not of the form that the algorithm has.
    pub(crate) fn read(&self, algorithm: Algorithm) -> Result<MessageParameters> {
        let layout = self.layout(algorithm)?;
        // SAFETY: the standard makes the nonce a pointer to that many bytes; promised to `new`.
        let nonce = unsafe { inner(layout.nonce, layout.nonce_length, GCM_IV_MAX_BYTES) }?;
        let tag_bytes = small(layout.tag_bytes)?;
        if layout.tag.is_null() || !(1..=16).contains(&tag_bytes) {
            return Err(invalid());
        }
        let (source, fixed_bits) = source_of(layout.generator, layout.fixed_bits, nonce.len())?;
        Ok(MessageParameters {
            nonce,
            fixed_bits,
            source,
            tag_bytes,
            data_length_bytes: layout.data_length_bytes,
        })
    }

    /// The tag that the caller gives.
    ///
    /// # Errors
    ///
    /// As for [`MessageParameter::read`].
    pub(crate) fn tag(&self, algorithm: Algorithm) -> Result<Vec<u8>> {
        let layout = self.layout(algorithm)?;
        // SAFETY: as for the nonce.
        unsafe { inner(layout.tag, layout.tag_bytes, 16) }
    }

    /// Tells the nonce.
    ///
    /// # Errors
    ///
    /// As for [`MessageParameter::read`].
    pub(crate) fn write_nonce(&self, algorithm: Algorithm, nonce: &[u8]) -> Result {
        let layout = self.layout(algorithm)?;
        // SAFETY: the caller has room for a nonce of that length; promised to `new`.
        unsafe { write(layout.nonce, layout.nonce_length, nonce) }
    }

    /// Tells the tag.
    ///
    /// # Errors
    ///
    /// As for [`MessageParameter::read`].
    pub(crate) fn write_tag(&self, algorithm: Algorithm, tag: &[u8]) -> Result {
        let layout = self.layout(algorithm)?;
        // SAFETY: the caller has room for a tag of that length; promised to `new`.
        unsafe { write(layout.tag, layout.tag_bytes, tag) }
    }

    fn layout(&self, algorithm: Algorithm) -> Result<Layout> {
        let parameter = Parameter::new(self.address.cast(), self.length);
        match algorithm.row().parameters {
            ParametersKind::Gcm => {
                let gcm = parameter.structure::<CK_GCM_MESSAGE_PARAMS>()?;
                Ok(Layout {
                    nonce: gcm.pIv,
                    nonce_length: gcm.ulIvLen,
                    fixed_bits: gcm.ulIvFixedBits,
                    generator: gcm.ivGenerator,
                    tag: gcm.pTag,
                    // A tag of bits that fill no byte is refused with its length.
                    tag_bytes: if gcm.ulTagBits % 8 == 0 {
                        gcm.ulTagBits / 8
                    } else {
                        0
                    },
                    data_length_bytes: 0,
                })
            }
            ParametersKind::Ccm => {
                let ccm = parameter.structure::<CK_CCM_MESSAGE_PARAMS>()?;
                Ok(Layout {
                    nonce: ccm.pNonce,
                    nonce_length: ccm.ulNonceLen,
                    fixed_bits: ccm.ulNonceFixedBits,
                    generator: ccm.nonceGenerator,
                    tag: ccm.pMAC,
                    tag_bytes: ccm.ulMACLen,
                    data_length_bytes: ccm.ulDataLen,
                })
            }
            ParametersKind::ChaCha20Poly1305 => {
                let poly = parameter.structure::<CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS>()?;
                Ok(Layout {
                    nonce: poly.pNonce,
                    nonce_length: poly.ulNonceLen,
                    fixed_bits: 0,
                    generator: CKG_NO_GENERATE,
                    tag: poly.pTag,
                    tag_bytes: 16,
                    data_length_bytes: 0,
                })
            }
            _ => Err(CKR_MECHANISM_INVALID.into()),
        }
    }
}

impl MessageParameters {
    /// The parameters of the message for the daemon.
    ///
    /// # Errors
    ///
    /// `CKR_MECHANISM_PARAM_INVALID` when nonce, tag or associated data have a length that the algorithm does not take.
    pub(crate) fn parameters(self, algorithm: Algorithm, associated: &[u8]) -> Result<Parameters> {
        let aad = associated.to_vec();
        let parameters = if algorithm.row().parameters == ParametersKind::Ccm {
            Parameters::Ccm(CcmParameters {
                nonce: self.nonce,
                aad,
                data_length_bytes: self.data_length_bytes,
                code_length_bytes: self.tag_bytes,
            })
        } else {
            Parameters::Gcm(GcmParameters {
                iv: self.nonce,
                aad,
                tag_bits: 8 * self.tag_bytes,
            })
        };
        checked(algorithm, parameters)
    }
}

/// A mechanism that wraps a key and authenticates data beside it.
pub(crate) struct AuthenticatedWrapping {
    /// What wraps.
    pub(crate) algorithm: Algorithm,
    /// Its parameters, the data included.
    pub(crate) parameters: Parameters,
    /// How many of the nonce's first bits are fixed, where the others are not the caller's.
    pub(crate) fixed_bits: usize,
    /// Whose the others are.
    pub(crate) source: NonceSource,
}

impl Mechanism<'_> {
    /// The algorithm for messages. Its parameter comes with each message; here it may be missing.
    ///
    /// # Errors
    ///
    /// `CKR_ARGUMENTS_BAD`, `CKR_MECHANISM_INVALID` when it is not for messages, `CKR_MECHANISM_PARAM_INVALID`.
    pub(crate) fn message_algorithm(&self, purpose: Purpose) -> Result<Algorithm> {
        let mechanism = self.read()?;
        let algorithm = Algorithm::by_mechanism(mechanism.mechanism, purpose)
            .filter(|algorithm| algorithm.is_authenticated_cipher())
            .ok_or_else(|| Failure::from(CKR_MECHANISM_INVALID))?;
        if mechanism.ulParameterLen != 0 {
            // SAFETY: only the structure itself is read, which `Mechanism::new` was promised.
            unsafe { MessageParameter::new(mechanism.pParameter, mechanism.ulParameterLen) }
                .layout(algorithm)?;
        }
        Ok(algorithm)
    }

    /// The algorithm for wrapping with associated data, which stands beside the mechanism or in its parameter.
    ///
    /// # Errors
    ///
    /// As for [`Mechanism::algorithm`]; `CKR_ARGUMENTS_BAD` when the data stands in both places and differs.
    pub(crate) fn authenticated_wrapping(
        &self,
        associated: &[u8],
    ) -> Result<AuthenticatedWrapping> {
        let mechanism = self.read()?;
        let algorithm = Algorithm::by_mechanism(mechanism.mechanism, Purpose::Wrap)
            .filter(|algorithm| algorithm.is_authenticated_cipher())
            .ok_or_else(|| Failure::from(CKR_MECHANISM_INVALID))?;
        let parameter = Parameter::new(mechanism.pParameter.cast(), mechanism.ulParameterLen);
        let wrap_params = self.wrap_params(algorithm)?;
        let (mut parameters, source, fixed_bits) = if let Some(gcm) = wrap_params {
            let parameters = GcmParameters {
                // SAFETY: the standard makes this a pointer to `ulIvLen` bytes; promised to `Mechanism::new`.
                iv: unsafe { inner(gcm.pIv, gcm.ulIvLen, GCM_IV_MAX_BYTES) }?,
                // SAFETY: as above, with `ulAADLen` bytes.
                aad: unsafe { inner(gcm.pAAD, gcm.ulAADLen, GCM_AAD_MAX_BYTES) }?,
                tag_bits: small(gcm.ulTagBits)?,
            };
            let nonce_bytes = parameters.iv.len();
            let (source, fixed_bits) = source_of(gcm.ivGenerator, gcm.ulIvFixedBits, nonce_bytes)?;
            (Parameters::Gcm(parameters), source, fixed_bits)
        } else {
            let parameters = parameter.read(algorithm)?;
            (parameters, NonceSource::Caller, 0)
        };
        if let Parameters::Gcm(GcmParameters { aad, .. })
        | Parameters::Ccm(CcmParameters { aad, .. }) = &mut parameters
        {
            if aad.is_empty() {
                *aad = associated.to_vec();
            } else if !associated.is_empty() && aad[..] != *associated {
                return Err(CKR_ARGUMENTS_BAD.into());
            }
        }
        Ok(AuthenticatedWrapping {
            algorithm,
            parameters: checked(algorithm, parameters)?,
            fixed_bits,
            source,
        })
    }

    /// Tells the nonce that was made for wrapping.
    ///
    /// # Errors
    ///
    /// As for [`Mechanism::authenticated_wrapping`].
    pub(crate) fn write_wrapping_nonce(&self, algorithm: Algorithm, nonce: &[u8]) -> Result {
        match self.wrap_params(algorithm)? {
            // SAFETY: the caller has room for a nonce of that length; promised to `Mechanism::new`.
            Some(gcm) => unsafe { write(gcm.pIv, gcm.ulIvLen, nonce) },
            None => Ok(()),
        }
    }

    /// `CK_GCM_WRAP_PARAMS`, if that is what the parameter is; it may also be `CK_GCM_PARAMS`.
    fn wrap_params(&self, algorithm: Algorithm) -> Result<Option<CK_GCM_WRAP_PARAMS>> {
        let mechanism = self.read()?;
        let is_wrap_params = algorithm.row().parameters == ParametersKind::Gcm
            && mechanism.ulParameterLen == size_of::<CK_GCM_WRAP_PARAMS>() as CK_ULONG;
        if !is_wrap_params {
            return Ok(None);
        }
        Parameter::new(mechanism.pParameter.cast(), mechanism.ulParameterLen)
            .structure()
            .map(Some)
    }
}

/// Who says what the bits of a nonce are, and how many are fixed. What the token is free to choose, it lets chance choose
/// where that leaves enough bits.
fn source_of(
    generator: CK_GENERATOR_FUNCTION,
    fixed_bits: CK_ULONG,
    nonce_bytes: usize,
) -> Result<(NonceSource, usize)> {
    let fixed_bits = usize::try_from(fixed_bits).map_err(|_| invalid())?;
    let source = match generator {
        CKG_NO_GENERATE => NonceSource::Caller,
        CKG_GENERATE if (8 * nonce_bytes).saturating_sub(fixed_bits) >= 64 => NonceSource::Random,
        CKG_GENERATE | CKG_GENERATE_COUNTER => NonceSource::Counter,
        CKG_GENERATE_COUNTER_XOR => NonceSource::CounterXor,
        CKG_GENERATE_RANDOM => NonceSource::Random,
        _ => return Err(CKR_MECHANISM_PARAM_INVALID.into()),
    };
    if source != NonceSource::Caller && fixed_bits > 8 * nonce_bytes {
        return Err(invalid());
    }
    Ok((source, fixed_bits))
}

/// Writes `bytes` to a place of the caller's.
///
/// # Safety
///
/// Unless `address` is null, `length` bytes from it must be writable.
unsafe fn write(address: *mut u8, length: CK_ULONG, bytes: &[u8]) -> Result {
    if bytes.len() as CK_ULONG != length || (address.is_null() && length > 0) {
        return Err(invalid());
    }
    // SAFETY: not null unless there is nothing to write, and the caller promises that `length` bytes may be written.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), address, bytes.len()) };
    Ok(())
}
