//! The AWS accounts of a development daemon: its own and a second one, each with an administrator's access key.

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use hsmd_identity::Accounts;
use hsmd_keys::AccountId;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::tls_files::{SECRET_MODE, write};

/// The IAM user whose access keys `DIR/env` has: the one whom `hsm access-key create` gives keys to, if it is not told.
const ADMINISTRATOR: &str = hsmd_operations::ADMINISTRATOR_NAME;

/// What `hsm account list` calls the accounts.
const NAME: &str = "dev";

/// The second account, for what crosses accounts, and the one that takes its place where it is the first.
const SECOND_ACCOUNT: &str = "210987654321";
const ANOTHER_ACCOUNT: &str = "321098765432";

/// The file with the access keys of a development daemon: one line each, of account, id and secret.
const KEY_FILE: &str = "insecure-dev-access-keys";

/// An access key of a development daemon, whose secret stands in `DIR/env`.
pub(crate) struct DevelopmentKey {
    pub(crate) account: AccountId,
    pub(crate) id: String,
    pub(crate) secret: SecretString,
}

/// An access key that was asked for on the command line.
#[derive(Debug, Clone)]
pub(crate) struct GivenKey {
    pub(crate) id: String,
    pub(crate) secret: SecretString,
}

/// Makes the two accounts and their access keys where they are not there yet: the daemon's own first.
pub(super) async fn furnish(
    accounts: &Accounts,
    directory: &Path,
    own: AccountId,
    given: Option<&GivenKey>,
) -> Result<[DevelopmentKey; 2], Box<dyn Error>> {
    let path = directory.join(KEY_FILE);
    let kept = read(&path)?;
    let second: AccountId = SECOND_ACCOUNT.parse()?;
    let second = if second == own {
        ANOTHER_ACCOUNT.parse()?
    } else {
        second
    };
    let keys = [
        key(accounts, own, given, &kept).await?,
        key(accounts, second, None, &kept).await?,
    ];
    write(&path, text(&keys).as_bytes(), SECRET_MODE)?;
    Ok(keys)
}

/// The access key of one account: the given one, the one of the last start, or a new one.
async fn key(
    accounts: &Accounts,
    account: AccountId,
    given: Option<&GivenKey>,
    kept: &HashMap<String, GivenKey>,
) -> Result<DevelopmentKey, Box<dyn Error>> {
    if accounts.account(account).is_none() {
        accounts.create_account(Some(account), NAME).await?;
    }
    accounts.administrator(account, ADMINISTRATOR).await?;
    let kept = kept.get(account.as_str());
    let wanted = given.or(kept);
    if let (Some(wanted), Some(kept)) = (wanted, kept)
        && wanted.id == kept.id
        && is_same(&wanted.secret, &kept.secret)
        && accounts.access_key(&kept.id).is_some()
    {
        return Ok(DevelopmentKey {
            account,
            id: kept.id.clone(),
            secret: kept.secret.clone(),
        });
    }
    for old in accounts.access_keys(account, Some(ADMINISTRATOR))? {
        accounts
            .delete_access_key(account, Some(ADMINISTRATOR), &old.id)
            .await?;
    }
    let made = match given {
        Some(GivenKey { id, secret }) => {
            accounts
                .import_access_key(account, Some(ADMINISTRATOR), id, secret.clone())
                .await?
        }
        None => {
            accounts
                .create_access_key(account, Some(ADMINISTRATOR))
                .await?
        }
    };
    Ok(DevelopmentKey {
        account,
        id: made.key.id.clone(),
        secret: made.secret.clone(),
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "two texts of files of a development daemon are compared"
)]
fn is_same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

/// What the file of the last start says, by account.
fn read(path: &Path) -> Result<HashMap<String, GivenKey>, std::io::Error> {
    if !path.exists() {
        return Ok(HashMap::new());
    }
    let text = Zeroizing::new(fs::read_to_string(path)?);
    let keys = text.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let (account, id, secret) = (words.next()?, words.next()?, words.next()?);
        let key = GivenKey {
            id: id.to_owned(),
            secret: secret.to_owned().into(),
        };
        Some((account.to_owned(), key))
    });
    Ok(keys.collect())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the secrets go into the file of a development daemon"
)]
fn text(keys: &[DevelopmentKey]) -> Zeroizing<String> {
    let lines = keys.iter().map(|key| {
        format!(
            "{} {} {}\n",
            key.account,
            key.id,
            key.secret.expose_secret()
        )
    });
    Zeroizing::new(lines.collect())
}
