//! What the daemon itself does to keys of accounts: because its time has come, or because a service needs it. Nobody can
//! ask for it, so it is in no table of what can be asked; the audit log names it as `CloudTrail` does.

use super::{Action, Recording, Requirement, Row};
use crate::key_use::{Create, Destroy, Modify};
use crate::permit::Permit;
use crate::quotas::{Quota, QuotaGroup};

/// A key gets new material because its period has passed.
pub static ROTATE_KEY: Action<Permit<Modify>> = Action::new(row("kms:RotateKey"));

/// Imported material is destroyed because its time is over.
pub static DELETE_EXPIRED_KEY_MATERIAL: Action<Permit<Modify>> =
    Action::new(row("kms:DeleteExpiredKeyMaterial"));

/// A key is destroyed because its waiting period is over.
pub static DELETE_KEY: Action<Permit<Destroy>> = Action::new(row("kms:DeleteKey"));

/// A key is made for the service that uses it first.
pub static CREATE_AWS_MANAGED_KEY: Action<Permit<Create>> = Action::new(row("kms:CreateKey"));

/// No caller is admitted: no policy can allow what is not in the table of operations.
const fn row(name: &'static str) -> Row {
    Row {
        name,
        requires: Requirement::Policy,
        states: &[],
        recording: Recording::Change,
        creates_objects: false,
        quota: Quota::In(QuotaGroup::HsmChanges),
        aws: None,
    }
}
