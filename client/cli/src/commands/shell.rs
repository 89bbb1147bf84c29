//! `hsm completions` and `hsm man`: what packages install.

use std::{
    io,
    path::{Path, PathBuf},
};

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::failure::Failure;

/// Write a completion script for a shell to standard output.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm completions bash > ~/.local/share/bash-completion/completions/hsm
  hsm completions zsh > ~/.zfunc/_hsm
  hsm completions fish > ~/.config/fish/completions/hsm.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Write the manual pages.
///
/// One for each command into a folder; without a folder, hsm(1) to standard output.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm man | man -l -
  hsm man --output-dir /usr/local/share/man/man1")]
pub(crate) struct Man {
    /// Folder for the pages
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
}

pub(super) fn completions(arguments: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command(), "hsm", &mut script);
    write_out(&script)
}

pub(super) fn man(arguments: &Man) -> Result<(), Failure> {
    if let Some(folder) = &arguments.output_dir {
        return write_pages(folder);
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command()).render(&mut page)?;
    write_out(&page)
}

fn write_pages(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::file("make", folder, &error))?;
    clap_mangen::generate_to(command(), folder)
        .map_err(|error| Failure::file("write into", folder, &error))
}

fn command() -> clap::Command {
    crate::arguments::Arguments::command()
}

fn write_out(bytes: &[u8]) -> Result<(), Failure> {
    use io::Write;
    match io::stdout().lock().write_all(bytes) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
