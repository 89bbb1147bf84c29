//! The gate: the only maker of permits, and the keeper of the audit log.
//!
//! [`Gate::admit`] decides on a request in one function and in one order, and gives [`Permit`]s, without which the
//! vault does nothing. [`Gate::conclude`] writes the record of what became of it, before any reply leaves. What can be
//! asked at all is one table, [`actions`]; what a key can be used for is one list of types, [`key_use`].

#![forbid(unsafe_code)]

pub mod actions;
mod admitted;
pub mod audit;
pub mod aws;
mod event;
mod gate;
pub mod key_use;
mod needs;
mod permit;
mod quotas;
mod refusal;
mod resolver;
#[cfg(test)]
mod tests;
mod timed;

pub use actions::{Action, Recording, Requirement, Row};
pub use admitted::Admitted;
pub use audit::AuditUnavailable;
pub use event::{Outcome, Requester};
pub use gate::Gate;
pub use needs::{Detail, Needs, PermitSet, Visibility};
pub use permit::{KeySubject, PartitionSubject, Permit};
pub use quotas::{Quota, QuotaGroup, Quotas, Rate, Rates};
pub use refusal::Refusal;
