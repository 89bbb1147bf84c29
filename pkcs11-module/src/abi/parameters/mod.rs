//! Mechanisms: `CK_MECHANISM` and the parameter structure behind it become an algorithm and its [`Parameters`].

mod asymmetric;
mod ciphers;
mod derivation;
mod derived_keys;

use std::marker::PhantomData;

use cryptoki_sys::{
    CK_ECDH1_DERIVE_PARAMS, CK_MECHANISM, CK_OBJECT_HANDLE, CK_RSA_PKCS_OAEP_PARAMS,
    CK_RSA_PKCS_PSS_PARAMS, CK_ULONG, CKR_ARGUMENTS_BAD, CKR_MECHANISM_INVALID,
    CKR_MECHANISM_PARAM_INVALID, CKZ_DATA_SPECIFIED,
};
use hsm_algorithms::{
    Algorithm, Curve, Digest, EcdhParameters, Generator, Kdf, OAEP_LABEL_MAX_BYTES, OaepParameters,
    PUBLIC_VALUE_MAX_BYTES, Parameters, ParametersInvalid, ParametersKind, PssParameters, Purpose,
    SHARED_DATA_MAX_BYTES,
};

use zeroize::Zeroizing;

use crate::errors::{Failure, Result};

pub(crate) use derived_keys::NewKey;

/// What a key is made of.
pub(crate) enum Source {
    /// Random bytes.
    Generator(Generator),
    /// A password.
    Password {
        /// How.
        algorithm: Algorithm,
        /// What it is told.
        parameters: Parameters,
        /// The password.
        password: Zeroizing<Vec<u8>>,
    },
}

/// A mechanism of the caller's.
pub(crate) struct Mechanism<'a> {
    address: *const CK_MECHANISM,
    lender: PhantomData<&'a CK_MECHANISM>,
}

impl Mechanism<'_> {
    /// # Safety
    ///
    /// Unless `address` is null or misaligned it must point to a mechanism that is readable for the lifetime of the
    /// result, whose parameter is null or as the standard describes it for that mechanism, in the length that it says.
    pub(crate) unsafe fn new(address: *const CK_MECHANISM) -> Self {
        Self {
            address,
            lender: PhantomData,
        }
    }

    /// Whether the caller gave none, which cancels an operation (PKCS#11 3.0).
    pub(crate) fn is_null(&self) -> bool {
        self.address.is_null()
    }

    /// The algorithm for `purpose`, and its parameters, which fit it.
    ///
    /// # Errors
    ///
    /// `CKR_ARGUMENTS_BAD` for a null or misaligned pointer, `CKR_MECHANISM_INVALID` when nothing of that name does
    /// this, `CKR_MECHANISM_PARAM_INVALID` when its parameters do not fit.
    pub(crate) fn algorithm(&self, purpose: Purpose) -> Result<(Algorithm, Parameters)> {
        let mechanism = self.read()?;
        let algorithm = Algorithm::by_mechanism(mechanism.mechanism, purpose)
            .ok_or_else(|| Failure::from(CKR_MECHANISM_INVALID))?;
        let parameters = Parameter::new(mechanism.pParameter.cast(), mechanism.ulParameterLen)
            .read(algorithm)?;
        parameters.check_for(algorithm, purpose).map_err(refused)?;
        Ok((algorithm, parameters))
    }

    /// The handle of the second key of a derivation, where its parameters say that there is one.
    ///
    /// # Errors
    ///
    /// As for [`Mechanism::algorithm`].
    pub(crate) fn other_key(&self, parameters: &Parameters) -> Result<CK_OBJECT_HANDLE> {
        let parameter = self.parameter()?;
        if matches!(parameters, Parameters::Hkdf(_)) {
            return parameter.hkdf_salt_key();
        }
        parameter.structure::<CK_OBJECT_HANDLE>()
    }

    /// What a key is made of: random bytes, for which no mechanism takes parameters, or a password.
    ///
    /// # Errors
    ///
    /// As for [`Mechanism::algorithm`].
    pub(crate) fn source(&self) -> Result<Source> {
        let mechanism = self.read()?;
        let algorithm = Algorithm::by_mechanism(mechanism.mechanism, Purpose::Generate);
        let Some(algorithm) = algorithm else {
            return self.generator().map(Source::Generator);
        };
        let (parameters, password) = self.parameter()?.password()?;
        Ok(Source::Password {
            algorithm,
            parameters: checked(algorithm, parameters)?,
            password,
        })
    }

    fn parameter(&self) -> Result<Parameter> {
        let mechanism = self.read()?;
        Ok(Parameter {
            address: mechanism.pParameter.cast(),
            length: mechanism.ulParameterLen,
        })
    }

    /// The generator of keys. None of them takes parameters.
    ///
    /// # Errors
    ///
    /// As for [`Mechanism::algorithm`].
    pub(crate) fn generator(&self) -> Result<Generator> {
        let mechanism = self.read()?;
        let generator = Generator::by_mechanism(mechanism.mechanism)
            .ok_or_else(|| Failure::from(CKR_MECHANISM_INVALID))?;
        if mechanism.ulParameterLen == 0 {
            Ok(generator)
        } else {
            Err(CKR_MECHANISM_PARAM_INVALID.into())
        }
    }

    pub(super) fn read(&self) -> Result<CK_MECHANISM> {
        if self.address.is_null() || !self.address.is_aligned() {
            return Err(CKR_ARGUMENTS_BAD.into());
        }
        // SAFETY: not null and aligned as just checked, and `new` was promised that it can be read.
        Ok(unsafe { self.address.read() })
    }
}

