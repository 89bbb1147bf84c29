//! Keys in a group: DSA signs and verifies, Diffie-Hellman agrees.

use aws_lc_sys as aws_lc;
use hsm_algorithms::{Algorithm, Family, KeyKind, KeySpec};

use super::{FieldGroup, stripped};
use crate::arithmetic::{Arithmetic, less_one};
use crate::message::Message;
use crate::owned::{Number, Owned, number_bytes, succeeded, write_number};
use crate::public::PublicKey;
use crate::secret_bytes::SecretBytes;
use crate::{Error, der};

/// How long what is signed as it is may be: as the digests of FIPS 180-4 that PKCS#11 3.2 §6.2.4 names are.
const DIGEST_BYTES: [usize; 5] = [20, 28, 32, 48, 64];

/// A public key of DSA or Diffie-Hellman.
pub(crate) struct FieldPublicKey {
    group: FieldGroup,
    spec: KeySpec,
    value: Vec<u8>,
}

impl FieldPublicKey {
    /// A key that somebody brings, in a group that has been checked: above 1 and below the prime less 1, and of DSA in the
    /// subgroup (SP 800-89 §5.3.1).
    pub(crate) fn new(group: FieldGroup, value: &[u8]) -> Result<Self, Error> {
        let spec = group.spec().ok_or(Error::KeySize)?;
        check_value(&group, value).map_err(|_| Error::KeyInvalid)?;
        let value = stripped(value).to_vec();
        if let Some(order) = group.subprime() {
            let (order, prime) = (
                Number::from_bytes(order)?,
                Number::from_bytes(group.prime())?,
            );
            let power = Arithmetic::new()?.power(&Number::from_bytes(&value)?, &order, &prime)?;
            if !power.is_one() {
                return Err(Error::KeyInvalid);
            }
        }
        Ok(Self { group, spec, value })
    }

    /// The key in `SubjectPublicKeyInfo`. `None` if its algorithm is another.
    pub(crate) fn from_spki_parts(algorithm: &[u8], public: &[u8]) -> Option<Result<Self, Error>> {
        let group = FieldGroup::from_algorithm(algorithm)?;
        let parse = || {
            let group = FieldGroup::new(group.prime(), group.subprime(), group.base())?;
            match der::parse_unsigned_integer(public) {
                Some((value, [])) => Self::new(group, value),
                _ => Err(Error::KeyInvalid),
            }
        };
        Some(parse())
    }

    pub(crate) fn to_spki(&self) -> Vec<u8> {
        der::spki(
            &self.group.to_algorithm(),
            &der::unsigned_integer(&self.value),
        )
    }

    pub(crate) const fn spec(&self) -> KeySpec {
        self.spec
    }

    pub(crate) const fn group(&self) -> &FieldGroup {
        &self.group
    }

    pub(crate) fn value(&self) -> &[u8] {
        &self.value
    }

    /// Checks `r ‖ s`, each as long as the order of the subgroup: FIPS 186-4 §4.7.
    pub(crate) fn verify(&self, digest: &[u8], signature: &[u8]) -> Result<(), Error> {
        if !DIGEST_BYTES.contains(&digest.len()) {
            return Err(Error::InputLength);
        }
        let order_bytes = self.group.subprime().map_or(0, <[u8]>::len);
        if signature.len() != 2 * order_bytes {
            return Err(Error::SignatureLength);
        }
        let (r, s) = (
            Number::from_bytes(&signature[..order_bytes])?,
            Number::from_bytes(&signature[order_bytes..])?,
        );
        let key = dsa(&self.group, Number::from_bytes(&self.value)?, None)?;
        // SAFETY: the pair is new, and takes ownership of both numbers; with both given, that cannot fail. The digest is a slice
        // with its length; pair and key are live.
        let code = unsafe {
            let pair = Owned::take(aws_lc::DSA_SIG_new(), Error::Library)?;
            aws_lc::DSA_SIG_set0(pair.as_ptr(), r.into_raw(), s.into_raw());
            aws_lc::DSA_do_verify(digest.as_ptr(), digest.len(), pair.as_ptr(), key.as_ptr())
        };
        succeeded(code, Error::SignatureInvalid)
    }
}

