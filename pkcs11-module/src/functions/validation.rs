//! Validation of what a session does (PKCS#11 3.2, sections 5.6.12 and 4.17).

use cryptoki_sys::{
    CK_FLAGS, CK_SESSION_HANDLE, CK_SESSION_VALIDATION_FLAGS_TYPE, CKR_ARGUMENTS_BAD,
    CKS_LAST_VALIDATION_OK,
};

use crate::abi::Place;
use crate::built_in::SELF_TESTED;
use crate::errors::Result;
use crate::library::Library;

/// `C_GetSessionValidationFlags`. Everything that a token computes, it computes with code that passed its self-tests when
/// the daemon started; so the answer is the flag of that validation, whatever was last computed.
pub(crate) fn flags(
    library: &Library,
    session: CK_SESSION_HANDLE,
    kind: CK_SESSION_VALIDATION_FLAGS_TYPE,
    flags: &Place<'_, CK_FLAGS>,
) -> Result {
    library.session(session)?;
    if kind != CKS_LAST_VALIDATION_OK {
        return Err(CKR_ARGUMENTS_BAD.into());
    }
    flags.write(SELF_TESTED)
}
