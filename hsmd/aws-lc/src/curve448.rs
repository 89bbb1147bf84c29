//! Ed448 and Ed448ph (RFC 8032), and X448 (RFC 7748), by the crates `ed448-goldilocks` and `x448`: aws-lc has neither.
//!
//! A private key is its bytes in aws-lc's heap, and parsed for each use; whoever calls does so on a stack that is in locked
//! memory, and the crates wipe what they leave there.

use ed448_goldilocks::elliptic_curve::group::Group as _;
use ed448_goldilocks::{PreHash, Signature, SigningKey, VerifyingKey};
use hsm_algorithms::{Algorithm, Curve, EdDsaParameters, KeySpec, Parameters};
use subtle::ConstantTimeEq as _;
use x448::{X448_BASEPOINT_BYTES, x448, x448_unchecked};
use zeroize::Zeroizing;

use crate::digest::{Shake, shake};
use crate::public::PublicKey;
use crate::secret_bytes::SecretBytes;
use crate::{Error, random};

/// The length of an Ed448 private or public key in bytes.
const ED448_BYTES: usize = 57;
/// The length of an X448 private or public key and of a shared secret in bytes.
const X448_BYTES: usize = 56;
/// The length of an Ed448 signature in bytes.
const SIGNATURE_BYTES: usize = 114;

/// A private key on Curve448, in its Edwards or its Montgomery form.
pub struct Curve448PrivateKey {
    curve: Curve,
    private: SecretBytes,
}

impl Curve448PrivateKey {
    /// Makes a key.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] for another curve.
    pub fn generate(curve: Curve) -> Result<Self, Error> {
        let mut private = SecretBytes::zeroed(length_bytes(curve)?)?;
        random::fill(private.expose_mut())?;
        Ok(Self { curve, private })
    }

    /// The key of these bytes: RFC 8032 §5.2.5, RFC 7748 §5.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] if there are more or fewer, and for another curve.
    pub fn from_bytes(curve: Curve, private: &[u8]) -> Result<Self, Error> {
        if private.len() != length_bytes(curve)? {
            return Err(Error::KeyInvalid);
        }
        let private = SecretBytes::copy_of(private)?;
        Ok(Self { curve, private })
    }

    /// Signs the whole message with Ed448: pure, with or without a context, or pre-hashed.
    ///
    /// # Errors
    ///
    /// [`Error::Parameters`]; [`Error::KeyType`] with a key of X448.
    pub fn sign(&self, parameters: &Parameters, message: &[u8]) -> Result<Vec<u8>, Error> {
        let algorithm = Algorithm::EdDsa;
        parameters.check(algorithm)?;
        if self.curve != Curve::Ed448 {
            return Err(Error::KeyType { algorithm });
        }
        let key = SigningKey::try_from(self.expose()).map_err(|_| Error::KeyInvalid)?;
        let EdDsaParameters {
            is_prehashed,
            context,
        } = parameters.eddsa();
        let signature = if is_prehashed {
            key.sign_prehashed(Some(&context), Prehashed::of(message)?)
        } else {
            key.sign_ctx(&context, message)
        };
        Ok(signature.map_err(|_| Error::Library)?.to_bytes().to_vec())
    }

    /// The shared secret of X448 with the holder of `public`.
    ///
    /// # Errors
    ///
    /// [`Error::PublicPointInvalid`] unless it has 56 bytes and is not of small order; [`Error::KeyInvalid`] with a key of
    /// Ed448.
    pub fn agree(&self, public: &[u8]) -> Result<SecretBytes, Error> {
        let private = self.montgomery()?;
        let public = public.try_into().map_err(|_| Error::PublicPointInvalid)?;
        let secret = x448(*private, public).map(Zeroizing::new);
        let secret = secret.ok_or(Error::PublicPointInvalid)?;
        if bool::from(secret.ct_eq(&[0; X448_BYTES])) {
            return Err(Error::PublicPointInvalid);
        }
        SecretBytes::copy_of(&secret[..])
    }

