//! What the C functions do, in safe Rust: one file for each chapter of the standard's section 5.

pub(crate) mod asynchronous;
pub(crate) mod cipher;
pub(crate) mod digest;
pub(crate) mod dual;
pub(crate) mod encryption;
pub(crate) mod general;
pub(crate) mod key_agreement;
pub(crate) mod key_management;
pub(crate) mod message;
pub(crate) mod message_ciphers;
pub(crate) mod message_signatures;
pub(crate) mod nonces;
pub(crate) mod objects;
pub(crate) mod operation_state;
pub(crate) mod random;
pub(crate) mod recovery;
pub(crate) mod sessions;
pub(crate) mod signing;
pub(crate) mod slots;
#[cfg(test)]
mod tests;
pub(crate) mod validation;
pub(crate) mod verification;
pub(crate) mod wrapping;

use std::sync::Arc;

use cryptoki_sys::{
    CKR_ACTION_PROHIBITED, CKR_ARGUMENTS_BAD, CKR_KEY_FUNCTION_NOT_PERMITTED,
    CKR_KEY_HANDLE_INVALID, CKR_KEY_TYPE_INCONSISTENT, CKR_MECHANISM_INVALID,
};
use hsm_algorithms::pkcs11::{CKO_PRIVATE_KEY, CKO_PUBLIC_KEY, CKO_SECRET_KEY};
use hsm_algorithms::{Algorithm, KeySpec};

use crate::abi::Mechanism;
use crate::errors::{Failure, Result};
use crate::module::Module;
use crate::objects::{Facts, Object};
use crate::operation::{Cancel, OperationSlot};
use crate::sessions::Session;

/// A key that is fit for an operation.
#[derive(Clone)]
pub(crate) struct FitKey {
    /// The key.
    pub(crate) object: Arc<Object>,
    /// What is known about it.
    pub(crate) facts: Arc<Facts>,
    /// Kind and size.
    pub(crate) spec: KeySpec,
}

/// The half of a key pair that an operation needs, where there are two.
#[derive(Clone, Copy)]
pub(crate) enum Half {
    /// To verify, encrypt and wrap.
    Public,
    /// To sign, decrypt, unwrap and derive.
    Private,
}

/// The key with this handle, if it is one for `algorithm` and its flag `usage` is set.
///
/// # Errors
///
/// `CKR_KEY_HANDLE_INVALID`, `CKR_KEY_TYPE_INCONSISTENT`, `CKR_KEY_FUNCTION_NOT_PERMITTED`, and `CKR_MECHANISM_INVALID`
/// when the token does not offer the mechanism or the key does not allow it.
pub(crate) fn fit_key(
    module: &Module,
    session: &Session,
    handle: u64,
    algorithm: Algorithm,
    half: Half,
    usage: u64,
) -> Result<FitKey> {
    session.slot.check_offers(algorithm)?;
    let object = module.object(session, handle).map_err(|failure| {
        let failure = failure.of_a_key();
        failure.instead(CKR_ACTION_PROHIBITED, CKR_KEY_HANDLE_INVALID)
    })?;
    let facts = module.facts(session, &object).map_err(Failure::of_a_key)?;
    let class = match half {
        _ if !algorithm.is_asymmetric() => CKO_SECRET_KEY,
        Half::Public => CKO_PUBLIC_KEY,
        Half::Private => CKO_PRIVATE_KEY,
    };
    let fits = facts
        .spec()
        .filter(|spec| facts.class() == Some(class) && algorithm.takes(spec.kind()));
    let spec = fits.ok_or_else(|| Failure::from(CKR_KEY_TYPE_INCONSISTENT))?;
    if !facts.allows(algorithm.row().pkcs11) {
        return Err(CKR_MECHANISM_INVALID.into());
    }
    if !module.confirmed_flag(session, &object, &facts, usage)? {
        return Err(CKR_KEY_FUNCTION_NOT_PERMITTED.into());
    }
    Ok(FitKey {
        object,
        facts,
        spec,
    })
}

/// Starts an operation. No mechanism ends a running one instead (PKCS#11 3.0); without one running a missing mechanism
/// is a mistake, as it was in 2.40.
fn begin_or_cancel<T>(
    operation: &mut OperationSlot<T>,
    mechanism: &Mechanism<'_>,
    begin: impl FnOnce() -> Result<T>,
) -> Result {
    if !mechanism.is_null() {
        operation.begin(begin)
    } else if operation.cancel() {
        Ok(())
    } else {
        Err(CKR_ARGUMENTS_BAD.into())
    }
}

impl From<hsm_aws_lc::Error> for Failure {
    fn from(error: hsm_aws_lc::Error) -> Self {
        use hsm_aws_lc::Error;
        let value = match error {
            Error::Parameters(_) | Error::PublicPointInvalid => {
                cryptoki_sys::CKR_MECHANISM_PARAM_INVALID
            }
            Error::KeyType { .. } | Error::KeyInvalid => CKR_KEY_TYPE_INCONSISTENT,
            Error::Purpose { .. } => CKR_MECHANISM_INVALID,
            Error::KeySize => cryptoki_sys::CKR_KEY_SIZE_RANGE,
            Error::InputLength => cryptoki_sys::CKR_DATA_LEN_RANGE,
            Error::InputInvalid => cryptoki_sys::CKR_DATA_INVALID,
            Error::CiphertextLength => cryptoki_sys::CKR_ENCRYPTED_DATA_LEN_RANGE,
            Error::CiphertextInvalid => cryptoki_sys::CKR_ENCRYPTED_DATA_INVALID,
            Error::SignatureLength => cryptoki_sys::CKR_SIGNATURE_LEN_RANGE,
            Error::SignatureInvalid => cryptoki_sys::CKR_SIGNATURE_INVALID,
            Error::Library => cryptoki_sys::CKR_HOST_MEMORY,
        };
        Self::because(value, error.to_string())
    }
}
