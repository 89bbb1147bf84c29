//! `hsm import softhsm`: tokens of SoftHSM, with everything in them.

mod sealed;
mod stored;

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use hsm_algorithms::{
    AttributeValue, Attributes,
    attributes::{ATTRIBUTES, AttributeKind, AttributeRow, Rules},
    pkcs11::{CKA_CLASS, CKA_KEY_TYPE, CKA_LABEL, CKA_PRIVATE, CKA_TOKEN, CKA_TRUSTED},
};
use hsm_proto::{
    CreateObjectRequest, CreatePartitionRequest, LoginRequest, LoginRole, TokenInfo, TokenProfile,
    attributes::to_wire,
};
use serde::Serialize;

use self::{sealed::TokenKey, stored::StoredToken};
use crate::{
    failure::{Exit, Failure},
    output::{self, Report},
    secrets::{Secret, Source},
    session::Session,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Softhsm(Softhsm),
}

/// Import the tokens of SoftHSM 2: keys, certificates and data, with labels, IDs and uses.
///
/// DIR is the directory that SoftHSM's configuration names as directories.tokendir, or one token in it; it is only read. Tokens
/// may be kept in files or in SQLite. For each one a token with the same label and the same PINs is made, unless --into names
/// one that is there. Private objects are opened with the user's PIN.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm import softhsm /var/lib/softhsm/tokens --label web --pin-file pin --so-pin-file so-pin
  hsm import softhsm /var/lib/softhsm/tokens/9a7c… --into web --pin-file pin")]
pub(crate) struct Softhsm {
    /// Directory of tokens, or of one token
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Import the token with this label alone
    #[arg(long, value_name = "LABEL")]
    label: Option<String>,
    /// Import into this token: its label, its partition's name, its serial number or slot:NUMBER
    #[arg(long, value_name = "TOKEN")]
    into: Option<String>,
    /// File whose first line is the user's PIN; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pin_file: Option<PathBuf>,
    /// File whose first line is the security officer's PIN; `-` for standard input. Not needed with --into
    #[arg(long, value_name = "FILE")]
    so_pin_file: Option<PathBuf>,
}

pub(super) fn run(session: &Session, command: Command) -> Result<(), Failure> {
    let Command::Softhsm(arguments) = command;
    let mut tokens = tokens(&arguments.directory)?;
    if let Some(label) = &arguments.label {
        tokens.retain(|token| token.label == *label);
    }
    if tokens.is_empty() {
        return Err(Failure::new(
            Exit::NotFound,
            format!(
                "no token of SoftHSM is in {}",
                arguments.directory.display()
            ),
        )
        .with_hint("SoftHSM's configuration names the directory as directories.tokendir"));
    }
    let mut imported = Vec::new();
    for token in tokens {
        imported.push(import(session, &arguments, token)?);
    }
    let is_whole = imported.iter().all(|token| token.left_out.is_empty());
    session.output.show(&Imported { tokens: imported })?;
    if is_whole {
        Ok(())
    } else {
        Err(
            Failure::new(Exit::Failed, "not every object could be imported")
                .with_hint("the list above says which and why; the others are there"),
        )
    }
}

