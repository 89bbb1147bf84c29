//! Groups: what FIPS 186-4 and PKCS #3 call domain parameters.

use std::ffi::c_int;

use aws_lc_sys as aws_lc;
use hsm_algorithms::pkcs11::{CKA_BASE, CKA_KEY_TYPE, CKA_PRIME, CKA_SUBPRIME, CKK_DSA};
use hsm_algorithms::{Attributes, KeyKind, KeySpec};

use super::{bits, stripped};
use crate::arithmetic::{Arithmetic, less_one};
use crate::owned::{Number, Owned, number_bytes, succeeded, write_number};
use crate::{Error, der};

/// The object identifier of DSA, RFC 3279 §2.3.2, as DER.
const DSA: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01];
/// The object identifier of Diffie-Hellman, PKCS #3 §9, as DER.
const DH: &[u8] = &[
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x03, 0x01,
];

/// The prime of group 2, RFC 2409 §6.2.
const PRIME_1024: [u8; 128] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc9, 0x0f, 0xda, 0xa2, 0x21, 0x68, 0xc2, 0x34,
    0xc4, 0xc6, 0x62, 0x8b, 0x80, 0xdc, 0x1c, 0xd1, 0x29, 0x02, 0x4e, 0x08, 0x8a, 0x67, 0xcc, 0x74,
    0x02, 0x0b, 0xbe, 0xa6, 0x3b, 0x13, 0x9b, 0x22, 0x51, 0x4a, 0x08, 0x79, 0x8e, 0x34, 0x04, 0xdd,
    0xef, 0x95, 0x19, 0xb3, 0xcd, 0x3a, 0x43, 0x1b, 0x30, 0x2b, 0x0a, 0x6d, 0xf2, 0x5f, 0x14, 0x37,
    0x4f, 0xe1, 0x35, 0x6d, 0x6d, 0x51, 0xc2, 0x45, 0xe4, 0x85, 0xb5, 0x76, 0x62, 0x5e, 0x7e, 0xc6,
    0xf4, 0x4c, 0x42, 0xe9, 0xa6, 0x37, 0xed, 0x6b, 0x0b, 0xff, 0x5c, 0xb6, 0xf4, 0x06, 0xb7, 0xed,
    0xee, 0x38, 0x6b, 0xfb, 0x5a, 0x89, 0x9f, 0xa5, 0xae, 0x9f, 0x24, 0x11, 0x7c, 0x4b, 0x1f, 0xe6,
    0x49, 0x28, 0x66, 0x51, 0xec, 0xe6, 0x53, 0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
];

/// A group of DSA or Diffie-Hellman. Public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldGroup {
    prime: Vec<u8>,
    subprime: Option<Vec<u8>>,
    base: Vec<u8>,
}

impl FieldGroup {
    /// A group that somebody brings: of DSA with the order of the subgroup, of Diffie-Hellman without.
    ///
    /// # Errors
    ///
    /// [`Error::KeySize`] for a prime or subgroup of a length that no kind of key has; [`Error::KeyInvalid`] unless prime
    /// and order are odd, the order divides the prime less 1, and the base is in the subgroup and above 1.
    pub fn new(prime: &[u8], subprime: Option<&[u8]>, base: &[u8]) -> Result<Self, Error> {
        let group = Self {
            prime: stripped(prime).to_vec(),
            subprime: subprime.map(|order| stripped(order).to_vec()),
            base: stripped(base).to_vec(),
        };
        group.spec().ok_or(Error::KeySize)?;
        let (prime, base) = (
            Number::from_bytes(&group.prime)?,
            Number::from_bytes(&group.base)?,
        );
        let order_of_all = less_one(&prime)?;
        if !prime.is_odd() || base.bits() < 2 || !base.is_below(&order_of_all) {
            return Err(Error::KeyInvalid);
        }
        if let Some(order) = &group.subprime {
            let order = Number::from_bytes(order)?;
            let arithmetic = Arithmetic::new()?;
            let is_sound = order.is_odd()
                && arithmetic.remainder(&order_of_all, &order)?.is_zero()
                && arithmetic.power(&base, &order, &prime)?.is_one();
            if !is_sound {
                return Err(Error::KeyInvalid);
            }
        }
        Ok(group)
    }

