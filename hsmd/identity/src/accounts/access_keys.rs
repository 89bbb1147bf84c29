//! Access keys of users, of root users, and of services that act in an account.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hsmd_keys::AccountId;
use hsmd_storage::Cell;
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::credentials::Credential;
use super::entities::{AccessKey, KeyHolder};
use super::error::AccountError;
use super::stored::access_key_to_stored;
use super::{Accounts, names, provided};

/// The most access keys of one user.
const KEYS_PER_USER_MAX: usize = 2;

/// A secret access key has 40 characters: 30 bytes in base64.
const SECRET_BYTES: usize = 30;

/// A new access key with its secret, which is shown once and never again.
pub struct NewAccessKey {
    /// The key.
    pub key: AccessKey,
    /// Its secret.
    pub secret: SecretString,
}

impl Accounts {
    /// The access keys of a user, of the root user, or of a service, by age.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchEntity`].
    pub fn access_keys<'a>(
        &self,
        account: AccountId,
        holder: impl Into<KeyHolder<'a>>,
    ) -> Result<Vec<AccessKey>, AccountError> {
        let user_id = self.holder_id(account, holder.into())?;
        let known = self.known.read();
        let of_user = |one: &&Arc<Credential>| one.key.account == account && one.user_id == user_id;
        let mut keys: Vec<_> = known
            .credentials
            .values()
            .filter(of_user)
            .map(|credential| credential.key.clone())
            .collect();
        keys.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        Ok(keys)
    }

    /// Every access key of an account, by id.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchAccount`].
    pub fn account_access_keys(&self, account: AccountId) -> Result<Vec<AccessKey>, AccountError> {
        let known = self.known.read();
        known.state(account)?;
        let all = known.credentials.values().map(|credential| &credential.key);
        let mut keys: Vec<_> = all.filter(|key| key.account == account).cloned().collect();
        keys.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(keys)
    }

    /// The access key with this id.
    #[must_use]
    pub fn access_key(&self, id: &str) -> Option<AccessKey> {
        let known = self.known.read();
        known
            .credentials
            .get(id)
            .map(|credential| credential.key.clone())
    }

    /// Makes an access key for a user, for the root user, or for a service.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchEntity`], [`AccountError::LimitExceeded`]; [`AccountError::Invalid`] for a service whose name
    /// does not end in `.amazonaws.com`; the store's.
    pub async fn create_access_key<'a>(
        &self,
        account: AccountId,
        holder: impl Into<KeyHolder<'a>>,
    ) -> Result<NewAccessKey, AccountError> {
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        names::random(&mut *bytes)?;
        let secret = SecretString::from(STANDARD.encode(bytes.as_slice()));
        let id = names::new_id("AKIA", 20)?;
        self.import_access_key(account, holder, &id, secret).await
    }

    /// Makes an access key with a given id and secret.
    ///
    /// # Errors
    ///
    /// As [`create_access_key`](Self::create_access_key); [`AccountError::AlreadyExists`]; [`AccountError::Invalid`].
    pub async fn import_access_key<'a>(
        &self,
        account: AccountId,
        holder: impl Into<KeyHolder<'a>>,
        id: &str,
        secret: SecretString,
    ) -> Result<NewAccessKey, AccountError> {
        let is_plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !(16..=128).contains(&id.len()) || !is_plain {
            return Err(AccountError::Invalid {
                member: "accessKeyId",
                rule: "It has 16 to 128 letters and digits.",
            });
        }
        let holder = holder.into();
        let _turn = self.change.lock().await;
        let user_id = self.holder_id(account, holder)?;
        let present = self.access_keys(account, holder)?.len();
        names::check_count("AccessKeysPerUser", present, KEYS_PER_USER_MAX)?;
        if self.access_key(id).is_some() {
            return Err(AccountError::AlreadyExists {
                what: "Access Key",
                name: id.to_owned(),
            });
        }
        let key = AccessKey {
            id: id.to_owned(),
            account,
            user: match holder {
                KeyHolder::User(name) => Some(name.to_owned()),
                KeyHolder::Root | KeyHolder::Service(_) => None,
            },
            service: match holder {
                KeyHolder::Service(name) => Some(name.to_owned()),
                KeyHolder::Root | KeyHolder::User(_) => None,
            },
            is_active: true,
            created_at: self.now_seconds(),
        };
        let bytes = access_key_to_stored(&key, &user_id, &secret).to_vec();
        let name = id.as_bytes();
        let version = self
            .access_keys
            .put(Cell::SYSTEM, name, None, bytes)
            .await?;
        let mut known = self.known.write();
        known.insert_access_key(key.clone(), &user_id, secret.clone(), version);
        Ok(NewAccessKey { key, secret })
    }

    /// Switches an access key on or off. `holder` is whose it must be.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchEntity`]; the store's.
    pub async fn set_access_key_active<'a>(
        &self,
        account: AccountId,
        holder: impl Into<KeyHolder<'a>>,
        id: &str,
        is_active: bool,
    ) -> Result<(), AccountError> {
        let _turn = self.change.lock().await;
        let credential = self.credential(account, holder.into(), id)?;
        let key = AccessKey {
            is_active,
            ..credential.key.clone()
        };
        let bytes = access_key_to_stored(&key, &credential.user_id, &credential.secret).to_vec();
        let expected = Some(credential.version);
        let version = self
            .access_keys
            .put(Cell::SYSTEM, id.as_bytes(), expected, bytes)
            .await?;
        let secret = credential.secret.clone();
        let mut known = self.known.write();
        known.insert_access_key(key, &credential.user_id, secret, version);
        Ok(())
    }

    /// Deletes an access key. `holder` is whose it must be.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchEntity`]; the store's.
    pub async fn delete_access_key<'a>(
        &self,
        account: AccountId,
        holder: impl Into<KeyHolder<'a>>,
        id: &str,
    ) -> Result<(), AccountError> {
        let _turn = self.change.lock().await;
        let version = self.credential(account, holder.into(), id)?.version;
        self.access_keys
            .delete(Cell::SYSTEM, id.as_bytes(), version)
            .await?;
        self.known.write().credentials.remove(id);
        Ok(())
    }

    /// The user `name`, made with the right to everything if it is not there: the first user of an account.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchAccount`], [`AccountError::Invalid`]; the store's.
    pub async fn administrator(&self, account: AccountId, name: &str) -> Result<(), AccountError> {
        match self.create_user(account, name, "/", &[], None).await {
            Ok(_) => {
                let user = super::Holder::User(name);
                self.attach_policy(account, user, provided::ADMINISTRATOR_ACCESS)
                    .await
            }
            Err(AccountError::AlreadyExists { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What the stored form says of whose a key is.
    fn holder_id(&self, account: AccountId, holder: KeyHolder<'_>) -> Result<String, AccountError> {
        match holder {
            KeyHolder::User(name) => Ok(self.user(account, name)?.entity.id.clone()),
            KeyHolder::Root => {
                self.known.read().state(account)?;
                Ok(String::new())
            }
            KeyHolder::Service(name) => {
                self.known.read().state(account)?;
                names::check_service(name)?;
                Ok(name.to_owned())
            }
        }
    }

    fn credential(
        &self,
        account: AccountId,
        holder: KeyHolder<'_>,
        id: &str,
    ) -> Result<Arc<Credential>, AccountError> {
        let user_id = self.holder_id(account, holder)?;
        let known = self.known.read();
        let found = known.credentials.get(id);
        let found = found.filter(|one| one.key.account == account && one.user_id == user_id);
        found
            .cloned()
            .ok_or_else(|| AccountError::no_access_key(id))
    }
}

impl fmt::Debug for NewAccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAccessKey")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
