//! Random number generation functions (PKCS#11 3.2, section 5.19).

use cryptoki_sys::{CK_SESSION_HANDLE, CK_ULONG, CKR_ARGUMENTS_BAD, CKR_GENERAL_ERROR};
use hsm_proto::GenerateRandomRequest;
use hsm_proto::Wiping;

use crate::abi::{Delivery, Input, Output};
use crate::errors::{Failure, Result};
use crate::library::Library;

/// Most random bytes that one call gives: 64 MiB.
const LENGTH_MAX_BYTES: usize = 64 << 20;

/// `C_SeedRandom`. Programs call it by habit, and it succeeds; but nobody outside has a say in the daemon's generator, which
/// takes its seeds from the operating system, so the seed is dropped.
pub(crate) fn seed(library: &Library, session: CK_SESSION_HANDLE, seed: &Input<'_>) -> Result {
    library.session(session)?;
    seed.bytes()?;
    Ok(())
}

/// `C_GenerateRandom`: bytes of the daemon's generator.
pub(crate) fn generate(
    library: &Library,
    session: CK_SESSION_HANDLE,
    length: CK_ULONG,
    output: Output<'_>,
) -> Result {
    let module = library.module()?;
    module.sessions.get(session)?;
    let length = usize::try_from(length)
        .ok()
        .filter(|length| *length <= LENGTH_MAX_BYTES);
    let length = length.ok_or_else(|| Failure::from(CKR_ARGUMENTS_BAD))?;
    if length == 0 {
        return Ok(());
    }
    let produce = || {
        let mut random = Wiping::new(Vec::with_capacity(length));
        while random.len() < length {
            let missing = u32::try_from(length - random.len()).unwrap_or(u32::MAX);
            let length_bytes = missing.min(module.random_bytes_max()?);
            let reply = module.ask(GenerateRandomRequest { length_bytes })?;
            if reply.random.is_empty() {
                return Err(Failure::because(
                    CKR_GENERAL_ERROR,
                    "the daemon gave no random bytes",
                ));
            }
            random.extend_from_slice(&reply.random);
        }
        random.truncate(length);
        Ok(random)
    };
    match output.deliver(length, produce)? {
        Delivery::Delivered => Ok(()),
        Delivery::LengthOnly => Err(CKR_ARGUMENTS_BAD.into()),
    }
}
