//! The nonces of messages, as the caller lets the token make them (PKCS#11 3.2, section 6.13.3): some of the bits are the
//! caller's, the others count or are random.
//!
//! A counter begins at 0 with each process of messages: two processes with one key need different fixed bits.

use cryptoki_sys::{CKR_GENERAL_ERROR, CKR_MECHANISM_PARAM_INVALID};

use crate::errors::{Failure, Result};

/// Who says what the bits of a nonce are that are not fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NonceSource {
    /// The caller.
    Caller,
    /// A counter.
    Counter,
    /// A counter, added to the caller's bits without carry.
    CounterXor,
    /// Chance.
    Random,
}

/// Fewer random bits would repeat too soon.
const RANDOM_BITS_MIN: usize = 64;

/// The next nonce of a process that has made `made` nonces.
///
/// # Errors
///
/// `CKR_MECHANISM_PARAM_INVALID` when more bits are fixed than there are, too few are left for chance, or every value of
/// the counter has been used.
pub(super) fn next(
    given: &[u8],
    fixed_bits: usize,
    source: NonceSource,
    made: &mut u64,
) -> Result<Vec<u8>> {
    let invalid = |reason| Failure::because(CKR_MECHANISM_PARAM_INVALID, reason);
    if source == NonceSource::Caller {
        return Ok(given.to_vec());
    }
    let free_bits = (8 * given.len())
        .checked_sub(fixed_bits)
        .ok_or_else(|| invalid("more bits of the nonce are fixed than it has"))?;
    let mut field = vec![0; given.len()];
    if source == NonceSource::Random {
        if free_bits < RANDOM_BITS_MIN {
            return Err(invalid("a random nonce needs 64 bits that are not fixed"));
        }
        getrandom::fill(&mut field)
            .map_err(|_| Failure::because(CKR_GENERAL_ERROR, "there is no randomness"))?;
    } else {
        if free_bits < 64 && *made >> free_bits != 0 {
            return Err(invalid("the counter of the nonce is used up"));
        }
        for (byte, counted) in field.iter_mut().rev().zip(made.to_be_bytes().iter().rev()) {
            *byte = *counted;
        }
        *made += 1;
    }
    let mut nonce = given.to_vec();
    for (index, byte) in nonce.iter_mut().rev().enumerate() {
        let free = free_bits.saturating_sub(8 * index).min(8);
        let mask = u8::try_from((1_u16 << free) - 1).unwrap_or(u8::MAX);
        let made = field[field.len() - 1 - index] & mask;
        *byte = match source {
            NonceSource::CounterXor => *byte ^ made,
            _ => (*byte & !mask) | made,
        };
    }
    Ok(nonce)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_fill_the_free_bits_and_never_repeat() {
        let mut made = 0;
        let mut next = |fixed| next(&[0xff; 2], fixed, NonceSource::Counter, &mut made);
        assert_eq!(next(14).unwrap(), [0xff, 0xfc]);
        assert_eq!(next(14).unwrap(), [0xff, 0xfd]);
        assert_eq!(next(4).unwrap(), [0xf0, 0x02]);
        assert_eq!(next(14).unwrap(), [0xff, 0xff]);
        assert_eq!(next(14).unwrap_err().value(), CKR_MECHANISM_PARAM_INVALID);
        assert_eq!(next(17).unwrap_err().value(), CKR_MECHANISM_PARAM_INVALID);
    }

    #[test]
    fn a_counter_is_added_to_the_callers_bits_as_tls_does() {
        let mut made = 0x0102;
        let nonce = next(&[0xaa; 12], 32, NonceSource::CounterXor, &mut made).unwrap();
        assert_eq!(nonce[..10], [0xaa; 10]);
        assert_eq!(nonce[10..], [0xaa ^ 1, 0xaa ^ 2]);
    }

    #[test]
    fn random_bits_leave_the_fixed_ones_alone() {
        let mut made = 0;
        let mut next = |fixed| next(&[7; 12], fixed, NonceSource::Random, &mut made);
        let (one, other) = (next(32).unwrap(), next(32).unwrap());
        assert_eq!((&one[..4], &other[..4]), (&[7; 4][..], &[7; 4][..]));
        assert_ne!(one, other);
        assert_eq!(next(33).unwrap_err().value(), CKR_MECHANISM_PARAM_INVALID);
    }

    #[test]
    fn a_nonce_of_the_callers_is_taken_as_it_is() {
        let mut made = 0;
        let nonce = next(&[1, 2], 99, NonceSource::Caller, &mut made).unwrap();
        assert_eq!((nonce, made), (vec![1, 2], 0));
    }
}
