//! `hsm init`.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::Args;
use hsm_proto::InitializeRequest;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::{
    failure::{Exit, Failure},
    files::{self, IdentityFiles},
    output::Report,
    secrets::{Secret, Source},
    session::Session,
};

/// Make the root key, the certificate authority and the first operator of a new daemon.
///
/// The root key is protected by a passphrase, or by shares of which some are enough: with --shares 5 --threshold 3, any
/// three of five people can unseal the daemon, and no two. After this the daemon is unsealed.
///
/// Only root and the daemon's own user may do this, over the Unix socket.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm init --operator alice --identity-dir alice
  hsm init --operator alice --identity-dir alice --shares 5 --threshold 3
  hsm init --operator ci --identity-dir ci --passphrase-file /run/secrets/passphrase")]
pub(crate) struct Arguments {
    /// Name of the first operator, whose certificate is written
    #[arg(long, value_name = "NAME", default_value = "operator")]
    operator: String,

    /// Folder for the operator's certificate, key and client.toml
    #[arg(long, value_name = "DIR", default_value = "hsm-operator")]
    identity_dir: PathBuf,

    /// Address to write into that client.toml
    #[arg(long, value_name = "ADDRESS")]
    for_endpoint: Option<String>,

    /// Make this many shares instead of asking for a passphrase
    #[arg(
        long,
        value_name = "N",
        requires = "threshold",
        conflicts_with = "passphrase_file"
    )]
    shares: Option<u32>,

    /// How many of the shares are enough to unseal
    #[arg(long, value_name = "K", requires = "shares")]
    threshold: Option<u32>,

    /// File whose first line is the passphrase; `-` for standard input
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

pub(super) fn run(session: &Session, arguments: &Arguments) -> Result<(), Failure> {
    if let (Some(shares), Some(threshold)) = (arguments.shares, arguments.threshold)
        && !(2..=shares).contains(&threshold)
    {
        return Err(Failure::new(Exit::Usage, format!("{threshold} of {shares} shares cannot be")).with_hint(
            "the threshold must be at least 2 and at most the number of shares; with one holder use a passphrase",
        ));
    }
    files::make_folder(&arguments.identity_dir)?;
    let passphrase = match arguments.shares {
        Some(_) => Secret::default(),
        None => Source {
            what: "passphrase of the daemon",
            file: arguments.passphrase_file.as_deref(),
            option: "--passphrase-file",
            variable: None,
        }
        .read_new()?,
    };
    let mut reply = session
        .client()
        .call_without_application(InitializeRequest {
            passphrase: passphrase.to_vec(),
            shares: arguments.shares.unwrap_or(0),
            threshold: arguments.threshold.unwrap_or(0),
            operator_name: arguments.operator.clone(),
        })?;
    // The shares exist nowhere else, so they are shown even if the files cannot be written.
    let shares: Vec<_> = std::mem::take(&mut reply.shares)
        .into_iter()
        .map(Zeroizing::new)
        .collect();
    let identity = reply.operator.take().unwrap_or_default();
    let endpoint = arguments
        .for_endpoint
        .clone()
        .or_else(|| session.https_endpoint());
    let written = files::write_identity(
        &arguments.identity_dir,
        &identity,
        &identity.private_key_pem,
        endpoint.as_deref(),
    );
    let (files, failure) = match written {
        Ok(files) => (Some(files), None),
        Err(failure) => (None, Some(failure)),
    };
    session.output.show(&Initialised {
        operator: arguments.operator.clone(),
        threshold: arguments.threshold,
        shares: shares.iter().map(|share| share.as_str()).collect(),
        files,
    })?;
    failure.map_or(Ok(()), Err)
}

#[derive(Serialize)]
struct Initialised<'a> {
    operator: String,
    threshold: Option<u32>,
    shares: Vec<&'a str>,
    files: Option<IdentityFiles>,
}

impl Report for Initialised<'_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "The daemon is initialised and unsealed.")?;
        if let Some(threshold) = self.threshold {
            writeln!(
                out,
                "\nGive each share to another person. Any {threshold} of them unseal the daemon with `hsm unseal`;"
            )?;
            writeln!(
                out,
                "they are not stored anywhere and are not shown again.\n"
            )?;
            for share in &self.shares {
                writeln!(out, "{share}")?;
            }
        } else {
            writeln!(
                out,
                "Keep the passphrase: without it no key can be used after the next start."
            )?;
        }
        if let Some(files) = &self.files {
            writeln!(
                out,
                "\nThe certificate of operator {} is {}.",
                self.operator,
                files.certificate.display()
            )?;
            writeln!(
                out,
                "To use it: export HSM_CONFIG={}",
                files.configuration.display()
            )?;
            files.write_what_is_missing(out)?;
        }
        Ok(())
    }
}
