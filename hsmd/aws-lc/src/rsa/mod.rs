//! RSA: the primitive and its paddings (RFC 8017), on keys of either half.
//!
//! aws-lc blinds every private operation and checks its result against the public exponent.

mod encryption;
mod primes;
mod x931;

use std::ffi::{c_int, c_uint};

use aws_lc_sys as aws_lc;
use hsm_algorithms::{Digest, PssParameters};
use primes::Primes;

pub(crate) use x931::identified;

use crate::Error;
use crate::digest::md;
use crate::owned::{Number, Owned, number_bytes, succeeded, write_number};
use crate::secret_bytes::{Buffer, SecretBytes};

/// The least and the most bits of a modulus, as the key table has them.
const MODULUS_BITS: std::ops::RangeInclusive<usize> = 1024..=8192;

/// The padding around the input of an RSA operation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Padding {
    /// None: the input is a number below the modulus, as long as it.
    None,
    /// PKCS#1 v1.5, of the type that the operation needs.
    Pkcs1,
}

impl Padding {
    const fn code(self) -> c_int {
        match self {
            Self::None => aws_lc::RSA_NO_PADDING,
            Self::Pkcs1 => aws_lc::RSA_PKCS1_PADDING,
        }
    }
}

/// The numbers of a private key, each with the most significant byte first.
pub struct RsaNumbers<'a> {
    /// The modulus.
    pub n: &'a [u8],
    /// The public exponent.
    pub e: &'a [u8],
    /// The private exponent.
    pub d: &'a [u8],
    /// The first prime.
    pub p: &'a [u8],
    /// The second prime.
    pub q: &'a [u8],
    /// `d mod (p - 1)`.
    pub dp: &'a [u8],
    /// `d mod (q - 1)`.
    pub dq: &'a [u8],
    /// The inverse of `q` modulo `p`.
    pub q_inverse: &'a [u8],
}

/// The numbers of a private key beyond the public ones.
pub struct RsaSecretNumbers {
    /// The private exponent.
    pub d: SecretBytes,
    /// The first prime.
    pub p: SecretBytes,
    /// The second prime.
    pub q: SecretBytes,
    /// `d mod (p - 1)`.
    pub dp: SecretBytes,
    /// `d mod (q - 1)`.
    pub dq: SecretBytes,
    /// The inverse of `q` modulo `p`.
    pub q_inverse: SecretBytes,
}

/// An RSA key, public or private.
pub(crate) struct Rsa(Owned<aws_lc::RSA>);

impl Rsa {
    /// A public key.
    pub(crate) fn public(n: &[u8], e: &[u8]) -> Result<Self, Error> {
        let (n, e) = (Number::from_bytes(n)?, Number::from_bytes(e)?);
        // SAFETY: both numbers are live and are copied.
        let key = unsafe {
            Owned::take(
                aws_lc::RSA_new_public_key(n.as_ptr(), e.as_ptr()),
                Error::KeyInvalid,
            )
        }?;
        Self(key).checked()
    }

    /// A private key. aws-lc checks that the numbers belong together.
    pub(crate) fn private(numbers: &RsaNumbers<'_>) -> Result<Self, Error> {
        let number = Number::from_bytes;
        Self::from_parts(
            &[number(numbers.n)?, number(numbers.e)?, number(numbers.d)?],
            &Primes {
                p: number(numbers.p)?,
                q: number(numbers.q)?,
                dp: number(numbers.dp)?,
                dq: number(numbers.dq)?,
                q_inverse: number(numbers.q_inverse)?,
            },
        )
    }

    /// A private key without its primes, which are found again.
    pub(crate) fn from_exponents(n: &[u8], e: &[u8], d: &[u8]) -> Result<Self, Error> {
        let parts = [
            Number::from_bytes(n)?,
            Number::from_bytes(e)?,
            Number::from_bytes(d)?,
        ];
        let [n, e, d] = &parts;
        let primes = primes::find(n, e, d)?;
        Self::from_parts(&parts, &primes)
    }

    fn from_parts([n, e, d]: &[Number; 3], primes: &Primes) -> Result<Self, Error> {
        // SAFETY: all numbers are live and are copied.
        let key = unsafe {
            aws_lc::RSA_new_private_key(
                n.as_ptr(),
                e.as_ptr(),
                d.as_ptr(),
                primes.p.as_ptr(),
                primes.q.as_ptr(),
                primes.dp.as_ptr(),
                primes.dq.as_ptr(),
                primes.q_inverse.as_ptr(),
            )
        };
        // SAFETY: the key is new.
        Self(unsafe { Owned::take(key, Error::KeyInvalid) }?).checked()
    }