/// A private key of DSA or Diffie-Hellman.
pub struct FieldPrivateKey {
    group: FieldGroup,
    spec: KeySpec,
    private: SecretBytes,
}

impl FieldPrivateKey {
    /// Makes a key in a group that has been checked. `private_bits` is for Diffie-Hellman alone, and at most the length of the
    /// prime; without it, the key is as long as it can be.
    ///
    /// # Errors
    ///
    /// [`Error::KeySize`] for other `private_bits`, or fewer than 160; [`Error::KeyInvalid`] for a group that is none.
    pub fn generate(group: &FieldGroup, private_bits: Option<u32>) -> Result<Self, Error> {
        /// What a key of 80 bits of strength has at least.
        const PRIVATE_BITS_MIN: u32 = 160;
        let spec = group.spec().ok_or(Error::KeySize)?;
        let private = if spec.kind() == KeyKind::Dh {
            let bits = private_bits.unwrap_or(spec.bits());
            if !(PRIVATE_BITS_MIN..=spec.bits()).contains(&bits) {
                return Err(Error::KeySize);
            }
            generate_dh(group, bits)
        } else if private_bits.is_none() {
            generate_dsa(group)
        } else {
            Err(Error::KeySize)
        }?;
        Ok(Self {
            group: group.clone(),
            spec,
            private,
        })
    }

    /// A key that somebody brings, in a group that has been checked.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] unless it is above 0 and below the order of the subgroup, or the prime.
    pub fn from_number(group: FieldGroup, private: &[u8]) -> Result<Self, Error> {
        let spec = group.spec().ok_or(Error::KeySize)?;
        let limit = Number::from_bytes(group.subprime().unwrap_or(group.prime()))?;
        let number = Number::from_bytes(private)?;
        if number.is_zero() || !number.is_below(&limit) {
            return Err(Error::KeyInvalid);
        }
        Ok(Self {
            group,
            spec,
            private: SecretBytes::copy_of(stripped(private))?,
        })
    }

    /// Signs with DSA: `r ‖ s`, each as long as the order of the subgroup (FIPS 186-4 §4.6).
    ///
    /// # Errors
    ///
    /// [`Error::InputLength`] when there is no digest to sign; [`Error::KeyType`] for another algorithm.
    pub fn sign(&self, algorithm: Algorithm, message: Message<'_>) -> Result<Vec<u8>, Error> {
        let Some(order) = self.group.subprime() else {
            return Err(Error::KeyType { algorithm });
        };
        if algorithm.family() != Family::Dsa {
            return Err(Error::KeyType { algorithm });
        }
        let digest = message.prepare(algorithm)?;
        let digest = digest.as_ref();
        if !DIGEST_BYTES.contains(&digest.len()) {
            return Err(Error::InputLength);
        }
        // aws-lc wants a public key to be there, and does not use it to sign.
        let any_public = Number::from_bytes(self.group.base())?;
        let key = dsa(&self.group, any_public, Some(self.number()?))?;
        let mut signature = vec![0; 2 * order.len()];
        let (first, second) = signature.split_at_mut(order.len());
        let (mut r, mut s) = (std::ptr::null(), std::ptr::null());
        // SAFETY: the digest is a slice with its length, the key is live, and r and s live as long as the pair that lends them.
        unsafe {
            let pair = aws_lc::DSA_do_sign(digest.as_ptr(), digest.len(), key.as_ptr());
            let pair = Owned::take(pair, Error::KeyInvalid)?;
            aws_lc::DSA_SIG_get0(pair.as_ptr(), &raw mut r, &raw mut s);
            write_number(r, first)?;
            write_number(s, second)?;
        }
        Ok(signature)
    }

