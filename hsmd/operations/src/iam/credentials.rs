//! What the accounts of this daemon do not have: groups, instance profiles, other names; and for users passwords, devices for a
//! second factor, certificates, SSH keys and credentials of services. Whoever looks through an account, or deletes a user with
//! all that it has, asks for each of them, and is told that there is none.

use hsmd_identity::{Accounts, AwsPrincipal};
use hsmd_keys::AccountId;

use super::Error;
use super::call::{calls, user_arn};
use super::users::user_name_or_own;

calls! {
    /// Lists a user's devices for a second factor.
    ListMFADevices -> () {
        action: LIST_MFA_DEVICES,
        members: { user_name: Option<String> = "UserName" as "userName" },
        resource: |account, accounts| arn(user_name.as_deref(), account, accounts),
        perform: |principal, accounts| none_of(user_name, principal, accounts),
    }
    /// Lists a user's certificates.
    ListSigningCertificates -> () {
        action: LIST_SIGNING_CERTIFICATES,
        members: { user_name: Option<String> = "UserName" as "userName" },
        resource: |account, accounts| arn(user_name.as_deref(), account, accounts),
        perform: |principal, accounts| none_of(user_name, principal, accounts),
    }
    /// Lists a user's SSH keys.
    ListSSHPublicKeys -> () {
        action: LIST_SSH_PUBLIC_KEYS,
        members: { user_name: Option<String> = "UserName" as "userName" },
        resource: |account, accounts| arn(user_name.as_deref(), account, accounts),
        perform: |principal, accounts| none_of(user_name, principal, accounts),
    }
    /// Lists a user's credentials of services.
    ListServiceSpecificCredentials -> () {
        action: LIST_SERVICE_SPECIFIC_CREDENTIALS,
        members: { user_name: Option<String> = "UserName" as "userName" },
        resource: |account, accounts| arn(user_name.as_deref(), account, accounts),
        perform: |principal, accounts| none_of(user_name, principal, accounts),
    }
    /// Lists the account's virtual devices for a second factor.
    ListVirtualMFADevices -> () {
        action: LIST_VIRTUAL_MFA_DEVICES,
        members: {},
        resource: |account, _accounts| format!("arn:aws:iam::{account}:mfa/"),
        perform: |_principal, _accounts| Ok(()),
    }
    /// Lists the account's groups.
    ListGroups -> () {
        action: LIST_GROUPS,
        members: {},
        resource: |account, _accounts| format!("arn:aws:iam::{account}:group/"),
        perform: |_principal, _accounts| Ok(()),
    }
    /// Lists the account's instance profiles.
    ListInstanceProfiles -> () {
        action: LIST_INSTANCE_PROFILES,
        members: {},
        resource: |account, _accounts| format!("arn:aws:iam::{account}:instance-profile/"),
        perform: |_principal, _accounts| Ok(()),
    }
    /// Lists the account's other names.
    ListAccountAliases -> () {
        action: LIST_ACCOUNT_ALIASES,
        members: {},
        resource: |_account, _accounts| "*".to_owned(),
        perform: |_principal, _accounts| Ok(()),
    }
    /// Shows since when a user has a password.
    GetLoginProfile -> () {
        action: GET_LOGIN_PROFILE,
        members: { user_name: Option<String> = "UserName" as "userName" },
        resource: |account, accounts| arn(user_name.as_deref(), account, accounts),
        perform: |principal, accounts| no_password(user_name, principal, accounts),
    }
    /// Takes a user's password away.
    DeleteLoginProfile -> () {
        action: DELETE_LOGIN_PROFILE,
        members: { user_name: Option<String> = "UserName" as "userName" },
        resource: |account, accounts| arn(user_name.as_deref(), account, accounts),
        perform: |principal, accounts| no_password(user_name, principal, accounts),
    }
}

fn arn(user_name: Option<&str>, account: AccountId, accounts: &Accounts) -> String {
    user_name.map_or_else(|| "*".to_owned(), |name| user_arn(account, name, accounts))
}

/// That a user has no password, if there is the user.
fn no_password(
    user_name: Option<String>,
    principal: &AwsPrincipal,
    accounts: &Accounts,
) -> Result<(), Error> {
    let user = user_name_or_own(user_name, principal)?;
    accounts.user(principal.account, &user)?;
    Err(Error::NoLoginProfile { user })
}

/// What a user has of them, if there is the user.
fn none_of(
    user_name: Option<String>,
    principal: &AwsPrincipal,
    accounts: &Accounts,
) -> Result<(), Error> {
    let user = user_name_or_own(user_name, principal)?;
    accounts.user(principal.account, &user)?;
    Ok(())
}
