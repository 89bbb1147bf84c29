//! Managed policies.

use std::sync::Arc;

use hsmd_identity::{
    Accounts, AwsPrincipal, ManagedPolicy, NewPolicy, PolicyUse, PolicyVersion, Tag,
};

use super::call::{calls, new_arn};
use super::members::{PathPrefix, choices};
use super::{Error, Page};

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
            counted(policy, principal, accounts)
        },
    }
    /// Lists the managed policies: all, those of the account, or those that AWS provides.
    ListPolicies -> Page<CountedPolicy> {
        action: LIST_POLICIES,
        members: {
            scope: Option<Scope> = "Scope" as "scope",
            only_attached: bool = "OnlyAttached" as "onlyAttached",
            path_prefix: PathPrefix = "PathPrefix" as "pathPrefix",
            policy_usage_filter: Option<Usage> = "PolicyUsageFilter" as "policyUsageFilter",
            marker: Option<String> = "Marker" as "marker",
            max_items: Option<u32> = "MaxItems" as "maxItems",
        },
        resource: |_account, _accounts| "*".to_owned(),
        perform: |principal, accounts| {
            let mut policies = Vec::new();
            for policy in accounts.policies(principal.account)? {
                let is_in_scope = match scope {
                    Some(Scope::Local) => policy.account.is_some(),
                    Some(Scope::Aws) => policy.account.is_none(),
                    Some(Scope::All) | None => true,
                };
                if !is_in_scope || !path_prefix.begins(&policy.path) {
                    continue;
                }
                let policy = counted(policy, principal, accounts)?;
                let is_used_so = match policy_usage_filter {
                    Some(Usage::Permissions) => policy.attachments > 0,
                    Some(Usage::Boundary) => policy.bounded > 0,
                    None => true,
                };
                if is_used_so && (policy.attachments > 0 || !only_attached) {
                    policies.push(policy);
                }
            }
            policies.sort_by_cached_key(|counted| counted.policy.arn());
            Page::of(policies, marker.as_deref(), max_items, |counted| counted.policy.arn())
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
    ListPolicyVersions -> Page<MarkedVersion> {
        action: LIST_POLICY_VERSIONS,
        members: {
            policy_arn: String = "PolicyArn" as "policyArn",
            marker: Option<String> = "Marker" as "marker",
            max_items: Option<u32> = "MaxItems" as "maxItems",
        },
        resource: |_account, _accounts| policy_arn.clone(),
        perform: |principal, accounts| {
            let policy = accounts.policy(principal.account, &policy_arn)?;
            let versions = policy.versions.iter().rev().map(|version| MarkedVersion {
                version: version.clone(),
                is_default: version.number == policy.default_version,
            });
            // The names of a page rise.
            Page::of(versions.collect(), marker.as_deref(), max_items, |marked| {
                format!("{:010}", u32::MAX - marked.version.number)
            })
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
    /// Lists the users and roles that have a managed policy, attached or as their boundary.
    ListEntitiesForPolicy -> Page<PolicyUse> {
        action: LIST_ENTITIES_FOR_POLICY,
        members: {
            policy_arn: String = "PolicyArn" as "policyArn",
            entity_filter: Option<Entities> = "EntityFilter" as "entityFilter",
            path_prefix: PathPrefix = "PathPrefix" as "pathPrefix",
            policy_usage_filter: Option<Usage> = "PolicyUsageFilter" as "policyUsageFilter",
            marker: Option<String> = "Marker" as "marker",
            max_items: Option<u32> = "MaxItems" as "maxItems",
        },
        resource: |_account, _accounts| policy_arn.clone(),
        perform: |principal, accounts| {
            accounts.policy(principal.account, &policy_arn)?;
            let mut uses = accounts.policy_uses(principal.account, &policy_arn)?;
            uses.retain(|one| {
                let is_of_kind = match entity_filter {
                    Some(Entities::User) => !one.is_role,
                    Some(Entities::Role) => one.is_role,
                    // These are no entities that have policies.
                    Some(Entities::Group | Entities::LocalPolicy | Entities::AwsPolicy) => false,
                    None => true,
                };
                let is_used_so = match policy_usage_filter {
                    Some(Usage::Permissions) => one.is_attached,
                    Some(Usage::Boundary) => one.is_boundary,
                    None => true,
                };
                is_of_kind && is_used_so && path_prefix.begins(&one.entity.path)
            });
            let name = |one: &PolicyUse| {
                let kind = if one.is_role { "role" } else { "user" };
                format!("{kind}/{}", one.entity.name.to_ascii_lowercase())
            };
            uses.sort_by_cached_key(name);
            Page::of(uses, marker.as_deref(), max_items, name)
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

choices! {
    /// Whose managed policies are listed.
    Scope { All = "All", Aws = "AWS", Local = "Local" }
    /// How a managed policy is used.
    Usage { Permissions = "PermissionsPolicy", Boundary = "PermissionsBoundary" }
    /// What may have a managed policy.
    Entities {
        User = "User",
        Role = "Role",
        Group = "Group",
        LocalPolicy = "LocalManagedPolicy",
        AwsPolicy = "AWSManagedPolicy",
    }
}

/// A managed policy with how often it is used.
fn counted(
    policy: Arc<ManagedPolicy>,
    principal: &AwsPrincipal,
    accounts: &Accounts,
) -> Result<CountedPolicy, Error> {
    let uses = accounts.policy_uses(principal.account, &policy.arn())?;
    Ok(CountedPolicy {
        policy,
        attachments: uses.iter().filter(|one| one.is_attached).count(),
        bounded: uses.iter().filter(|one| one.is_boundary).count(),
    })
}
