//! Key policies that are put: what is checked before one is kept.

use std::sync::Arc;

use hsmd_gate::aws::may_put_policy_again;
use hsmd_identity::Caller;
use hsmd_keys::{Binding, Object, Partition, StoredPolicy, Tenancy};
use hsmd_policy::KEY_POLICY_LENGTH_MAX_BYTES;

use super::Error;
use crate::Dependencies;

/// The one name that a key policy has.
pub(super) const NAME: &str = "default";

/// The name that is asked for.
pub(super) fn name(asked: Option<&str>) -> &str {
    asked.unwrap_or(NAME)
}

/// Checks the name that is asked for.
///
/// # Errors
///
/// [`Error::Validation`] for the policy that resource sharing keeps; [`Error::NotFound`] for any other but the one.
pub(super) fn check_name(asked: Option<&str>) -> Result<(), Error> {
    match name(asked) {
        NAME => Ok(()),
        "AWS_RAM" => Err(Error::Validation(
            "The policy AWS_RAM is kept by AWS Resource Access Manager.".to_owned(),
        )),
        _ => Err(Error::NotFound("No such policy exists".to_owned())),
    }
}

/// The policy of a key for which none is given, as AWS writes it.
pub(super) fn default_text(tenancy: &Tenancy) -> String {
    let root = tenancy.root_arn();
    format!(
        r#"{{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {{
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "{root}"
    }},
    "Action" : "kms:*",
    "Resource" : "*"
  }} ]
}}"#
    )
}

/// The policy, with the ids that its principals have now.
///
/// # Errors
///
/// [`Error::LimitExceeded`] for one that is too long; [`Error::MalformedPolicyDocument`] for text that is no key policy, or
/// that names a principal that does not exist.
pub(super) fn checked(
    text: &str,
    with: &Dependencies,
) -> Result<(Arc<StoredPolicy>, Vec<Binding>), Error> {
    if text.len() > KEY_POLICY_LENGTH_MAX_BYTES {
        return Err(Error::LimitExceeded(
            "The policy is longer than 32768 bytes.",
        ));
    }
    let malformed =
        |error: hsmd_policy::MalformedPolicy| Error::MalformedPolicyDocument(error.to_string());
    let unbound = with.repository.policy(text, &[]).map_err(malformed)?;
    let bindings = bindings(&unbound, with)?;
    let policy = with.repository.policy(text, &bindings).map_err(malformed)?;
    Ok((policy, bindings))
}

/// Refuses a key whose policy would not let the caller put another one.
///
/// # Errors
///
/// [`Error::MalformedPolicyDocument`].
pub(super) fn check_lockout(
    key: &Object,
    caller: &Caller,
    partition: &Arc<Partition>,
    with: &Dependencies,
) -> Result<(), Error> {
    let (repository, now) = (&with.repository, with.clock.since_epoch());
    if may_put_policy_again(caller, &Arc::new(key.clone()), partition, repository, now) {
        return Ok(());
    }
    Err(Error::MalformedPolicyDocument(
        "The new key policy will not allow you to update the key policy in the future.".to_owned(),
    ))
}

/// The ids that the principals of a policy have now.
fn bindings(policy: &StoredPolicy, with: &Dependencies) -> Result<Vec<Binding>, Error> {
    let mut bindings = Vec::new();
    for arn in policy.document.named_principals() {
        if !with.accounts.principal_exists(&arn) {
            return Err(Error::MalformedPolicyDocument(
                "Policy contains a statement with one or more invalid principals.".to_owned(),
            ));
        }
        if let Some(unique_id) = with.accounts.unique_id_of(&arn) {
            bindings.push(Binding {
                arn: arn.into(),
                unique_id: unique_id.into(),
            });
        }
    }
    Ok(bindings)
}
