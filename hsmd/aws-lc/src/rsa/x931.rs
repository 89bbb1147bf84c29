//! ANSI X9.31: its signatures, for old peers, and keys of strong primes (FIPS 186-4 §B.3.6).

use std::ffi::c_int;

use aws_lc_sys as aws_lc;

use super::primes::Primes;
use super::{MODULUS_BITS, Padding, Rsa, is_exponent};
use crate::Error;
use crate::arithmetic::{Arithmetic, difference, less_one, result};
use crate::owned::{Number, write_number};
use crate::secret_bytes::{Buffer as _, SecretBytes};

/// The hash identifier of SHA-1, ISO/IEC 10118-3.
const SHA1: u8 = 0x33;
/// The last byte of what is signed.
const TRAILER: u8 = 0xcc;
/// Rounds of Miller and Rabin's test: an error of at most 2^-100 for primes of 512 bits and more (FIPS 186-4 table C.3).
const ROUNDS: c_int = 8;
/// The same for the auxiliary primes.
const AUXILIARY_ROUNDS: c_int = 40;

/// What of X9.31's hash identifiers stands behind a digest. Only SHA-1's has a mechanism of its own.
pub(crate) fn identified(sha1: &[u8]) -> Vec<u8> {
    [sha1, &[SHA1]].concat()
}

impl Rsa {
    /// Signs a digest with its identifier: the smaller of two numbers that are each other's complement (X9.31 §5.3).
    pub(crate) fn sign_x931(&self, identified: &[u8]) -> Result<Vec<u8>, Error> {
        let encoded = self.encode_x931(identified)?;
        let signature: Vec<u8> = self.sign_raw(Padding::None, &encoded)?;
        let complement = self.complement(&signature)?;
        Ok(signature.min(complement))
    }

    /// Checks a signature of [`Rsa::sign_x931`].
    pub(crate) fn verify_x931(&self, identified: &[u8], signature: &[u8]) -> Result<(), Error> {
        let encoded = self.encode_x931(identified)?;
        let recovered = self.recover(Padding::None, signature)?;
        // X9.31 §5.4: one of the two numbers ends like what was signed. All of it is public.
        let is_whole = recovered == encoded || self.complement(&recovered)? == encoded;
        if is_whole {
            Ok(())
        } else {
            Err(Error::SignatureInvalid)
        }
    }

    /// `6b bb … bb ba ‖ digest ‖ identifier ‖ cc`, as long as the modulus, and shorter than that `6a ‖ …`.
    fn encode_x931(&self, identified: &[u8]) -> Result<Vec<u8>, Error> {
        let padding = self
            .modulus_bytes()
            .checked_sub(identified.len() + 2)
            .filter(|_| !identified.is_empty())
            .ok_or(Error::InputLength)?;
        let mut encoded = vec![0xbb; padding + 1];
        encoded[0] = 0x6a;
        if padding > 0 {
            encoded[0] = 0x6b;
            encoded[padding] = 0xba;
        }
        encoded.extend_from_slice(identified);
        encoded.push(TRAILER);
        Ok(encoded)
    }

    /// The modulus less a number below it.
    fn complement(&self, number: &[u8]) -> Result<Vec<u8>, Error> {
        let complement = difference(
            &Number::from_bytes(&self.n()?)?,
            &Number::from_bytes(number)?,
        )?;
        let mut bytes = vec![0; self.modulus_bytes()];
        // SAFETY: the number is live.
        unsafe { write_number(complement.as_ptr(), &mut bytes) }?;
        Ok(bytes)
    }

    /// A new private key whose primes are strong: `p - 1` and `p + 1` each have a large prime divisor, drawn for it.
    ///
    /// Not in constant time; every number lies in aws-lc's heap.
    #[expect(
        clippy::many_single_char_names,
        reason = "the names that RFC 8017 gives them"
    )]
    pub(crate) fn generate_x931(bits: u32, e: &[u8]) -> Result<Self, Error> {
        if !MODULUS_BITS.contains(&(bits as usize)) || !bits.is_multiple_of(128) {
            return Err(Error::KeySize);
        }
        if !is_exponent(e) {
            return Err(Error::KeyInvalid);
        }
        let prime_bits = c_int::try_from(bits / 2).map_err(|_| Error::KeySize)?;
        let arithmetic = Arithmetic::new()?;
        let e = Number::from_bytes(e)?;
        let p = strong_prime(&arithmetic, prime_bits, &e)?;
        let q = loop {
            // FIPS 186-4 §B.3.6, step 5: not so near that the modulus could be factored from its square root.
            let q = strong_prime(&arithmetic, prime_bits, &e)?;
            let distance = if q.is_below(&p) {
                difference(&p, &q)?
            } else {
                difference(&q, &p)?
            };
            if distance.bits() > bits as usize / 2 - 100 {
                break q;
            }
        };
        let (p, q) = if q.is_below(&p) { (p, q) } else { (q, p) };
        let (less_p, less_q) = (less_one(&p)?, less_one(&q)?);
        let common = arithmetic.common_divisor(&less_p, &less_q)?;
        let order = arithmetic.product(&less_p, &arithmetic.quotient(&less_q, &common)?)?;
        let d = arithmetic.inverse(&e, &order)?;
        // Step 8: a short private exponent would give itself away.
        if d.bits() <= bits as usize / 2 {
            return Err(Error::KeyInvalid);
        }
        let primes = Primes {
            dp: arithmetic.remainder(&d, &less_p)?,
            dq: arithmetic.remainder(&d, &less_q)?,
            q_inverse: arithmetic.inverse(&q, &p)?,
            p,
            q,
        };
        let n = arithmetic.product(&primes.p, &primes.q)?;
        Self::from_parts(&[n, e, d], &primes)
    }
}

