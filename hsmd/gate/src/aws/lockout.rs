//! Whether a key policy that is put lets whoever puts it put another one later.

use std::sync::Arc;
use std::time::Duration;

use hsmd_identity::Caller;
use hsmd_keys::{Object, Partition, Repository};
use hsmd_policy::{Request, is_lockout_safe};

use super::admission::ResolvedKey;
use super::request::AwsRequest;
use super::{condition_values, policy_principal};

/// Whether the policy that `key` has, or is to have, allows the caller's next `kms:PutKeyPolicy` on it: itself or by its
/// account's leave. Conditions see the caller as it is now, and the key as it will be.
#[must_use]
pub fn may_put_policy_again(
    caller: &Caller,
    key: &Arc<Object>,
    partition: &Arc<Partition>,
    repository: &Repository,
    now: Duration,
) -> bool {
    let (Some(principal), Some(kms)) = (caller.aws(), &key.kms) else {
        return true;
    };
    let next = AwsRequest {
        conditions: vec![
            ("kms:PolicyName".into(), vec!["default".to_owned()]),
            (
                "kms:BypassPolicyLockoutSafetyCheck".into(),
                vec!["false".to_owned()],
            ),
        ],
        ..AwsRequest::default()
    };
    let resolved = ResolvedKey {
        partition: Arc::clone(partition),
        object: Arc::clone(key),
        version: None,
    };
    let mut keys = condition_values::of_request(Some(caller), principal, &next, now);
    condition_values::add_key(&mut keys, None, &resolved, repository);
    let request = Request {
        action: "kms:PutKeyPolicy",
        resource: &resolved.arn(),
        principal: policy_principal(principal),
        keys: &keys,
    };
    is_lockout_safe(&kms.policy.document, &request)
}
