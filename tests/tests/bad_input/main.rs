//! What must not work, and what it must answer: every wrong call gets the standard's return code, every wrong request a
//! clear error, and nothing is lost.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod c_calls;
mod configuration;
mod fuzzed;
mod grpc;
mod handles;
mod messages;
mod pins;
mod storage;
