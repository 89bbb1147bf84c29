//! The key policy of an account's key, asked for uses that come through other doors than AWS's.

use std::cell::LazyCell;
use std::time::Duration;

use hsm_algorithms::KmsKeyUsage;
use hsm_algorithms::pkcs11::{
    CKA_DECAPSULATE, CKA_DECRYPT, CKA_DERIVE, CKA_ENCAPSULATE, CKA_ENCRYPT, CKA_SIGN,
    CKA_SIGN_RECOVER, CKA_UNWRAP, CKA_VERIFY, CKA_WRAP,
};
use hsmd_identity::{AwsPrincipal, Caller};
use hsmd_keys::{KmsKey, Repository};
use hsmd_policy::{CallerPolicies, Decision, Denial, Inputs, Request, authorize_key_use};

use super::admission::ResolvedKey;
use super::principals::policy_principal;
use super::request::AwsRequest;
use super::{AwsRefusal, Principals, condition_values};

/// What asking takes.
pub(crate) struct KeyPolicyCheck<'a> {
    pub(crate) principals: &'a dyn Principals,
    pub(crate) repository: &'a Repository,
    pub(crate) now: Duration,
}

impl KeyPolicyCheck<'_> {
    /// Asks whether `caller` may use `key` as this attribute says. Who is logged in to the token is the account's root
    /// user; one of the users with a name is the user of IAM with that name.
    pub(crate) fn check(
        &self,
        caller: &Caller,
        key: &ResolvedKey,
        attribute: u64,
    ) -> Result<(), AwsRefusal> {
        let (Some(kms), Some(tenancy)) = (&key.object.kms, &key.partition.tenancy) else {
            return Ok(());
        };
        let permission = permission(kms, attribute);
        let arn = key.arn();
        let denied = |caller: String, denial| AwsRefusal::AccessDenied {
            caller,
            permission,
            resource: arn.clone(),
            denial,
        };
        let holder = caller.pin_holder(key.partition.id);
        let name = holder.as_ref().and_then(|holder| holder.name());
        let principal = match name {
            None => AwsPrincipal::root(tenancy.account),
            Some(name) => {
                let user = self.principals.user(tenancy.account, name);
                user.ok_or_else(|| denied(name.to_owned(), Denial::NoIdentityPolicyAllows))?
            }
        };
        let request = AwsRequest::default();
        let keys = LazyCell::new(|| {
            let mut keys =
                condition_values::of_request(Some(caller), &principal, &request, self.now);
            condition_values::add_key(&mut keys, None, key, self.repository);
            keys
        });
        let identity = self.principals.identity_policies(&principal);
        let boundary = self.principals.boundary(&principal);
        let decision = authorize_key_use(&Inputs {
            request: Request {
                action: permission,
                resource: &arn,
                principal: policy_principal(&principal),
                keys: &keys,
            },
            owner_account: tenancy.account.as_str(),
            key_policy: &kms.policy.document,
            caller: CallerPolicies {
                identity: &identity,
                boundary: boundary.as_deref(),
                session: &[],
            },
            grants: &[],
            grant_use: None,
            works_across_accounts: false,
        });
        match decision {
            Decision::Allowed(_) => Ok(()),
            Decision::Denied(denial) => Err(denied(principal.arn.clone(), denial)),
        }
    }
}

/// What policies call a use of a key that this attribute allows.
fn permission(kms: &KmsKey, attribute: u64) -> &'static str {
    let is_mac = kms.usage == KmsKeyUsage::GenerateVerifyMac;
    match attribute {
        CKA_SIGN | CKA_SIGN_RECOVER if is_mac => "kms:GenerateMac",
        CKA_SIGN | CKA_SIGN_RECOVER => "kms:Sign",
        CKA_VERIFY if is_mac => "kms:VerifyMac",
        CKA_VERIFY => "kms:Verify",
        CKA_ENCRYPT | CKA_WRAP => "kms:Encrypt",
        CKA_DECRYPT | CKA_UNWRAP => "kms:Decrypt",
        CKA_DERIVE => "kms:DeriveSharedSecret",
        CKA_ENCAPSULATE => "kms:Encapsulate",
        CKA_DECAPSULATE => "kms:Decapsulate",
        // A use that AWS has no name for is one that no policy allows.
        _ => "hsm:Use",
    }
}
