//! What stands around every function: no panic leaves it, a failure may leave one line in the log, and every call one in
//! a trace.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use cryptoki_sys::{CK_RV, CKR_GENERAL_ERROR, CKR_OK};

use super::trace::{self, Argument};
use crate::errors::{Failure, Result};
use crate::library::{LIBRARY, Library};
use crate::log;

/// Runs the body of the C function `name` and gives its return value.
///
/// A panic becomes `CKR_GENERAL_ERROR`: unwinding into C is undefined, and ending someone else's process is rude.
///
/// # Safety
///
/// `arguments` must give the ones of this call, and what they point to must stay put until it returns.
pub(super) unsafe fn call<const COUNT: usize>(
    name: &'static str,
    arguments: impl Fn() -> [(&'static str, Argument); COUNT],
    body: impl FnOnce(&Library) -> Result,
) -> CK_RV {
    let started = log::is_tracing().then(Instant::now);
    let result = catch_unwind(AssertUnwindSafe(|| body(&LIBRARY))).unwrap_or_else(|_| {
        let reason = "the module failed; this is a fault of ours";
        Err(Failure::because(CKR_GENERAL_ERROR, reason))
    });
    let value = result.as_ref().err().map_or(CKR_OK, Failure::value);
    match (started, &result) {
        (Some(started), result) => {
            // SAFETY: the call has returned, and the caller's memory is still there.
            let arguments = unsafe { trace::text(&arguments(), value) };
            log::call(name, &arguments, result.as_ref().err(), started.elapsed());
        }
        (None, Err(failure)) => log::failed_call(name, failure),
        (None, Ok(())) => {}
    }
    value
}