    /// A new private key. aws-lc makes moduli of whole 128 bits only.
    pub(crate) fn generate(bits: u32, e: &[u8]) -> Result<Self, Error> {
        if !MODULUS_BITS.contains(&(bits as usize)) || !bits.is_multiple_of(128) {
            return Err(Error::KeySize);
        }
        let bits = c_int::try_from(bits).map_err(|_| Error::KeySize)?;
        // aws-lc would look for primes for a long time before it gives up on an even exponent.
        if !is_exponent(e) {
            return Err(Error::KeyInvalid);
        }
        let e = Number::from_bytes(e)?;
        let key = Self::empty()?;
        // SAFETY: the key is new, the exponent is live and copied, and no callback is given.
        let code = unsafe {
            aws_lc::RSA_generate_key_ex(key.as_ptr(), bits, e.as_ptr(), std::ptr::null_mut())
        };
        succeeded(code, Error::KeyInvalid)?;
        Ok(Self(key))
    }

    /// A key that a parser of aws-lc made.
    pub(crate) fn from_owned(key: Owned<aws_lc::RSA>) -> Result<Self, Error> {
        Self(key).checked()
    }

    pub(crate) fn as_ptr(&self) -> *mut aws_lc::RSA {
        self.0.as_ptr()
    }

    /// The length of the modulus, and of signatures and ciphertexts, in bytes.
    pub(crate) fn modulus_bytes(&self) -> usize {
        // SAFETY: the key is live.
        unsafe { aws_lc::RSA_size(self.as_ptr()) as usize }
    }

    /// The length of the modulus in bits.
    pub(crate) fn modulus_bits(&self) -> u32 {
        // SAFETY: the key is live.
        unsafe { aws_lc::RSA_bits(self.as_ptr()) }
    }

    /// The modulus, without zeros in front.
    pub(crate) fn n(&self) -> Result<Vec<u8>, Error> {
        // SAFETY: the key is live, and has a modulus.
        unsafe { bytes_of(aws_lc::RSA_get0_n(self.as_ptr())) }
    }

    /// The public exponent, without zeros in front.
    pub(crate) fn e(&self) -> Result<Vec<u8>, Error> {
        // SAFETY: the key is live, and has a public exponent.
        unsafe { bytes_of(aws_lc::RSA_get0_e(self.as_ptr())) }
    }

    /// The secret numbers of a private key.
    pub(crate) fn secret_numbers(&self) -> Result<RsaSecretNumbers, Error> {
        // SAFETY: the key is live; a number that it does not have is null, which `bytes_of` refuses.
        unsafe {
            let key = self.as_ptr();
            Ok(RsaSecretNumbers {
                d: bytes_of(aws_lc::RSA_get0_d(key))?,
                p: bytes_of(aws_lc::RSA_get0_p(key))?,
                q: bytes_of(aws_lc::RSA_get0_q(key))?,
                dp: bytes_of(aws_lc::RSA_get0_dmp1(key))?,
                dq: bytes_of(aws_lc::RSA_get0_dmq1(key))?,
                q_inverse: bytes_of(aws_lc::RSA_get0_iqmp(key))?,
            })
        }
    }

    /// RSASSA-PKCS1-v1_5 over a digest, whose name goes into the `DigestInfo`.
    pub(crate) fn sign_digest(&self, digest: Digest, value: &[u8]) -> Result<Vec<u8>, Error> {
        let mut signature = vec![0; self.modulus_bytes()];
        let mut length: c_uint = 0;
        // SAFETY: the digest is a slice with its length, and the signature has the room that the key needs.
        let code = unsafe {
            aws_lc::RSA_sign(
                aws_lc::EVP_MD_type(md(digest)),
                value.as_ptr(),
                value.len(),
                signature.as_mut_ptr(),
                &raw mut length,
                self.as_ptr(),
            )
        };
        succeeded(code, Error::InputLength)?;
        Ok(signature)
    }

    /// Checks a signature of [`Rsa::sign_digest`].
    pub(crate) fn verify_digest(
        &self,
        digest: Digest,
        value: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        self.check_signature_length(signature)?;
        // SAFETY: digest and signature are slices with their lengths.
        let code = unsafe {
            aws_lc::RSA_verify(
                aws_lc::EVP_MD_type(md(digest)),
                value.as_ptr(),
                value.len(),
                signature.as_ptr(),
                signature.len(),
                self.as_ptr(),
            )
        };
        succeeded(code, Error::SignatureInvalid)
    }

    /// The private operation over `input` in `padding`; PKCS#1 of type 1.
    pub(crate) fn sign_raw<B: Buffer>(&self, padding: Padding, input: &[u8]) -> Result<B, Error> {
        let mut output = B::zeroed(self.modulus_bytes())?;
        let room = output.as_mut_slice();
        let mut length = 0;
        // SAFETY: input and output are slices with their lengths.
        let code = unsafe {
            aws_lc::RSA_sign_raw(
                self.as_ptr(),
                &raw mut length,
                room.as_mut_ptr(),
                room.len(),
                input.as_ptr(),
                input.len(),
                padding.code(),
            )
        };
        // The length has been checked before: only a number above the modulus is left to fail.
        succeeded(code, Error::InputInvalid)?;
        Ok(output)
    }

