//! Ed25519, Ed25519ctx and Ed25519ph (RFC 8032), and X25519 (RFC 7748).

use aws_lc_sys as aws_lc;
use hsm_algorithms::EdDsaParameters;

use crate::Error;
use crate::owned::succeeded;
use crate::secret_bytes::SecretBytes;

/// The length of a seed, a public key, an X25519 private key and a shared secret in bytes.
pub(crate) const KEY_BYTES: usize = 32;
/// The length of an Ed25519 signature in bytes.
pub(crate) const SIGNATURE_BYTES: usize = 64;

/// The public key of an Ed25519 seed, after the seed itself: 64 bytes, as aws-lc signs with.
pub(crate) fn ed25519_expand(seed: &[u8; KEY_BYTES]) -> Result<SecretBytes, Error> {
    let mut public = [0; KEY_BYTES];
    let mut pair = SecretBytes::zeroed(2 * KEY_BYTES)?;
    // SAFETY: the outputs have 32 and 64 bytes, the seed has 32.
    unsafe {
        aws_lc::ED25519_keypair_from_seed(
            public.as_mut_ptr(),
            pair.expose_mut().as_mut_ptr(),
            seed.as_ptr(),
        );
    }
    Ok(pair)
}

/// Signs `message` with a seed and its public key.
pub(crate) fn ed25519_sign(
    pair: &[u8; 2 * KEY_BYTES],
    variant: &EdDsaParameters,
    message: &[u8],
) -> Result<[u8; SIGNATURE_BYTES], Error> {
    let mut signature = [0; SIGNATURE_BYTES];
    let (output, context) = (signature.as_mut_ptr(), &variant.context);
    // SAFETY: message and context are slices with their lengths, the signature and the pair have 64 bytes.
    let code = unsafe {
        match (variant.is_prehashed, context.is_empty()) {
            (true, _) => aws_lc::ED25519ph_sign(
                output,
                message.as_ptr(),
                message.len(),
                pair.as_ptr(),
                context.as_ptr(),
                context.len(),
            ),
            (false, true) => {
                aws_lc::ED25519_sign(output, message.as_ptr(), message.len(), pair.as_ptr())
            }
            (false, false) => aws_lc::ED25519ctx_sign(
                output,
                message.as_ptr(),
                message.len(),
                pair.as_ptr(),
                context.as_ptr(),
                context.len(),
            ),
        }
    };
    succeeded(code, Error::Library)?;
    Ok(signature)
}

/// Checks a signature.
pub(crate) fn ed25519_verify(
    public: &[u8; KEY_BYTES],
    variant: &EdDsaParameters,
    message: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    if signature.len() != SIGNATURE_BYTES {
        return Err(Error::SignatureLength);
    }
    let (text, length, context) = (message.as_ptr(), message.len(), &variant.context);
    let (signature, public) = (signature.as_ptr(), public.as_ptr());
    // SAFETY: message and context are slices with their lengths, the signature has 64 bytes and the key 32.
    let code = unsafe {
        match (variant.is_prehashed, context.is_empty()) {
            (true, _) => aws_lc::ED25519ph_verify(
                text,
                length,
                signature,
                public,
                context.as_ptr(),
                context.len(),
            ),
            (false, true) => aws_lc::ED25519_verify(text, length, signature, public),
            (false, false) => aws_lc::ED25519ctx_verify(
                text,
                length,
                signature,
                public,
                context.as_ptr(),
                context.len(),
            ),
        }
    };
    succeeded(code, Error::SignatureInvalid)
}

/// The public key of an X25519 private key.
pub(crate) fn x25519_public(private: &[u8; KEY_BYTES]) -> [u8; KEY_BYTES] {
    let mut public = [0; KEY_BYTES];
    // SAFETY: both have 32 bytes.
    unsafe { aws_lc::X25519_public_from_private(public.as_mut_ptr(), private.as_ptr()) };
    public
}

/// The shared secret. Refuses public keys of small order, which would make it zero: RFC 7748 §6.1.
pub(crate) fn x25519_agree(private: &[u8; KEY_BYTES], public: &[u8]) -> Result<SecretBytes, Error> {
    let public: &[u8; KEY_BYTES] = public.try_into().map_err(|_| Error::PublicPointInvalid)?;
    let mut secret = SecretBytes::zeroed(KEY_BYTES)?;
    // SAFETY: all have 32 bytes.
    let code = unsafe {
        aws_lc::X25519(
            secret.expose_mut().as_mut_ptr(),
            private.as_ptr(),
            public.as_ptr(),
        )
    };
    succeeded(code, Error::PublicPointInvalid)?;
    Ok(secret)
}
