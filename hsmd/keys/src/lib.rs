//! What the daemon keeps: partitions, keys and other objects, their states and their stored forms.

#![forbid(unsafe_code)]

mod account;
mod alias;
mod error;
mod format;
mod grant;
mod ids;
mod kms_key;
mod last_use;
mod object;
mod partition;
mod policy;
mod query;
mod records;
mod repository;
mod state;
mod store_head;
mod tenancy;

pub use account::{AccountId, InvalidAccountId, InvalidRegionName, RegionName};
pub use alias::{ALIAS_NAME_BYTES_MAX, Alias, alias_name};
pub use error::Error;
pub use format::FormatError;
pub use grant::{Grant, GrantId};
pub use ids::{ApplicationId, InvalidId, ObjectId, PartitionId};
pub use kms_key::{
    Deletion, Import, KeyId, KeyManager, KmsKey, Material, MaterialId, MultiRegion, Origin,
    Rotated, Rotation, RotationType,
};
pub use last_use::LastUse;
pub use object::{KeyVersion, Lifetime, Object, WrappedMaterial};
pub use partition::{Partition, PartitionKey, TokenProfile};
pub use query::{Counts, FoundObjects, Page, Query};
pub use records::{Record, RecordChange, Records};
pub use repository::{Change, INSERTED_OBJECTS_MAX, REMOVED_OBJECTS_MAX, Repository};
pub use state::{KeyEvent, KeyState};
pub use store_head::StoreHead;
pub use tenancy::Tenancy;

// What records hold that others define: what a key is for, and what policies and grants say.
pub use hsm_algorithms::KmsKeyUsage as KeyUsage;
pub use hsmd_policy::{
    Binding, EncryptionContext, GrantConstraints, GrantOperation, GrantOperations, StoredPolicy,
};