    /// The private key: 57 bytes of Ed448, 56 of X448.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.private.expose()
    }

    /// The curve.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.curve
    }

    /// The kind and size.
    #[must_use]
    pub const fn spec(&self) -> KeySpec {
        KeySpec::of_curve(self.curve)
    }

    /// The public half. Costs curve arithmetic.
    ///
    /// # Errors
    ///
    /// None that can happen; the length was checked when the key was made.
    pub fn public(&self) -> Result<PublicKey, Error> {
        let bytes = if self.curve == Curve::Ed448 {
            let key = SigningKey::try_from(self.expose()).map_err(|_| Error::KeyInvalid)?;
            key.verifying_key().to_bytes().to_vec()
        } else {
            x448_unchecked(*self.montgomery()?, X448_BASEPOINT_BYTES).to_vec()
        };
        PublicKey::on_curve(self.curve, &bytes)
    }

    fn montgomery(&self) -> Result<Zeroizing<[u8; X448_BYTES]>, Error> {
        let private = self.expose().try_into().map_err(|_| Error::KeyInvalid)?;
        Ok(Zeroizing::new(private))
    }
}

/// Checks an Ed448 signature.
pub(crate) fn ed448_verify(
    public: &[u8],
    variant: &EdDsaParameters,
    message: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    if signature.len() != SIGNATURE_BYTES {
        return Err(Error::SignatureLength);
    }
    if !is_canonical(&signature[..ED448_BYTES]) {
        return Err(Error::SignatureInvalid);
    }
    let signature = Signature::from_slice(signature).map_err(|_| Error::SignatureInvalid)?;
    let key = verifying_key(public).ok_or(Error::SignatureInvalid)?;
    let verified = if variant.is_prehashed {
        key.verify_prehashed(&signature, Some(&variant.context), Prehashed::of(message)?)
    } else {
        key.verify_ctx(&signature, &variant.context, message)
    };
    verified.map_err(|_| Error::SignatureInvalid)
}

/// Whether a public key is of small order: what is agreed with it is the same for everybody, and what it signed can be anything.
pub(crate) fn is_of_small_order(curve: Curve, public: &[u8]) -> bool {
    if curve == Curve::Ed448 {
        // The cofactor is 4. What is no point at all signs nothing.
        return verifying_key(public).is_none_or(|key| {
            let point = key.to_edwards();
            bool::from(point.double().double().is_identity())
        });
    }
    // Any scalar will do: it is a multiple of every small order.
    let Ok(public) = public.try_into() else {
        return true;
    };
    x448([0x48; X448_BYTES], public).is_none_or(|secret| secret == [0; X448_BYTES])
}

/// The length of a key on a curve of this file.
pub(crate) fn length_bytes(curve: Curve) -> Result<usize, Error> {
    match curve {
        Curve::Ed448 => Ok(ED448_BYTES),
        Curve::X448 => Ok(X448_BYTES),
        _ => Err(Error::KeyInvalid),
    }
}

/// Whether a point is encoded as RFC 8032 §5.2.2 has it: `y` below the field's prime, 2^448 - 2^224 - 1, and no bit set between it
/// and the sign of `x`. The crate reads other encodings too.
fn is_canonical(point: &[u8]) -> bool {
    let Some((last, y)) = point.split_last() else {
        return false;
    };
    // The prime has ones alone but for bit 224, the least significant byte first.
    let prime = |index: usize| if index == 28 { 0xfe } else { 0xff };
    let below = (0..y.len())
        .rev()
        .map(|index| y[index].cmp(&prime(index)))
        .find(|order| order.is_ne());
    last.trailing_zeros() >= 7 && below.is_some_and(std::cmp::Ordering::is_lt)
}

fn verifying_key(public: &[u8]) -> Option<VerifyingKey> {
    if !is_canonical(public) {
        return None;
    }
    VerifyingKey::from_bytes(public.try_into().ok()?).ok()
}

/// SHAKE256 of a message, 64 bytes: RFC 8032 §5.2.
struct Prehashed([u8; 64]);

impl Prehashed {
    fn of(message: &[u8]) -> Result<Self, Error> {
        let mut value = [0; 64];
        shake(Shake::Shake256, message, &mut value)?;
        Ok(Self(value))
    }
}

impl PreHash for Prehashed {
    fn fill_bytes(&mut self, out: &mut [u8]) {
        out.copy_from_slice(&self.0);
    }
}
