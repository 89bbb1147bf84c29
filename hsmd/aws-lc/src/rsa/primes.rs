//! The primes of an RSA key from its two exponents: SP 800-56B rev. 2, appendix C.1.
//!
//! For keys that come without their primes, which PKCS#11 allows. Runs once, when such a key is imported, and not in
//! constant time; every number lies in aws-lc's heap.

use std::ffi::c_int;

use aws_lc_sys as aws_lc;

use crate::Error;
use crate::owned::{Number, Owned, succeeded};

/// The longest public exponent that aws-lc takes is 33 bits long.
const EXPONENT_BYTES_MAX: usize = 5;

/// Each base succeeds with a probability of a half at least, whatever the key.
const BASES: std::ops::RangeInclusive<u64> = 2..=65;

/// The numbers that a private key has beyond modulus and exponents.
pub(crate) struct Primes {
    pub(crate) p: Number,
    pub(crate) q: Number,
    pub(crate) dp: Number,
    pub(crate) dq: Number,
    pub(crate) q_inverse: Number,
}

/// Finds the primes and what follows from them.
///
/// # Errors
///
/// [`Error::KeyInvalid`] when the exponents are not each other's inverse, or too long for this modulus.
#[expect(
    clippy::many_single_char_names,
    reason = "the names that RFC 8017 gives them"
)]
pub(crate) fn find(n: &Number, e: &Number, d: &Number) -> Result<Primes, Error> {
    let arithmetic = Arithmetic::new()?;
    if !n.is_odd() || n.bits() > 8192 || d.bits() > n.bits() || e.bits() > 8 * EXPONENT_BYTES_MAX {
        return Err(Error::KeyInvalid);
    }
    let (p, q) = arithmetic.factor(n, e, d)?;
    let (dp, dq) = (
        arithmetic.remainder(d, &less_one(&p)?)?,
        arithmetic.remainder(d, &less_one(&q)?)?,
    );
    let q_inverse = arithmetic.inverse(&q, &p)?;
    Ok(Primes {
        p,
        q,
        dp,
        dq,
        q_inverse,
    })
}

impl Number {
    fn bits(&self) -> usize {
        // SAFETY: the number is live.
        unsafe { aws_lc::BN_num_bits(self.as_ptr()) as usize }
    }

    fn is_odd(&self) -> bool {
        // SAFETY: the number is live.
        unsafe { aws_lc::BN_is_odd(self.as_ptr()) == 1 }
    }

    fn is_one(&self) -> bool {
        // SAFETY: the number is live.
        unsafe { aws_lc::BN_is_one(self.as_ptr()) == 1 }
    }

    fn equals(&self, other: &Self) -> bool {
        // SAFETY: both numbers are live.
        unsafe { aws_lc::BN_cmp(self.as_ptr(), other.as_ptr()) == 0 }
    }
}

/// aws-lc's scratch space, and the operations that need it.
struct Arithmetic(Owned<aws_lc::BN_CTX>);

impl Arithmetic {
    fn new() -> Result<Self, Error> {
        // SAFETY: the scratch space is new.
        unsafe { Owned::take(aws_lc::BN_CTX_new(), Error::Library) }.map(Self)
    }

