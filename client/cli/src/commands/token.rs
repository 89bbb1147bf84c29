//! `hsm token`.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use hsm_proto::{
    InitPinRequest, InitTokenRequest, LoginRole, PinState, SetPinRequest, TokenInfo, TokenProfile,
};
use serde::Serialize;

use crate::{
    failure::Failure,
    output::{self, Report},
    secrets::Source,
    session::Session,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the tokens that you may use
    List,
    /// Show one token, and what its profile allows
    Show(Show),
    /// Initialise the token in a slot; destroys what is in it
    Init(Init),
    /// Change the user's PIN, knowing the old one
    ChangePin(ChangePin),
    /// Set the user's PIN anew, as security officer; unlocks a locked one
    ResetPin(ResetPin),
    /// Remove a user with a name, as security officer
    RemoveUser(RemoveUser),
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Label, partition name, serial number or slot:NUMBER; not needed if there is only one token
    #[arg(value_name = "TOKEN", env = "HSM_TOKEN_LABEL", hide_env_values = true)]
    token: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Slot of the token, as `hsm token list` shows it
    #[arg(long, value_name = "NUMBER")]
    slot: u64,
    /// Label of the token, at most 32 bytes
    #[arg(long, value_name = "LABEL")]
    label: String,
    /// File whose first line is the security officer's PIN; `-` for standard input
    #[arg(long, value_name = "FILE")]
    so_pin_file: Option<PathBuf>,
    /// File whose first line is the user's PIN to set; without it the user gets none yet
    #[arg(long, value_name = "FILE")]
    pin_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ChangePin {
    /// Label, partition name, serial number or slot:NUMBER; not needed if there is only one token
    #[arg(value_name = "TOKEN", env = "HSM_TOKEN_LABEL", hide_env_values = true)]
    token: Option<String>,
    /// File whose first line is the PIN that is valid now; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pin_file: Option<PathBuf>,
    /// File whose first line is the new PIN; `-` for standard input
    #[arg(long, value_name = "FILE")]
    new_pin_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ResetPin {
    /// Label, partition name, serial number or slot:NUMBER; not needed if there is only one token
    #[arg(value_name = "TOKEN", env = "HSM_TOKEN_LABEL", hide_env_values = true)]
    token: Option<String>,
    /// Name of one of the users with names, who log in by `C_LoginUser`; makes the user if there is none
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// File whose first line is the security officer's PIN; `-` for standard input
    #[arg(long, value_name = "FILE")]
    so_pin_file: Option<PathBuf>,
    /// File whose first line is the user's new PIN; `-` for standard input
    #[arg(long, value_name = "FILE")]
    new_pin_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RemoveUser {
    /// Label, partition name, serial number or slot:NUMBER; not needed if there is only one token
    #[arg(value_name = "TOKEN", env = "HSM_TOKEN_LABEL", hide_env_values = true)]
    token: Option<String>,
    /// Name of the user
    #[arg(long, value_name = "NAME")]
    user: String,
    /// File whose first line is the security officer's PIN; `-` for standard input
    #[arg(long, value_name = "FILE")]
    so_pin_file: Option<PathBuf>,
}

pub(super) fn run(session: &Session, command: Command) -> Result<(), Failure> {
    match command {
        Command::List => {
            let tokens = session.tokens()?.into_iter().map(Token::from).collect();
            session.output.show(&Tokens { tokens })
        }
        Command::Show(arguments) => session
            .output
            .show(&Token::from(session.token(arguments.token.as_deref())?)),
        Command::Init(arguments) => init(session, &arguments),
        Command::ChangePin(arguments) => change_pin(session, &arguments),
        Command::ResetPin(arguments) => reset_pin(session, &arguments),
        Command::RemoveUser(arguments) => remove_user(session, &arguments),
    }
}

fn init(session: &Session, arguments: &Init) -> Result<(), Failure> {
    let so_pin = so_pin("SO PIN", arguments.so_pin_file.as_deref()).read_new()?;
    let reply = session.call(InitTokenRequest {
        slot: arguments.slot,
        label: arguments.label.clone(),
        so_pin: so_pin.to_vec(),
    })?;
    let mut token = reply.token.unwrap_or_default();
    if let Some(file) = &arguments.pin_file {
        let pin = new_pin(file.as_path().into()).read_new()?;
        session.call(hsm_proto::LoginRequest {
            partition: token.partition.clone(),
            role: LoginRole::SecurityOfficer.into(),
            pin: so_pin.to_vec(),
            for_object: Vec::new(),
            user: String::new(),
        })?;
        session.call(InitPinRequest {
            partition: token.partition.clone(),
            pin: pin.to_vec(),
            user: String::new(),
            removes_user: false,
        })?;
        token.is_user_pin_set = true;
    }
    session.output.show(&Token::from(token))
}

fn change_pin(session: &Session, arguments: &ChangePin) -> Result<(), Failure> {
    let token = session.token(arguments.token.as_deref())?;
    let what = format!("User PIN of token {}", token.label);
    let old = Source {
        what: &what,
        file: arguments.pin_file.as_deref(),
        option: "--pin-file",
        variable: Some("HSM_PIN"),
    }
    .read()?;
    let new = new_pin(arguments.new_pin_file.as_deref()).read_new()?;
    session.call(SetPinRequest {
        partition: token.partition.clone(),
        old_pin: old.to_vec(),
        new_pin: new.to_vec(),
    })?;
    session.output.show(&PinChanged {
        label: token.label,
        is_user_pin_set: true,
    })
}

fn reset_pin(session: &Session, arguments: &ResetPin) -> Result<(), Failure> {
    let token = as_security_officer(
        session,
        arguments.token.as_deref(),
        arguments.so_pin_file.as_deref(),
    )?;
    let new = new_pin(arguments.new_pin_file.as_deref()).read_new()?;
    session.call(InitPinRequest {
        partition: token.partition.clone(),
        pin: new.to_vec(),
        user: arguments.user.clone().unwrap_or_default(),
        removes_user: false,
    })?;
    session.output.show(&PinChanged {
        label: token.label,
        is_user_pin_set: true,
    })
}

fn remove_user(session: &Session, arguments: &RemoveUser) -> Result<(), Failure> {
    let token = as_security_officer(
        session,
        arguments.token.as_deref(),
        arguments.so_pin_file.as_deref(),
    )?;
    session.call(InitPinRequest {
        partition: token.partition.clone(),
        pin: Vec::new(),
        user: arguments.user.clone(),
        removes_user: true,
    })?;
    session.output.show(&Token::from(token))
}

/// The token, to which the security officer is logged in now.
fn as_security_officer(
    session: &Session,
    token: Option<&str>,
    so_pin_file: Option<&Path>,
) -> Result<TokenInfo, Failure> {
    let token = session.token(token)?;
    let what = format!("SO PIN of token {}", token.label);
    session.login_to(
        &token,
        LoginRole::SecurityOfficer,
        so_pin(&what, so_pin_file),
    )?;
    Ok(token)
}

/// Where the security officer's PIN comes from.
pub(super) fn so_pin<'a>(what: &'a str, file: Option<&'a Path>) -> Source<'a> {
    Source {
        what,
        file,
        option: "--so-pin-file",
        variable: Some("HSM_SO_PIN"),
    }
}

fn new_pin(file: Option<&Path>) -> Source<'_> {
    Source {
        what: "user PIN",
        file,
        option: "--new-pin-file",
        variable: None,
    }
}

/// A token as `--json` shows it.
#[derive(Serialize)]
pub(super) struct Token {
    slot: u64,
    label: String,
    partition: String,
    name: String,
    serial: String,
    is_initialized: bool,
    is_user_pin_set: bool,
    profile: &'static str,
    user_pin: &'static str,
    so_pin: &'static str,
    objects: u64,
    pin_length_min: u32,
    pin_length_max: u32,
    named_users: Vec<NamedUser>,
}

/// A user with a name.
#[derive(Serialize)]
struct NamedUser {
    name: String,
    pin: &'static str,
}

impl From<TokenInfo> for Token {
    fn from(token: TokenInfo) -> Self {
        Self {
            profile: profile_name(token.profile()),
            user_pin: pin_state_name(token.user_pin()),
            so_pin: pin_state_name(token.so_pin()),
            slot: token.slot,
            label: token.label,
            partition: hex::encode(&token.partition),
            name: token.name,
            serial: token.serial,
            is_initialized: token.is_initialized,
            is_user_pin_set: token.is_user_pin_set,
            objects: token.objects,
            pin_length_min: token.pin_length_min,
            pin_length_max: token.pin_length_max,
            named_users: token
                .named_users
                .into_iter()
                .map(|user| NamedUser {
                    pin: pin_state_name(user.pin()),
                    name: user.name,
                })
                .collect(),
        }
    }
}

impl Token {
    fn user_pin_text(&self) -> &'static str {
        if self.is_user_pin_set {
            self.user_pin
        } else {
            "not set"
        }
    }
}

impl Report for Token {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let state = if self.is_initialized {
            "initialised"
        } else {
            "not initialised; `hsm token init` makes it a token"
        };
        let mut fields = vec![("Slot", self.slot.to_string()), ("State", state.to_owned())];
        if !self.partition.is_empty() {
            fields.extend([
                ("Label", self.label.clone()),
                ("Partition", format!("{} ({})", self.name, self.partition)),
                ("Serial", self.serial.clone()),
                ("User PIN", self.user_pin_text().to_owned()),
                ("SO PIN", self.so_pin.to_owned()),
                (
                    "PIN length",
                    format!("{} to {}", self.pin_length_min, self.pin_length_max),
                ),
                ("Objects", self.objects.to_string()),
                ("Profile", self.profile.to_owned()),
            ]);
        }
        fields.extend(
            self.named_users
                .iter()
                .map(|user| ("User", format!("{} (PIN: {})", user.name, user.pin))),
        );
        output::fields(out, &fields)?;
        for line in profile_meaning(self.profile) {
            writeln!(out, "  {line}")?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Tokens {
    tokens: Vec<Token>,
}

impl Report for Tokens {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.tokens.is_empty() {
            return writeln!(out, "There is no token that you may use.");
        }
        let rows = self.tokens.iter().map(|token| {
            let label = if token.is_initialized {
                token.label.clone()
            } else {
                "(not initialised)".into()
            };
            vec![
                token.slot.to_string(),
                label,
                token.name.clone(),
                token.serial.clone(),
                if token.is_initialized {
                    token.user_pin_text().to_owned()
                } else {
                    String::new()
                },
                token.profile.to_owned(),
                token.objects.to_string(),
            ]
        });
        let header = [
            "SLOT",
            "LABEL",
            "PARTITION",
            "SERIAL",
            "USER PIN",
            "PROFILE",
            "OBJECTS",
        ];
        write!(out, "{}", output::table(&header, rows))
    }
}

#[derive(Serialize)]
struct PinChanged {
    label: String,
    is_user_pin_set: bool,
}

impl Report for PinChanged {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "The user PIN of token {} is changed.", self.label)
    }
}

