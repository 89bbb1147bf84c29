//! What can be asked of the daemon: one file per operation, and the road that each of them travels.
//!
//! A front door turns its protocol's request into an operation and gives it to the service; nothing else
//! reaches a key.
#![forbid(unsafe_code)]

mod errors;
pub mod limits;

pub use errors::Error;
