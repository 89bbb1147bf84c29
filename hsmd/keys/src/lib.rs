//! What the daemon keeps: partitions, keys and other objects, their states and their stored forms.

#![forbid(unsafe_code)]

mod account;
mod alias;
mod error;
mod format;
mod grant;
mod ids;
mod key_usage;
mod kms_key;
mod object;
mod partition;
mod policy;
mod query;
mod records;
mod repository;
mod state;
mod tenancy;

pub use account::{AccountId, InvalidAccountId, InvalidRegionName, RegionName};
pub use alias::{ALIAS_NAME_BYTES_MAX, Alias, alias_name};
pub use error::Error;
pub use format::FormatError;
pub use grant::{Grant, GrantConstraints, GrantId, GrantOperation, GrantOperations};
pub use ids::{ApplicationId, InvalidId, ObjectId, PartitionId};
pub use key_usage::{EncryptionContext, GrantOperation, KeyUsage};
pub use kms_key::{
    Deletion, Import, KeyId, KeyManager, KmsKey, Material, MaterialId, MultiRegion, Origin,
    Rotated, Rotation, RotationType,
};
pub use object::{KeyVersion, Lifetime, Object, WrappedMaterial};
pub use partition::{Partition, PartitionKey, TokenProfile};
pub use policy::{InvalidPolicy, StoredPolicy};
pub use query::{Counts, FoundObjects, Page, Query};
pub use records::{Record, RecordChange, Records};
pub use repository::{Change, INSERTED_OBJECTS_MAX, REMOVED_OBJECTS_MAX, Repository};
pub use state::{KeyEvent, KeyState};
pub use tenancy::Tenancy;
