//! Public keys that are well formed and give their private half, or every secret made with them, away.

use crate::curve448;
use crate::curve25519::{self, KEY_BYTES};

use super::key::{Inner, PublicKey};

/// Why a key must not be trusted with anything new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// An RSA modulus with the fingerprint of Infineon's library (CVE-2017-15361), whose primes can be found: Nemec and
    /// others, "The Return of Coppersmith's Attack", 2017.
    Roca,
    /// A point of small order on Curve25519 or Curve448: what is agreed with it is always zero (RFC 7748 §6.1), and what it signed
    /// can be anything.
    SmallOrder,
}

impl PublicKey {
    /// What is wrong with a key although it is well formed. Keys that come from outside are asked for it once.
    #[must_use]
    pub fn weakness(&self) -> Option<Weakness> {
        match &self.0 {
            Inner::Rsa(rsa) => {
                let modulus = rsa.n().ok()?;
                has_roca_fingerprint(&modulus).then_some(Weakness::Roca)
            }
            Inner::X25519(public) => {
                // Any scalar will do: it is a multiple of every small order.
                let scalar = [0x48; KEY_BYTES];
                let agreed = curve25519::x25519_agree(&scalar, public);
                agreed.is_err().then_some(Weakness::SmallOrder)
            }
            Inner::Ed25519(public) => {
                is_small_on_edwards25519(public).then_some(Weakness::SmallOrder)
            }
            Inner::Curve448 { curve, bytes } => {
                curve448::is_of_small_order(*curve, bytes).then_some(Weakness::SmallOrder)
            }
            Inner::Ec(_) | Inner::Lattice(_) | Inner::SlhDsa { .. } | Inner::Field(_) => None,
        }
    }
}

/// The primes over which the fingerprint is taken: those up to 167.
const ROCA_PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/// Whether the modulus is a power of 65537 modulo every one of these primes, which by chance one in 2^27 is.
fn has_roca_fingerprint(modulus: &[u8]) -> bool {
    ROCA_PRIMES.iter().all(|prime| {
        let residue = modulus
            .iter()
            .fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % prime);
        let mut power = 1;
        for _ in 1..*prime {
            if power == residue {
                return true;
            }
            power = power * (65_537 % prime) % prime;
        }
        false
    })
}

/// Whether an encoded point is of order 1, 2, 4 or 8, in any encoding of it, whatever the sign bit says.
fn is_small_on_edwards25519(public: &[u8; KEY_BYTES]) -> bool {
    let mut y = *public;
    y[KEY_BYTES - 1] &= 0x7f;
    SMALL_ORDER_Y.contains(&y)
}

/// The y coordinates of those points, the least significant byte first; the last three are not below the field's prime.
const SMALL_ORDER_Y: [[u8; KEY_BYTES]; 7] = [
    with_ends(0, 0, 0),
    with_ends(1, 0, 0),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
    with_ends(0xec, 0xff, 0x7f),
    with_ends(0xed, 0xff, 0x7f),
    with_ends(0xee, 0xff, 0x7f),
];

const fn with_ends(first: u8, middle: u8, last: u8) -> [u8; KEY_BYTES] {
    let mut bytes = [middle; KEY_BYTES];
    bytes[0] = first;
    bytes[KEY_BYTES - 1] = last;
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::private::{Ed25519PrivateKey, PrivateKey, RsaPrivateKey, X25519PrivateKey};

    #[test]
    fn good_keys_have_no_weakness() {
        for _ in 0..20 {
            let keys = [
                PrivateKey::Rsa(RsaPrivateKey::generate(1024, &[1, 0, 1]).unwrap()),
                PrivateKey::Ed25519(Ed25519PrivateKey::generate().unwrap()),
                PrivateKey::X25519(X25519PrivateKey::generate().unwrap()),
            ];
            for key in keys {
                assert_eq!(key.public().unwrap().weakness(), None);
            }
        }
    }

    #[test]
    fn powers_of_the_generator_modulo_every_prime_have_the_fingerprint() {
        // 65537 itself is such a number, and so is its product with a multiple of all the primes added.
        assert!(has_roca_fingerprint(&[1, 0, 1]));
        assert!(has_roca_fingerprint(&[1]));
        assert!(!has_roca_fingerprint(&[2]));
        assert!(!has_roca_fingerprint(&[0xff; 128]));
    }

    #[test]
    fn points_of_small_order_are_found() {
        for y in SMALL_ORDER_Y {
            for sign in [0, 0x80] {
                let mut public = y;
                public[31] |= sign;
                let key = PublicKey::ed25519(&public).unwrap();
                assert_eq!(key.weakness(), Some(Weakness::SmallOrder), "{public:02x?}");
            }
        }
        for u in [
            with_ends(0, 0, 0),
            with_ends(1, 0, 0),
            with_ends(0xec, 0xff, 0x7f),
        ] {
            let key = PublicKey::x25519(&u).unwrap();
            assert_eq!(key.weakness(), Some(Weakness::SmallOrder), "{u:02x?}");
        }
    }
}