    /// A group for keys of `spec`: of DSA a new one (FIPS 186-4 §A.1.1.2 and §A.2.1), which takes from a tenth of a second to
    /// half a minute; of Diffie-Hellman the well-known one of that length (RFC 2409 §6.2, RFC 3526), as SP 800-56A rev. 3
    /// §5.5.1.1 asks for.
    ///
    /// # Errors
    ///
    /// [`Error::KeySize`] for another kind of key, and for lengths of which there is no well-known group.
    pub fn generate(spec: KeySpec) -> Result<Self, Error> {
        match spec.kind().subgroup_bits() {
            Some(order_bits) => new_dsa_group(spec.bits(), order_bits),
            None if spec.kind() == KeyKind::Dh => Self::well_known(spec.bits()),
            None => Err(Error::KeySize),
        }
    }

    /// The group that `CKA_PRIME`, `CKA_SUBPRIME` and `CKA_BASE` are, checked; without a `CKA_KEY_TYPE` of DSA, one of
    /// Diffie-Hellman.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInvalid`] if one is absent; otherwise as [`FieldGroup::new`].
    pub fn from_attributes(attributes: &Attributes) -> Result<Self, Error> {
        let bytes = |attribute| attributes.bytes(attribute).ok_or(Error::KeyInvalid);
        let is_dsa = attributes.number(CKA_KEY_TYPE) == Some(CKK_DSA);
        let order = is_dsa.then(|| bytes(CKA_SUBPRIME)).transpose()?;
        Self::new(bytes(CKA_PRIME)?, order, bytes(CKA_BASE)?)
    }

    /// The prime, `CKA_PRIME`.
    #[must_use]
    pub fn prime(&self) -> &[u8] {
        &self.prime
    }

    /// The order of DSA's subgroup, `CKA_SUBPRIME`.
    #[must_use]
    pub fn subprime(&self) -> Option<&[u8]> {
        self.subprime.as_deref()
    }

    /// The base, `CKA_BASE`.
    #[must_use]
    pub fn base(&self) -> &[u8] {
        &self.base
    }

    /// The kind of its keys, and their size. `None` for lengths that the key table does not have.
    #[must_use]
    pub fn spec(&self) -> Option<KeySpec> {
        let prime_bits = u32::try_from(bits(&self.prime)).ok()?;
        let kind = match &self.subprime {
            Some(order) => KeyKind::by_subgroup_bits(u32::try_from(bits(order)).ok()?)?,
            None => KeyKind::Dh,
        };
        KeySpec::new(kind, prime_bits)
    }

    /// The content of an `AlgorithmIdentifier`: object identifier and numbers.
    pub(super) fn to_algorithm(&self) -> Vec<u8> {
        let oid = if self.subprime.is_some() { DSA } else { DH };
        let mut numbers = der::unsigned_integer(&self.prime);
        if let Some(order) = &self.subprime {
            numbers.extend(der::unsigned_integer(order));
        }
        numbers.extend(der::unsigned_integer(&self.base));
        [oid, &der::sequence(&numbers)].concat()
    }