    /// The shared secret with the holder of `public`, as long as the prime: PKCS #3 §8.
    ///
    /// # Errors
    ///
    /// [`Error::PublicPointInvalid`] unless `public` is above 1 and below the prime less 1, and the secret is too;
    /// [`Error::KeyInvalid`] for a key of DSA.
    pub fn agree(&self, public: &[u8]) -> Result<SecretBytes, Error> {
        if self.spec.kind() != KeyKind::Dh {
            return Err(Error::KeyInvalid);
        }
        check_value(&self.group, public)?;
        let public = Number::from_bytes(public)?;
        let key = dh(&self.group)?;
        let mut secret = SecretBytes::zeroed(self.group.prime().len())?;
        // SAFETY: key and number are live; the key takes ownership of its private number; the output is as long as the prime,
        // which is what is written.
        let length = unsafe {
            aws_lc::DH_set0_key(
                key.as_ptr(),
                std::ptr::null_mut(),
                self.number()?.into_raw(),
            );
            let output = secret.expose_mut().as_mut_ptr();
            aws_lc::DH_compute_key_padded(output, public.as_ptr(), key.as_ptr())
        };
        let is_whole = usize::try_from(length).is_ok_and(|length| length == secret.len());
        succeeded(is_whole.into(), Error::PublicPointInvalid)?;
        Ok(secret)
    }

    /// The private number, `CKA_VALUE`, without zeros in front.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        stripped(self.private.expose())
    }

    /// The group.
    #[must_use]
    pub const fn group(&self) -> &FieldGroup {
        &self.group
    }

    /// The kind and size.
    #[must_use]
    pub const fn spec(&self) -> KeySpec {
        self.spec
    }

    /// The public half. Costs a power.
    ///
    /// # Errors
    ///
    /// [`Error::Library`] when aws-lc's heap is used up.
    pub fn public(&self) -> Result<PublicKey, Error> {
        let (base, prime) = (
            Number::from_bytes(self.group.base())?,
            Number::from_bytes(self.group.prime())?,
        );
        let public = Arithmetic::new()?.power(&base, &self.number()?, &prime)?;
        // SAFETY: the number is live.
        let value = unsafe { super::group::to_bytes(public.as_ptr()) }?;
        Ok(PublicKey::field(FieldPublicKey {
            group: self.group.clone(),
            spec: self.spec,
            value,
        }))
    }

    /// The key as PKCS#8, which is also its stored form.
    pub(crate) fn to_pkcs8(&self) -> Result<SecretBytes, Error> {
        let private = der::secret_integer(self.expose())?;
        der::pkcs8(&self.group.to_algorithm(), private.expose())
    }

    /// The key in PKCS#8 that somebody brings. `None` if its algorithm is another.
    pub(crate) fn from_pkcs8_parts(
        algorithm: &[u8],
        private: &[u8],
    ) -> Option<Result<Self, Error>> {
        let group = FieldGroup::from_algorithm(algorithm)?;
        let parse = || {
            let group = FieldGroup::new(group.prime(), group.subprime(), group.base())?;
            Self::from_integer(group, private)
        };
        Some(parse())
    }

    /// Undoes [`FieldPrivateKey::to_pkcs8`], for what was checked before it was stored.
    pub(crate) fn from_trusted(pkcs8: &[u8]) -> Result<Self, Error> {
        let (algorithm, private) = der::parse_pkcs8(pkcs8).ok_or(Error::KeyInvalid)?;
        let group = FieldGroup::from_algorithm(algorithm).ok_or(Error::KeyInvalid)?;
        Self::from_integer(group, private)
    }

    fn from_integer(group: FieldGroup, private: &[u8]) -> Result<Self, Error> {
        match der::parse_unsigned_integer(private) {
            Some((number, [])) => Self::from_number(group, number),
            _ => Err(Error::KeyInvalid),
        }
    }

    fn number(&self) -> Result<Number, Error> {
        Number::from_bytes(self.private.expose())
    }
}

