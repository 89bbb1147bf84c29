//! What the daemon keeps: partitions, keys and other objects, their states and their stored forms.

#![forbid(unsafe_code)]

mod account;
mod error;
mod format;
mod ids;
mod key_usage;
mod object;
mod partition;
mod query;
mod records;
mod repository;
mod state;

pub use account::{AccountId, InvalidAccountId, InvalidRegionName, RegionName};
pub use error::Error;
pub use format::FormatError;
pub use ids::{ApplicationId, InvalidId, ObjectId, PartitionId};
pub use key_usage::{EncryptionContext, GrantOperation, KeyUsage};
pub use object::{KeyVersion, Lifetime, Object, WrappedMaterial};
pub use partition::{Partition, PartitionKey, TokenProfile};
pub use query::{Counts, FoundObjects, Query};
pub use records::{Record, RecordChange, Records};
pub use repository::{INSERTED_OBJECTS_MAX, REMOVED_OBJECTS_MAX, Repository};
pub use state::{KeyEvent, KeyState};
