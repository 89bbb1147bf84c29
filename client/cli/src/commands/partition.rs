//! `hsm partition`.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::{Args, Subcommand, ValueEnum};
use hsm_proto::{CreatePartitionRequest, DestroyPartitionRequest, TokenProfile};
use serde::Serialize;

use super::token::{self, Token};
use crate::{
    failure::{Exit, Failure},
    output::Report,
    secrets::{Secret, Source},
    session::Session,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Create(Create),
    /// List the partitions and their tokens
    List,
    Destroy(Destroy),
}

/// Make a partition: a tenant, with one PKCS#11 token. Operators only.
///
/// With --label the token is initialised at once and its two PINs are set: the security officer's, who can set a
/// forgotten user PIN anew, and the user's, who uses the keys. Without --label the client initialises it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm partition create web --label web
  hsm partition create ci --label ci --so-pin-file so-pin --pin-file pin --profile compatible
  hsm partition create empty")]
pub(crate) struct Create {
    /// Name of the partition, as `hsm identity issue --partition` takes it
    #[arg(value_name = "NAME")]
    name: String,
    /// Label of its token, at most 32 bytes
    #[arg(long, value_name = "LABEL")]
    label: Option<String>,
    /// What the token allows: strict resists every known PKCS#11 attack, compatible behaves as SoftHSM does
    #[arg(long, value_enum, default_value_t)]
    profile: Profile,
    /// File whose first line is the security officer's PIN; `-` for standard input
    #[arg(long, value_name = "FILE", requires = "label")]
    so_pin_file: Option<PathBuf>,
    /// File whose first line is the user's PIN; `-` for standard input
    #[arg(long, value_name = "FILE", requires = "label")]
    pin_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Profile {
    #[default]
    Strict,
    Compatible,
}

/// Destroy a partition and every key in it. Operators only.
#[derive(Debug, Args)]
pub(crate) struct Destroy {
    /// Name of the partition
    #[arg(value_name = "NAME")]
    name: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(super) fn run(session: &Session, command: Command) -> Result<(), Failure> {
    match command {
        Command::Create(arguments) => create(session, &arguments),
        Command::List => token::run(session, token::Command::List),
        Command::Destroy(arguments) => destroy(session, &arguments),
    }
}

fn create(session: &Session, arguments: &Create) -> Result<(), Failure> {
    let (mut so_pin, mut pin) = (Secret::default(), Secret::default());
    if arguments.label.is_some() {
        so_pin = token::so_pin("SO PIN", arguments.so_pin_file.as_deref()).read_new()?;
        let source = Source {
            what: "user PIN",
            file: arguments.pin_file.as_deref(),
            option: "--pin-file",
            variable: Some("HSM_PIN"),
        };
        pin = source.read_new()?;
    }
    let profile = match arguments.profile {
        Profile::Strict => TokenProfile::Strict,
        Profile::Compatible => TokenProfile::Compatible,
    };
    let reply = session.call(CreatePartitionRequest {
        name: arguments.name.clone(),
        profile: profile.into(),
        label: arguments.label.clone().unwrap_or_default(),
        so_pin: so_pin.to_vec(),
        pin: pin.to_vec(),
    })?;
    session
        .output
        .show(&Token::from(reply.token.unwrap_or_default()))
}

fn destroy(session: &Session, arguments: &Destroy) -> Result<(), Failure> {
    let found = session
        .tokens()?
        .into_iter()
        .find(|token| !token.partition.is_empty() && token.name == arguments.name);
    let token = found.ok_or_else(|| {
        Failure::new(
            Exit::NotFound,
            format!("there is no partition {}", arguments.name),
        )
        .with_hint("`hsm partition list` shows them")
    })?;
    let question = format!(
        "This destroys partition {} and everything in it ({} objects) for good.",
        token.name, token.objects
    );
    super::confirm(session, arguments.yes, &question, &token.name)?;
    session.call(DestroyPartitionRequest {
        partition: token.partition,
    })?;
    session.output.show(&Destroyed {
        partition: arguments.name.clone(),
        is_destroyed: true,
    })
}

#[derive(Serialize)]
struct Destroyed {
    partition: String,
    is_destroyed: bool,
}

impl Report for Destroyed {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "Partition {} is destroyed.", self.partition)
    }
}
