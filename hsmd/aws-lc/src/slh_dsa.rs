//! SLH-DSA (FIPS 205), by the crate `slh-dsa`: aws-lc has none.
//!
//! A private key is `SK.seed ‖ SK.prf ‖ PK.seed ‖ PK.root` in aws-lc's heap, and parsed for each use; whoever calls does so
//! on a stack that is in locked memory.

use hsm_algorithms::KeyKind;
use slh_dsa::{ParameterSet, Signature, SigningKey, VerifyingKey};
use subtle::ConstantTimeEq as _;

use crate::secret_bytes::SecretBytes;
use crate::{Error, random};

/// Runs `$body` with the type `$parameters` for `$kind`.
macro_rules! with_parameters {
    ($kind:expr, |$parameters:ident| $body:expr) => {
        with_parameters!(@ $kind, $parameters, $body,
            SlhDsaSha2_128s Sha2_128s, SlhDsaShake128s Shake128s,
            SlhDsaSha2_128f Sha2_128f, SlhDsaShake128f Shake128f,
            SlhDsaSha2_192s Sha2_192s, SlhDsaShake192s Shake192s,
            SlhDsaSha2_192f Sha2_192f, SlhDsaShake192f Shake192f,
            SlhDsaSha2_256s Sha2_256s, SlhDsaShake256s Shake256s,
            SlhDsaSha2_256f Sha2_256f, SlhDsaShake256f Shake256f)
    };
    (@ $kind:expr, $parameters:ident, $body:expr, $($variant:ident $set:ident),*) => {
        match $kind {
            $(KeyKind::$variant => {
                type $parameters = slh_dsa::$set;
                $body
            })*
            _ => Err(Error::KeyInvalid),
        }
    };
}

/// Makes a private key: algorithm 21.
pub(crate) fn generate(kind: KeyKind) -> Result<SecretBytes, Error> {
    let set = kind.post_quantum().ok_or(Error::KeyInvalid)?;
    let mut seeds = SecretBytes::zeroed(set.private_key_bytes / 4 * 3)?;
    random::fill(seeds.expose_mut())?;
    expand(kind, seeds.expose())
}

/// A private key that somebody brings. Its root must be the one that follows from its seeds.
pub(crate) fn import(kind: KeyKind, private: &[u8]) -> Result<SecretBytes, Error> {
    let set = kind.post_quantum().ok_or(Error::KeyInvalid)?;
    if private.len() != set.private_key_bytes {
        return Err(Error::KeyInvalid);
    }
    let key = expand(kind, &private[..private.len() / 4 * 3])?;
    if bool::from(key.expose().ct_eq(private)) {
        Ok(key)
    } else {
        Err(Error::KeyInvalid)
    }
}

/// Signs a framed message: algorithm 19. With `randomizer`, as long as a quarter of the key, it is the hedged variant.
pub(crate) fn sign(
    kind: KeyKind,
    private: &[u8],
    parts: &[&[u8]],
    randomizer: Option<&[u8]>,
) -> Result<Vec<u8>, Error> {
    with_parameters!(kind, |Parameters| sign_as::<Parameters>(
        private, parts, randomizer
    ))
}

/// A frame of its own for each set: a signature of up to 50 KB lies on the stack, in several copies, and secret stacks
/// are small.
#[inline(never)]
fn sign_as<P: ParameterSet>(
    private: &[u8],
    parts: &[&[u8]],
    randomizer: Option<&[u8]>,
) -> Result<Vec<u8>, Error> {
    let key = SigningKey::<P>::try_from(private).map_err(|_| Error::KeyInvalid)?;
    Ok(key.slh_sign_internal(parts, randomizer).to_vec())
}

/// Checks a signature of a framed message: algorithm 20.
pub(crate) fn verify(
    kind: KeyKind,
    public: &[u8],
    parts: &[&[u8]],
    signature: &[u8],
) -> Result<(), Error> {
    with_parameters!(kind, |Parameters| verify_as::<Parameters>(
        public, parts, signature
    ))
}

/// A frame of its own, as for signing: the stack is the application's.
#[inline(never)]
fn verify_as<P: ParameterSet>(
    public: &[u8],
    parts: &[&[u8]],
    signature: &[u8],
) -> Result<(), Error> {
    let key = VerifyingKey::<P>::try_from(public).map_err(|_| Error::KeyInvalid)?;
    let signature = Signature::<P>::try_from(signature).map_err(|_| Error::SignatureLength)?;
    key.slh_verify_internal(parts, &signature)
        .map_err(|_| Error::SignatureInvalid)
}

/// The private key of three seeds in a row.
fn expand(kind: KeyKind, seeds: &[u8]) -> Result<SecretBytes, Error> {
    let length = seeds.len() / 3;
    let (secret, rest) = seeds.split_at(length);
    let (prf, public) = rest.split_at(length);
    with_parameters!(kind, |Parameters| {
        let key = SigningKey::<Parameters>::slh_keygen_internal(secret, prf, public);
        SecretBytes::copy_of(&key.to_bytes())
    })
}