/// The tokens in `directory`, or the one that it is.
fn tokens(directory: &Path) -> Result<Vec<StoredToken>, Failure> {
    if let Some(token) = StoredToken::read(directory)? {
        return Ok(vec![token]);
    }
    let unreadable = |error: &io::Error| Failure::file("read", directory, error);
    let mut folders = Vec::new();
    for entry in fs::read_dir(directory).map_err(|error| unreadable(&error))? {
        let path = entry.map_err(|error| unreadable(&error))?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    let mut tokens = Vec::new();
    for folder in folders {
        tokens.extend(StoredToken::read(&folder)?);
    }
    Ok(tokens)
}

fn import(
    session: &Session,
    arguments: &Softhsm,
    stored: StoredToken,
) -> Result<ImportedToken, Failure> {
    let what = |who: &str| format!("{who} PIN of SoftHSM's token {}", stored.label);
    let (user, officer) = (what("User"), what("SO"));
    let pin = Source {
        what: &user,
        file: arguments.pin_file.as_deref(),
        option: "--pin-file",
        variable: Some("HSM_PIN"),
    }
    .read()?;
    let key = opened(&stored.user_pin, &pin, "user PIN", &stored.label)?;
    let token = if let Some(name) = &arguments.into {
        session.token(Some(name))?
    } else {
        let so_pin = super::token::so_pin(&officer, arguments.so_pin_file.as_deref()).read()?;
        opened(&stored.so_pin, &so_pin, "SO PIN", &stored.label)?;
        make(session, &stored, &so_pin, &pin)?
    };
    session.call(LoginRequest {
        partition: token.partition.clone(),
        role: LoginRole::User.into(),
        pin: pin.to_vec(),
        for_object: Vec::new(),
        user: String::new(),
    })?;
    let mut imported = ImportedToken {
        label: stored.label,
        directory: stored.directory,
        slot: token.slot,
        into: token.label,
        objects: 0,
        left_out: Vec::new(),
    };
    for (name, attributes) in stored.objects {
        let label = |attributes: &Attributes| {
            String::from_utf8_lossy(attributes.bytes(CKA_LABEL).unwrap_or_default()).into_owned()
        };
        let (label, done) = match in_the_clear(attributes, &key) {
            Ok(attributes) => (
                label(&attributes),
                session
                    .call(CreateObjectRequest {
                        partition: token.partition.clone(),
                        template: to_wire(template(attributes)),
                    })
                    .map_err(|failure| failure.message().to_owned()),
            ),
            Err(reason) => (String::new(), Err(reason.to_owned())),
        };
        match done {
            Ok(_) => imported.objects += 1,
            Err(reason) => imported.left_out.push(LeftOut {
                object: name,
                label,
                reason,
            }),
        }
    }
    Ok(imported)
}

fn opened(blob: &[u8], pin: &Secret, which: &str, label: &str) -> Result<TokenKey, Failure> {
    TokenKey::open(blob, pin).ok_or_else(|| {
        Failure::new(
            Exit::Denied,
            format!("the {which} is not that of SoftHSM's token {label}"),
        )
        .with_hint("--label imports one token, with its own PINs")
    })
}

/// Makes a token like the stored one. Its profile is `compatible`: what SoftHSM's keys may do, `strict` would refuse.
fn make(
    session: &Session,
    stored: &StoredToken,
    so_pin: &Secret,
    pin: &Secret,
) -> Result<TokenInfo, Failure> {
    let reply = session.call(CreatePartitionRequest {
        name: format!("softhsm-{}", stored.serial),
        profile: TokenProfile::Compatible.into(),
        label: stored.label.clone(),
        so_pin: so_pin.to_vec(),
        pin: pin.to_vec(),
    })?;
    Ok(reply.token.unwrap_or_default())
}

/// SoftHSM seals the byte strings of private objects, and nothing else.
fn in_the_clear(attributes: Attributes, key: &TokenKey) -> Result<Attributes, &'static str> {
    if !attributes.is_set(CKA_PRIVATE) {
        return Ok(attributes);
    }
    attributes
        .into_iter()
        .map(|(attribute, value)| match value {
            AttributeValue::Bytes(bytes) if !bytes.is_empty() && !is_date(attribute) => key
                .unseal(&bytes)
                .map(|bytes| (attribute, AttributeValue::from(&bytes[..])))
                .ok_or("it is damaged, or sealed with another key"),
            other => Ok((attribute, other)),
        })
        .collect()
}

fn is_date(attribute: u64) -> bool {
    AttributeRow::of(attribute).is_some_and(|row| row.kind == AttributeKind::Date)
}

/// What a template may say of a new object; where the key came from (`CKA_LOCAL` and its like) is not taken over, because
/// the token cannot know it.
fn template(stored: Attributes) -> Attributes {
    let class = stored.number(CKA_CLASS).unwrap_or(u64::MAX);
    let key_type = stored.number(CKA_KEY_TYPE);
    stored
        .into_iter()
        .filter(|(attribute, value)| {
            let row = ATTRIBUTES.iter().find(|row| row.attribute == *attribute);
            let held = row.and_then(|row| row.use_on(class, key_type));
            let is_allowed = held.is_some_and(|held| !held.rules.contains(Rules::CREATE_FORBIDDEN));
            // SoftHSM stores what it does not know as empty; an empty value is not the same as none everywhere.
            let is_said = match value {
                AttributeValue::Bytes(bytes) => !bytes.is_empty(),
                AttributeValue::Numbers(numbers) => !numbers.is_empty(),
                AttributeValue::Template(template) => template.iter().next().is_some(),
                // Only the security officer may say so.
                AttributeValue::Flag(flag) => *flag || *attribute != CKA_TRUSTED,
                AttributeValue::Number(_) => true,
            };
            is_allowed && is_said
        })
        .chain([(CKA_TOKEN, AttributeValue::from(true))])
        .collect()
}

#[derive(Serialize)]
struct Imported {
    tokens: Vec<ImportedToken>,
}

#[derive(Serialize)]
struct ImportedToken {
    label: String,
    directory: PathBuf,
    slot: u64,
    into: String,
    objects: usize,
    left_out: Vec<LeftOut>,
}

#[derive(Serialize)]
struct LeftOut {
    object: String,
    label: String,
    reason: String,
}

impl Report for Imported {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for token in &self.tokens {
            writeln!(
                out,
                "Imported {} objects of SoftHSM's token {} into token {} in slot {}.",
                token.objects, token.label, token.into, token.slot
            )?;
            if !token.left_out.is_empty() {
                let rows = token.left_out.iter().map(|left_out| {
                    vec![
                        left_out.object.clone(),
                        left_out.label.clone(),
                        left_out.reason.clone(),
                    ]
                });
                write!(
                    out,
                    "{}",
                    output::table(&["LEFT OUT", "LABEL", "WHY"], rows)
                )?;
            }
        }
        Ok(())
    }
}