    /// What [`Rsa::sign_raw`] signed.
    pub(crate) fn recover(&self, padding: Padding, signature: &[u8]) -> Result<Vec<u8>, Error> {
        self.check_signature_length(signature)?;
        let mut output = vec![0; self.modulus_bytes()];
        let mut length = 0;
        // SAFETY: signature and output are slices with their lengths.
        let code = unsafe {
            aws_lc::RSA_verify_raw(
                self.as_ptr(),
                &raw mut length,
                output.as_mut_ptr(),
                output.len(),
                signature.as_ptr(),
                signature.len(),
                padding.code(),
            )
        };
        succeeded(code, Error::SignatureInvalid)?;
        output.truncate(length);
        Ok(output)
    }

    /// RSASSA-PSS over a digest. The caller has checked that the salt fits, with [`Rsa::salt_fits`].
    pub(crate) fn sign_pss(&self, pss: &PssParameters, value: &[u8]) -> Result<Vec<u8>, Error> {
        let salt_length = c_int::try_from(pss.salt_length_bytes).map_err(|_| Error::InputLength)?;
        let mut signature = vec![0; self.modulus_bytes()];
        let mut length = 0;
        // SAFETY: the digest is a slice with its length, and the signature has the room that the key needs.
        let code = unsafe {
            aws_lc::RSA_sign_pss_mgf1(
                self.as_ptr(),
                &raw mut length,
                signature.as_mut_ptr(),
                signature.len(),
                value.as_ptr(),
                value.len(),
                md(pss.hash),
                md(pss.mgf1_hash),
                salt_length,
            )
        };
        succeeded(code, Error::InputLength)?;
        Ok(signature)
    }

    /// Checks a signature of [`Rsa::sign_pss`]; the salt must have the length that the parameters say.
    pub(crate) fn verify_pss(
        &self,
        pss: &PssParameters,
        value: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        self.check_signature_length(signature)?;
        let salt_length = c_int::try_from(pss.salt_length_bytes).map_err(|_| Error::InputLength)?;
        // SAFETY: digest and signature are slices with their lengths.
        let code = unsafe {
            aws_lc::RSA_verify_pss_mgf1(
                self.as_ptr(),
                value.as_ptr(),
                value.len(),
                md(pss.hash),
                md(pss.mgf1_hash),
                salt_length,
                signature.as_ptr(),
                signature.len(),
            )
        };
        succeeded(code, Error::SignatureInvalid)
    }

    /// True if digest and salt fit into the encoded message: RFC 8017 §9.1.1, step 3.
    pub(crate) fn salt_fits(&self, pss: &PssParameters) -> bool {
        let encoded_bytes = (self.modulus_bits() as usize - 1).div_ceil(8);
        (pss.salt_length_bytes as usize)
            .checked_add(pss.hash.length_bytes() + 2)
            .is_some_and(|needed| needed <= encoded_bytes)
    }

    /// The key in the form that aws-lc's generic functions take.
    pub(crate) fn generic(&self) -> Result<Owned<aws_lc::EVP_PKEY>, Error> {
        // SAFETY: the generic key is new; it takes a reference of its own to ours.
        unsafe {
            let generic = Owned::take(aws_lc::EVP_PKEY_new(), Error::Library)?;
            succeeded(
                aws_lc::EVP_PKEY_set1_RSA(generic.as_ptr(), self.as_ptr()),
                Error::Library,
            )?;
            Ok(generic)
        }
    }

    fn empty() -> Result<Owned<aws_lc::RSA>, Error> {
        // SAFETY: the key is new.
        unsafe { Owned::take(aws_lc::RSA_new(), Error::Library) }
    }

    fn checked(self) -> Result<Self, Error> {
        let has_exponent = {
            // SAFETY: the key is live.
            unsafe { !aws_lc::RSA_get0_e(self.as_ptr()).is_null() }
        };
        if !has_exponent {
            return Err(Error::KeyInvalid);
        }
        if MODULUS_BITS.contains(&(self.modulus_bits() as usize)) {
            Ok(self)
        } else {
            Err(Error::KeySize)
        }
    }

    fn check_signature_length(&self, signature: &[u8]) -> Result<(), Error> {
        if signature.len() == self.modulus_bytes() {
            Ok(())
        } else {
            Err(Error::SignatureLength)
        }
    }
}

/// True for an odd number above 1 of at most 32 bits: the public exponents that keys can be made with.
fn is_exponent(bytes: &[u8]) -> bool {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    match &bytes[zeros..] {
        [] | [1] => false,
        digits => digits.len() <= 4 && digits.last().is_some_and(|last| last % 2 == 1),
    }
}

/// # Safety
///
/// `number` must be null or live.
unsafe fn bytes_of<B: Buffer>(number: *const aws_lc::BIGNUM) -> Result<B, Error> {
    if number.is_null() {
        return Err(Error::KeyInvalid);
    }
    // SAFETY: the number is live.
    unsafe {
        let mut bytes = B::zeroed(number_bytes(number))?;
        write_number(number, bytes.as_mut_slice())?;
        Ok(bytes)
    }
}