/// Structures of numbers and pointers, for which every pattern of bits is a value.
///
/// # Safety
///
/// The implementing type must have no invalid bit patterns.
pub(super) unsafe trait Structure: Copy {}

// SAFETY: numbers and raw pointers.
unsafe impl Structure for CK_RSA_PKCS_OAEP_PARAMS {}
// SAFETY: as above.
unsafe impl Structure for CK_RSA_PKCS_PSS_PARAMS {}
// SAFETY: as above.
unsafe impl Structure for CK_ECDH1_DERIVE_PARAMS {}

/// The parameter of a mechanism, of which [`Mechanism::new`] was promised that it is as long as it says.
pub(super) struct Parameter {
    address: *const u8,
    length: CK_ULONG,
}

impl Parameter {
    pub(super) fn new(address: *const u8, length: CK_ULONG) -> Self {
        Self { address, length }
    }

    pub(super) fn read(&self, algorithm: Algorithm) -> Result<Parameters> {
        match algorithm.row().parameters {
            ParametersKind::None => self.none(),
            ParametersKind::Iv => self.bytes(16).map(Parameters::Iv),
            ParametersKind::KeyWrapIv | ParametersKind::KeyWrapPaddedIv if self.length == 0 => {
                Ok(Parameters::None)
            }
            ParametersKind::KeyWrapIv | ParametersKind::KeyWrapPaddedIv => {
                self.bytes(8).map(Parameters::Iv)
            }
            ParametersKind::OtherKey => self.other_key(),
            ParametersKind::Data => self.data(),
            ParametersKind::BitOffset => self.bit_offset(),
            ParametersKind::Hkdf => self.hkdf(),
            ParametersKind::Kbkdf => self.kbkdf(),
            ParametersKind::EncryptData => self.encrypt_data(),
            ParametersKind::TlsRandoms => self.tls_randoms(),
            ParametersKind::TlsSession => self.tls_session(),
            ParametersKind::TlsLabel => self.tls_label(),
            ParametersKind::TlsKeyBlock => self.tls_key_block(algorithm),
            ParametersKind::TlsCode => self.tls_code(),
            // The password beside them has no place in parameters.
            ParametersKind::Password => Err(invalid()),
            ParametersKind::CodeLength => self.code_length(),
            ParametersKind::Gmac => self.gmac(),
            ParametersKind::Ccm => self.ccm(),
            ParametersKind::ChaCha20 => self.chacha20(),
            ParametersKind::ChaCha20Poly1305 => self.chacha20_poly1305(),
            ParametersKind::Gcm => self.gcm(),
            ParametersKind::Ctr => self.ctr(),
            ParametersKind::Oaep => self.oaep(),
            ParametersKind::Pss => self.pss(),
            ParametersKind::Ecdh => self.ecdh(),
            ParametersKind::PublicValue => self.bytes(PUBLIC_VALUE_MAX_BYTES).map(Parameters::Data),
            ParametersKind::EdDsa => self.eddsa(),
            ParametersKind::RsaAesKeyWrap => self.rsa_aes_key_wrap(),
            ParametersKind::EcdhAesKeyWrap => self.ecdh_aes_key_wrap(),
            ParametersKind::Signature => self.signature(),
            ParametersKind::HashSignature => self.hash_signature(),
        }
    }

    fn none(&self) -> Result<Parameters> {
        if self.length == 0 {
            Ok(Parameters::None)
        } else {
            Err(invalid())
        }
    }

    /// At most `length_max` bytes.
    fn bytes(&self, length_max: usize) -> Result<Vec<u8>> {
        // SAFETY: what `inner` asks for was promised to `Mechanism::new`.
        unsafe { inner(self.address, self.length, length_max) }
    }

