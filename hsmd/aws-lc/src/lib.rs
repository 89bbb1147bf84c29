//! Safe wrappers over aws-lc for what `aws-lc-rs` does not offer: raw RSA, independent digests in PSS and OAEP, ECDSA
//! over any digest with `(r, s)` as the result, GCM with any initialization vector, streaming digests that clone.
//!
//! What a key computes is named by [`hsm_algorithms::Algorithm`]. [`public`] is the half that needs no secret, for the
//! daemon and the PKCS#11 module alike; [`private`] and [`symmetric`] are for the vault. Whatever aws-lc keeps (key
//! numbers, key schedules, [`SecretBytes`]) lies in aws-lc's own heap, which the daemon moves into locked memory with
//! `CRYPTO_set_mem_functions`.

mod curve448;
mod der;
mod error;
mod framing;
mod secret_bytes;
mod slh_dsa;

#[expect(unsafe_code, reason = "owns and frees what aws-lc allocates")]
mod owned;

#[expect(unsafe_code, reason = "calls aws-lc")]
pub mod digest;
#[expect(unsafe_code, reason = "calls aws-lc")]
pub mod field;
#[expect(unsafe_code, reason = "calls aws-lc")]
pub mod mac;
pub mod message;
pub mod private;
pub mod public;
#[expect(unsafe_code, reason = "calls aws-lc")]
pub mod random;
#[expect(unsafe_code, reason = "calls aws-lc")]
pub mod symmetric;

#[expect(unsafe_code, reason = "calls aws-lc")]
mod arithmetic;
#[expect(unsafe_code, reason = "calls aws-lc")]
mod curve25519;
#[expect(unsafe_code, reason = "calls aws-lc")]
mod ec;
#[expect(unsafe_code, reason = "calls aws-lc")]
mod key_formats;
#[expect(unsafe_code, reason = "calls aws-lc")]
mod lattice;
#[expect(unsafe_code, reason = "calls aws-lc")]
mod rsa;

pub use error::Error;
pub use message::Message;
pub use secret_bytes::{Buffer, SecretBytes};
