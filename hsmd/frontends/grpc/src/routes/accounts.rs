//! AWS accounts and their access keys.

use std::mem::take;
use std::sync::Arc;

use hsm_proto::{
    AccessKeyInfo, AccountInfo, CreateAccessKeyReply, CreateAccessKeyRequest, CreateAccountReply,
    CreateAccountRequest, DeleteAccessKeyReply, DeleteAccessKeyRequest, DeleteAccountReply,
    DeleteAccountRequest, ListAccessKeysReply, ListAccessKeysRequest, ListAccountsReply,
    ListAccountsRequest, OpenAccountTokenReply, OpenAccountTokenRequest, UpdateAccessKeyReply,
    UpdateAccessKeyRequest,
};
use hsmd_identity::{AccessKey, Account, NewAccessKey};
use hsmd_operations::kms::AccountPins;
use hsmd_operations::{
    ADMINISTRATOR_NAME, AccountId, CreateAccessKey, CreateAccount, DeleteAccessKey, DeleteAccount,
    Error, KeyOwner, ListAccessKeys, ListAccounts, OpenAccountToken, Token, UpdateAccessKey,
};
use secrecy::ExposeSecret;

use super::tokens::token_info;
use super::{Route, wire};

impl Route for CreateAccountRequest {
    type Operation = CreateAccount;

    fn operation(mut self) -> Result<CreateAccount, Error> {
        let account = if self.account.is_empty() {
            None
        } else {
            Some(account_id(&self.account)?)
        };
        Ok(CreateAccount {
            account,
            name: take(&mut self.name),
        })
    }

    fn reply(account: Arc<Account>) -> CreateAccountReply {
        CreateAccountReply {
            account: Some(account_info(&account)),
        }
    }
}

impl Route for ListAccountsRequest {
    type Operation = ListAccounts;

    fn operation(self) -> Result<ListAccounts, Error> {
        Ok(ListAccounts)
    }

    fn reply(accounts: Vec<Arc<Account>>) -> ListAccountsReply {
        ListAccountsReply {
            accounts: accounts
                .iter()
                .map(|account| account_info(account))
                .collect(),
        }
    }
}

impl Route for DeleteAccountRequest {
    type Operation = DeleteAccount;

    fn operation(self) -> Result<DeleteAccount, Error> {
        Ok(DeleteAccount {
            account: account_id(&self.account)?,
        })
    }

    fn reply((): ()) -> DeleteAccountReply {
        DeleteAccountReply {}
    }
}

impl Route for OpenAccountTokenRequest {
    type Operation = OpenAccountToken;

    fn operation(mut self) -> Result<OpenAccountToken, Error> {
        Ok(OpenAccountToken {
            account: account_id(&self.account)?,
            region: wire::region(&self.region)?,
            pins: AccountPins {
                so_pin: wire::pin(&mut self.so_pin),
                user_pin: wire::pin(&mut self.pin),
            },
        })
    }

    fn reply(token: Token) -> OpenAccountTokenReply {
        OpenAccountTokenReply {
            token: Some(token_info(token)),
        }
    }
}

impl Route for CreateAccessKeyRequest {
    type Operation = CreateAccessKey;

    fn operation(mut self) -> Result<CreateAccessKey, Error> {
        let (user, service) = (take(&mut self.user), take(&mut self.service));
        let owner = match (self.root, user.is_empty(), service.is_empty()) {
            (true, true, true) => KeyOwner::Root,
            (false, true, true) => KeyOwner::User(ADMINISTRATOR_NAME.to_owned()),
            (false, false, true) => KeyOwner::User(user),
            (false, true, false) => KeyOwner::Service(service),
            (true, _, false) | (_, false, false) => {
                return Err(Error::MalformedRequest { field: "service" });
            }
            (true, false, true) => return Err(Error::MalformedRequest { field: "user" }),
        };
        Ok(CreateAccessKey {
            account: account_id(&self.account)?,
            owner,
        })
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the secret goes into the reply, which wipes it when dropped"
    )]
    fn reply(new: NewAccessKey) -> CreateAccessKeyReply {
        CreateAccessKeyReply {
            secret_access_key: new.secret.expose_secret().to_owned(),
            access_key: Some(access_key_info(new.key)),
        }
    }
}

impl Route for ListAccessKeysRequest {
    type Operation = ListAccessKeys;

    fn operation(self) -> Result<ListAccessKeys, Error> {
        Ok(ListAccessKeys {
            account: account_id(&self.account)?,
        })
    }

    fn reply(keys: Vec<AccessKey>) -> ListAccessKeysReply {
        ListAccessKeysReply {
            access_keys: keys.into_iter().map(access_key_info).collect(),
        }
    }
}

impl Route for UpdateAccessKeyRequest {
    type Operation = UpdateAccessKey;

    fn operation(mut self) -> Result<UpdateAccessKey, Error> {
        Ok(UpdateAccessKey {
            access_key_id: take(&mut self.access_key_id),
            is_active: self.is_active,
        })
    }

    fn reply((): ()) -> UpdateAccessKeyReply {
        UpdateAccessKeyReply {}
    }
}

impl Route for DeleteAccessKeyRequest {
    type Operation = DeleteAccessKey;

    fn operation(mut self) -> Result<DeleteAccessKey, Error> {
        Ok(DeleteAccessKey {
            access_key_id: take(&mut self.access_key_id),
        })
    }

    fn reply((): ()) -> DeleteAccessKeyReply {
        DeleteAccessKeyReply {}
    }
}

fn account_id(text: &str) -> Result<AccountId, Error> {
    text.parse()
        .map_err(|_| Error::MalformedRequest { field: "account" })
}

fn account_info(account: &Account) -> AccountInfo {
    AccountInfo {
        account: account.id.to_string(),
        name: account.name.clone(),
        created_at_unix_seconds: account.created_at,
    }
}

fn access_key_info(key: AccessKey) -> AccessKeyInfo {
    AccessKeyInfo {
        access_key_id: key.id,
        account: key.account.to_string(),
        user: key.user.unwrap_or_default(),
        service: key.service.unwrap_or_default(),
        is_active: key.is_active,
        created_at_unix_seconds: key.created_at,
    }
}