    /// Undoes [`FieldGroup::to_algorithm`] without checking the numbers. The length of private keys that PKCS #3 lets stand
    /// behind them is passed over. `None` for other algorithms.
    pub(super) fn from_algorithm(algorithm: &[u8]) -> Option<Self> {
        let (has_order, parameters) = match algorithm.strip_prefix(DSA) {
            Some(parameters) => (true, parameters),
            None => (false, algorithm.strip_prefix(DH)?),
        };
        let (numbers, []) = der::element(der::SEQUENCE, parameters)? else {
            return None;
        };
        let (prime, rest) = der::parse_unsigned_integer(numbers)?;
        let (subprime, rest) = if has_order {
            let (order, rest) = der::parse_unsigned_integer(rest)?;
            (Some(order.to_vec()), rest)
        } else {
            (None, rest)
        };
        let (base, rest) = der::parse_unsigned_integer(rest)?;
        let is_at_its_end = rest.is_empty()
            || (!has_order && matches!(der::parse_unsigned_integer(rest), Some((_, []))));
        is_at_its_end.then(|| Self {
            prime: prime.to_vec(),
            subprime,
            base: base.to_vec(),
        })
    }

    fn well_known(prime_bits: u32) -> Result<Self, Error> {
        let new: unsafe extern "C" fn(*mut aws_lc::BIGNUM) -> *mut aws_lc::BIGNUM = match prime_bits
        {
            1024 => {
                return Ok(Self {
                    prime: PRIME_1024.to_vec(),
                    subprime: None,
                    base: vec![2],
                });
            }
            1536 => aws_lc::BN_get_rfc3526_prime_1536,
            2048 => aws_lc::BN_get_rfc3526_prime_2048,
            3072 => aws_lc::BN_get_rfc3526_prime_3072,
            4096 => aws_lc::BN_get_rfc3526_prime_4096,
            6144 => aws_lc::BN_get_rfc3526_prime_6144,
            8192 => aws_lc::BN_get_rfc3526_prime_8192,
            _ => return Err(Error::KeySize),
        };
        // SAFETY: without a number to write to, a new one is made.
        let prime = unsafe { Owned::take(new(std::ptr::null_mut()), Error::Library) }?;
        Ok(Self {
            // SAFETY: the number is live.
            prime: unsafe { to_bytes(prime.as_ptr()) }?,
            subprime: None,
            base: vec![2],
        })
    }
}

fn new_dsa_group(prime_bits: u32, order_bits: u32) -> Result<FieldGroup, Error> {
    let number = |bits: u32| c_int::try_from(bits).map_err(|_| Error::KeySize);
    let mut generic = std::ptr::null_mut();
    // SAFETY: the operation is new and set up in the order that aws-lc asks for; what it makes is new, or null on failure; its
    // numbers live as long as it does.
    unsafe {
        let operation = aws_lc::EVP_PKEY_CTX_new_id(aws_lc::EVP_PKEY_DSA, std::ptr::null_mut());
        let operation = Owned::take(operation, Error::Library)?;
        let pointer = operation.as_ptr();
        for code in [
            aws_lc::EVP_PKEY_paramgen_init(pointer),
            aws_lc::EVP_PKEY_CTX_set_dsa_paramgen_bits(pointer, number(prime_bits)?),
            aws_lc::EVP_PKEY_CTX_set_dsa_paramgen_q_bits(pointer, number(order_bits)?),
            aws_lc::EVP_PKEY_paramgen(pointer, &raw mut generic),
        ] {
            succeeded(code, Error::KeySize)?;
        }
        let generic = Owned::take(generic, Error::Library)?;
        let group = aws_lc::EVP_PKEY_get0_DSA(generic.as_ptr());
        if group.is_null() {
            return Err(Error::Library);
        }
        Ok(FieldGroup {
            prime: to_bytes(aws_lc::DSA_get0_p(group))?,
            subprime: Some(to_bytes(aws_lc::DSA_get0_q(group))?),
            base: to_bytes(aws_lc::DSA_get0_g(group))?,
        })
    }
}

/// The bytes of a number, as many as it has.
///
/// # Safety
///
/// `number` must point to a live number.
pub(super) unsafe fn to_bytes(number: *const aws_lc::BIGNUM) -> Result<Vec<u8>, Error> {
    // SAFETY: the caller vouches for the number.
    unsafe {
        let mut bytes = vec![0; number_bytes(number)];
        write_number(number, &mut bytes)?;
        Ok(bytes)
    }
}
