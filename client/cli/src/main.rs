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

use std::process::ExitCode;

use clap::Parser;

use crate::{arguments::Arguments, output::Output};

fn main() -> ExitCode {
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
