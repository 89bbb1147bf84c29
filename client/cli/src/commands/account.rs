//! `hsm account` and `hsm access-key`.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use hsm_proto::{
    AccessKeyInfo, AccountInfo, CreateAccessKeyRequest, CreateAccountRequest,
    DeleteAccessKeyRequest, DeleteAccountRequest, ListAccessKeysRequest, ListAccountsRequest,
    OpenAccountTokenRequest, UpdateAccessKeyRequest,
};
use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use super::token;
use crate::{
    failure::Failure,
    output::{self, Report},
    secrets::Source,
    session::Session,
};

/// What comes after an account and its first access key, for both commands.
pub(crate) const NEXT: &str = "\
From nothing to a key:
  hsm account create --name payments --id 111122223333
  hsm access-key create --account 111122223333
  export AWS_ACCESS_KEY_ID=AKIA… AWS_SECRET_ACCESS_KEY=…
  export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
  export AWS_ENDPOINT_URL=https://hsm.example:7443 AWS_CA_BUNDLE=ca.pem
  aws sts get-caller-identity
  aws kms create-key --description orders

The endpoint is what [kms] listen says in the daemon's configuration; ca.pem is the certificate of its CA, as \
`hsm identity issue` writes it. `hsmd dev` has an account already: `. DIR/env` sets all of this. From then on aws iam, boto3 or \
Terraform make users, roles and policies; `hsm policy explain` says why somebody may or may not use a key.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Create(Create),
    /// List the accounts
    List,
    Token(Token),
    Delete(Account),
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    Create(CreateKey),
    List(OfAccount),
    Enable(Enable),
    Disable(Disable),
    Delete(Delete),
}

/// Make an AWS account: whoever has its credentials uses it through the AWS door. Operators only.
///
/// It has nobody in it yet but its root user: make an access key next. Accounts cannot see each other's keys and users, but for
/// what key policies, grants and trust policies open to them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm account create
  hsm account create --name payments --id 111122223333

Next:
  hsm access-key create --account 111122223333")]
pub(crate) struct Create {
    /// Its id, twelve digits; a random one if not said
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// What to call it
    #[arg(long, value_name = "NAME", default_value = "")]
    name: String,
}

/// Delete an account that has nobody and nothing any more. Operators only.
///
/// Its users, roles, managed policies and access keys go first: `hsm access-key delete`, `aws iam delete-user` and the like.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm account delete 111122223333")]
pub(crate) struct Account {
    /// The account's id
    #[arg(value_name = "ID")]
    id: String,
}

/// Set the PINs of an account's token in one Region, so that PKCS#11 can use the account's keys. Operators only.
///
/// The token is called kms-<ACCOUNT>-<REGION>. It is made if the account has asked for nothing in that Region yet. Whoever
/// logs in to it uses the keys as the account's root user, under their policies.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm account token 111122223333 --region us-east-1
  hsm account token 111122223333 --region us-east-1 --so-pin-file so-pin --pin-file pin
  hsm identity issue web-1 --partition kms-111122223333-us-east-1 --identity-dir web-1
  pkcs11-tool --module libhsm_pkcs11.so --token-label kms-111122223333-us-east-1 --login --list-objects")]
pub(crate) struct Token {
    /// The account's id
    #[arg(value_name = "ID")]
    id: String,
    /// The Region
    #[arg(long, value_name = "NAME")]
    region: String,
    /// Read the security officer's PIN from this file; - is standard input
    #[arg(long, value_name = "FILE")]
    so_pin_file: Option<PathBuf>,
    /// Read the user's PIN from this file; - is standard input
    #[arg(long, value_name = "FILE")]
    pin_file: Option<PathBuf>,
}

/// List the access keys of an account: whose they are, and whether they sign. Operators only.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm access-key list --account 111122223333")]
pub(crate) struct OfAccount {
    /// The account's id
    #[arg(long, value_name = "ID")]
    account: String,
}

/// Make an access key of an account, with which requests to the AWS door are signed. Operators only.
///
/// Its secret is shown once. The user is made, with the right to everything in the account, if they are not there yet; whoever
/// should have less is made with `aws iam create-user`, and so is their access key.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm access-key create --account 111122223333
  hsm access-key create --account 111122223333 --user ada
  hsm access-key create --account 111122223333 --service s3.amazonaws.com

