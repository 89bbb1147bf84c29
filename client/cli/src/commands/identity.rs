//! `hsm identity`.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand, ValueEnum};
use hsm_proto::{
    IdentityInfo, IdentityRole, IssueIdentityRequest, ListIdentitiesRequest, RemoveIdentityRequest,
    TrustIdentityRequest,
};
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P384_SHA384};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::{
    failure::{Exit, Failure},
    files::{self, IdentityFiles},
    output::{self, Report},
    session::Session,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Issue(Issue),
    Trust(Trust),
    /// List who may do what
    List,
    /// Take an identity's rights away; its certificate is refused from now on
    Remove(Remove),
}

/// Issue a client certificate from the daemon's own CA, with a client.toml. Operators only.
///
/// The private key is made here and never leaves this machine; with --request not even this program sees it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm identity issue www1 --partition web --identity-dir www1
  hsm identity issue bob --role operator --identity-dir bob
  hsm identity issue www2 --partition web --request www2.csr --identity-dir www2

Copy the folder to the client's host; HSM_CONFIG=www1/client.toml uses it.")]
pub(crate) struct Issue {
    /// Name of the identity
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    rights: Rights,
    /// How long the certificate is valid, in days
    #[arg(long, value_name = "DAYS", default_value_t = 365)]
    valid_days: u32,
    /// PKCS#10 certificate request (PEM) of a key made elsewhere
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    /// Folder for the certificate, the key and client.toml; hsm-NAME if not said
    #[arg(long, value_name = "DIR")]
    identity_dir: Option<PathBuf>,
    /// Address to write into that client.toml
    #[arg(long, value_name = "ADDRESS")]
    for_endpoint: Option<String>,
}

/// Give rights to a certificate of another CA, or to a local user. Operators only.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm identity trust web --partition web --subject dns:web.example --issuer-key-sha256 9c…
  hsm identity trust mail --partition web --subject uri:spiffe://example/mail \\
    --issuer-key-sha256 3f…
  hsm identity trust builder --partition ci --subject uid:1000")]
pub(crate) struct Trust {
    /// Name of the identity
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    rights: Rights,
    /// Subject alternative name of the certificate, dns:NAME or uri:URI; or uid:NUMBER for a local user
    #[arg(long, value_name = "SUBJECT")]
    subject: String,
    /// SHA-256 of the issuing CA's subject public key info, in hexadecimal
    #[arg(long, value_name = "HEX")]
    issuer_key_sha256: Option<String>,
}

#[derive(Debug, Args)]
struct Rights {
    /// What it may do: a client uses keys, an operator runs the daemon and cannot use keys by that
    #[arg(long, value_enum, default_value_t)]
    role: Role,
    /// Name of a partition that it may use; may be given more than once
    #[arg(long = "partition", value_name = "PARTITION")]
    partitions: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Role {
    #[default]
    Client,
    Operator,
}

impl From<Role> for IdentityRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Client => Self::Client,
            Role::Operator => Self::Operator,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// Name of the identity
    #[arg(value_name = "NAME")]
    name: String,
}

pub(super) fn run(session: &Session, command: Command) -> Result<(), Failure> {
    match command {
        Command::Issue(arguments) => issue(session, &arguments),
        Command::Trust(arguments) => trust(session, &arguments),
        Command::List => list(session),
        Command::Remove(arguments) => remove(session, &arguments),
    }
}

fn issue(session: &Session, arguments: &Issue) -> Result<(), Failure> {
    check_rights(&arguments.rights)?;
    let folder = arguments
        .identity_dir
        .clone()
        .unwrap_or_else(|| format!("hsm-{}", arguments.name).into());
    files::make_folder(&folder)?;
    let (request_pem, private_key_pem) = match &arguments.request {
        Some(file) => (
            fs::read_to_string(file).map_err(|error| Failure::file("read", file, &error))?,
            Zeroizing::default(),
        ),
        None => make_request()?,
    };
    let reply = session.call(IssueIdentityRequest {
        name: arguments.name.clone(),
        role: IdentityRole::from(arguments.rights.role).into(),
        partitions: arguments.rights.partitions.clone(),
        valid_days: arguments.valid_days,
        certificate_request_pem: request_pem,
    })?;
    let identity = reply.identity.unwrap_or_default();
    let endpoint = arguments
        .for_endpoint
        .clone()
        .or_else(|| session.https_endpoint());
    let files = files::write_identity(&folder, &identity, &private_key_pem, endpoint.as_deref())?;
    session.output.show(&Issued {
        name: identity.name.clone(),
        not_after_unix_seconds: identity.not_after_unix_seconds,
        files,
    })
}

