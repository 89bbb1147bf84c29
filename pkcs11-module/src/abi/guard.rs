//! What stands around every function: no panic leaves it, and a failure may leave one line in the log.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cryptoki_sys::{CK_RV, CKR_GENERAL_ERROR, CKR_OK};

use crate::errors::Result;
use crate::library::{LIBRARY, Library};
use crate::log;

/// Runs the body of the C function `name` and gives its return value.
///
/// A panic becomes `CKR_GENERAL_ERROR`: unwinding into C is undefined, and ending someone else's process is rude.
pub(super) fn call(name: &'static str, body: impl FnOnce(&Library) -> Result) -> CK_RV {
    match catch_unwind(AssertUnwindSafe(|| body(&LIBRARY))) {
        Ok(Ok(())) => CKR_OK,
        Ok(Err(failure)) => {
            log::failed_call(name, &failure);
            failure.value()
        }
        Err(_) => CKR_GENERAL_ERROR,
    }
}
