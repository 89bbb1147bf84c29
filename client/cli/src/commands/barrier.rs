//! `hsm barrier`: the key that seals what is stored.

use std::io::{self, Write};

use clap::Subcommand;
use hsm_proto::RotateBarrierRequest;
use serde::Serialize;

use crate::{failure::Failure, output::Report, session::Session};

/// What can be done with the key that seals what is stored.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Take a new key: it seals what is written from now on
    ///
    /// What older keys have sealed is sealed anew when the daemon is unsealed next; then they open nothing any more.
    #[command(after_help = "\
Examples:
  hsm barrier rotate")]
    Rotate,
}

pub(super) fn run(session: &Session, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Rotate => {
            let term = session.call(RotateBarrierRequest {})?.term;
            session.output.show(&Rotated { term })
        }
    }
}

#[derive(Serialize)]
struct Rotated {
    term: u32,
}

impl Report for Rotated {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "Barrier key {} seals from now on. The next unsealing seals everything else anew.",
            self.term
        )
    }
}
