//! Users.

use std::sync::Arc;

use hsmd_identity::{AwsPrincipal, Holder, PrincipalKind, Tag, User};

use super::call::{calls, new_arn, user_arn};
use super::members::PathPrefix;
use super::{Error, Page};

calls! {
    /// Makes a user.
    CreateUser -> Arc<User> {
        action: CREATE_USER,
        members: {
            user_name: String = "UserName" as "userName",
            path: Option<String> = "Path" as "path",
            permissions_boundary: Option<String> = "PermissionsBoundary" as "permissionsBoundary",
            tags: Vec<Tag> = "Tags" as "tags",
        },
        resource: |account, _accounts| new_arn(account, "user", path.as_deref(), user_name),
        perform: |principal, accounts| {
            let path = path.as_deref().unwrap_or("/");
            let boundary = permissions_boundary.as_deref();
            Ok(accounts.create_user(principal.account, &user_name, path, &tags, boundary).await?)
        },
    }
    /// Shows a user; the caller if none is named.
    GetUser -> Shown {
        action: GET_USER,
        members: { user_name: Option<String> = "UserName" as "userName" },
        resource: |account, accounts| match user_name {
            Some(name) => user_arn(account, name, accounts),
            None => "*".to_owned(),
        },
        perform: |principal, accounts| {
            if user_name.is_none() && principal.is_root() {
                return Ok(Shown::Root(principal.clone()));
            }
            let name = user_name_or_own(user_name, principal)?;
            Ok(Shown::User(accounts.user(principal.account, &name)?))
        },
    }
    /// Lists the users.
    ListUsers -> Page<Arc<User>> {
        action: LIST_USERS,
        members: {
            path_prefix: PathPrefix = "PathPrefix" as "pathPrefix",
            marker: Option<String> = "Marker" as "marker",
            max_items: Option<u32> = "MaxItems" as "maxItems",
        },
        resource: |account, _accounts| format!("arn:aws:iam::{account}:user/"),
        perform: |principal, accounts| {
            let mut users = accounts.users(principal.account)?;
            users.retain(|user| path_prefix.begins(&user.entity.path));
            Page::of(users, marker.as_deref(), max_items, |user| {
                user.entity.name.to_ascii_lowercase()
            })
        },
    }
    /// Gives a user another name or path.
    UpdateUser -> () {
        action: UPDATE_USER,
        members: {
            user_name: String = "UserName" as "userName",
            new_user_name: Option<String> = "NewUserName" as "newUserName",
            new_path: Option<String> = "NewPath" as "newPath",
        },
        resource: |account, accounts| user_arn(account, user_name, accounts),
        perform: |principal, accounts| {
            let (new_name, new_path) = (new_user_name.as_deref(), new_path.as_deref());
            Ok(accounts.update_user(principal.account, &user_name, new_name, new_path).await?)
        },
    }
    /// Deletes a user.
    DeleteUser -> () {
        action: DELETE_USER,
        members: { user_name: String = "UserName" as "userName" },
        resource: |account, accounts| user_arn(account, user_name, accounts),
        perform: |principal, accounts| {
            Ok(accounts.delete_user(principal.account, &user_name).await?)
        },
    }
    /// Sets tags of a user.
    TagUser -> () {
        action: TAG_USER,
        members: {
            user_name: String = "UserName" as "userName",
            tags: Vec<Tag> = "Tags" as "tags",
        },
        resource: |account, accounts| user_arn(account, user_name, accounts),
        perform: |principal, accounts| {
            Ok(accounts.tag(principal.account, Holder::User(&user_name), &tags).await?)
        },
    }
    /// Removes tags of a user.
    UntagUser -> () {
        action: UNTAG_USER,
        members: {
            user_name: String = "UserName" as "userName",
            tag_keys: Vec<String> = "TagKeys" as "tagKeys",
        },
        resource: |account, accounts| user_arn(account, user_name, accounts),
        perform: |principal, accounts| {
            Ok(accounts.untag(principal.account, Holder::User(&user_name), &tag_keys).await?)
        },
    }
    /// Lists the tags of a user.
    ListUserTags -> Page<Tag> {
        action: LIST_USER_TAGS,
        members: {
            user_name: String = "UserName" as "userName",
            marker: Option<String> = "Marker" as "marker",
            max_items: Option<u32> = "MaxItems" as "maxItems",
        },
        resource: |account, accounts| user_arn(account, user_name, accounts),
        perform: |principal, accounts| {
            let tags = accounts.entity(principal.account, Holder::User(&user_name))?.tags;
            Page::of(tags, marker.as_deref(), max_items, |(key, _)| key.clone())
        },
    }
    /// Lists the groups of a user. There are no groups, so it tells only whether the user is there.
    ListGroupsForUser -> () {
        action: LIST_GROUPS_FOR_USER,
        members: { user_name: String = "UserName" as "userName" },
        resource: |account, accounts| user_arn(account, user_name, accounts),
        perform: |principal, accounts| {
            accounts.user(principal.account, &user_name)?;
            Ok(())
        },
    }
}

/// Who is shown.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "one of a reply")]
pub enum Shown {
    /// A user.
    User(Arc<User>),
    /// The root user.
    Root(AwsPrincipal),
}

/// The name that is given, or the caller's own if it is a user.
pub(super) fn user_name_or_own(
    given: Option<String>,
    principal: &AwsPrincipal,
) -> Result<String, Error> {
    match (given, &principal.kind) {
        (Some(name), _) => Ok(name),
        (None, PrincipalKind::User) => Ok(principal.name.clone()),
        (None, _) => Err(Error::NoUserName),
    }
}