/// A probable prime with auxiliary primes: FIPS 186-4 §C.9. The topmost two bits are set, so that of two the product has all bits.
fn strong_prime(arithmetic: &Arithmetic, bits: c_int, e: &Number) -> Result<Number, Error> {
    let one = Number::from_bytes(&[1])?;
    // Table B.1, and as much again in proportion beyond it.
    let auxiliary_bits = match bits {
        ..1024 => 101,
        1024..1536 => 141,
        _ => 171,
    };
    let (first, second) = (
        auxiliary_prime(auxiliary_bits)?,
        auxiliary_prime(auxiliary_bits)?,
    );
    let twice = doubled(&first)?;
    let step = arithmetic.product(&twice, &second)?;
    // The remainder that p has so that `first` divides p - 1 and `second` divides p + 1.
    let plus = arithmetic.product(&arithmetic.inverse(&second, &twice)?, &second)?;
    let minus = arithmetic.product(&arithmetic.inverse(&twice, &second)?, &twice)?;
    let residue = arithmetic.remainder(&sum(&plus, &difference(&step, &minus)?)?, &step)?;
    loop {
        let start = random(bits)?;
        let missing = difference(
            &sum(&residue, &step)?,
            &arithmetic.remainder(&start, &step)?,
        )?;
        let mut candidate = sum(&start, &arithmetic.remainder(&missing, &step)?)?;
        // Step 6: from one place, at most five times as many as the bits.
        for _ in 0..5 * bits {
            if candidate.bits() > usize::try_from(bits).map_err(|_| Error::KeySize)? {
                break;
            }
            let shared = arithmetic.common_divisor(&less_one(&candidate)?, e)?;
            if shared.equals(&one) && arithmetic.is_prime(&candidate, ROUNDS)? {
                return Ok(candidate);
            }
            candidate = sum(&candidate, &step)?;
        }
    }
}

fn auxiliary_prime(bits: c_int) -> Result<Number, Error> {
    let arithmetic = Arithmetic::new()?;
    let none = std::ptr::null();
    loop {
        // SAFETY: the number is live, and neither remainder nor callback is given.
        let prime = result(|room| unsafe {
            aws_lc::BN_generate_prime_ex(room, bits, 0, none, none, std::ptr::null_mut())
        })?;
        if arithmetic.is_prime(&prime, AUXILIARY_ROUNDS)? {
            return Ok(prime);
        }
    }
}

fn doubled(a: &Number) -> Result<Number, Error> {
    sum(a, a)
}

fn sum(a: &Number, b: &Number) -> Result<Number, Error> {
    // SAFETY: all numbers are live.
    result(|room| unsafe { aws_lc::BN_add(room, a.as_ptr(), b.as_ptr()) })
}

/// A random number of that many bits, of which the topmost two are set.
fn random(bits: c_int) -> Result<Number, Error> {
    let length = usize::try_from(bits / 8).map_err(|_| Error::KeySize)?;
    let mut bytes = SecretBytes::zeroed(length)?;
    crate::random::fill(bytes.expose_mut())?;
    if let Some(first) = bytes.as_mut_slice().first_mut() {
        *first |= 0xc0;
    }
    Number::from_bytes(bytes.expose())
}

#[cfg(test)]
mod tests {
    use hsm_algorithms::{Algorithm, Parameters};

    use crate::message::Message;
    use crate::private::RsaPrivateKey;
    use crate::{Error, public};

    #[test]
    fn keys_of_strong_primes_are_made_and_belong_together() {
        for (bits, exponent) in [(1024, &[3][..]), (1152, &[1, 0, 1]), (2048, &[1, 0, 1])] {
            // aws-lc checks the numbers when the key is put together.
            let key = RsaPrivateKey::generate_x931(bits, exponent).unwrap();
            assert_eq!(key.spec().unwrap().bits(), bits);
        }
        for bits in [512, 1000, 16_384] {
            let refused = RsaPrivateKey::generate_x931(bits, &[3]).err();
            assert_eq!(refused, Some(Error::KeySize), "{bits}");
        }
        let even = RsaPrivateKey::generate_x931(1024, &[4]).err();
        assert_eq!(even, Some(Error::KeyInvalid));
    }

    #[test]
    fn signatures_are_the_smaller_of_two_numbers() {
        let key = RsaPrivateKey::generate(1024, &[3]).unwrap();
        let public = key.public().unwrap();
        let none = &Parameters::None;
        for text in [&b"one"[..], b"two", b"three", b"four"] {
            let message = Message::Whole(text);
            let signature = key.sign(Algorithm::RsaX931Sha1, none, message).unwrap();
            assert!(signature[0] < 0x80, "{text:?}");
            let verify = |signature: &[u8]| {
                public::verify(Algorithm::RsaX931Sha1, none, &public, message, signature)
            };
            assert_eq!(verify(&signature), Ok(()));
            let mut changed = signature.clone();
            changed[100] ^= 1;
            assert_eq!(verify(&changed), Err(Error::SignatureInvalid));
        }
        let longest = [7; 126];
        let signature = key
            .sign(Algorithm::RsaX931, none, Message::Whole(&longest))
            .unwrap();
        let message = Message::Whole(&longest);
        let verified = public::verify(Algorithm::RsaX931, none, &public, message, &signature);
        assert_eq!(verified, Ok(()));
        for bad in [&[][..], &[7; 127]] {
            let refused = key
                .sign(Algorithm::RsaX931, none, Message::Whole(bad))
                .err();
            assert_eq!(refused, Some(Error::InputLength));
        }
    }
}
