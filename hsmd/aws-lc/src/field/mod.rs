//! The finite field: DSA (FIPS 186-4) and Diffie-Hellman (PKCS #3). Kept for old keys and old peers.
//!
//! Numbers are bytes with the most significant first and no zeros in front. A group from outside is checked for what
//! signing and agreeing rely on; whether its primes are primes is its maker's assurance, as FIPS 186-4 has it.

mod group;
mod keys;
#[cfg(test)]
mod tests;

pub use group::FieldGroup;
pub use keys::FieldPrivateKey;
pub(crate) use keys::FieldPublicKey;

/// A number without zeros in front.
fn stripped(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

/// How many bits a stripped number has.
fn bits(number: &[u8]) -> usize {
    let leading = number.first().map_or(0, |first| first.leading_zeros());
    8 * number.len() - leading as usize
}
