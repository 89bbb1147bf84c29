//! Client of hsmd: [`blocking`] for the PKCS#11 module, the `hsm` command and every program without an asynchronous
//! runtime; `asynchronous` (feature `grpc`) for those that have one.
//!
//! ```no_run
//! use hsm_client::blocking::Client;
//! use hsm_proto::ListTokensRequest;
//!
//! let client = Client::open("example")?;
//! for token in client.call(ListTokensRequest {})?.tokens {
//!     println!("{} {}", token.slot, token.label);
//! }
//! # Ok::<(), hsm_client::Error>(())
//! ```

#![forbid(unsafe_code)]

mod application;
#[cfg(feature = "grpc")]
pub mod asynchronous;
pub mod blocking;
pub mod configuration;
mod error;
pub mod private_daemon;
pub mod softhsm;
mod tls;

pub use application::Application;
pub use configuration::{Configuration, Endpoint};
pub use error::Error;
