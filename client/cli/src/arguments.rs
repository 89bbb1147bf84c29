//! What people type, and what `--help` teaches them.

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    account, audit, barrier, bench, identity, import, init, key, partition, policy, seal, shell,
    token,
};

/// Run an hsmd: unseal it, give out tokens and certificates, look after keys, read the audit log.
///
/// The daemon is found through --endpoint or HSM_ENDPOINT, else the configuration file of --config or HSM_CONFIG, else
/// ~/.config/hsm/client.toml, else /etc/hsm/client.toml. With none of them a private daemon of yours is started, the one that
/// the PKCS#11 module uses then too.
#[derive(Debug, Parser)]
#[command(name = "hsm", version, max_term_width = 100, after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Default, Args)]
pub(crate) struct Global {
    /// Configuration file (client.toml) to use instead of the usual ones
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help_heading = "Options of every command"
    )]
    pub(crate) config: Option<PathBuf>,

    /// Daemon to use: unix:/path/to/hsmd.sock or https://host:port
    #[arg(
        long,
        global = true,
        value_name = "ADDRESS",
        help_heading = "Options of every command"
    )]
    pub(crate) endpoint: Option<String>,

    /// Write JSON for programs instead of text for people
    #[arg(long, global = true, help_heading = "Options of every command")]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show what the daemon is doing, and what is not as safe as it could be
    Status,
    Init(init::Arguments),
    Unseal(seal::Arguments),
    /// Forget the root key: nothing can be used until the daemon is unsealed
    Seal,
    /// Take a new key for what is stored
    #[command(subcommand)]
    Barrier(barrier::Command),
    /// Look at tokens, and change their PINs
    #[command(subcommand)]
    Token(token::Command),
    /// Make and destroy partitions, each of which is a token
    #[command(subcommand)]
    Partition(partition::Command),
    /// Say who may use the daemon, and issue their certificates
    #[command(subcommand)]
    Identity(identity::Command),
    /// Make and delete AWS accounts
    #[command(subcommand, after_help = account::NEXT)]
    Account(account::Command),
    /// Make and delete access keys of AWS accounts
    #[command(subcommand, after_help = account::NEXT)]
    AccessKey(account::KeyCommand),
    /// Make, show and destroy keys of a token
    ///
    /// They are what PKCS#11 programs see: the same token, label and CKA_ID. Keys of AWS accounts are made with aws kms, and show
    /// here in the token kms-ACCOUNT-REGION once `hsm account token` has set its PINs.
    #[command(subcommand, after_help = key::NEXT)]
    Key(key::Command),
    /// Read and verify the audit log
    #[command(subcommand)]
    Audit(audit::Command),
    /// Judge AWS policies: check files of them, and explain what was or would be decided
    #[command(subcommand, after_help = policy::NEXT)]
    Policy(policy::Command),
    /// Bring in tokens of another token store
    #[command(subcommand)]
    Import(import::Command),
    Bench(bench::Arguments),
    /// Stand in for SoftHSM's tool: the same options, the same lines (`hsm softhsm2-util --help`)
    #[command(name = "softhsm2-util", disable_help_flag = true)]
    SofthsmTool {
        /// Options of softhsm2-util
        #[arg(
            value_name = "OPTIONS",
            trailing_var_arg = true,
            allow_hyphen_values = true
        )]
        arguments: Vec<OsString>,
    },
    Completions(shell::Completions),
    Man(shell::Man),
}

const EXAMPLES: &str = "\
Examples:
  A new daemon, from nothing to a token:
    hsm init --operator alice --identity-dir alice
    hsm partition create web --label web
    hsm identity issue www1 --partition web --identity-dir www1

  A key, and what was done with it:
    hsm key generate EC_P256 --token web --label tls
    hsm audit tail --follow

Secrets are never arguments. PINs and passphrases are asked for on the terminal, or read from the \
first line of a file (--pin-file, --passphrase-file; `-` is standard input); PINs also from the \
environment (HSM_PIN, HSM_SO_PIN).

Exit codes:
  0  done
  1  the daemon refused, or something failed that no other code names
  2  the command line is wrong
  3  the daemon cannot be reached, or the configuration cannot be used
  4  the daemon is sealed or not initialised
  5  access denied: no right, wrong PIN, not logged in, wrong passphrase or share
  6  there is no such token, key, partition or identity
  7  the audit log was changed, or part of it is missing";
