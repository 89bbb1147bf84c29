//! Inline and attached policies of users and roles.

use hsmd_identity::Holder;

use super::Page;
use super::call::{calls, role_arn, user_arn};
use super::members::PathPrefix;

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

/// The same calls for users and for roles.
macro_rules! entity_policies {
    (
        $holder:literal, $Holder:ident, $arn:ident, $name:ident: $member:literal as $detail:literal,
        put: $put:ident as $put_action:ident,
        get: $get:ident as $get_action:ident,
        list: $list:ident as $list_action:ident,
        delete: $delete:ident as $delete_action:ident,
        attach: $attach:ident as $attach_action:ident,
        detach: $detach:ident as $detach_action:ident,
        list_attached: $list_attached:ident as $list_attached_action:ident,
        bound: $bound:ident as $bound_action:ident,
        unbound: $unbound:ident as $unbound_action:ident,
    ) => {
        calls! {
            #[doc = concat!("Puts an inline policy of a ", $holder, ".")]
            $put -> () {
                action: $put_action,
                members: {
                    $name: String = $member as $detail,
                    policy_name: String = "PolicyName" as "policyName",
                    policy_document: String = "PolicyDocument" as "policyDocument",
                },
                resource: |account, accounts| $arn(account, $name, accounts),
                perform: |principal, accounts| {
                    let of = Holder::$Holder(&$name);
                    Ok(accounts
                        .put_inline_policy(principal.account, of, &policy_name, &policy_document)
                        .await?)
                },
            }
            #[doc = concat!("Shows an inline policy of a ", $holder, ".")]
            $get -> InlinePolicy {
                action: $get_action,
                members: {
                    $name: String = $member as $detail,
                    policy_name: String = "PolicyName" as "policyName",
                },
                resource: |account, accounts| $arn(account, $name, accounts),
                perform: |principal, accounts| {
                    let of = Holder::$Holder(&$name);
                    let policy = accounts.inline_policy(principal.account, of, &policy_name)?;
                    Ok(InlinePolicy {
                        text: policy.text.to_string(),
                        holder: $name,
                        name: policy_name,
                    })
                },
            }
            #[doc = concat!("Lists the inline policies of a ", $holder, ".")]
            $list -> Page<String> {
                action: $list_action,
                members: {
                    $name: String = $member as $detail,
                    marker: Option<String> = "Marker" as "marker",
                    max_items: Option<u32> = "MaxItems" as "maxItems",
                },
                resource: |account, accounts| $arn(account, $name, accounts),
                perform: |principal, accounts| {
                    let entity = accounts.entity(principal.account, Holder::$Holder(&$name))?;
                    let names = entity.inline_policies.into_keys().collect();
                    Page::of(names, marker.as_deref(), max_items, String::clone)
                },
            }
            #[doc = concat!("Deletes an inline policy of a ", $holder, ".")]
            $delete -> () {
                action: $delete_action,
                members: {
                    $name: String = $member as $detail,
                    policy_name: String = "PolicyName" as "policyName",
                },
                resource: |account, accounts| $arn(account, $name, accounts),
                perform: |principal, accounts| {
                    let of = Holder::$Holder(&$name);
                    Ok(accounts.delete_inline_policy(principal.account, of, &policy_name).await?)
                },
            }
            #[doc = concat!("Attaches a managed policy to a ", $holder, ".")]
            $attach -> () {
                action: $attach_action,
                members: {
                    $name: String = $member as $detail,
                    policy_arn: String = "PolicyArn" as "policyArn",
                },
                resource: |account, accounts| $arn(account, $name, accounts),
                perform: |principal, accounts| {
                    let of = Holder::$Holder(&$name);
                    Ok(accounts.attach_policy(principal.account, of, &policy_arn).await?)
                },
            }
            #[doc = concat!("Detaches a managed policy from a ", $holder, ".")]
            $detach -> () {
                action: $detach_action,
                members: {
                    $name: String = $member as $detail,
                    policy_arn: String = "PolicyArn" as "policyArn",
                },
                resource: |account, accounts| $arn(account, $name, accounts),
                perform: |principal, accounts| {
                    let of = Holder::$Holder(&$name);
                    Ok(accounts.detach_policy(principal.account, of, &policy_arn).await?)
                },
            }
            #[doc = concat!("Gives a ", $holder, " a permissions boundary.")]
            $bound -> () {
                action: $bound_action,
                members: {
                    $name: String = $member as $detail,
                    permissions_boundary: String = "PermissionsBoundary" as "permissionsBoundary",
                },
                resource: |account, accounts| $arn(account, $name, accounts),
                perform: |principal, accounts| {
                    let of = Holder::$Holder(&$name);
                    let boundary = Some(permissions_boundary.as_str());
                    Ok(accounts.set_boundary(principal.account, of, boundary).await?)
                },
            }
            #[doc = concat!("Takes the permissions boundary of a ", $holder, " away.")]
            $unbound -> () {
                action: $unbound_action,
                members: { $name: String = $member as $detail },
                resource: |account, accounts| $arn(account, $name, accounts),
                perform: |principal, accounts| {
                    let of = Holder::$Holder(&$name);
                    Ok(accounts.set_boundary(principal.account, of, None).await?)
                },
            }
            #[doc = concat!("Lists the managed policies of a ", $holder, ": name and ARN.")]
            $list_attached -> Page<(String, String)> {
                action: $list_attached_action,
                members: {
                    $name: String = $member as $detail,
                    path_prefix: PathPrefix = "PathPrefix" as "pathPrefix",
                    marker: Option<String> = "Marker" as "marker",
                    max_items: Option<u32> = "MaxItems" as "maxItems",
                },
                resource: |account, accounts| $arn(account, $name, accounts),
                perform: |principal, accounts| {
                    let entity = accounts.entity(principal.account, Holder::$Holder(&$name))?;
                    let mut policies = accounts.attached_policies(&entity);
                    policies.retain(|(_, arn)| {
                        let path = arn.split_once(":policy").map(|(_, path)| path);
                        path.is_some_and(|path| path_prefix.begins(path))
                    });
                    policies.sort();
                    Page::of(policies, marker.as_deref(), max_items, |(name, _)| name.clone())
                },
            }
        }
    };
}

