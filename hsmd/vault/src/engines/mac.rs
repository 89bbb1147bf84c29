//! Message authentication codes: HMAC (FIPS 198-1), CMAC (SP 800-38B), GMAC (SP 800-38D) and CBC-MAC (FIPS 113).

use hsm_algorithms::{Algorithm, Family, Parameters};
use hsm_aws_lc::symmetric::BlockCipher::{Aes, Des};
use hsm_aws_lc::{Message, mac};

use super::{EngineError, derivation};

/// The code of `message`, whole: the message itself, since a digest of it is no substitute. The parameters have been
/// checked against the algorithm.
pub(super) fn compute(
    key: &[u8],
    algorithm: Algorithm,
    parameters: &Parameters,
    message: Message<'_>,
) -> Result<Vec<u8>, EngineError> {
    let Message::Whole(message) = message else {
        return Err(hsm_aws_lc::Error::InputInvalid.into());
    };
    if let (Family::TlsMac, Parameters::Tls(tls)) = (algorithm.family(), parameters) {
        return derivation::tls::finished(key, tls, message);
    }
    let code = match (algorithm.family(), algorithm.digest(), parameters) {
        (Family::Hmac, Some(digest), _) => mac::hmac(digest, key, message)?,
        (Family::AesCmac, None, _) => mac::cmac(Aes, key, message)?,
        (Family::AesCbcMac, None, _) => mac::cbc_mac(Aes, key, message)?,
        (Family::AesGmac, None, Parameters::Gcm(gcm)) => mac::gmac(key, gcm, message)?,
        (Family::DesCmac, None, _) => mac::cmac(Des, key, message)?,
        (Family::DesCbcMac, None, _) => mac::cbc_mac(Des, key, message)?,
        _ => return Err(EngineError::key_type(algorithm)),
    };
    let length_bytes = algorithm.code_bytes(parameters);
    let cut = length_bytes.and_then(|length_bytes| code.as_ref().get(..length_bytes));
    Ok(cut.ok_or(EngineError::key_type(algorithm))?.to_vec())
}
