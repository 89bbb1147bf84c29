//! `hsmd`: composition only. It knows every part, and decides nothing.

#![forbid(unsafe_code)]

mod arguments;
mod barrier_terms;
mod configuration;
mod dev;
mod harden;
mod lifecycle;
mod logging;
mod opening;
mod plan;
mod process;
mod serving;
mod system_calls;
mod tls_files;
mod unseal;

use std::process::ExitCode;

use clap::Parser as _;
use hsmd_secret_memory::ZeroingAllocator;
use hsmd_storage::Embedded;

use arguments::{Arguments, Command, Config, Store};
use configuration::Configuration;
use plan::{Plan, STORE_DIRECTORY};

/// Whatever is freed is wiped: buffers of hyper, tonic and serde hold plaintext too.
#[global_allocator]
static ALLOCATOR: ZeroingAllocator = ZeroingAllocator;

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_error(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Box<dyn std::error::Error>> {
    match command {
        Command::Serve { config } => {
            process::run(Plan::of_configuration(&Configuration::read(&config)?)?)
        }
        Command::Dev(dev) if dev.detach => Ok(dev::detach()?),
        Command::Dev(dev) => process::run(Plan::of_dev(&dev)?),
        Command::Store {
            command: Store::Rebuild { data_dir },
        } => {
            let rebuilt = Embedded::rebuild_from_log(&data_dir.join(STORE_DIRECTORY))?;
            println!(
                "the database was made anew: {} records, up to commit {}",
                rebuilt.records, rebuilt.revision.0
            );
            Ok(())
        }
        Command::Config {
            command: Config::Check { file },
        } => {
            Plan::of_configuration(&Configuration::read(&file)?)?;
            println!("{} is a valid configuration", file.display());
            Ok(())
        }
        Command::Config {
            command: Config::Quotas,
        } => {
            print!("{}", configuration::quotas());
            Ok(())
        }
        Command::Config {
            command: Config::Reference,
        } => {
            print!("{}", configuration::reference());
            Ok(())
        }
    }
}

/// The error and its causes, one line each.
fn print_error(error: &(dyn std::error::Error + 'static)) {
    eprintln!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
    if error
        .downcast_ref()
        .is_some_and(hsmd_storage::Error::can_be_rebuilt)
    {
        eprintln!(
            "hint: `hsmd store rebuild --data-dir DIR` makes the database anew from the recovery log"
        );
    }
}
