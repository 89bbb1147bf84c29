//! The command line of `hsmd`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use hsmd_keys::{AccountId, RegionName};

use crate::dev::GivenKey;

/// A software HSM: keys live here, and are used through PKCS#11, gRPC and the `hsm` command.
#[derive(Debug, Parser)]
#[command(name = "hsmd", version, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs the daemon as a configuration file says.
    ///
    /// It is sealed until `hsm unseal`; the first time, `hsm init` makes its root key.
    Serve {
        /// The configuration file. `hsmd config reference` explains every setting.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Runs a development daemon: unsealed, with one token, on free ports of this machine. Not for production.
    ///
    /// Everything is kept in one directory, and there when it is started again. DIR/env exports what tools need.
    Dev(Dev),
    /// Mends the store of a daemon that is not running.
    Store {
        #[command(subcommand)]
        command: Store,
    },
    /// Checks and explains configuration files.
    Config {
        #[command(subcommand)]
        command: Config,
    },
}

#[derive(Debug, Clone, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub(crate) struct Dev {
    /// Where everything is kept.
    #[arg(long, value_name = "DIR", default_value = ".hsmd-dev")]
    pub(crate) data_dir: PathBuf,
    /// The AWS Regions that are answered for, separated by commas.
    #[arg(
        long,
        value_name = "REGIONS",
        default_value = "us-east-1",
        value_delimiter = ','
    )]
    pub(crate) regions: Vec<RegionName>,
    /// The AWS account that DIR/env has an access key of.
    #[arg(long, value_name = "ID", default_value = "123456789012")]
    pub(crate) account: AccountId,
    /// That access key, where it is not to be made. It stands in the process list: for tests only.
    #[arg(long, value_name = "ID:SECRET", value_parser = given_key)]
    pub(crate) access_key: Option<GivenKey>,
    /// A daemon for one user, reached by the Unix socket in DIR alone: no port, no token yet, no DIR/env.
    #[arg(long)]
    pub(crate) private: bool,
    /// Refuse what is over the request quotas that AWS publishes for KMS. Without it a development daemon has none.
    #[arg(long)]
    pub(crate) quotas: bool,
    /// End after so many seconds without a connection.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) exit_when_unused: Option<u64>,
    /// Start the daemon in a session of its own, and end at once.
    #[arg(long)]
    pub(crate) detach: bool,
    /// Set by `--detach` for the process that it starts.
    #[arg(long, hide = true)]
    pub(crate) detached: bool,
    /// What to log on standard error: `error`, `warn`, `info`, `debug`, `trace`, or a filter as `info,hsmd_grpc=debug`.
    #[arg(long, value_name = "FILTER", default_value = "info")]
    pub(crate) log: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Store {
    /// Makes the database anew from the recovery log, when it is lost or damaged.
    ///
    /// The log has every change that was acknowledged, so nothing is lost. A damaged database is kept beside the new one.
    Rebuild {
        /// The daemon's data directory.
        #[arg(long, value_name = "DIR")]
        data_dir: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Says what is wrong with a configuration file.
    Check {
        /// The configuration file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Prints every setting with its explanation.
    Reference,
    /// Lists the groups of requests whose rate can be limited, with the rates they have when nothing is said.
    Quotas,
}

fn given_key(text: &str) -> Result<GivenKey, &'static str> {
    let (id, secret) = text.split_once(':').ok_or("write it as ID:SECRET")?;
    Ok(GivenKey {
        id: id.to_owned(),
        secret: secret.to_owned().into(),
    })
}
