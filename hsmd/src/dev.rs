//! What only `hsmd dev` does: it unseals itself, makes one token, and writes the files that tools read.

mod accounts;

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use hsmd_identity::{Peer, Role};
use hsmd_keys::RegionName;
use hsmd_operations::{CreatePartition, Daemon as _, IssueIdentity, NewToken, TokenProfile, kms};
use hsmd_secret_memory::LockedBytes;
use hsmd_vault::RootKey;
use secrecy::ExposeSecret as _;

use crate::lifecycle::Lifecycle;
use crate::plan::Development;
use crate::tls_files::{PUBLIC_MODE, SECRET_MODE, write, write_secret};
use crate::unseal::RootRecord;

pub(crate) use accounts::GivenKey;

/// The token of a development daemon. Its PINs are no secret: they are in the documentation.
const LABEL: &str = "dev";
const PIN: &str = "1234";
const SO_PIN: &str = "12345678";

/// The name of the client certificate in `DIR/tls`.
const CLIENT_NAME: &str = "dev";
const CLIENT_DAYS: u32 = 3650;

/// The file with the key that unseals a development daemon.
const KEY_FILE: &str = "insecure-dev-unseal.key";

/// Starts the same command in a session of its own, without `--detach`, and does not wait for it.
pub(crate) fn detach() -> io::Result<()> {
    let arguments = std::env::args_os()
        .skip(1)
        .filter(|argument| argument != "--detach");
    Command::new(std::env::current_exe()?)
        .args(arguments)
        .arg("--detached")
        .stdin(Stdio::null())
        .spawn()
        .map(drop)
}

/// Unseals with the key in the data directory; the first time, makes it and the root key.
pub(crate) async fn unseal(lifecycle: &Lifecycle, directory: &Path) -> Result<(), Box<dyn Error>> {
    let path = directory.join(KEY_FILE);
    let root = if let Some(record) = lifecycle.root_record() {
        let mut key = fs::read(&path)?;
        record.open_for_development(&LockedBytes::from_slice_and_wipe(&mut key)?)?
    } else {
        let root = RootKey::generate()?;
        let (record, key) = RootRecord::for_development(&root)?;
        // The key's file first: a stored root key without it could never be opened.
        write(&path, key.expose(), SECRET_MODE)?;
        lifecycle.store_root(record).await?;
        root
    };
    lifecycle.open_with(&root).await?;
    Ok(())
}

/// Makes the token and the client certificate, where they are not there yet: by the road that every request travels.
pub(crate) async fn furnish(
    lifecycle: &Arc<Lifecycle>,
    directory: &Path,
) -> Result<(), Box<dyn Error>> {
    let daemon = lifecycle.open()?;
    let (end, _other_end) = UnixStream::pair()?;
    let caller = daemon
        .authenticator
        .caller(&Peer::of_unix_socket(&end)?, &[])?;
    let opened = lifecycle
        .opened()
        .ok_or("the daemon was sealed while it started")?;
    if opened.repository.partitions().is_empty() {
        let token = NewToken {
            label: LABEL.to_owned(),
            so_pin: SO_PIN.as_bytes().to_vec().into(),
            user_pin: Some(PIN.as_bytes().to_vec().into()),
        };
        let partition = CreatePartition {
            name: LABEL.to_owned(),
            profile: Some(TokenProfile::Compatible),
            token: Some(token),
        };
        daemon.service.perform(&caller, partition).await?;
    }
    let tls = directory.join("tls");
    let is_known = opened
        .identities
        .list()
        .iter()
        .any(|identity| identity.name == CLIENT_NAME);
    if !is_known {
        let identity = IssueIdentity {
            name: CLIENT_NAME.to_owned(),
            role: Role::Client,
            partitions: vec![LABEL.to_owned()],
            valid_days: CLIENT_DAYS,
            certificate_request_pem: None,
        };
        let issued = daemon.service.perform(&caller, identity).await?;
        write(
            &tls.join("client.pem"),
            issued.certificate_pem.as_bytes(),
            PUBLIC_MODE,
        )?;
        if let Some(key) = &issued.private_key_pem {
            write_secret(&tls.join("client.key"), key)?;
        }
    }
    Ok(())
}

