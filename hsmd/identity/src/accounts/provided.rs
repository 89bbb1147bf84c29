//! Managed policies that AWS provides in every account, as far as they mean something here.

use std::sync::{Arc, LazyLock};

use hsmd_policy::{PolicyKind, StoredPolicy};

use super::entities::{ManagedPolicy, PolicyVersion};

/// The ARN of the policy that allows everything.
pub(crate) const ADMINISTRATOR_ACCESS: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// The policy with this ARN.
pub(super) fn policy(arn: &str) -> Option<Arc<ManagedPolicy>> {
    let name = arn.strip_prefix(ARN_PREFIX)?;
    ALL.iter().find(|policy| policy.name == name).cloned()
}

/// All of them, by name.
pub(super) fn all() -> &'static [Arc<ManagedPolicy>] {
    &ALL
}

static ALL: LazyLock<Vec<Arc<ManagedPolicy>>> = LazyLock::new(|| {
    let policies = TEXTS.iter().map(|(name, id, description, text)| {
        let policy = StoredPolicy::parse(text, PolicyKind::Identity)
            .expect("a test reads every text of the table");
        Arc::new(ManagedPolicy {
            account: None,
            name: (*name).to_owned(),
            path: "/".to_owned(),
            id: (*id).to_owned(),
            description: (*description).to_owned(),
            created_at: FEBRUARY_2015,
            updated_at: FEBRUARY_2015,
            versions: vec![PolicyVersion {
                number: 1,
                created_at: FEBRUARY_2015,
                policy,
            }],
            default_version: 1,
            next_version: 2,
            tags: Vec::new(),
        })
    });
    policies.collect()
});

/// What their ARNs begin with.
const ARN_PREFIX: &str = "arn:aws:iam::aws:policy/";

/// When AWS made them.
const FEBRUARY_2015: u64 = 1_423_231_200;

/// Name, id, description and text.
const TEXTS: &[(&str, &str, &str, &str)] = &[
    (
        "AdministratorAccess",
        "ANPAHSMDADMINISTRATOR",
        "Provides full access to AWS services and resources.",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    ),
    (
        "AWSKeyManagementServicePowerUser",
        "ANPAHSMDKMSPOWERUSERA",
        "Provides access to AWS Key Management Service (KMS).",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:CreateAlias","kms:CreateKey","kms:DeleteAlias","kms:Describe*","kms:GenerateRandom","kms:Get*","kms:List*","kms:TagResource","kms:UntagResource","iam:ListGroups","iam:ListRoles","iam:ListUsers"],"Resource":"*"}]}"#,
    ),
    (
        "IAMFullAccess",
        "ANPAHSMDIAMFULLACCESS",
        "Provides full access to IAM.",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}"#,
    ),
    (
        "IAMReadOnlyAccess",
        "ANPAHSMDIAMREADONLYAA",
        "Provides read only access to IAM.",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:Get*","iam:List*"],"Resource":"*"}]}"#,
    ),
    (
        "PowerUserAccess",
        "ANPAHSMDPOWERUSERAAAA",
        "Provides full access to AWS services and resources, but does not allow management of users.",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}]}"#,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provided_policy_can_be_read() {
        assert_eq!(all().len(), TEXTS.len());
        assert!(policy(ADMINISTRATOR_ACCESS).is_some());
        for provided in all() {
            assert!(policy(&provided.arn()).is_some(), "{}", provided.arn());
        }
        assert!(all().iter().all(|policy| policy.id.len() == 21));
    }
}
