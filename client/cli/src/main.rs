//! `hsm`: runs an hsmd from the command line.

#![forbid(unsafe_code)]
#![allow(
    clippy::doc_markdown,
    reason = "clap shows the documentation of options as it is"
)]

mod arguments;
mod commands;
mod failure;
mod files;
mod output;
mod secrets;
mod session;

use std::{ffi::OsStr, path::Path, process::ExitCode};

use clap::Parser;

use crate::{
    arguments::{Arguments, Global},
    output::Output,
};

fn main() -> ExitCode {
    // By a symlink of that name it is SoftHSM's tool.
    let mut words = std::env::args_os();
    let name = words.next().unwrap_or_default();
    if Path::new(&name).file_name() == Some(OsStr::new("softhsm2-util")) {
        let words: Vec<_> = words.collect();
        return commands::softhsm_tool::run(&Global::default(), &words).into();
    }
    let arguments = Arguments::parse();
    let output = Output::new(arguments.global.json);
    match commands::run(arguments, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            failure.exit().into()
        }
    }
}