    /// Splits the modulus. A base to the power of `d e - 1` is 1, and one of the square roots on the way there is none
    /// of the two that every number has: its distance to 1 shares one prime with the modulus.
    #[expect(
        clippy::many_single_char_names,
        reason = "the names that RFC 8017 gives them"
    )]
    fn factor(&self, n: &Number, e: &Number, d: &Number) -> Result<(Number, Number), Error> {
        let order = less_one(&self.product(d, e)?)?;
        // SAFETY: the number is live.
        let halvings = unsafe { aws_lc::BN_count_low_zero_bits(order.as_ptr()) };
        let odd = result(|room| {
            // SAFETY: both numbers are live.
            unsafe { aws_lc::BN_rshift(room, order.as_ptr(), halvings) }
        })?;
        let minus_one = less_one(n)?;
        'bases: for base in BASES {
            let mut root = self.power(&Number::from_bytes(&base.to_be_bytes())?, &odd, n)?;
            if root.is_one() || root.equals(&minus_one) {
                continue;
            }
            for _ in 0..halvings {
                let square = self.square(&root, n)?;
                if square.is_one() {
                    let p = self.common_divisor(&less_one(&root)?, n)?;
                    let q = self.quotient(n, &p)?;
                    // SAFETY: both numbers are live.
                    let is_ordered = unsafe { aws_lc::BN_cmp(p.as_ptr(), q.as_ptr()) } > 0;
                    return Ok(if is_ordered { (p, q) } else { (q, p) });
                }
                if square.equals(&minus_one) {
                    continue 'bases;
                }
                root = square;
            }
            // The power is not 1, so the exponents are not each other's inverse, and no other base will help.
            break;
        }
        Err(Error::KeyInvalid)
    }

    fn product(&self, a: &Number, b: &Number) -> Result<Number, Error> {
        // SAFETY: all numbers and the scratch space are live.
        result(|room| unsafe { aws_lc::BN_mul(room, a.as_ptr(), b.as_ptr(), self.0.as_ptr()) })
    }

    fn square(&self, a: &Number, modulus: &Number) -> Result<Number, Error> {
        // SAFETY: all numbers and the scratch space are live.
        result(|room| unsafe {
            aws_lc::BN_mod_sqr(room, a.as_ptr(), modulus.as_ptr(), self.0.as_ptr())
        })
    }

    fn power(&self, base: &Number, exponent: &Number, modulus: &Number) -> Result<Number, Error> {
        let (base, exponent, modulus) = (base.as_ptr(), exponent.as_ptr(), modulus.as_ptr());
        let none = std::ptr::null();
        // SAFETY: all numbers and the scratch space are live; the modulus is odd and above the base.
        result(|room| unsafe {
            aws_lc::BN_mod_exp_mont_consttime(room, base, exponent, modulus, self.0.as_ptr(), none)
        })
    }

    fn common_divisor(&self, a: &Number, b: &Number) -> Result<Number, Error> {
        // SAFETY: all numbers and the scratch space are live.
        result(|room| unsafe { aws_lc::BN_gcd(room, a.as_ptr(), b.as_ptr(), self.0.as_ptr()) })
    }

    fn quotient(&self, a: &Number, b: &Number) -> Result<Number, Error> {
        let none = std::ptr::null_mut();
        // SAFETY: all numbers and the scratch space are live.
        result(|room| unsafe {
            aws_lc::BN_div(room, none, a.as_ptr(), b.as_ptr(), self.0.as_ptr())
        })
    }

    fn remainder(&self, a: &Number, b: &Number) -> Result<Number, Error> {
        let none = std::ptr::null_mut();
        // SAFETY: all numbers and the scratch space are live.
        result(|room| unsafe {
            aws_lc::BN_div(none, room, a.as_ptr(), b.as_ptr(), self.0.as_ptr())
        })
    }

    fn inverse(&self, a: &Number, modulus: &Number) -> Result<Number, Error> {
        result(|room| {
            // SAFETY: all numbers and the scratch space are live.
            let inverse = unsafe {
                aws_lc::BN_mod_inverse(room, a.as_ptr(), modulus.as_ptr(), self.0.as_ptr())
            };
            c_int::from(!inverse.is_null())
        })
    }
}

fn less_one(number: &Number) -> Result<Number, Error> {
    let one = Number::from_bytes(&[1])?;
    // SAFETY: all numbers are live.
    result(|room| unsafe { aws_lc::BN_sub(room, number.as_ptr(), one.as_ptr()) })
}

/// A new number, written by `operation`, which gives 1 if it succeeds.
fn result(operation: impl FnOnce(*mut aws_lc::BIGNUM) -> c_int) -> Result<Number, Error> {
    let number = Number::from_bytes(&[])?;
    succeeded(operation(number.as_ptr()), Error::KeyInvalid)?;
    Ok(number)
}