/// Whether a public key is above 1 and below the prime less 1: SP 800-56A rev. 3 §5.6.2.3.2.
fn check_value(group: &FieldGroup, value: &[u8]) -> Result<(), Error> {
    let limit = less_one(&Number::from_bytes(group.prime())?)?;
    let value = Number::from_bytes(value)?;
    if value.bits() < 2 || !value.is_below(&limit) {
        return Err(Error::PublicPointInvalid);
    }
    Ok(())
}

fn generate_dsa(group: &FieldGroup) -> Result<SecretBytes, Error> {
    let key = dsa_group(group)?;
    // SAFETY: the key is live, and its number lives as long as it does.
    unsafe {
        succeeded(aws_lc::DSA_generate_key(key.as_ptr()), Error::KeyInvalid)?;
        secret_number(aws_lc::DSA_get0_priv_key(key.as_ptr()))
    }
}

fn generate_dh(group: &FieldGroup, private_bits: u32) -> Result<SecretBytes, Error> {
    let key = dh(group)?;
    // SAFETY: as above.
    unsafe {
        succeeded(
            aws_lc::DH_set_length(key.as_ptr(), private_bits),
            Error::KeySize,
        )?;
        succeeded(aws_lc::DH_generate_key(key.as_ptr()), Error::KeyInvalid)?;
        secret_number(aws_lc::DH_get0_priv_key(key.as_ptr()))
    }
}

/// # Safety
///
/// `number` must be null or point to a live number.
unsafe fn secret_number(number: *const aws_lc::BIGNUM) -> Result<SecretBytes, Error> {
    if number.is_null() {
        return Err(Error::Library);
    }
    // SAFETY: the caller vouches for the number.
    unsafe {
        let mut secret = SecretBytes::zeroed(number_bytes(number))?;
        write_number(number, secret.expose_mut())?;
        Ok(secret)
    }
}

fn dsa(
    group: &FieldGroup,
    public: Number,
    private: Option<Number>,
) -> Result<Owned<aws_lc::DSA>, Error> {
    let key = dsa_group(group)?;
    let private = private.map_or(std::ptr::null_mut(), Number::into_raw);
    // SAFETY: the key takes ownership of the numbers; with a public one given, that cannot fail.
    unsafe { aws_lc::DSA_set0_key(key.as_ptr(), public.into_raw(), private) };
    Ok(key)
}

fn dsa_group(group: &FieldGroup) -> Result<Owned<aws_lc::DSA>, Error> {
    let order = group.subprime().ok_or(Error::KeyInvalid)?;
    let (prime, order, base) = (
        Number::from_bytes(group.prime())?,
        Number::from_bytes(order)?,
        Number::from_bytes(group.base())?,
    );
    // SAFETY: the key is new, and takes ownership of all numbers; with all given, that cannot fail.
    unsafe {
        let key = Owned::take(aws_lc::DSA_new(), Error::Library)?;
        aws_lc::DSA_set0_pqg(
            key.as_ptr(),
            prime.into_raw(),
            order.into_raw(),
            base.into_raw(),
        );
        Ok(key)
    }
}

fn dh(group: &FieldGroup) -> Result<Owned<aws_lc::DH>, Error> {
    let (prime, base) = (
        Number::from_bytes(group.prime())?,
        Number::from_bytes(group.base())?,
    );
    // SAFETY: as above; Diffie-Hellman needs no order.
    unsafe {
        let key = Owned::take(aws_lc::DH_new(), Error::Library)?;
        let none = std::ptr::null_mut();
        aws_lc::DH_set0_pqg(key.as_ptr(), prime.into_raw(), none, base.into_raw());
        Ok(key)
    }
}
