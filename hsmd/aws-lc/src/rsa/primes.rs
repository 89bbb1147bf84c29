//! The primes of an RSA key from its two exponents: SP 800-56B rev. 2, appendix C.1.
//!
//! For keys that come without their primes, which PKCS#11 allows. Runs once, when such a key is imported, and not in
//! constant time; every number lies in aws-lc's heap.

use aws_lc_sys as aws_lc;

use crate::Error;
use crate::arithmetic::{Arithmetic, less_one, result};
use crate::owned::Number;

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
    let (p, q) = factor(&arithmetic, n, e, d)?;
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

/// Splits the modulus. A base to the power of `d e - 1` is 1, and one of the square roots on the way there is none
/// of the two that every number has: its distance to 1 shares one prime with the modulus.
#[expect(
    clippy::many_single_char_names,
    reason = "the names that RFC 8017 gives them"
)]
fn factor(
    arithmetic: &Arithmetic,
    n: &Number,
    e: &Number,
    d: &Number,
) -> Result<(Number, Number), Error> {
    let order = less_one(&arithmetic.product(d, e)?)?;
    // SAFETY: the number is live.
    let halvings = unsafe { aws_lc::BN_count_low_zero_bits(order.as_ptr()) };
    let odd = result(|room| {
        // SAFETY: both numbers are live.
        unsafe { aws_lc::BN_rshift(room, order.as_ptr(), halvings) }
    })?;
    let minus_one = less_one(n)?;
    'bases: for base in BASES {
        let mut root = arithmetic.power(&Number::from_bytes(&base.to_be_bytes())?, &odd, n)?;
        if root.is_one() || root.equals(&minus_one) {
            continue;
        }
        for _ in 0..halvings {
            let square = arithmetic.square(&root, n)?;
            if square.is_one() {
                let p = arithmetic.common_divisor(&less_one(&root)?, n)?;
                let q = arithmetic.quotient(n, &p)?;
                let is_ordered = q.is_below(&p);
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