Next:
  export AWS_ACCESS_KEY_ID=AKIA… AWS_SECRET_ACCESS_KEY=…
  export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
  export AWS_ENDPOINT_URL=https://hsm.example:7443 AWS_CA_BUNDLE=ca.pem
  aws sts get-caller-identity")]
pub(crate) struct CreateKey {
    /// The account's id
    #[arg(long, value_name = "ID")]
    account: String,
    /// Whose it is
    #[arg(long, value_name = "NAME", default_value = "admin")]
    user: String,
    /// Make it one of the account's root user
    #[arg(long, conflicts_with = "user")]
    root: bool,
    /// Make it one of a service that acts in the account, as s3.amazonaws.com: its key alias/aws/s3 appears at first use
    #[arg(long, value_name = "NAME", conflicts_with_all = ["user", "root"])]
    service: Option<String>,
}

/// Let an access key sign requests again. Operators only.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm access-key enable AKIAIOSFODNN7EXAMPLE")]
pub(crate) struct Enable {
    #[command(flatten)]
    key: Key,
}

/// Refuse requests that an access key signs, until it is enabled again. Operators only.
///
/// Sessions that were begun with it go on until they expire.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm access-key disable AKIAIOSFODNN7EXAMPLE

Next, once nothing that you know of has stopped working:
  hsm access-key delete AKIAIOSFODNN7EXAMPLE")]
pub(crate) struct Disable {
    #[command(flatten)]
    key: Key,
}

/// Delete an access key for good. Operators only.
///
/// Sessions that were begun with it go on until they expire.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm access-key delete AKIAIOSFODNN7EXAMPLE")]
pub(crate) struct Delete {
    #[command(flatten)]
    key: Key,
}

#[derive(Debug, Args)]
pub(crate) struct Key {
    /// The access key's id, AKIA…
    #[arg(value_name = "ACCESS_KEY_ID")]
    id: String,
}

pub(super) fn run(session: &Session, command: Command) -> Result<(), Failure> {
    match command {
        Command::Create(arguments) => {
            let reply = session.call(CreateAccountRequest {
                account: arguments.id.unwrap_or_default(),
                name: arguments.name,
            })?;
            let account = reply.account.unwrap_or_default();
            session.output.show(&Shown::from(account))
        }
        Command::List => {
            let reply = session.call(ListAccountsRequest {})?;
            let accounts = reply.accounts.into_iter().map(Shown::from).collect();
            session.output.show(&Accounts { accounts })
        }
        Command::Token(arguments) => open_token(session, arguments),
        Command::Delete(Account { id }) => {
            session.call(DeleteAccountRequest {
                account: id.clone(),
            })?;
            session.output.show(&Changed {
                what: "Account",
                id,
                action: "deleted",
            })
        }
    }
}

fn open_token(session: &Session, arguments: Token) -> Result<(), Failure> {
    let so_pin = token::so_pin("SO PIN", arguments.so_pin_file.as_deref()).read_new()?;
    let source = Source {
        what: "user PIN",
        file: arguments.pin_file.as_deref(),
        option: "--pin-file",
        variable: Some("HSM_PIN"),
    };
    let pin = source.read_new()?;
    let reply = session.call(OpenAccountTokenRequest {
        account: arguments.id,
        region: arguments.region,
        so_pin: so_pin.to_vec(),
        pin: pin.to_vec(),
    })?;
    let token = reply.token.unwrap_or_default();
    session.output.show(&token::Token::from(token))
}

pub(super) fn run_key(session: &Session, command: KeyCommand) -> Result<(), Failure> {
    match command {
        KeyCommand::Create(arguments) => {
            let mut reply = session.call(CreateAccessKeyRequest {
                account: arguments.account,
                user: if arguments.root || arguments.service.is_some() {
                    String::new()
                } else {
                    arguments.user
                },
                root: arguments.root,
                service: arguments.service.unwrap_or_default(),
            })?;
            let key = reply.access_key.take().unwrap_or_default();
            session.output.show(&Made {
                access_key_id: key.access_key_id,
                secret_access_key: Zeroizing::new(std::mem::take(&mut reply.secret_access_key)),
                account_id: key.account,
                user: (!key.user.is_empty()).then_some(key.user),
                service: (!key.service.is_empty()).then_some(key.service),
            })
        }
        KeyCommand::List(OfAccount { account }) => {
            let reply = session.call(ListAccessKeysRequest { account })?;
            let access_keys = reply.access_keys.into_iter().map(Listed::from).collect();
            session.output.show(&Keys { access_keys })
        }
        KeyCommand::Enable(Enable { key }) => set_active(session, key.id, true),
        KeyCommand::Disable(Disable { key }) => set_active(session, key.id, false),
        KeyCommand::Delete(Delete { key: Key { id } }) => {
            session.call(DeleteAccessKeyRequest {
                access_key_id: id.clone(),
            })?;
            session.output.show(&Changed {
                what: "Access key",
                id,
                action: "deleted",
            })
        }
    }
}

