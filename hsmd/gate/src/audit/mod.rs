//! The audit log: every key use, every change and every refusal, in an RFC 6962 Merkle tree that anyone can check.
//!
//! A directory holds the records, one line of JSON each, in segments of 16,384 (`records/…jsonl`); the tree's tiles in
//! the C2SP tlog-tiles layout (`tile/…`); the latest signed checkpoint in the C2SP form (`checkpoint`); and the key that
//! checks it (`verifier-key`). [`verify::verify_directory`] needs nothing else.

mod checkpoint;
mod log;
mod sink;
mod tree;
pub mod verify;

pub use checkpoint::SigningKey;
pub use log::{Log, OpenError, Page, Settings};

/// The log could not take a record in time. Nothing is admitted until it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the audit log cannot be written")]
pub struct AuditUnavailable;
