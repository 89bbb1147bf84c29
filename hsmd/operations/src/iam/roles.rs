//! Roles.

use std::sync::Arc;

use hsmd_identity::{Holder, IamRole, NewRole, Tag};

use super::Page;
use super::call::{calls, new_arn, role_arn};
use super::members::PathPrefix;

/// The longest session of a role for which nothing else is said, in seconds.
const SESSION_SECONDS_DEFAULT: u32 = 3_600;

calls! {
    /// Makes a role.
    CreateRole -> Arc<IamRole> {
        action: CREATE_ROLE,
        members: {
            role_name: String = "RoleName" as "roleName",
            path: Option<String> = "Path" as "path",
            assume_role_policy_document: String = "AssumeRolePolicyDocument" as "assumeRolePolicyDocument",
            description: Option<String> = "Description" as "description",
            max_session_duration: Option<u32> = "MaxSessionDuration" as "maxSessionDuration",
            permissions_boundary: Option<String> = "PermissionsBoundary" as "permissionsBoundary",
            tags: Vec<Tag> = "Tags" as "tags",
        },
        resource: |account, _accounts| new_arn(account, "role", path.as_deref(), role_name),
        perform: |principal, accounts| {
            let role = NewRole {
                name: role_name,
                path: path.unwrap_or_else(|| "/".to_owned()),
                trust: assume_role_policy_document,
                description: description.unwrap_or_default(),
                session_seconds_max: max_session_duration.unwrap_or(SESSION_SECONDS_DEFAULT),
                tags,
                boundary: permissions_boundary,
            };
            Ok(accounts.create_role(principal.account, role).await?)
        },
    }
    /// Shows a role.
    GetRole -> Arc<IamRole> {
        action: GET_ROLE,
        members: { role_name: String = "RoleName" as "roleName" },
        resource: |account, accounts| role_arn(account, role_name, accounts),
        perform: |principal, accounts| Ok(accounts.role(principal.account, &role_name)?),
    }
    /// Lists the roles.
    ListRoles -> Page<Arc<IamRole>> {
        action: LIST_ROLES,
        members: {
            path_prefix: PathPrefix = "PathPrefix" as "pathPrefix",
            marker: Option<String> = "Marker" as "marker",
            max_items: Option<u32> = "MaxItems" as "maxItems",
        },
        resource: |account, _accounts| format!("arn:aws:iam::{account}:role/"),
        perform: |principal, accounts| {
            let mut roles = accounts.roles(principal.account)?;
            roles.retain(|role| path_prefix.begins(&role.entity.path));
            Page::of(roles, marker.as_deref(), max_items, |role| {
                role.entity.name.to_ascii_lowercase()
            })
        },
    }
    /// Changes a role's description and longest session.
    UpdateRole -> () {
        action: UPDATE_ROLE,
        members: {
            role_name: String = "RoleName" as "roleName",
            description: Option<String> = "Description" as "description",
            max_session_duration: Option<u32> = "MaxSessionDuration" as "maxSessionDuration",
        },
        resource: |account, accounts| role_arn(account, role_name, accounts),
        perform: |principal, accounts| {
            let account = principal.account;
            accounts
                .update_role(account, &role_name, description, max_session_duration)
                .await?;
            Ok(())
        },
    }
    /// Changes a role's description.
    UpdateRoleDescription -> Arc<IamRole> {
        action: UPDATE_ROLE_DESCRIPTION,
        members: {
            role_name: String = "RoleName" as "roleName",
            description: String = "Description" as "description",
        },
        resource: |account, accounts| role_arn(account, role_name, accounts),
        perform: |principal, accounts| {
            let account = principal.account;
            Ok(accounts.update_role(account, &role_name, Some(description), None).await?)
        },
    }
    /// Changes who may assume a role.
    UpdateAssumeRolePolicy -> () {
        action: UPDATE_ASSUME_ROLE_POLICY,
        members: {
            role_name: String = "RoleName" as "roleName",
            policy_document: String = "PolicyDocument" as "policyDocument",
        },
        resource: |account, accounts| role_arn(account, role_name, accounts),
        perform: |principal, accounts| {
            let account = principal.account;
            Ok(accounts.update_trust_policy(account, &role_name, &policy_document).await?)
        },
    }
    /// Deletes a role.
    DeleteRole -> () {
        action: DELETE_ROLE,
        members: { role_name: String = "RoleName" as "roleName" },
        resource: |account, accounts| role_arn(account, role_name, accounts),
        perform: |principal, accounts| {
            Ok(accounts.delete_role(principal.account, &role_name).await?)
        },
    }
    /// Sets tags of a role.
    TagRole -> () {
        action: TAG_ROLE,
        members: {
            role_name: String = "RoleName" as "roleName",
            tags: Vec<Tag> = "Tags" as "tags",
        },
        resource: |account, accounts| role_arn(account, role_name, accounts),
        perform: |principal, accounts| {
            Ok(accounts.tag(principal.account, Holder::Role(&role_name), &tags).await?)
        },
    }
    /// Removes tags of a role.
    UntagRole -> () {
        action: UNTAG_ROLE,
        members: {
            role_name: String = "RoleName" as "roleName",
            tag_keys: Vec<String> = "TagKeys" as "tagKeys",
        },
        resource: |account, accounts| role_arn(account, role_name, accounts),
        perform: |principal, accounts| {
            Ok(accounts.untag(principal.account, Holder::Role(&role_name), &tag_keys).await?)
        },
    }
    /// Lists the tags of a role.
    ListRoleTags -> Page<Tag> {
        action: LIST_ROLE_TAGS,
        members: {
            role_name: String = "RoleName" as "roleName",
            marker: Option<String> = "Marker" as "marker",
            max_items: Option<u32> = "MaxItems" as "maxItems",
        },
        resource: |account, accounts| role_arn(account, role_name, accounts),
        perform: |principal, accounts| {
            let tags = accounts.entity(principal.account, Holder::Role(&role_name))?.tags;
            Page::of(tags, marker.as_deref(), max_items, |(key, _)| key.clone())
        },
    }
    /// Lists the instance profiles of a role. There are none, so it tells only whether the role is there.
    ListInstanceProfilesForRole -> () {
        action: LIST_INSTANCE_PROFILES_FOR_ROLE,
        members: { role_name: String = "RoleName" as "roleName" },
        resource: |account, accounts| role_arn(account, role_name, accounts),
        perform: |principal, accounts| {
            accounts.role(principal.account, &role_name)?;
            Ok(())
        },
    }
}
