//! What AWS principals ask of a daemon, with a clock that the tests move: what time alone does to keys, and what is
//! decided by more than one request.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod authorization;
mod import_tokens;
mod importer;
mod imports;
mod last_use;
mod managed_keys;
mod service_events;
mod timed;
mod world;
