//! Inline and attached policies of users and roles.

use hsmd_identity::Holder;

use super::Page;
use super::call::{calls, role_arn, user_arn};

/// An inline policy: whose it is, its name and its text.
#[derive(Debug, Clone)]
pub struct InlinePolicy {
    /// The user's or role's name.
    pub holder: String,
    /// Its name.
    pub name: String,
    /// As it was put.
    pub text: String,
}

calls! {
    /// Puts an inline policy of a user.
    PutUserPolicy -> () {
        action: PUT_USER_POLICY,
        members: {
            user_name: String = "UserName" as "userName",
            policy_name: String = "PolicyName" as "policyName",
            policy_document: String = "PolicyDocument" as "policyDocument",
        },
        resource: |account, accounts| user_arn(account, user_name, accounts),
        perform: |principal, accounts| {
            let of = Holder::User(&user_name);
            Ok(accounts
                .put_inline_policy(principal.account, of, &policy_name, &policy_document)
                .await?)
        },
    }
    /// Shows an inline policy of a user.
    GetUserPolicy -> InlinePolicy {
        action: GET_USER_POLICY,
        members: {
            user_name: String = "UserName" as "userName",
            policy_name: String = "PolicyName" as "policyName",
        },
        resource: |account, accounts| user_arn(account, user_name, accounts),
        perform: |principal, accounts| {
            let of = Holder::User(&user_name);
            let policy = accounts.inline_policy(principal.account, of, &policy_name)?;
            Ok(InlinePolicy {
                text: policy.text.to_string(),
                holder: user_name,
                name: policy_name,
            })
        },
    }
    /// Lists the inline policies of a user.
    ListUserPolicies -> Page<String> {
        action: LIST_USER_POLICIES,
        members: {
            user_name: String = "UserName" as "userName",
            marker: Option<String> = "Marker" as "marker",
            max_items: Option<u32> = "MaxItems" as "maxItems",
        },
        resource: |account, accounts| user_arn(account, user_name, accounts),
        perform: |principal, accounts| {
            let entity = accounts.entity(principal.account, Holder::User(&user_name))?;
            let names = entity.inline_policies.into_keys().collect();
            Page::of(names, marker.as_deref(), max_items, String::clone)
        },
    }
    /// Deletes an inline policy of a user.
    DeleteUserPolicy -> () {
        action: DELETE_USER_POLICY,
        members: {
            user_name: String = "UserName" as "userName",
            policy_name: String = "PolicyName" as "policyName",
        },
        resource: |account, accounts| user_arn(account, user_name, accounts),
        perform: |principal, accounts| {
            let of = Holder::User(&user_name);
            Ok(accounts.delete_inline_policy(principal.account, of, &policy_name).await?)
        },
    }
    /// Attaches a managed policy to a user.
    AttachUserPolicy -> () {
        action: ATTACH_USER_POLICY,
        members: {
            user_name: String = "UserName" as "userName",
            policy_arn: String = "PolicyArn" as "policyArn",
        },
        resource: |account, accounts| user_arn(account, user_name, accounts),
        perform: |principal, accounts| {
            let of = Holder::User(&user_name);
            Ok(accounts.attach_policy(principal.account, of, &policy_arn).await?)
        },
    }
    /// Detaches a managed policy from a user.
    DetachUserPolicy -> () {
        action: DETACH_USER_POLICY,
        members: {
            user_name: String = "UserName" as "userName",
            policy_arn: String = "PolicyArn" as "policyArn",
        },
        resource: |account, accounts| user_arn(account, user_name, accounts),
        perform: |principal, accounts| {
            let of = Holder::User(&user_name);
            Ok(accounts.detach_policy(principal.account, of, &policy_arn).await?)
        },
    }
    /// Lists the managed policies of a user: name and ARN.
    ListAttachedUserPolicies -> Page<(String, String)> {
        action: LIST_ATTACHED_USER_POLICIES,
        members: {
            user_name: String = "UserName" as "userName",
            path_prefix: Option<String> = "PathPrefix" as "pathPrefix",
            marker: Option<String> = "Marker" as "marker",
            max_items: Option<u32> = "MaxItems" as "maxItems",
        },
        resource: |account, accounts| user_arn(account, user_name, accounts),
        perform: |principal, accounts| {
            let entity = accounts.entity(principal.account, Holder::User(&user_name))?;
            let mut policies = accounts.attached_policies(&entity);
            let prefix = format!(":policy{}", path_prefix.as_deref().unwrap_or("/"));
            policies.retain(|(_, arn)| arn.contains(&prefix));
            policies.sort();
            Page::of(policies, marker.as_deref(), max_items, |(name, _)| name.clone())
        },
    }
    /// Puts an inline policy of a role.
    PutRolePolicy -> () {
        action: PUT_ROLE_POLICY,
        members: {
            role_name: String = "RoleName" as "roleName",
            policy_name: String = "PolicyName" as "policyName",
            policy_document: String = "PolicyDocument" as "policyDocument",
        },
        resource: |account, accounts| role_arn(account, role_name, accounts),
        perform: |principal, accounts| {
            let of = Holder::Role(&role_name);
            Ok(accounts
                .put_inline_policy(principal.account, of, &policy_name, &policy_document)
                .await?)
        },
    }
    /// Shows an inline policy of a role.
    GetRolePolicy -> InlinePolicy {
        action: GET_ROLE_POLICY,
        members: {
            role_name: String = "RoleName" as "roleName",
            policy_name: String = "PolicyName" as "policyName",
        },
        resource: |account, accounts| role_arn(account, role_name, accounts),
        perform: |principal, accounts| {
            let of = Holder::Role(&role_name);
            let policy = accounts.inline_policy(principal.account, of, &policy_name)?;
            Ok(InlinePolicy {
                text: policy.text.to_string(),
                holder: role_name,
                name: policy_name,
            })
        },
    }
    /// Lists the inline policies of a role.
    ListRolePolicies -> Page<String> {
        action: LIST_ROLE_POLICIES,
        members: {
            role_name: String = "RoleName" as "roleName",
            marker: Option<String> = "Marker" as "marker",
            max_items: Option<u32> = "MaxItems" as "maxItems",
        },
        resource: |account, accounts| role_arn(account, role_name, accounts),
        perform: |principal, accounts| {
            let entity = accounts.entity(principal.account, Holder::Role(&role_name))?;
            let names = entity.inline_policies.into_keys().collect();
            Page::of(names, marker.as_deref(), max_items, String::clone)
        },
    }
    /// Deletes an inline policy of a role.
    DeleteRolePolicy -> () {
        action: DELETE_ROLE_POLICY,
        members: {
            role_name: String = "RoleName" as "roleName",
            policy_name: String = "PolicyName" as "policyName",
        },
        resource: |account, accounts| role_arn(account, role_name, accounts),
        perform: |principal, accounts| {
            let of = Holder::Role(&role_name);
            Ok(accounts.delete_inline_policy(principal.account, of, &policy_name).await?)
        },
    }
    /// Attaches a managed policy to a role.
    AttachRolePolicy -> () {
        action: ATTACH_ROLE_POLICY,
        members: {
            role_name: String = "RoleName" as "roleName",
            policy_arn: String = "PolicyArn" as "policyArn",
        },
        resource: |account, accounts| role_arn(account, role_name, accounts),
        perform: |principal, accounts| {
            let of = Holder::Role(&role_name);
            Ok(accounts.attach_policy(principal.account, of, &policy_arn).await?)
        },
    }
    /// Detaches a managed policy from a role.
    DetachRolePolicy -> () {
        action: DETACH_ROLE_POLICY,
        members: {
            role_name: String = "RoleName" as "roleName",
            policy_arn: String = "PolicyArn" as "policyArn",
        },
        resource: |account, accounts| role_arn(account, role_name, accounts),
        perform: |principal, accounts| {
            let of = Holder::Role(&role_name);
            Ok(accounts.detach_policy(principal.account, of, &policy_arn).await?)
        },
    }
    /// Lists the managed policies of a role: name and ARN.
    ListAttachedRolePolicies -> Page<(String, String)> {
        action: LIST_ATTACHED_ROLE_POLICIES,
        members: {
            role_name: String = "RoleName" as "roleName",
            path_prefix: Option<String> = "PathPrefix" as "pathPrefix",
            marker: Option<String> = "Marker" as "marker",
            max_items: Option<u32> = "MaxItems" as "maxItems",
        },
        resource: |account, accounts| role_arn(account, role_name, accounts),
        perform: |principal, accounts| {
            let entity = accounts.entity(principal.account, Holder::Role(&role_name))?;
            let mut policies = accounts.attached_policies(&entity);
            let prefix = format!(":policy{}", path_prefix.as_deref().unwrap_or("/"));
            policies.retain(|(_, arn)| arn.contains(&prefix));
            policies.sort();
            Page::of(policies, marker.as_deref(), max_items, |(name, _)| name.clone())
        },
    }
}