fn set_active(session: &Session, id: String, is_active: bool) -> Result<(), Failure> {
    session.call(UpdateAccessKeyRequest {
        access_key_id: id.clone(),
        is_active,
    })?;
    session.output.show(&Changed {
        what: "Access key",
        id,
        action: if is_active { "enabled" } else { "disabled" },
    })
}

#[derive(Serialize)]
struct Shown {
    account_id: String,
    name: String,
    created_at_unix_seconds: u64,
}

impl From<AccountInfo> for Shown {
    fn from(account: AccountInfo) -> Self {
        Self {
            account_id: account.account,
            name: account.name,
            created_at_unix_seconds: account.created_at_unix_seconds,
        }
    }
}

impl Report for Shown {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let fields = [
            ("Account", self.account_id.clone()),
            ("Name", self.name.clone()),
            ("Made", output::time(self.created_at_unix_seconds)),
        ];
        output::fields(out, &fields)
    }
}

#[derive(Serialize)]
struct Accounts {
    accounts: Vec<Shown>,
}

impl Report for Accounts {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.accounts.is_empty() {
            return writeln!(out, "There are no accounts.");
        }
        let rows = self.accounts.iter().map(|account| {
            vec![
                account.account_id.clone(),
                account.name.clone(),
                output::time(account.created_at_unix_seconds),
            ]
        });
        write!(out, "{}", output::table(&["ACCOUNT", "NAME", "MADE"], rows))
    }
}

#[derive(Serialize)]
struct Made {
    access_key_id: String,
    #[serde(serialize_with = "shown_once")]
    secret_access_key: Zeroizing<String>,
    account_id: String,
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
}

impl Report for Made {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let fields = [
            ("Access key id", self.access_key_id.clone()),
            ("Account", self.account_id.clone()),
            ("User", holder(self.user.as_ref(), self.service.as_ref())),
        ];
        output::fields(out, &fields)?;
        writeln!(
            out,
            "Secret access key: {}",
            self.secret_access_key.as_str()
        )?;
        writeln!(out, "\nThe secret is shown this once.")
    }
}

/// Whose an access key is.
fn holder(user: Option<&String>, service: Option<&String>) -> String {
    let holder = user.or(service);
    holder.cloned().unwrap_or_else(|| "root user".to_owned())
}

/// Writes the secret, for whoever asked for it.
fn shown_once<S: Serializer>(secret: &Zeroizing<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret)
}

#[derive(Serialize)]
struct Listed {
    access_key_id: String,
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    is_active: bool,
    created_at_unix_seconds: u64,
}

impl From<AccessKeyInfo> for Listed {
    fn from(key: AccessKeyInfo) -> Self {
        Self {
            access_key_id: key.access_key_id,
            user: (!key.user.is_empty()).then_some(key.user),
            service: (!key.service.is_empty()).then_some(key.service),
            is_active: key.is_active,
            created_at_unix_seconds: key.created_at_unix_seconds,
        }
    }
}

#[derive(Serialize)]
struct Keys {
    access_keys: Vec<Listed>,
}

impl Report for Keys {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.access_keys.is_empty() {
            return writeln!(out, "The account has no access keys.");
        }
        let rows = self.access_keys.iter().map(|key| {
            vec![
                key.access_key_id.clone(),
                holder(key.user.as_ref(), key.service.as_ref()),
                if key.is_active { "active" } else { "inactive" }.to_owned(),
                output::time(key.created_at_unix_seconds),
            ]
        });
        let header = ["ACCESS KEY", "USER", "STATUS", "MADE"];
        write!(out, "{}", output::table(&header, rows))
    }
}

#[derive(Serialize)]
struct Changed {
    what: &'static str,
    id: String,
    action: &'static str,
}

impl Report for Changed {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{} {} is {}.", self.what, self.id, self.action)
    }
}