/// A new P-384 key and a request for its certificate. The daemon takes nothing but the public key from it.
fn make_request() -> Result<(String, Zeroizing<String>), Failure> {
    let failure =
        |error: rcgen::Error| Failure::new(Exit::Failed, format!("cannot make a key: {error}"));
    let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).map_err(failure)?;
    let request = CertificateParams::default()
        .serialize_request(&key)
        .and_then(|request| request.pem());
    Ok((
        request.map_err(failure)?,
        Zeroizing::new(key.serialize_pem()),
    ))
}

fn trust(session: &Session, arguments: &Trust) -> Result<(), Failure> {
    check_rights(&arguments.rights)?;
    let issuer_key_sha256 = match &arguments.issuer_key_sha256 {
        None if arguments.subject.starts_with("uid:") => Vec::new(),
        None => {
            return Err(Failure::new(Exit::Usage, "a certificate is trusted by its issuer's key")
                .with_hint("give its SHA-256 with --issuer-key-sha256; `openssl x509 -in ca.pem -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum` computes it"));
        }
        Some(text) => hex::decode(text.replace(':', ""))
            .ok()
            .filter(|hash| hash.len() == 32)
            .ok_or_else(|| {
                Failure::new(
                    Exit::Usage,
                    "--issuer-key-sha256 must be 64 hexadecimal digits",
                )
            })?,
    };
    session.call(TrustIdentityRequest {
        name: arguments.name.clone(),
        role: IdentityRole::from(arguments.rights.role).into(),
        partitions: arguments.rights.partitions.clone(),
        subject: arguments.subject.clone(),
        issuer_key_sha256,
    })?;
    session.output.show(&Changed {
        name: arguments.name.clone(),
        action: "trusted",
    })
}

fn list(session: &Session) -> Result<(), Failure> {
    let reply = session.call(ListIdentitiesRequest {})?;
    session.output.show(&Identities {
        identities: reply.identities.into_iter().map(Identity::from).collect(),
    })
}

fn remove(session: &Session, arguments: &Remove) -> Result<(), Failure> {
    session.call(RemoveIdentityRequest {
        name: arguments.name.clone(),
    })?;
    session.output.show(&Changed {
        name: arguments.name.clone(),
        action: "removed",
    })
}

fn check_rights(rights: &Rights) -> Result<(), Failure> {
    if rights.role == Role::Client && rights.partitions.is_empty() {
        return Err(Failure::new(
            Exit::Usage,
            "a client must be allowed to use at least one partition",
        )
        .with_hint("name it with --partition; `hsm partition list` shows them"));
    }
    Ok(())
}

#[derive(Serialize)]
struct Issued {
    name: String,
    not_after_unix_seconds: u64,
    files: IdentityFiles,
}

impl Report for Issued {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let path = |path: &Path| path.display().to_string();
        let mut fields = vec![
            ("Identity", self.name.clone()),
            ("Valid until", output::time(self.not_after_unix_seconds)),
            ("Certificate", path(&self.files.certificate)),
        ];
        if let Some(key) = &self.files.private_key {
            fields.push(("Private key", path(key)));
        }
        fields.push(("Configuration", path(&self.files.configuration)));
        output::fields(out, &fields)?;
        self.files.write_what_is_missing(out)
    }
}

#[derive(Serialize)]
struct Changed {
    name: String,
    action: &'static str,
}

impl Report for Changed {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "Identity {} is {}.", self.name, self.action)
    }
}

#[derive(Serialize)]
struct Identity {
    name: String,
    role: &'static str,
    partitions: Vec<String>,
    subject: String,
    issuer_key_sha256: String,
}

impl From<IdentityInfo> for Identity {
    fn from(identity: IdentityInfo) -> Self {
        Self {
            role: match identity.role() {
                IdentityRole::Unspecified => "none",
                IdentityRole::Operator => "operator",
                IdentityRole::Client => "client",
            },
            name: identity.name,
            partitions: identity.partitions,
            subject: identity.subject,
            issuer_key_sha256: hex::encode(identity.issuer_key_sha256),
        }
    }
}

#[derive(Serialize)]
struct Identities {
    identities: Vec<Identity>,
}

impl Report for Identities {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.identities.is_empty() {
            return writeln!(out, "There are no identities.");
        }
        let rows = self.identities.iter().map(|identity| {
            vec![
                identity.name.clone(),
                identity.role.to_owned(),
                identity.partitions.join(", "),
                identity.subject.clone(),
                identity.issuer_key_sha256.chars().take(16).collect(),
            ]
        });
        let header = ["NAME", "ROLE", "PARTITIONS", "SUBJECT", "ISSUER KEY"];
        write!(out, "{}", output::table(&header, rows))
    }
}
