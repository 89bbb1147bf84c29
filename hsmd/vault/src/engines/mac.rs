//! Message authentication codes: HMAC (FIPS 198-1) and AES-CMAC (SP 800-38B).

use hsm_algorithms::{Algorithm, Family};
use hsm_aws_lc::digest::DigestValue;
use hsm_aws_lc::{Message, mac};

use super::EngineError;

/// The code of `message`, whole: the message itself, since a digest of it is no substitute.
pub(super) fn compute(
    key: &[u8],
    algorithm: Algorithm,
    message: Message<'_>,
) -> Result<DigestValue, EngineError> {
    let Message::Whole(message) = message else {
        return Err(hsm_aws_lc::Error::InputInvalid.into());
    };
    match (algorithm.family(), algorithm.digest()) {
        (Family::Hmac, Some(digest)) => Ok(mac::hmac(digest, key, message)?),
        (Family::AesCmac, None) => Ok(mac::cmac(key, message)?),
        _ => Err(EngineError::key_type(algorithm)),
    }
}
