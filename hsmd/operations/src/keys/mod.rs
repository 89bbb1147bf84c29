//! Making keys and computing with them.

mod decapsulate_key;
mod decrypt;
mod derive_key;
mod encapsulate_key;
mod encrypt;
mod generate_key;
mod generate_key_pair;
mod sign;
mod sign_recover;
mod unwrap_key;
mod verify_mac;
mod wrap_key;

pub use decapsulate_key::DecapsulateKey;
pub use decrypt::Decrypt;
pub use derive_key::{DeriveKey, Derived};
pub use encapsulate_key::{EncapsulateKey, Encapsulated};
pub use encrypt::Encrypt;
pub use generate_key::{GenerateKey, KeySource};
pub use generate_key_pair::{GenerateKeyPair, KeyPair};
pub use sign::Sign;
pub use sign_recover::SignRecover;
pub use unwrap_key::UnwrapKey;
pub use verify_mac::VerifyMac;
pub use wrap_key::WrapKey;

use hsm_algorithms::{Algorithm, Parameters, Purpose};

use crate::{Error, limits};

/// Checks that the algorithm does this, with these parameters. Whether it goes with the key is the vault's to say.
fn check_algorithm(
    algorithm: Algorithm,
    purpose: Purpose,
    parameters: &Parameters,
) -> Result<(), Error> {
    if !algorithm.is_for(purpose) {
        return Err(Error::AlgorithmUnknown);
    }
    parameters
        .check_for(algorithm, purpose)
        .map_err(|_| Error::AlgorithmParametersInvalid)
}

fn check_input(input: &[u8]) -> Result<(), Error> {
    if input.len() > limits::INPUT_BYTES_MAX {
        return Err(Error::TooLarge {
            what: "the input",
            length_bytes: input.len() as u64,
            limit_bytes: limits::INPUT_BYTES_MAX as u64,
        });
    }
    Ok(())
}
