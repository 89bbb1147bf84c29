//! Arithmetic with large numbers, each in aws-lc's heap.

use std::ffi::c_int;

use aws_lc_sys as aws_lc;

use crate::Error;
use crate::owned::{Number, Owned, succeeded};

impl Number {
    pub(crate) fn bits(&self) -> usize {
        // SAFETY: the number is live.
        unsafe { aws_lc::BN_num_bits(self.as_ptr()) as usize }
    }

    pub(crate) fn is_odd(&self) -> bool {
        // SAFETY: the number is live.
        unsafe { aws_lc::BN_is_odd(self.as_ptr()) == 1 }
    }

    pub(crate) fn is_zero(&self) -> bool {
        // SAFETY: the number is live.
        unsafe { aws_lc::BN_is_zero(self.as_ptr()) == 1 }
    }

    pub(crate) fn is_one(&self) -> bool {
        // SAFETY: the number is live.
        unsafe { aws_lc::BN_is_one(self.as_ptr()) == 1 }
    }

    pub(crate) fn equals(&self, other: &Self) -> bool {
        self.compared(other) == 0
    }

    pub(crate) fn is_below(&self, other: &Self) -> bool {
        self.compared(other) < 0
    }

    fn compared(&self, other: &Self) -> c_int {
        // SAFETY: both numbers are live.
        unsafe { aws_lc::BN_cmp(self.as_ptr(), other.as_ptr()) }
    }
}

/// aws-lc's scratch space, and the operations that need it.
pub(crate) struct Arithmetic(Owned<aws_lc::BN_CTX>);

impl Arithmetic {
    pub(crate) fn new() -> Result<Self, Error> {
        // SAFETY: the scratch space is new.
        unsafe { Owned::take(aws_lc::BN_CTX_new(), Error::Library) }.map(Self)
    }

    pub(crate) fn product(&self, a: &Number, b: &Number) -> Result<Number, Error> {
        // SAFETY: all numbers and the scratch space are live.
        result(|room| unsafe { aws_lc::BN_mul(room, a.as_ptr(), b.as_ptr(), self.0.as_ptr()) })
    }

    pub(crate) fn square(&self, a: &Number, modulus: &Number) -> Result<Number, Error> {
        // SAFETY: all numbers and the scratch space are live.
        result(|room| unsafe {
            aws_lc::BN_mod_sqr(room, a.as_ptr(), modulus.as_ptr(), self.0.as_ptr())
        })
    }

    /// A power modulo an odd number above the base, in time that does not depend on the exponent's value.
    pub(crate) fn power(
        &self,
        base: &Number,
        exponent: &Number,
        modulus: &Number,
    ) -> Result<Number, Error> {
        let (base, exponent, modulus) = (base.as_ptr(), exponent.as_ptr(), modulus.as_ptr());
        let none = std::ptr::null();
        // SAFETY: all numbers and the scratch space are live; the modulus is odd and above the base.
        result(|room| unsafe {
            aws_lc::BN_mod_exp_mont_consttime(room, base, exponent, modulus, self.0.as_ptr(), none)
        })
    }

    pub(crate) fn common_divisor(&self, a: &Number, b: &Number) -> Result<Number, Error> {
        // SAFETY: all numbers and the scratch space are live.
        result(|room| unsafe { aws_lc::BN_gcd(room, a.as_ptr(), b.as_ptr(), self.0.as_ptr()) })
    }

    pub(crate) fn quotient(&self, a: &Number, b: &Number) -> Result<Number, Error> {
        let none = std::ptr::null_mut();
        // SAFETY: all numbers and the scratch space are live.
        result(|room| unsafe {
            aws_lc::BN_div(room, none, a.as_ptr(), b.as_ptr(), self.0.as_ptr())
        })
    }

    pub(crate) fn remainder(&self, a: &Number, b: &Number) -> Result<Number, Error> {
        let none = std::ptr::null_mut();
        // SAFETY: all numbers and the scratch space are live.
        result(|room| unsafe {
            aws_lc::BN_div(none, room, a.as_ptr(), b.as_ptr(), self.0.as_ptr())
        })
    }

    /// Whether a number is probably a prime: trial division, then Miller and Rabin's test so many times.
    pub(crate) fn is_prime(&self, candidate: &Number, rounds: c_int) -> Result<bool, Error> {
        let mut is_prime = 0;
        // SAFETY: the number and the scratch space are live, and no callback is given.
        let code = unsafe {
            aws_lc::BN_primality_test(
                &raw mut is_prime,
                candidate.as_ptr(),
                rounds,
                self.0.as_ptr(),
                1,
                std::ptr::null_mut(),
            )
        };
        succeeded(code, Error::Library)?;
        Ok(is_prime == 1)
    }

    pub(crate) fn inverse(&self, a: &Number, modulus: &Number) -> Result<Number, Error> {
        result(|room| {
            // SAFETY: all numbers and the scratch space are live.
            let inverse = unsafe {
                aws_lc::BN_mod_inverse(room, a.as_ptr(), modulus.as_ptr(), self.0.as_ptr())
            };
            c_int::from(!inverse.is_null())
        })
    }
}

pub(crate) fn less_one(number: &Number) -> Result<Number, Error> {
    let one = Number::from_bytes(&[1])?;
    difference(number, &one)
}

/// `a - b`.
pub(crate) fn difference(a: &Number, b: &Number) -> Result<Number, Error> {
    // SAFETY: all numbers are live.
    result(|room| unsafe { aws_lc::BN_sub(room, a.as_ptr(), b.as_ptr()) })
}

/// A new number, written by `operation`, which gives 1 if it succeeds.
pub(crate) fn result(
    operation: impl FnOnce(*mut aws_lc::BIGNUM) -> c_int,
) -> Result<Number, Error> {
    let number = Number::from_bytes(&[])?;
    succeeded(operation(number.as_ptr()), Error::KeyInvalid)?;
    Ok(number)
}