entity_policies! {
    "user", User, user_arn, user_name: "UserName" as "userName",
    put: PutUserPolicy as PUT_USER_POLICY,
    get: GetUserPolicy as GET_USER_POLICY,
    list: ListUserPolicies as LIST_USER_POLICIES,
    delete: DeleteUserPolicy as DELETE_USER_POLICY,
    attach: AttachUserPolicy as ATTACH_USER_POLICY,
    detach: DetachUserPolicy as DETACH_USER_POLICY,
    list_attached: ListAttachedUserPolicies as LIST_ATTACHED_USER_POLICIES,
    bound: PutUserPermissionsBoundary as PUT_USER_PERMISSIONS_BOUNDARY,
    unbound: DeleteUserPermissionsBoundary as DELETE_USER_PERMISSIONS_BOUNDARY,
}

entity_policies! {
    "role", Role, role_arn, role_name: "RoleName" as "roleName",
    put: PutRolePolicy as PUT_ROLE_POLICY,
    get: GetRolePolicy as GET_ROLE_POLICY,
    list: ListRolePolicies as LIST_ROLE_POLICIES,
    delete: DeleteRolePolicy as DELETE_ROLE_POLICY,
    attach: AttachRolePolicy as ATTACH_ROLE_POLICY,
    detach: DetachRolePolicy as DETACH_ROLE_POLICY,
    list_attached: ListAttachedRolePolicies as LIST_ATTACHED_ROLE_POLICIES,
    bound: PutRolePermissionsBoundary as PUT_ROLE_PERMISSIONS_BOUNDARY,
    unbound: DeleteRolePermissionsBoundary as DELETE_ROLE_PERMISSIONS_BOUNDARY,
}