pub(super) fn profile_name(profile: TokenProfile) -> &'static str {
    match profile {
        TokenProfile::Unspecified => "",
        TokenProfile::Strict => "strict",
        TokenProfile::Compatible => "compatible",
    }
}

fn pin_state_name(state: PinState) -> &'static str {
    match state {
        PinState::Ok => "ok",
        PinState::CountLow => "wrong PINs were tried",
        PinState::FinalTry => "one try left",
        PinState::Locked => "locked",
    }
}

/// What a profile allows, for people who must decide whether that is what they want.
fn profile_meaning(profile: &str) -> &'static [&'static str] {
    match profile {
        "strict" => &[
            "A key wraps or encrypts, never both, and this is fixed when it is made.",
            "Keys leave only wrapped, with authenticated modes, under keys at least as strong.",
            "Secret keys that others are derived from do nothing else, stay, and give no short pieces of themselves.",
            "No decryption by RSA with PKCS#1 v1.5 padding, which would tell whether a padding was right.",
        ],
        "compatible" => &[
            "Made for software written against SoftHSM; it is open to known attacks by whoever has the PIN:",
            "a key may both wrap keys and decrypt data, which gives wrapped keys away in the clear;",
            "keys may be wrapped under weaker keys and with modes that do not detect changes.",
        ],
        _ => &[],
    }
}
