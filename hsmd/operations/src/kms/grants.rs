//! What requests and answers say of grants.

use hsm_algorithms::KmsKeySpec;
use hsmd_keys::{Grant, GrantConstraints, GrantOperation, GrantOperations, KeyUsage, Partition};

use super::Error;
use super::key::tenancy;
use crate::{Dependencies, limits};

/// A grant in a list.
#[derive(Debug, Clone)]
pub struct GrantEntry {
    /// The key's ARN.
    pub key_arn: String,
    /// The grant's id.
    pub grant_id: String,
    /// What whoever made it calls it; may be empty.
    pub name: String,
    /// When it was made, in milliseconds since 1970.
    pub created_at_unix_milliseconds: u64,
    /// Who may use the key: an ARN, or a service's name.
    pub grantee: String,
    /// Who may retire the grant: an ARN, or a service's name.
    pub retiring: Option<String>,
    /// The ARN of the root user of the account that made it.
    pub issuing_account: String,
    /// The names of what it allows.
    pub operations: Vec<&'static str>,
    /// What a request must be like.
    pub constraints: Option<GrantConstraints>,
}

/// The entry of a grant. `None` if its key is gone meanwhile.
pub(super) fn entry(
    grant: &Grant,
    partition: &Partition,
    with: &Dependencies,
) -> Option<GrantEntry> {
    let key = with.repository.object(partition.id, grant.key)?.key_id()?;
    let tenancy = tenancy(partition).ok()?;
    let issuing_account = hsmd_keys::Tenancy {
        account: grant.issuing_account,
        region: tenancy.region.clone(),
    };
    Some(GrantEntry {
        key_arn: tenancy.key_arn(key),
        grant_id: grant.id.to_string(),
        name: grant.name.to_string(),
        created_at_unix_milliseconds: grant.created_at_unix_milliseconds,
        grantee: grant.grantee.to_string(),
        retiring: grant.retiring.as_ref().map(ToString::to_string),
        issuing_account: issuing_account.root_arn(),
        operations: grant.operations.iter().map(GrantOperation::name).collect(),
        constraints: grant.constraints.as_deref().cloned(),
    })
}

/// Whether whoever a grant names is a service of AWS, as `s3.amazonaws.com`. All others are named by ARN.
pub(super) fn is_service(principal: &str) -> bool {
    principal.ends_with(".amazonaws.com")
}

/// The operations that a grant on such a key can list.
pub(super) fn allowed(spec: KmsKeySpec, usage: KeyUsage) -> GrantOperations {
    use GrantOperation::{
        CreateGrant, Decapsulate, Decrypt, DeriveSharedSecret, DescribeKey, Encapsulate, Encrypt,
        GenerateDataKey, GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext,
        GenerateDataKeyWithoutPlaintext, GenerateMac, GetPublicKey, ReEncryptFrom, ReEncryptTo,
        RetireGrant, Sign, Verify, VerifyMac,
    };
    let of_usage: &[GrantOperation] = match usage {
        KeyUsage::EncryptDecrypt if spec.is_asymmetric() => {
            &[Encrypt, Decrypt, ReEncryptFrom, ReEncryptTo, GetPublicKey]
        }
        KeyUsage::EncryptDecrypt => &[
            Encrypt,
            Decrypt,
            GenerateDataKey,
            GenerateDataKeyWithoutPlaintext,
            GenerateDataKeyPair,
            GenerateDataKeyPairWithoutPlaintext,
            ReEncryptFrom,
            ReEncryptTo,
        ],
        KeyUsage::SignVerify => &[Sign, Verify, GetPublicKey],
        KeyUsage::GenerateVerifyMac => &[GenerateMac, VerifyMac],
        KeyUsage::KeyAgreement => &[DeriveSharedSecret, GetPublicKey],
        KeyUsage::EncapsulateDecapsulate => &[Encapsulate, Decapsulate, GetPublicKey],
    };
    of_usage
        .iter()
        .copied()
        .chain([CreateGrant, RetireGrant, DescribeKey])
        .collect()
}

/// Checks the constraints of a new grant by themselves.
pub(super) fn check_constraints(constraints: &GrantConstraints) -> Result<(), Error> {
    let contexts = [
        &constraints.encryption_context_equals,
        &constraints.encryption_context_subset,
    ];
    for context in contexts.into_iter().flatten() {
        if context.len() > limits::KMS_GRANT_CONSTRAINT_PAIRS_MAX {
            return Err(Error::Validation(format!(
                "A grant constraint can have at most {} encryption context pairs.",
                limits::KMS_GRANT_CONSTRAINT_PAIRS_MAX
            )));
        }
        let is_long = |value: &str| value.chars().count() > limits::KMS_GRANT_CONSTRAINT_VALUE_MAX;
        if context.pairs().any(|(_, value)| is_long(value)) {
            return Err(Error::Validation(format!(
                "A value of a grant constraint can have at most {} characters.",
                limits::KMS_GRANT_CONSTRAINT_VALUE_MAX
            )));
        }
    }
    Ok(())
}