    fn oaep(&self) -> Result<Parameters> {
        let oaep = self.structure::<CK_RSA_PKCS_OAEP_PARAMS>()?;
        // Without a label, programs leave the source zero as often as they fill it in.
        if oaep.source != CKZ_DATA_SPECIFIED && (oaep.source != 0 || oaep.ulSourceDataLen != 0) {
            return Err(invalid());
        }
        Ok(Parameters::Oaep(OaepParameters {
            hash: Digest::by_mechanism(oaep.hashAlg).ok_or_else(invalid)?,
            mgf1_hash: Digest::by_mgf1(oaep.mgf).ok_or_else(invalid)?,
            // SAFETY: the standard makes this a pointer to `ulSourceDataLen` bytes; promised to `Mechanism::new`.
            label: unsafe {
                inner(
                    oaep.pSourceData.cast(),
                    oaep.ulSourceDataLen,
                    OAEP_LABEL_MAX_BYTES,
                )
            }?,
        }))
    }

    fn pss(&self) -> Result<Parameters> {
        let pss = self.structure::<CK_RSA_PKCS_PSS_PARAMS>()?;
        Ok(Parameters::Pss(PssParameters {
            hash: Digest::by_mechanism(pss.hashAlg).ok_or_else(invalid)?,
            mgf1_hash: Digest::by_mgf1(pss.mgf).ok_or_else(invalid)?,
            salt_length_bytes: small(pss.sLen)?,
        }))
    }

    fn ecdh(&self) -> Result<Parameters> {
        let ecdh = self.structure::<CK_ECDH1_DERIVE_PARAMS>()?;
        // SAFETY: the standard makes this a pointer to `ulPublicDataLen` bytes; promised to `Mechanism::new`.
        let point = unsafe { inner(ecdh.pPublicData, ecdh.ulPublicDataLen, 256) }?;
        Ok(Parameters::Ecdh(EcdhParameters {
            public_point: without_octet_string(point),
            kdf: Kdf::by_pkcs11(ecdh.kdf).ok_or_else(invalid)?,
            // SAFETY: as above, with `ulSharedDataLen` bytes.
            shared_data: unsafe {
                inner(
                    ecdh.pSharedData,
                    ecdh.ulSharedDataLen,
                    SHARED_DATA_MAX_BYTES,
                )
            }?,
        }))
    }

    pub(super) fn structure<T: Structure>(&self) -> Result<T> {
        if self.address.is_null() || self.length != size_of::<T>() as CK_ULONG {
            return Err(invalid());
        }
        // SAFETY: not null, `Mechanism::new` was promised that this many bytes can be read, the read needs no
        // alignment, and every pattern of bits is a `T`.
        Ok(unsafe { self.address.cast::<T>().read_unaligned() })
    }
}

/// Copies at most `length_max` bytes from inside a parameter.
///
/// # Safety
///
/// Unless `address` is null, `length` bytes from it must be readable.
pub(super) unsafe fn inner(
    address: *const u8,
    length: CK_ULONG,
    length_max: usize,
) -> Result<Vec<u8>> {
    let length = usize::try_from(length).map_err(|_| invalid())?;
    if length == 0 {
        return Ok(Vec::new());
    }
    if address.is_null() || length > length_max {
        return Err(invalid());
    }
    // SAFETY: not null, and the caller promises that `length` bytes can be read.
    Ok(unsafe { std::slice::from_raw_parts(address, length) }.to_vec())
}

/// A point as it is, or taken out of the DER octet string that the standard allows around it (section 6.3.17).
fn without_octet_string(point: Vec<u8>) -> Vec<u8> {
    if Curve::ALL
        .iter()
        .any(|curve| curve.public_key_bytes() == point.len())
    {
        return point;
    }
    match point.as_slice() {
        [0x04, length, inner @ ..] if *length < 0x80 && inner.len() == usize::from(*length) => {
            inner.to_vec()
        }
        [0x04, 0x81, length, inner @ ..] if inner.len() == usize::from(*length) => inner.to_vec(),
        _ => point,
    }
}

pub(super) fn small(number: CK_ULONG) -> Result<u32> {
    u32::try_from(number).map_err(|_| invalid())
}

/// The parameters, if the algorithm takes them.
pub(super) fn checked(algorithm: Algorithm, parameters: Parameters) -> Result<Parameters> {
    parameters.check(algorithm).map_err(refused)?;
    Ok(parameters)
}

/// Parameters that the algorithm does not take.
fn refused(problem: ParametersInvalid) -> Failure {
    Failure::because(CKR_MECHANISM_PARAM_INVALID, problem.to_string())
}

pub(super) fn invalid() -> Failure {
    CKR_MECHANISM_PARAM_INVALID.into()
}

#[cfg(test)]
mod tests;
