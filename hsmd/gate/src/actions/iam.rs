//! The operations of IAM: what each needs of identity policies. All of them are of the caller's own account.

use hsmd_keys::KeyUsage;

use super::aws::{Ask, AwsRow};
use super::{Action, Creates, Recording, Requirement, Row, aws_actions};
use crate::quotas::{Quota, QuotaGroup as Q};

/// They ask of no key.
const NO_KEYS: &[KeyUsage] = &[];

aws_actions! {
    // ---- Users ----

    /// Makes a user.
    CREATE_USER: (), Change { name: "iam:CreateUser", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:CreateUser")], }
    /// Shows a user.
    GET_USER: (), Description { name: "iam:GetUser", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:GetUser")], }
    /// Lists the users.
    LIST_USERS: (), Description { name: "iam:ListUsers", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:ListUsers")], }
    /// Gives a user another name or path.
    UPDATE_USER: (), Change { name: "iam:UpdateUser", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:UpdateUser")], }
    /// Deletes a user.
    DELETE_USER: (), Change { name: "iam:DeleteUser", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:DeleteUser")], }
    /// Sets tags of a user.
    TAG_USER: (), Change { name: "iam:TagUser", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:TagUser")], }
    /// Removes tags of a user.
    UNTAG_USER: (), Change { name: "iam:UntagUser", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:UntagUser")], }
    /// Lists the tags of a user.
    LIST_USER_TAGS: (), Description { name: "iam:ListUserTags", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:ListUserTags")], }
    /// Lists the groups of a user, of which there are none.
    LIST_GROUPS_FOR_USER: (), Description { name: "iam:ListGroupsForUser", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:ListGroupsForUser")], }
    /// Lists the groups, of which there are none.
    LIST_GROUPS: (), Description { name: "iam:ListGroups", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:ListGroups")], }

    // ---- Credentials that nobody has ----

    /// Lists a user's devices for a second factor.
    LIST_MFA_DEVICES: (), Description { name: "iam:ListMFADevices", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:ListMFADevices")], }
    /// Lists the account's virtual devices for a second factor.
    LIST_VIRTUAL_MFA_DEVICES: (), Description { name: "iam:ListVirtualMFADevices", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:ListVirtualMFADevices")], }
    /// Lists a user's certificates.
    LIST_SIGNING_CERTIFICATES: (), Description { name: "iam:ListSigningCertificates", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:ListSigningCertificates")], }
    /// Lists a user's SSH keys.
    LIST_SSH_PUBLIC_KEYS: (), Description { name: "iam:ListSSHPublicKeys", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:ListSSHPublicKeys")], }
    /// Lists a user's credentials of services.
    LIST_SERVICE_SPECIFIC_CREDENTIALS: (), Description { name: "iam:ListServiceSpecificCredentials", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:ListServiceSpecificCredentials")], }
    /// Shows since when a user has a password, which it does not have.
    GET_LOGIN_PROFILE: (), Description { name: "iam:GetLoginProfile", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:GetLoginProfile")], }
    /// Takes a user's password away, which it does not have.
    DELETE_LOGIN_PROFILE: (), Change { name: "iam:DeleteLoginProfile", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:DeleteLoginProfile")], }

    // ---- Access keys ----

    /// Makes an access key.
    CREATE_ACCESS_KEY: (), Change { name: "iam:CreateAccessKey", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:CreateAccessKey")], }
    /// Lists the access keys of a user.
    LIST_ACCESS_KEYS: (), Description { name: "iam:ListAccessKeys", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:ListAccessKeys")], }
    /// Switches an access key on or off.
    UPDATE_ACCESS_KEY: (), Change { name: "iam:UpdateAccessKey", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:UpdateAccessKey")], }
    /// Deletes an access key.
    DELETE_ACCESS_KEY: (), Change { name: "iam:DeleteAccessKey", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:DeleteAccessKey")], }
    /// Shows whose an access key is.
    GET_ACCESS_KEY_LAST_USED: (), Description { name: "iam:GetAccessKeyLastUsed", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:GetAccessKeyLastUsed")], }

    // ---- Policies of users ----

    /// Puts an inline policy of a user.
    PUT_USER_POLICY: (), Change { name: "iam:PutUserPolicy", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:PutUserPolicy")], }
    /// Shows an inline policy of a user.
    GET_USER_POLICY: (), Description { name: "iam:GetUserPolicy", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:GetUserPolicy")], }
    /// Lists the inline policies of a user.
    LIST_USER_POLICIES: (), Description { name: "iam:ListUserPolicies", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:ListUserPolicies")], }
    /// Deletes an inline policy of a user.
    DELETE_USER_POLICY: (), Change { name: "iam:DeleteUserPolicy", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:DeleteUserPolicy")], }
    /// Attaches a managed policy to a user.
    ATTACH_USER_POLICY: (), Change { name: "iam:AttachUserPolicy", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:AttachUserPolicy")], }
    /// Detaches a managed policy from a user.
    DETACH_USER_POLICY: (), Change { name: "iam:DetachUserPolicy", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:DetachUserPolicy")], }
    /// Gives a user a permissions boundary.
    PUT_USER_PERMISSIONS_BOUNDARY: (), Change { name: "iam:PutUserPermissionsBoundary", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:PutUserPermissionsBoundary")], }
    /// Takes the permissions boundary of a user away.
    DELETE_USER_PERMISSIONS_BOUNDARY: (), Change { name: "iam:DeleteUserPermissionsBoundary", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:DeleteUserPermissionsBoundary")], }
    /// Lists the managed policies of a user.
    LIST_ATTACHED_USER_POLICIES: (), Description { name: "iam:ListAttachedUserPolicies", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:ListAttachedUserPolicies")], }

    // ---- Roles ----

    /// Makes a role.
    CREATE_ROLE: (), Change { name: "iam:CreateRole", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:CreateRole")], }
    /// Shows a role.
    GET_ROLE: (), Description { name: "iam:GetRole", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:GetRole")], }
    /// Lists the roles.
    LIST_ROLES: (), Description { name: "iam:ListRoles", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:ListRoles")], }
    /// Changes a role's description and longest session.
    UPDATE_ROLE: (), Change { name: "iam:UpdateRole", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:UpdateRole")], }
    /// Changes a role's description.
    UPDATE_ROLE_DESCRIPTION: (), Change { name: "iam:UpdateRoleDescription", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:UpdateRoleDescription")], }
    /// Changes who may assume a role.
    UPDATE_ASSUME_ROLE_POLICY: (), Change { name: "iam:UpdateAssumeRolePolicy", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:UpdateAssumeRolePolicy")], }
    /// Deletes a role.
    DELETE_ROLE: (), Change { name: "iam:DeleteRole", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:DeleteRole")], }
    /// Sets tags of a role.
    TAG_ROLE: (), Change { name: "iam:TagRole", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:TagRole")], }
    /// Removes tags of a role.
    UNTAG_ROLE: (), Change { name: "iam:UntagRole", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:UntagRole")], }
    /// Lists the tags of a role.
    LIST_ROLE_TAGS: (), Description { name: "iam:ListRoleTags", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:ListRoleTags")], }
    /// Lists the instance profiles of a role, of which there are none.
    LIST_INSTANCE_PROFILES_FOR_ROLE: (), Description { name: "iam:ListInstanceProfilesForRole", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:ListInstanceProfilesForRole")], }
    /// Lists the instance profiles, of which there are none.
    LIST_INSTANCE_PROFILES: (), Description { name: "iam:ListInstanceProfiles", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:ListInstanceProfiles")], }
    /// Lists the other names of the account, which has none.
    LIST_ACCOUNT_ALIASES: (), Description { name: "iam:ListAccountAliases", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:ListAccountAliases")], }

    // ---- Policies of roles ----

    /// Puts an inline policy of a role.
    PUT_ROLE_POLICY: (), Change { name: "iam:PutRolePolicy", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:PutRolePolicy")], }
    /// Shows an inline policy of a role.
    GET_ROLE_POLICY: (), Description { name: "iam:GetRolePolicy", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:GetRolePolicy")], }
    /// Lists the inline policies of a role.
    LIST_ROLE_POLICIES: (), Description { name: "iam:ListRolePolicies", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:ListRolePolicies")], }
    /// Deletes an inline policy of a role.
    DELETE_ROLE_POLICY: (), Change { name: "iam:DeleteRolePolicy", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:DeleteRolePolicy")], }
    /// Attaches a managed policy to a role.
    ATTACH_ROLE_POLICY: (), Change { name: "iam:AttachRolePolicy", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:AttachRolePolicy")], }
    /// Detaches a managed policy from a role.
    DETACH_ROLE_POLICY: (), Change { name: "iam:DetachRolePolicy", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:DetachRolePolicy")], }
    /// Gives a role a permissions boundary.
    PUT_ROLE_PERMISSIONS_BOUNDARY: (), Change { name: "iam:PutRolePermissionsBoundary", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:PutRolePermissionsBoundary")], }
    /// Takes the permissions boundary of a role away.
    DELETE_ROLE_PERMISSIONS_BOUNDARY: (), Change { name: "iam:DeleteRolePermissionsBoundary", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:DeleteRolePermissionsBoundary")], }
    /// Lists the managed policies of a role.
    LIST_ATTACHED_ROLE_POLICIES: (), Description { name: "iam:ListAttachedRolePolicies", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:ListAttachedRolePolicies")], }

    // ---- Managed policies ----

    /// Makes a managed policy.
    CREATE_POLICY: (), Change { name: "iam:CreatePolicy", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:CreatePolicy")], }
    /// Shows a managed policy.
    GET_POLICY: (), Description { name: "iam:GetPolicy", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:GetPolicy")], }
    /// Lists the managed policies.
    LIST_POLICIES: (), Description { name: "iam:ListPolicies", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:ListPolicies")], }
    /// Deletes a managed policy.
    DELETE_POLICY: (), Change { name: "iam:DeletePolicy", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:DeletePolicy")], }
    /// Adds a version of a managed policy.
    CREATE_POLICY_VERSION: (), Change { name: "iam:CreatePolicyVersion", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:CreatePolicyVersion")], }
    /// Shows a version of a managed policy.
    GET_POLICY_VERSION: (), Description { name: "iam:GetPolicyVersion", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:GetPolicyVersion")], }
    /// Lists the versions of a managed policy.
    LIST_POLICY_VERSIONS: (), Description { name: "iam:ListPolicyVersions", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:ListPolicyVersions")], }
    /// Deletes a version of a managed policy.
    DELETE_POLICY_VERSION: (), Change { name: "iam:DeletePolicyVersion", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:DeletePolicyVersion")], }
    /// Makes another version of a managed policy count.
    SET_DEFAULT_POLICY_VERSION: (), Change { name: "iam:SetDefaultPolicyVersion", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:SetDefaultPolicyVersion")], }
    /// Lists to whom a managed policy is attached.
    LIST_ENTITIES_FOR_POLICY: (), Description { name: "iam:ListEntitiesForPolicy", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:ListEntitiesForPolicy")], }
    /// Sets tags of a managed policy.
    TAG_POLICY: (), Change { name: "iam:TagPolicy", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:TagPolicy")], }
    /// Removes tags of a managed policy.
    UNTAG_POLICY: (), Change { name: "iam:UntagPolicy", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:UntagPolicy")], }
    /// Lists the tags of a managed policy.
    LIST_POLICY_TAGS: (), Description { name: "iam:ListPolicyTags", own_account, keys NO_KEYS, quota: Quota::In(Q::Iam),
        asks: &[Ask::Account("iam:ListPolicyTags")], }
}
