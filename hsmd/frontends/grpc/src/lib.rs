//! The front door for our own processes: `hsm.v1` as frames over a Unix socket and over mTLS, and as gRPC over mTLS.
//!
//! The same messages end in the same code, [`Door`]: who is there, what is asked, and then the road of
//! `hsmd_operations`. The door holds a daemon that is open or closed, and nothing else.
#![forbid(unsafe_code)]

mod door;
mod errors;
mod frames;
mod grpc;
mod jobs;
mod limits;
mod listeners;
mod routes;
mod unix_socket;

pub use door::Door;
pub use limits::{ConnectionLimits, LargeMessages};
pub use listeners::{Listeners, TlsSource};
pub use unix_socket::UnixSocket;
