//! Randomness.

use aws_lc_sys as aws_lc;

use crate::Error;
use crate::owned::succeeded;

/// Fills `bytes` from aws-lc's generator (SP 800-90A `CTR_DRBG`, seeded by the processor and the operating system).
///
/// # Errors
///
/// [`Error::Library`] if it fails; aws-lc ends the process rather than that.
pub fn fill(bytes: &mut [u8]) -> Result<(), Error> {
    // SAFETY: the pointer and the length are of one slice.
    succeeded(
        unsafe { aws_lc::RAND_bytes(bytes.as_mut_ptr(), bytes.len()) },
        Error::Library,
    )
}
