//! One file for each command.

pub(crate) mod account;
pub(crate) mod audit;
pub(crate) mod barrier;
pub(crate) mod bench;
pub(crate) mod identity;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod key;
pub(crate) mod partition;
pub(crate) mod policy;
pub(crate) mod seal;
pub(crate) mod shell;
pub(crate) mod softhsm_tool;
mod status;
pub(crate) mod token;

use crate::{
    arguments::{Arguments, Command},
    failure::{Exit, Failure},
    output::Output,
    session::Session,
};

/// Runs a command.
pub(crate) fn run(arguments: Arguments, output: Output) -> Result<(), Failure> {
    let open = || Session::open(&arguments.global, output);
    match arguments.command {
        Command::Status => status::run(&open()?),
        Command::Init(arguments) => init::run(&open()?, &arguments),
        Command::Unseal(arguments) => seal::unseal(&open()?, &arguments),
        Command::Seal => seal::seal(&open()?),
        Command::Barrier(command) => barrier::run(&open()?, &command),
        Command::Token(command) => token::run(&open()?, command),
        Command::Partition(command) => partition::run(&open()?, command),
        Command::Identity(command) => identity::run(&open()?, command),
        Command::Account(command) => account::run(&open()?, command),
        Command::AccessKey(command) => account::run_key(&open()?, command),
        Command::Key(command) => key::run(&open()?, command),
        Command::Audit(audit::Command::Verify(arguments)) => audit::verify(&arguments, output),
        Command::Audit(audit::Command::Tail(arguments)) => audit::tail(&open()?, &arguments),
        Command::Policy(command) => policy::run(command, output, open),
        Command::Import(command) => import::run(&open()?, command),
        Command::Bench(arguments) => bench::run(&open()?, &arguments),
        Command::Completions(arguments) => shell::completions(&arguments),
        Command::Man(arguments) => shell::man(&arguments),
        Command::SofthsmTool { arguments: options } => {
            match softhsm_tool::run(&arguments.global, &options) {
                0 => Ok(()),
                code => std::process::exit(code.into()),
            }
        }
    }
}

/// Asks before something is destroyed: the name must be typed. Without a terminal, `--yes` must say it.
fn confirm(
    session: &Session,
    is_confirmed: bool,
    question: &str,
    name: &str,
) -> Result<(), Failure> {
    use std::io::IsTerminal;
    if is_confirmed {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(
            Failure::new(Exit::Usage, question).with_hint("say --yes if that is what you want")
        );
    }
    session
        .output
        .note(&format!("{question}\nType {name} to go on:"));
    let mut typed = String::new();
    std::io::stdin().read_line(&mut typed)?;
    if typed.trim() == name {
        Ok(())
    } else {
        Err(Failure::new(
            Exit::Failed,
            "not confirmed; nothing was done",
        ))
    }
}
