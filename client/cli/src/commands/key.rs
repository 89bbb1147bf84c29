//! `hsm key`: keys and other objects of a token.

pub(in crate::commands) mod generate;
mod objects;
mod show;

use clap::{Args, Subcommand};
use hsm_proto::DestroyObjectsRequest;
use serde::Serialize;
use std::io::{self, Write};

use crate::{
    failure::Failure,
    output::{self, Report},
    session::{Session, TokenArguments},
};

/// What the commands are for, one after the other.
pub(crate) const NEXT: &str = "\
A key, from its making to its end:
  hsm key generate EC_P256 --token web --label tls --id 01
  hsm key list --token web
  hsm key show tls --token web
  pkcs11-tool --module libhsm_pkcs11.so --token-label web --login --sign \\
      --mechanism ECDSA-SHA256 --id 01 --input-file text --output-file signature
  hsm audit tail -n 5
  hsm key destroy tls --token web

`hsm partition create` makes the token.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(List),
    Generate(generate::Arguments),
    Show(Selection),
    Destroy(Destroy),
}

/// List the objects of a token: keys, certificates and data.
///
/// Without a PIN, what anybody may see; with one also what is private.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm key list --token web
  hsm key list --token web --pin-file pin --json")]
pub(crate) struct List {
    #[command(flatten)]
    token: TokenArguments,
}

/// Show the attributes of a key, as the token gives them: never its secret part.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm key show tls --token web
  hsm key show id:01 --token web --json")]
pub(crate) struct Selection {
    /// Key: its label, id:HEX for its CKA_ID, or the object's id from `hsm key list`
    #[arg(value_name = "KEY")]
    key: String,
    #[command(flatten)]
    token: TokenArguments,
}

/// Destroy a key for good, both halves of a pair.
///
/// On a terminal it asks; without one, --yes must say it. A key of an AWS account ends with aws kms schedule-key-deletion instead.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm key destroy tls --token web
  hsm key destroy id:01 --token web --yes")]
pub(crate) struct Destroy {
    #[command(flatten)]
    selection: Selection,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(super) fn run(session: &Session, command: Command) -> Result<(), Failure> {
    match command {
        Command::List(arguments) => list(session, &arguments),
        Command::Generate(arguments) => generate::run(session, &arguments),
        Command::Show(arguments) => show::run(session, &arguments),
        Command::Destroy(arguments) => destroy(session, &arguments),
    }
}

fn list(session: &Session, arguments: &List) -> Result<(), Failure> {
    let token = session.login_if_possible(&arguments.token)?;
    let mut list = Vec::new();
    for object in objects::find(session, &token, &hsm_algorithms::Attributes::new())? {
        list.push(objects::read(session, &token, &object)?);
    }
    list.sort_by(|one, other| {
        (&one.label, &one.id, one.class).cmp(&(&other.label, &other.id, other.class))
    });
    session.output.show(&Objects { objects: list })
}

fn destroy(session: &Session, arguments: &Destroy) -> Result<(), Failure> {
    let token = session.login(&arguments.selection.token)?;
    let key = &arguments.selection.key;
    let found = objects::select(session, &token, key)?;
    let mut list = Vec::new();
    for object in &found {
        let object = objects::read(session, &token, object)?;
        session.output.note(&format!(
            "{}  {}  {}  {}",
            object.object, object.class, object.kind, object.label
        ));
        list.push(object);
    }
    let what = if list.len() == 1 {
        "this object".to_owned()
    } else {
        format!("these {} objects", list.len())
    };
    let question = format!("This destroys {what} of token {} for good.", token.label);
    super::confirm(session, arguments.yes, &question, key)?;
    session.call(DestroyObjectsRequest {
        partition: token.partition,
        objects: found.into_iter().map(|object| object.id).collect(),
    })?;
    session.output.show(&Destroyed {
        objects: list.into_iter().map(|object| object.object).collect(),
    })
}

#[derive(Serialize)]
struct Objects {
    objects: Vec<objects::Listed>,
}

impl Report for Objects {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.objects.is_empty() {
            return writeln!(out, "There are no objects that you may see.");
        }
        let rows = self.objects.iter().map(|object| {
            vec![
                object.label.clone(),
                object.id.clone(),
                object.class.to_owned(),
                object.kind.clone(),
                object.uses.join(" "),
                object.object.clone(),
            ]
        });
        write!(
            out,
            "{}",
            output::table(&["LABEL", "ID", "CLASS", "KIND", "USES", "OBJECT"], rows)
        )
    }
}

#[derive(Serialize)]
struct Destroyed {
    objects: Vec<String>,
}

impl Report for Destroyed {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        match self.objects.len() {
            1 => writeln!(out, "1 object is destroyed."),
            count => writeln!(out, "{count} objects are destroyed."),
        }
    }
}
