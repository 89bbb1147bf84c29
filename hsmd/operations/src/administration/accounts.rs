//! AWS accounts and their access keys, for operators: what makes the first credentials of an account.

use std::sync::Arc;

use hsmd_gate::{Detail, Needs, Row, actions};
use hsmd_identity::{AccessKey, Account, Caller, KeyHolder, NewAccessKey};
use hsmd_keys::AccountId;

use super::identities::check_length;
use crate::{Dependencies, Error, Operation};

/// The user whose access key is made when none is named.
pub const ADMINISTRATOR_NAME: &str = "admin";

/// Makes an account.
pub struct CreateAccount {
    /// Its id; a random one if nothing is said.
    pub account: Option<AccountId>,
    /// What operators call it.
    pub name: String,
}

impl Operation for CreateAccount {
    type Permits = ();
    type Output = Arc<Account>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::CREATE_ACCOUNT.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        check_length(&self.name)?;
        let needs = Needs::daemon(&actions::CREATE_ACCOUNT)
            .with_detail("name", Detail::Text(self.name.clone()));
        Ok(match self.account {
            Some(account) => needs.with_detail("account", Detail::Text(account.to_string())),
            None => needs,
        })
    }

    async fn execute(
        self,
        (): &(),
        _: &Caller,
        with: &Dependencies,
    ) -> Result<Arc<Account>, Error> {
        Ok(with
            .accounts
            .create_account(self.account, &self.name)
            .await?)
    }
}

/// Lists the accounts.
pub struct ListAccounts;

impl Operation for ListAccounts {
    type Permits = ();
    type Output = Vec<Arc<Account>>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::LIST_ACCOUNTS.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        Ok(Needs::daemon(&actions::LIST_ACCOUNTS))
    }

    async fn execute(
        self,
        (): &(),
        _: &Caller,
        with: &Dependencies,
    ) -> Result<Vec<Arc<Account>>, Error> {
        Ok(with.accounts.list())
    }
}

/// Deletes an account that has nothing any more.
pub struct DeleteAccount {
    /// Which.
    pub account: AccountId,
}

impl Operation for DeleteAccount {
    type Permits = ();
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::DELETE_ACCOUNT.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        Ok(Needs::daemon(&actions::DELETE_ACCOUNT)
            .with_detail("account", Detail::Text(self.account.to_string())))
    }

    async fn execute(self, (): &(), _: &Caller, with: &Dependencies) -> Result<(), Error> {
        Ok(with.accounts.delete_account(self.account).await?)
    }
}

/// Whose an access key is.
pub enum KeyOwner {
    /// The account's root user.
    Root,
    /// The user with this name, who is made with the right to everything if they are not there yet.
    User(String),
    /// A service, as `s3.amazonaws.com`, which acts in the account.
    Service(String),
}

/// Makes an access key.
pub struct CreateAccessKey {
    /// Of this account.
    pub account: AccountId,
    /// Whose it is.
    pub owner: KeyOwner,
}

impl Operation for CreateAccessKey {
    type Permits = ();
    type Output = NewAccessKey;
    type Error = Error;

    fn action() -> &'static Row {
        actions::CREATE_ACCESS_KEY.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        let needs = Needs::daemon(&actions::CREATE_ACCESS_KEY)
            .with_detail("account", Detail::Text(self.account.to_string()));
        Ok(match &self.owner {
            KeyOwner::Root => needs,
            KeyOwner::User(user) => {
                check_length(user)?;
                needs.with_detail("userName", Detail::Text(user.clone()))
            }
            KeyOwner::Service(service) => {
                check_length(service)?;
                needs.with_detail("service", Detail::Text(service.clone()))
            }
        })
    }

    async fn execute(
        self,
        (): &(),
        _: &Caller,
        with: &Dependencies,
    ) -> Result<NewAccessKey, Error> {
        let holder = match &self.owner {
            KeyOwner::Root => KeyHolder::Root,
            KeyOwner::User(name) => {
                with.accounts.administrator(self.account, name).await?;
                KeyHolder::User(name)
            }
            KeyOwner::Service(name) => KeyHolder::Service(name),
        };
        Ok(with
            .accounts
            .create_access_key(self.account, holder)
            .await?)
    }
}

/// Lists the access keys of an account.
pub struct ListAccessKeys {
    /// Which.
    pub account: AccountId,
}

impl Operation for ListAccessKeys {
    type Permits = ();
    type Output = Vec<AccessKey>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::LIST_ACCESS_KEYS.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        Ok(Needs::daemon(&actions::LIST_ACCESS_KEYS)
            .with_detail("account", Detail::Text(self.account.to_string())))
    }

    async fn execute(
        self,
        (): &(),
        _: &Caller,
        with: &Dependencies,
    ) -> Result<Vec<AccessKey>, Error> {
        Ok(with.accounts.account_access_keys(self.account)?)
    }
}

/// Switches an access key on or off.
pub struct UpdateAccessKey {
    /// Which.
    pub access_key_id: String,
    /// Whether it may be used from now on.
    pub is_active: bool,
}

impl Operation for UpdateAccessKey {
    type Permits = ();
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::UPDATE_ACCESS_KEY.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        check_length(&self.access_key_id)?;
        Ok(Needs::daemon(&actions::UPDATE_ACCESS_KEY)
            .with_detail("accessKeyId", Detail::Text(self.access_key_id.clone())))
    }

    async fn execute(self, (): &(), _: &Caller, with: &Dependencies) -> Result<(), Error> {
        let key = with.accounts.access_key(&self.access_key_id);
        let key = key.ok_or(Error::AccountNotFound)?;
        Ok(with
            .accounts
            .set_access_key_active(key.account, key.holder(), &key.id, self.is_active)
            .await?)
    }
}

/// Deletes an access key.
pub struct DeleteAccessKey {
    /// Which.
    pub access_key_id: String,
}

impl Operation for DeleteAccessKey {
    type Permits = ();
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::DELETE_ACCESS_KEY.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        check_length(&self.access_key_id)?;
        Ok(Needs::daemon(&actions::DELETE_ACCESS_KEY)
            .with_detail("accessKeyId", Detail::Text(self.access_key_id.clone())))
    }

    async fn execute(self, (): &(), _: &Caller, with: &Dependencies) -> Result<(), Error> {
        let key = with.accounts.access_key(&self.access_key_id);
        let key = key.ok_or(Error::AccountNotFound)?;
        Ok(with
            .accounts
            .delete_access_key(key.account, key.holder(), &key.id)
            .await?)
    }
}
