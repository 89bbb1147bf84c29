//! What can be asked of the daemon: one file per operation, and the road that each of them travels.
//!
//! A front door turns its protocol's request into an [`Operation`] and gives it to [`Service::perform`]; nothing else
//! reaches a key.
#![forbid(unsafe_code)]

mod administration;
mod attributes;
mod daemon;
mod errors;
pub mod iam;
mod keys;
pub mod kms;
pub mod limits;
mod making;
mod objects;
mod road;
pub mod sts;
mod tokens;
mod turns;
mod under_way;

pub use administration::{
    ADMINISTRATOR_NAME, AuditPage, CountObjects, CreateAccessKey, CreateAccount, DeleteAccessKey,
    DeleteAccount, ExplainPolicy, Explained, ExplainedPermission, ExplainedPolicy,
    ExplainedStatement, FinishJob, GenerateRandom, Hello, IdentityInfo, IssueIdentity, KeyOwner,
    ListAccessKeys, ListAccounts, ListIdentities, OpenAccountToken, ReadAudit, RemoveIdentity,
    RotateBarrier, Seal, StartJob, TrustIdentity, UpdateAccessKey,
};
pub use daemon::{
    Counts, Daemon, Initialization, Initialized, OpenDaemon, Pending, Protection, State, Status,
    UnsealKey, UnsealProgress,
};
pub use errors::Error;
pub use keys::{
    DecapsulateKey, Decrypt, DeriveKey, Derived, EncapsulateKey, Encapsulated, Encrypt,
    GenerateKey, GenerateKeyPair, KeyPair, KeySource, Sign, SignRecover, UnwrapKey, VerifyMac,
    WrapKey,
};
pub use objects::{
    CopyObject, CreateObject, DestroyObjects, FindObjects, ReadAttributes, Reading, WriteAttributes,
};
pub use road::{Dependencies, Failure, Operation, Service};
pub use tokens::{
    CreatePartition, CreateToken, DestroyPartition, InitPin, InitToken, ListTokens, Login,
    LoginForObject, Logout, NewToken, SetPin, Token,
};
pub use under_way::{ToItsEnd, UnderWay};

// What operations take and give, for front doors, which name no crate below this one but `identity` and `algorithms`.
pub use hsmd_keys::{
    AccountId, FoundObjects, Object, ObjectId, PartitionId, RegionName, TokenProfile,
};
pub use hsmd_secret_memory::Plaintext;
