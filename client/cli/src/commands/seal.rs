//! `hsm unseal` and `hsm seal`.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use hsm_proto::{SealRequest, StatusRequest, UnsealReply, UnsealRequest, status_reply::State};
use serde::Serialize;

use crate::{
    failure::{Exit, Failure},
    output::Report,
    secrets::{self, Secret, Source},
    session::Session,
};

/// Give a sealed daemon its passphrase or its shares, so that its keys can be used.
///
/// Asks for what the daemon needs. The people who hold shares need not come together: the daemon keeps the shares that were
/// given until there are enough, or until --reset.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm unseal
  hsm unseal --passphrase-file /run/secrets/passphrase
  hsm unseal --share-file my-share.txt")]
pub(crate) struct Arguments {
    /// File whose first line is the passphrase; `-` for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "share_file")]
    passphrase_file: Option<PathBuf>,

    /// File with one share in each line; `-` for standard input
    #[arg(long, value_name = "FILE")]
    share_file: Option<PathBuf>,

    /// Make the daemon forget the shares given so far
    #[arg(long)]
    reset: bool,
}

pub(super) fn unseal(session: &Session, arguments: &Arguments) -> Result<(), Failure> {
    let status = session
        .client()
        .call_without_application(StatusRequest {})?;
    match status.state() {
        State::Unsealed => {
            return session.output.show(&Progress {
                is_unsealed: true,
                shares_given: 0,
                shares_needed: 0,
            });
        }
        State::Uninitialized => {
            return Err(Failure::new(Exit::Sealed, "the daemon is not initialised")
                .with_hint("make its root key first: `hsm init`"));
        }
        State::Sealed | State::Unspecified => {}
    }
    let mut reply = UnsealReply {
        unsealed: false,
        shares_given: status.shares_given,
        shares_needed: status.shares_needed,
    };
    if arguments.reset {
        reply = give(session, Part::Reset)?;
    }
    if status.shares_needed == 0 {
        reply = give(session, Part::Passphrase(read_passphrase(arguments)?))?;
    } else if let Some(file) = &arguments.share_file {
        for share in secrets::lines(file)? {
            reply = give_share(session, share?, &reply)?;
            if reply.unsealed {
                break;
            }
        }
    } else if arguments.passphrase_file.is_some() {
        return Err(Failure::new(
            Exit::Usage,
            "this daemon is unsealed with shares, not with a passphrase",
        )
        .with_hint("give a share with --share-file FILE"));
    } else {
        while !reply.unsealed {
            reply = give_share(session, ask_for_share(&reply)?, &reply)?;
        }
    }
    session.output.show(&Progress {
        is_unsealed: reply.unsealed,
        shares_given: reply.shares_given,
        shares_needed: reply.shares_needed,
    })
}

pub(super) fn seal(session: &Session) -> Result<(), Failure> {
    session.call(SealRequest {})?;
    session.output.show(&Sealed { is_sealed: true })
}

enum Part {
    Passphrase(Secret),
    Share(Secret),
    Reset,
}

fn give(session: &Session, part: Part) -> Result<UnsealReply, Failure> {
    let mut request = UnsealRequest::default();
    match part {
        Part::Passphrase(passphrase) => request.passphrase = passphrase.to_vec(),
        Part::Share(share) => {
            let text = std::str::from_utf8(&share)
                .map_err(|_| Failure::new(Exit::Usage, "the share is not text"))?;
            text.trim().clone_into(&mut request.share);
        }
        Part::Reset => request.reset = true,
    }
    Ok(session.client().call_without_application(request)?)
}

/// Gives a share. One that was given before counts once, and people are told so.
fn give_share(
    session: &Session,
    share: Secret,
    before: &UnsealReply,
) -> Result<UnsealReply, Failure> {
    let reply = give(session, Part::Share(share))?;
    if !reply.unsealed && reply.shares_given <= before.shares_given {
        session
            .output
            .note("note: that share was given before; it counts once");
    }
    Ok(reply)
}

fn read_passphrase(arguments: &Arguments) -> Result<Secret, Failure> {
    if arguments.share_file.is_some() {
        return Err(Failure::new(
            Exit::Usage,
            "this daemon is unsealed with a passphrase, not with shares",
        )
        .with_hint("give it with --passphrase-file FILE"));
    }
    Source {
        what: "Passphrase of the daemon",
        file: arguments.passphrase_file.as_deref(),
        option: "--passphrase-file",
        variable: None,
    }
    .read()
}

fn ask_for_share(reply: &UnsealReply) -> Result<Secret, Failure> {
    let what = format!(
        "Share {} of {} (not shown)",
        reply.shares_given + 1,
        reply.shares_needed
    );
    Source {
        what: &what,
        file: None::<&Path>,
        option: "--share-file",
        variable: None,
    }
    .read()
}

#[derive(Serialize)]
struct Progress {
    is_unsealed: bool,
    shares_given: u32,
    shares_needed: u32,
}

impl Report for Progress {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.is_unsealed {
            writeln!(out, "The daemon is unsealed.")
        } else {
            let missing = self.shares_needed.saturating_sub(self.shares_given);
            writeln!(
                out,
                "{} of {} shares given; {missing} more to go.",
                self.shares_given, self.shares_needed
            )
        }
    }
}

#[derive(Serialize)]
struct Sealed {
    is_sealed: bool,
}

impl Report for Sealed {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "The daemon is sealed. `hsm unseal` opens it again.")
    }
}