/// Makes the AWS accounts and their access keys, where they are not there yet, and gives what `DIR/env` says of them:
/// names that the AWS CLI and SDKs read, and our own. `addresses` are those for HTTPS and for plain HTTP.
#[expect(
    clippy::disallowed_methods,
    reason = "the secrets go into DIR/env, for its owner alone"
)]
pub(crate) async fn aws_variables(
    lifecycle: &Lifecycle,
    directory: &Path,
    development: &Development,
    regions: &[RegionName],
    addresses: [Option<SocketAddr>; 2],
) -> Result<Vec<(&'static str, String)>, Box<dyn Error>> {
    let accounts = Arc::clone(&lifecycle.open()?.accounts);
    let given = development.access_key.as_ref();
    let [own, second] = accounts::furnish(&accounts, directory, development.account, given).await?;
    let mut variables = vec![
        ("AWS_ACCESS_KEY_ID", own.id),
        (
            "AWS_SECRET_ACCESS_KEY",
            own.secret.expose_secret().to_owned(),
        ),
        ("HSM_ACCOUNT_ID", own.account.to_string()),
        ("HSM_SECOND_ACCOUNT_ID", second.account.to_string()),
        ("HSM_SECOND_ACCESS_KEY_ID", second.id),
        (
            "HSM_SECOND_SECRET_ACCESS_KEY",
            second.secret.expose_secret().to_owned(),
        ),
    ];
    if let Some(region) = regions.first() {
        variables.push(("AWS_REGION", region.to_string()));
        variables.push(("AWS_DEFAULT_REGION", region.to_string()));
    }
    if let [Some(https), Some(http)] = addresses {
        let endpoint = format!("https://{https}");
        let ca = directory.join("tls").join("ca.pem");
        variables.extend([
            ("AWS_ENDPOINT_URL_KMS", endpoint.clone()),
            ("AWS_ENDPOINT_URL_STS", endpoint.clone()),
            ("AWS_ENDPOINT_URL_IAM", endpoint),
            ("AWS_CA_BUNDLE", ca.display().to_string()),
            ("HSM_KMS_HTTP_URL", format!("http://{http}")),
        ]);
    }
    Ok(variables)
}

/// The PINs of every account's token, which are those of the other one.
pub(crate) fn account_pins() -> kms::AccountPins {
    kms::AccountPins {
        so_pin: SO_PIN.as_bytes().to_vec().into(),
        user_pin: PIN.as_bytes().to_vec().into(),
    }
}

/// Writes `DIR/client.toml`, `DIR/client-tls.toml` and, last, `DIR/env`.
pub(crate) fn write_client_files(
    directory: &Path,
    socket: &Path,
    address: Option<SocketAddr>,
    module: &Path,
    aws: Vec<(&'static str, String)>,
) -> Result<(), Box<dyn Error>> {
    let tls = directory.join("tls");
    let credentials = format!(
        "ca_certificate = {}\ncertificate = {}\nprivate_key = {}\n",
        toml_text(&tls.join("ca.pem")),
        toml_text(&tls.join("client.pem")),
        toml_text(&tls.join("client.key")),
    );
    let endpoint = format!("unix:{}", socket.display());
    let client = directory.join("client.toml");
    let toml = format!(
        "endpoint = {}\n{credentials}",
        toml_text(Path::new(&endpoint))
    );
    write(&client, toml.as_bytes(), PUBLIC_MODE)?;
    if let Some(address) = address {
        let toml = format!("endpoint = \"https://{address}\"\n{credentials}");
        write(
            &directory.join("client-tls.toml"),
            toml.as_bytes(),
            PUBLIC_MODE,
        )?;
    }
    let variables = [
        ("HSM_ENDPOINT", endpoint),
        ("HSM_CONFIG", client.display().to_string()),
        ("PKCS11_MODULE", module.display().to_string()),
        ("HSM_PIN", PIN.to_owned()),
        ("HSM_SO_PIN", SO_PIN.to_owned()),
        ("HSM_TOKEN_LABEL", LABEL.to_owned()),
    ];
    let mut shell = "# What tools need to use this development daemon: `. DIR/env`.\n".to_owned();
    for (name, value) in variables.into_iter().chain(aws) {
        writeln!(shell, "export {name}={}", shell_text(&value))?;
    }
    write(&directory.join("env"), shell.as_bytes(), SECRET_MODE)?;
    Ok(())
}

/// Says on standard output that the daemon is ready, and what for.
pub(crate) fn announce(directory: &Path) -> io::Result<()> {
    use std::io::Write as _;
    let mut output = io::stdout().lock();
    writeln!(
        output,
        "hsmd dev is ready. It is for development and tests only: its PINs are public, and its root key lies in a file."
    )?;
    writeln!(
        output,
        "  . {}",
        shell_text(&directory.join("env").display().to_string())
    )?;
    writeln!(
        output,
        "Stop it with Ctrl-C or SIGTERM; everything is kept in {}.",
        directory.display()
    )
}

/// Where the PKCS#11 module is: beside this program, or where packages put it.
pub(crate) fn module_path() -> PathBuf {
    const NAME: &str = "libhsm_pkcs11.so";
    let program = std::env::current_exe().unwrap_or_default();
    let beside = program.with_file_name(NAME);
    let installed = program
        .parent()
        .and_then(Path::parent)
        .map(|prefix| prefix.join("lib").join(NAME));
    [Some(beside.clone()), installed]
        .into_iter()
        .flatten()
        .find(|path| path.exists())
        .unwrap_or(beside)
}

/// A path as a TOML string.
fn toml_text(path: &Path) -> String {
    toml::Value::String(path.display().to_string()).to_string()
}

/// Text as one word of a POSIX shell.
fn shell_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shell_words_keep_spaces_and_quotes() {
        assert_eq!(shell_text("a b'c"), r"'a b'\''c'");
    }
}
