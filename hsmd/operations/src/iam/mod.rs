//! The operations of IAM that setting up accounts takes: users, roles, policies and access keys.
//!
//! They are small and much alike, so each is a row of a table: its members with the names that the API gives them, the
//! ARN that identity policies are asked about, and what it does. What a row makes is a [`Call`]; [`Iam`] takes it
//! along the road.

mod access_keys;
mod call;
mod credentials;
mod entity_policies;
mod error;
mod managed_policies;
mod members;
mod page;
mod roles;
mod users;

pub use access_keys::{
    CreateAccessKey, DeleteAccessKey, GetAccessKeyLastUsed, ListAccessKeys, UpdateAccessKey,
};
pub(crate) use call::principal;
pub use call::{Call, Iam};
pub use credentials::{
    DeleteLoginProfile, GetLoginProfile, ListAccountAliases, ListGroups, ListInstanceProfiles,
    ListMFADevices, ListSSHPublicKeys, ListServiceSpecificCredentials, ListSigningCertificates,
    ListVirtualMFADevices,
};
pub use entity_policies::{
    AttachRolePolicy, AttachUserPolicy, DeleteRolePermissionsBoundary, DeleteRolePolicy,
    DeleteUserPermissionsBoundary, DeleteUserPolicy, DetachRolePolicy, DetachUserPolicy,
    GetRolePolicy, GetUserPolicy, InlinePolicy, ListAttachedRolePolicies, ListAttachedUserPolicies,
    ListRolePolicies, ListUserPolicies, PutRolePermissionsBoundary, PutRolePolicy,
    PutUserPermissionsBoundary, PutUserPolicy,
};
pub use error::Error;
pub use managed_policies::{
    CountedPolicy, CreatePolicy, CreatePolicyVersion, DeletePolicy, DeletePolicyVersion, GetPolicy,
    GetPolicyVersion, ListEntitiesForPolicy, ListPolicies, ListPolicyTags, ListPolicyVersions,
    MarkedVersion, SetDefaultPolicyVersion, TagPolicy, UntagPolicy,
};
pub use members::{Member, Members};
pub use page::Page;
pub use roles::{
    CreateRole, DeleteRole, GetRole, ListInstanceProfilesForRole, ListRoleTags, ListRoles, TagRole,
    UntagRole, UpdateAssumeRolePolicy, UpdateRole, UpdateRoleDescription,
};
pub use users::{
    CreateUser, DeleteUser, GetUser, ListGroupsForUser, ListUserTags, ListUsers, Shown, TagUser,
    UntagUser, UpdateUser,
};
