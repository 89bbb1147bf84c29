//! Running the daemon: applications, identities, sealing, the audit log, random bytes.

mod accounts;
mod explain_policy;
mod generate_random;
mod hello;
mod identities;
mod issue_identity;
mod jobs;
mod open_account_token;
mod read_audit;
mod rotate_barrier;
mod seal;
mod status;

pub use accounts::{
    ADMINISTRATOR_NAME, CreateAccessKey, CreateAccount, DeleteAccessKey, DeleteAccount, KeyOwner,
    ListAccessKeys, ListAccounts, UpdateAccessKey,
};
pub use explain_policy::{
    ExplainPolicy, Explained, ExplainedPermission, ExplainedPolicy, ExplainedStatement,
};
pub use generate_random::GenerateRandom;
pub use hello::Hello;
pub use identities::{IdentityInfo, ListIdentities, RemoveIdentity, TrustIdentity};
pub use issue_identity::IssueIdentity;
pub use jobs::{FinishJob, StartJob};
pub use open_account_token::OpenAccountToken;
pub use read_audit::{AuditPage, ReadAudit};
pub use rotate_barrier::RotateBarrier;
pub use seal::Seal;
pub use status::CountObjects;
