//! The shape of the source tree, held by tests: who may name whom, where `unsafe` may stand, how long a file may be.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod dependencies;
mod documents;
mod sources;
