//! What the KMS door asks for: one file per operation of AWS KMS.
//!
//! An operation takes what its user sent, parsed into the product's own types, and gives what the answer needs. Texts of
//! errors are AWS's, and are made in [`Error`] alone. A dry run ends on the road, and no operation asks for it.

mod error;
mod generate_random;

pub use error::Error;
pub use generate_random::GenerateRandom;
