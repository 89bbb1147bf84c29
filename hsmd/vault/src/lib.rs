//! The vault: the key hierarchy, keys in secret memory, and the engines that compute with them.
//!
//! ```text
//! root key ─ HKDF ─▶ wraps partition keys ─ AES-KWP ─▶ partition key ─ AES-KWP ─▶ key version
//! ```
//!
//! Nothing leaves but results, wrapped keys, and what a permit lets out. Every use needs a
//! [`Permit`](hsmd_gate::Permit), which only the gate makes. Computations run on a stack in the arena, and whatever
//! they allocate comes from there too.

#![forbid(unsafe_code)]

mod account_imports;
mod account_keys;
mod account_versions;
pub mod engines;
mod error;
mod key_wrap;
mod keyring;
pub mod known_answers;
mod making;
mod resident;
mod root_key;
mod vault;
mod workers;

pub use account_imports::{ImportParameters, ImportRefused, ImportWrapping};
pub use account_keys::{DataKey, DataKeyPair, SharedSecret};
pub use engines::{BlobHeader, EngineError, ImportedKey, KeyTarget};
pub use error::VaultError;
pub use known_answers::{KnownAnswerFailure, Report, self_test};
pub use making::Generated;
pub use root_key::RootKey;
pub use vault::{ResidentKeys, Vault, VaultSettings};
pub use workers::Workers;
