//! The wire contract between hsmd and its own clients: what is generated from `hsm/v1/hsm.proto`, and the frames.
//!
//! - Messages that hold a secret field (`debug_redact`) print its length only and zero it on drop. They implement
//!   `Drop`, so their fields cannot be moved out: use [`std::mem::take`].
//! - [`Call`] ties each request to its reply; [`Answer`] is the one function behind every door; [`frame`] is the framed form,
//!   and [`socket`] how both ends of a connection read and write it.
//! - [`attributes`] and [`parameters`] convert between the wire and the tables of `hsm_algorithms`.
//! - With the feature `grpc`: the tonic client, the tonic server, and `grpc::Door` over any [`Answer`].

#![forbid(unsafe_code)]

pub mod attributes;
mod bulk;
mod call;
mod error;
pub mod frame;
#[expect(
    missing_docs,
    reason = "the comments are in hsm.proto, where it has something to say"
)]
#[allow(clippy::pedantic, clippy::all, unreachable_pub, reason = "generated")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/hsm.v1.rs"));
    include!(concat!(env!("OUT_DIR"), "/glue.rs"));
}
#[cfg(feature = "grpc")]
pub mod grpc;
pub mod memory_file;
pub mod parameters;
mod redaction;
pub mod socket;
mod wiping;

pub use call::{Answer, Call, Refusal};
pub use generated::*;
pub use wiping::{Wiping, wipe};
