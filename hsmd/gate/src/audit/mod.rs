//! The audit log: every key use, every change and every refusal, in an RFC 6962 Merkle tree that anyone can check.
//!
//! A directory holds the records, one line of JSON each, in segments of 16,384 (`records/…jsonl`); the tree's tiles in
//! the C2SP tlog-tiles layout (`tile/…`); the latest signed checkpoint in the C2SP form (`checkpoint`); and the key that
//! checks it (`verifier-key`). The leaf of a record is its line without the newline. [`verify::verify_directory`] needs
//! nothing else.
//!
//! | Record of | Given to the operating system | On disk | Signed |
//! |---|---|---|---|
//! | a description | within 50 ms | within 100 ms | within a second |
//! | a use, a refusal | before the reply | within 100 ms | within a second, or 1,024 records |
//! | a change | intent before it, record before the reply | the same | the same |
//!
//! A log that cannot be written, synced or signed is unavailable within two seconds, and nothing is admitted until it
//! is available again; what was under way is still recorded as soon as that is possible.

mod checkpoint;
mod keeper;
mod log;
pub(crate) mod record;
mod recovery;
pub(crate) mod refusals;
mod segments;
mod sink;
#[cfg(test)]
pub(crate) mod tests;
mod tiles;
mod tree;
pub mod verify;
mod writer;

pub use checkpoint::SigningKey;
pub use log::{HANG_LIMIT, Log, Page, Settings};
pub use recovery::OpenError;

/// The log could not take a record in time. Nothing is admitted until it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the audit log cannot be written")]
pub struct AuditUnavailable;
