//! Managed policies.

use std::sync::Arc;

use hsmd_identity::{Entity, ManagedPolicy, NewPolicy, PolicyVersion, Tag};

use super::Page;
use super::call::{calls, new_arn};

/// A managed policy, and to how many users and roles it is attached.
#[derive(Debug, Clone)]
pub struct CountedPolicy {
    /// The policy.
    pub policy: Arc<ManagedPolicy>,
    /// How many users and roles.
    pub attachments: usize,
    /// How many users and roles it bounds.
    pub bounded: usize,
}

/// A version of a managed policy, and whether it is the one that counts.
#[derive(Debug, Clone)]
pub struct MarkedVersion {
    /// The version.
    pub version: PolicyVersion,
    /// Whether it counts.
    pub is_default: bool,
}

/// To whom a managed policy is attached.
#[derive(Debug, Clone)]
pub struct Entities {
    /// Users.
    pub users: Vec<Entity>,
    /// Roles.
    pub roles: Vec<Entity>,
}

calls! {
    /// Makes a managed policy.
    CreatePolicy -> CountedPolicy {
        action: CREATE_POLICY,
        members: {
            policy_name: String = "PolicyName" as "policyName",
            path: Option<String> = "Path" as "path",
            policy_document: String = "PolicyDocument" as "policyDocument",
            description: Option<String> = "Description" as "description",
            tags: Vec<Tag> = "Tags" as "tags",
        },
        resource: |account, _accounts| new_arn(account, "policy", path.as_deref(), policy_name),
        perform: |principal, accounts| {
            let policy = NewPolicy {
                name: policy_name,
                path: path.unwrap_or_else(|| "/".to_owned()),
                text: policy_document,
                description: description.unwrap_or_default(),
                tags,
            };
            let policy = accounts.create_policy(principal.account, policy).await?;
            Ok(CountedPolicy { policy, attachments: 0, bounded: 0 })
        },
    }
    /// Shows a managed policy.
    GetPolicy -> CountedPolicy {
        action: GET_POLICY,
        members: { policy_arn: String = "PolicyArn" as "policyArn" },
        resource: |_account, _accounts| policy_arn.clone(),
        perform: |principal, accounts| {
            let policy = accounts.policy(principal.account, &policy_arn)?;
            let (users, roles) = accounts.attached_to(principal.account, &policy_arn)?;
            let bounded = accounts.bounded_by(principal.account, &policy_arn)?;
            Ok(CountedPolicy { policy, attachments: users.len() + roles.len(), bounded })
        },
    }
    /// Lists the managed policies: all, those of the account (`Local`), or those that AWS provides (`AWS`).
    ListPolicies -> Page<CountedPolicy> {
        action: LIST_POLICIES,
        members: {
            scope: Option<String> = "Scope" as "scope",
            only_attached: bool = "OnlyAttached" as "onlyAttached",
            path_prefix: Option<String> = "PathPrefix" as "pathPrefix",
            marker: Option<String> = "Marker" as "marker",
            max_items: Option<u32> = "MaxItems" as "maxItems",
        },
        resource: |_account, _accounts| "*".to_owned(),
        perform: |principal, accounts| {
            let prefix = path_prefix.as_deref().unwrap_or("/");
            let mut counted = Vec::new();
            for policy in accounts.policies(principal.account)? {
                let is_wanted = match scope.as_deref() {
                    Some("Local") => policy.account.is_some(),
                    Some("AWS") => policy.account.is_none(),
                    Some(_) | None => true,
                };
                let (users, roles) = accounts.attached_to(principal.account, &policy.arn())?;
                let attachments = users.len() + roles.len();
                if is_wanted && policy.path.starts_with(prefix) && (attachments > 0 || !only_attached) {
                    let bounded = accounts.bounded_by(principal.account, &policy.arn())?;
                    counted.push(CountedPolicy { policy, attachments, bounded });
                }
            }
            counted.sort_by_cached_key(|counted| counted.policy.arn());
            Page::of(counted, marker.as_deref(), max_items, |counted| counted.policy.arn())
        },
    }
    /// Deletes a managed policy.
    DeletePolicy -> () {
        action: DELETE_POLICY,
        members: { policy_arn: String = "PolicyArn" as "policyArn" },
        resource: |_account, _accounts| policy_arn.clone(),
        perform: |principal, accounts| {
            Ok(accounts.delete_policy(principal.account, &policy_arn).await?)
        },
    }
    /// Adds a version of a managed policy.
    CreatePolicyVersion -> MarkedVersion {
        action: CREATE_POLICY_VERSION,
        members: {
            policy_arn: String = "PolicyArn" as "policyArn",
            policy_document: String = "PolicyDocument" as "policyDocument",
            set_as_default: bool = "SetAsDefault" as "setAsDefault",
        },
        resource: |_account, _accounts| policy_arn.clone(),
        perform: |principal, accounts| {
            let account = principal.account;
            let version = accounts
                .create_policy_version(account, &policy_arn, &policy_document, set_as_default)
                .await?;
            Ok(MarkedVersion { version, is_default: set_as_default })
        },
    }
    /// Shows a version of a managed policy.
    GetPolicyVersion -> MarkedVersion {
        action: GET_POLICY_VERSION,
        members: {
            policy_arn: String = "PolicyArn" as "policyArn",
            version_id: String = "VersionId" as "versionId",
        },
        resource: |_account, _accounts| policy_arn.clone(),
        perform: |principal, accounts| {
            let (policy, version) =
                accounts.policy_version(principal.account, &policy_arn, &version_id)?;
            let is_default = version.number == policy.default_version;
            Ok(MarkedVersion { version, is_default })
        },
    }
    /// Lists the versions of a managed policy, the newest first.
    ListPolicyVersions -> Vec<MarkedVersion> {
        action: LIST_POLICY_VERSIONS,
        members: { policy_arn: String = "PolicyArn" as "policyArn" },
        resource: |_account, _accounts| policy_arn.clone(),
        perform: |principal, accounts| {
            let policy = accounts.policy(principal.account, &policy_arn)?;
            let versions = policy.versions.iter().rev().map(|version| MarkedVersion {
                version: version.clone(),
                is_default: version.number == policy.default_version,
            });
            Ok(versions.collect())
        },
    }
    /// Deletes a version of a managed policy.
    DeletePolicyVersion -> () {
        action: DELETE_POLICY_VERSION,
        members: {
            policy_arn: String = "PolicyArn" as "policyArn",
            version_id: String = "VersionId" as "versionId",
        },
        resource: |_account, _accounts| policy_arn.clone(),
        perform: |principal, accounts| {
            let account = principal.account;
            Ok(accounts.delete_policy_version(account, &policy_arn, &version_id).await?)
        },
    }
    /// Makes another version of a managed policy count.
    SetDefaultPolicyVersion -> () {
        action: SET_DEFAULT_POLICY_VERSION,
        members: {
            policy_arn: String = "PolicyArn" as "policyArn",
            version_id: String = "VersionId" as "versionId",
        },
        resource: |_account, _accounts| policy_arn.clone(),
        perform: |principal, accounts| {
            let account = principal.account;
            Ok(accounts.set_default_policy_version(account, &policy_arn, &version_id).await?)
        },
    }
    /// Lists to whom a managed policy is attached.
    ListEntitiesForPolicy -> Entities {
        action: LIST_ENTITIES_FOR_POLICY,
        members: {
            policy_arn: String = "PolicyArn" as "policyArn",
            entity_filter: Option<String> = "EntityFilter" as "entityFilter",
        },
        resource: |_account, _accounts| policy_arn.clone(),
        perform: |principal, accounts| {
            accounts.policy(principal.account, &policy_arn)?;
            let (mut users, mut roles) = accounts.attached_to(principal.account, &policy_arn)?;
            match entity_filter.as_deref() {
                Some("User") => roles.clear(),
                Some("Role") => users.clear(),
                Some("Group") => {
                    users.clear();
                    roles.clear();
                }
                Some(_) | None => {}
            }
            Ok(Entities { users, roles })
        },
    }
    /// Sets tags of a managed policy.
    TagPolicy -> () {
        action: TAG_POLICY,
        members: {
            policy_arn: String = "PolicyArn" as "policyArn",
            tags: Vec<Tag> = "Tags" as "tags",
        },
        resource: |_account, _accounts| policy_arn.clone(),
        perform: |principal, accounts| {
            Ok(accounts.tag_policy(principal.account, &policy_arn, &tags).await?)
        },
    }
    /// Removes tags of a managed policy.
    UntagPolicy -> () {
        action: UNTAG_POLICY,
        members: {
            policy_arn: String = "PolicyArn" as "policyArn",
            tag_keys: Vec<String> = "TagKeys" as "tagKeys",
        },
        resource: |_account, _accounts| policy_arn.clone(),
        perform: |principal, accounts| {
            Ok(accounts.untag_policy(principal.account, &policy_arn, &tag_keys).await?)
        },
    }
    /// Lists the tags of a managed policy.
    ListPolicyTags -> Page<Tag> {
        action: LIST_POLICY_TAGS,
        members: {
            policy_arn: String = "PolicyArn" as "policyArn",
            marker: Option<String> = "Marker" as "marker",
            max_items: Option<u32> = "MaxItems" as "maxItems",
        },
        resource: |_account, _accounts| policy_arn.clone(),
        perform: |principal, accounts| {
            let tags = accounts.policy(principal.account, &policy_arn)?.tags.clone();
            Page::of(tags, marker.as_deref(), max_items, |(key, _)| key.clone())
        },
    }
}
