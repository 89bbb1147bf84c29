//! Access keys of users.

use hsmd_identity::{AccessKey, AwsPrincipal, NewAccessKey};

use super::call::{calls, user_arn};
use super::members::choices;
use super::users::user_name_or_own;
use super::{Error, Page};

calls! {
    /// Makes an access key of a user; of the caller if none is named.
    CreateAccessKey -> NewAccessKey {
        action: CREATE_ACCESS_KEY,
        members: { user_name: Option<String> = "UserName" as "userName" },
        resource: |account, accounts| owner_arn(user_name.as_deref(), account, accounts),
        perform: |principal, accounts| {
            let owner = owner(user_name, principal)?;
            Ok(accounts.create_access_key(principal.account, owner.as_deref()).await?)
        },
    }
    /// Lists the access keys of a user; of the caller if none is named.
    ListAccessKeys -> Page<AccessKey> {
        action: LIST_ACCESS_KEYS,
        members: {
            user_name: Option<String> = "UserName" as "userName",
            marker: Option<String> = "Marker" as "marker",
            max_items: Option<u32> = "MaxItems" as "maxItems",
        },
        resource: |account, accounts| owner_arn(user_name.as_deref(), account, accounts),
        perform: |principal, accounts| {
            let owner = owner(user_name, principal)?;
            let mut keys = accounts.access_keys(principal.account, owner.as_deref())?;
            keys.sort_by(|one, other| one.id.cmp(&other.id));
            Page::of(keys, marker.as_deref(), max_items, |key| key.id.clone())
        },
    }
    /// Switches an access key on or off.
    UpdateAccessKey -> () {
        action: UPDATE_ACCESS_KEY,
        members: {
            user_name: Option<String> = "UserName" as "userName",
            access_key_id: String = "AccessKeyId" as "accessKeyId",
            status: Status = "Status" as "status",
        },
        resource: |account, accounts| owner_arn(user_name.as_deref(), account, accounts),
        perform: |principal, accounts| {
            let is_active = status == Status::Active;
            let owner = owner(user_name, principal)?;
            let account = principal.account;
            Ok(accounts
                .set_access_key_active(account, owner.as_deref(), &access_key_id, is_active)
                .await?)
        },
    }
    /// Deletes an access key.
    DeleteAccessKey -> () {
        action: DELETE_ACCESS_KEY,
        members: {
            user_name: Option<String> = "UserName" as "userName",
            access_key_id: String = "AccessKeyId" as "accessKeyId",
        },
        resource: |account, accounts| owner_arn(user_name.as_deref(), account, accounts),
        perform: |principal, accounts| {
            let owner = owner(user_name, principal)?;
            let account = principal.account;
            Ok(accounts
                .delete_access_key(account, owner.as_deref(), &access_key_id)
                .await?)
        },
    }
    /// Shows whose an access key is. When it was last used is in the audit log alone.
    GetAccessKeyLastUsed -> AccessKey {
        action: GET_ACCESS_KEY_LAST_USED,
        members: { access_key_id: String = "AccessKeyId" as "accessKeyId" },
        resource: |_account, _accounts| "*".to_owned(),
        perform: |principal, accounts| {
            let key = accounts.access_key(&access_key_id);
            let key = key.filter(|key| key.account == principal.account);
            key.ok_or_else(|| Error::UnknownAccessKey {
                caller: principal.arn.clone(),
                id: access_key_id,
            })
        },
    }
}

choices! {
    /// Whether an access key signs.
    Status { Active = "Active", Inactive = "Inactive" }
}

fn owner_arn(
    user_name: Option<&str>,
    account: hsmd_keys::AccountId,
    accounts: &hsmd_identity::Accounts,
) -> String {
    user_name.map_or_else(|| "*".to_owned(), |name| user_arn(account, name, accounts))
}

/// Whose the key is: none is the root user's.
fn owner(given: Option<String>, principal: &AwsPrincipal) -> Result<Option<String>, Error> {
    if given.is_none() && principal.is_root() {
        return Ok(None);
    }
    user_name_or_own(given, principal).map(Some)
}
