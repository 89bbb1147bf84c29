//! The options, read as `getopt_long` reads them: in any order, `--name value` or `--name=value`, and shortened as long as it
//! stays clear which is meant.

use std::{ffi::OsString, path::PathBuf};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    DeleteToken,
    Import,
    InitToken,
    ShowSlots,
}

/// What was typed.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own on the command line"
)]
pub(super) struct Options {
    pub(super) action: Action,
    pub(super) is_aes: bool,
    pub(super) file: PathBuf,
    pub(super) file_pin: Option<String>,
    pub(super) is_forced: bool,
    pub(super) is_free: bool,
    pub(super) has_no_public_key: bool,
    pub(super) id: Option<String>,
    pub(super) label: Option<String>,
    pub(super) module: Option<PathBuf>,
    pub(super) pin: Option<String>,
    pub(super) serial: Option<String>,
    pub(super) slot: Option<String>,
    pub(super) so_pin: Option<String>,
    pub(super) token: Option<String>,
}

/// What a command line means.
pub(super) enum Parsed {
    Options(Box<Options>),
    Help,
    Version,
    /// No action, or more than one.
    NotOneAction,
    /// An option that there is not, one that is not clear, or one without its value.
    Unknown(String),
}

/// Every long option, and whether it takes a value.
const LONG: &[(&str, bool)] = &[
    ("delete-token", false),
    ("file-pin", true),
    ("force", false),
    ("free", false),
    ("help", false),
    ("id", true),
    ("import", true),
    ("init-token", false),
    ("label", true),
    ("module", true),
    ("no-public-key", false),
    ("pin", true),
    ("serial", true),
    ("show-slots", false),
    ("slot", true),
    ("so-pin", true),
    ("token", true),
    ("version", false),
    ("aes", false),
];

/// Reads the arguments after the program's name.
pub(super) fn parse(arguments: &[OsString]) -> Parsed {
    let mut options = Options {
        action: Action::ShowSlots,
        is_aes: false,
        file: PathBuf::new(),
        file_pin: None,
        is_forced: false,
        is_free: false,
        has_no_public_key: false,
        id: None,
        label: None,
        module: None,
        pin: None,
        serial: None,
        slot: None,
        so_pin: None,
        token: None,
    };
    let mut actions = 0_u32;
    let mut act = |options: &mut Options, action| {
        options.action = action;
        actions += 1;
    };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let text = argument.to_string_lossy();
        let Some(long) = text.strip_prefix("--") else {
            match text
                .strip_prefix('-')
                .and_then(|letters| letters.chars().next())
            {
                Some('h') => return Parsed::Help,
                Some('v') => return Parsed::Version,
                Some(letter) => return Parsed::Unknown(format!("invalid option -- '{letter}'")),
                // `getopt_long` passes over what is no option.
                None => continue,
            }
        };
        if long.is_empty() {
            break;
        }
        let (typed, attached) = match long.split_once('=') {
            Some((typed, value)) => (typed, Some(value.to_owned())),
            None => (long, None),
        };
        let (name, takes_value) = match option(typed) {
            Ok(option) => option,
            Err(complaint) => return Parsed::Unknown(complaint),
        };
        let value = match (takes_value, attached) {
            (false, Some(_)) => {
                return Parsed::Unknown(format!("option '--{name}' doesn't allow an argument"));
            }
            (false, None) => OsString::new(),
            (true, Some(value)) => value.into(),
            (true, None) => match rest.next() {
                Some(value) => value.clone(),
                None => {
                    return Parsed::Unknown(format!("option '--{name}' requires an argument"));
                }
            },
        };
        let value_text = || Some(value.to_string_lossy().into_owned());
        match name {
            "delete-token" => act(&mut options, Action::DeleteToken),
            "import" => {
                act(&mut options, Action::Import);
                options.file = value.into();
            }
            "init-token" => act(&mut options, Action::InitToken),
            "show-slots" => act(&mut options, Action::ShowSlots),
            "help" => return Parsed::Help,
            "version" => return Parsed::Version,
            "aes" => options.is_aes = true,
            "force" => options.is_forced = true,
            "free" => options.is_free = true,
            "no-public-key" => options.has_no_public_key = true,
            "module" => options.module = Some(value.into()),
            "file-pin" => options.file_pin = value_text(),
            "id" => options.id = value_text(),
            "label" => options.label = value_text(),
            "pin" => options.pin = value_text(),
            "serial" => options.serial = value_text(),
            "slot" => options.slot = value_text(),
            "so-pin" => options.so_pin = value_text(),
            _ => options.token = value_text(),
        }
    }
    if actions == 1 {
        Parsed::Options(Box::new(options))
    } else {
        Parsed::NotOneAction
    }
}

/// The option that was typed, whole or as a beginning that no other has.
fn option(typed: &str) -> Result<(&'static str, bool), String> {
    if let Some(exact) = LONG.iter().find(|(name, _)| *name == typed) {
        return Ok(*exact);
    }
    let mut matching = LONG.iter().filter(|(name, _)| name.starts_with(typed));
    match (matching.next(), matching.next()) {
        (Some(one), None) => Ok(*one),
        (Some(_), Some(_)) => Err(format!("option '--{typed}' is ambiguous")),
        (None, _) => Err(format!("unrecognized option '--{typed}'")),
    }
}

pub(super) const USAGE: &str = "\
Support tool for PKCS#11
Usage: softhsm2-util [ACTION] [OPTIONS]
Action:
  --delete-token    Destroy a token and all that is in it.
                    Use with --token or --serial.
  -h, --help        Show this text.
  --import <path>   Import a key pair from a file in PKCS#8 form.
                    Use with --slot, --token or --serial, --file-pin,
                    --label, --id, --no-public-key, and --pin.
  --init-token      Initialize a token, destroying all that is in it.
                    Use with --slot, --token, --serial or --free,
                    --label, --so-pin, and --pin.
  --show-slots      Show every slot and its token.
  -v, --version     Show the version of SoftHSM that this tool stands for.
Options:
  --aes             With --import: the file is an AES key as it is.
  --file-pin <PIN>  The password of an encrypted file.
  --force           With --import: several key pairs may have the same ID.
  --free            Use the first uninitialized token.
  --id <hex>        ID of the object, in hexadecimal.
  --label <text>    Label of the object or the token.
  --module <path>   PKCS#11 library to use instead of hsmd's own.
  --no-public-key   With --import: import the private key alone.
  --pin <PIN>       PIN of the user.
  --serial <number> Use the token with this serial number.
  --slot <number>   Use the token in this slot.
  --so-pin <PIN>    PIN of the security officer.
  --token <label>   Use the token with this label.
";

#[cfg(test)]
mod tests {
    use super::*;

    fn options(line: &str) -> Box<Options> {
        let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        match parse(&arguments) {
            Parsed::Options(options) => options,
            _ => panic!("not understood: {line}"),
        }
    }

    #[test]
    fn values_stand_behind_or_in_the_option() {
        let parsed = options("--init-token --free --label=a --so-pin 1 --pin=2");
        assert_eq!(parsed.action, Action::InitToken);
        assert!(parsed.is_free);
        assert_eq!(parsed.label.as_deref(), Some("a"));
        assert_eq!(parsed.so_pin.as_deref(), Some("1"));
        assert_eq!(parsed.pin.as_deref(), Some("2"));
    }

    #[test]
    fn options_may_be_shortened_while_clear() {
        assert_eq!(options("--show").action, Action::ShowSlots);
        assert_eq!(options("--del --tok x").token.as_deref(), Some("x"));
        for unclear in ["--init-token --s 1", "--init-token --f"] {
            let arguments: Vec<OsString> = unclear.split(' ').map(OsString::from).collect();
            assert!(matches!(parse(&arguments), Parsed::Unknown(_)), "{unclear}");
        }
    }

    #[test]
    fn exactly_one_action_is_needed() {
        for line in [&[][..], &["--show-slots", "--init-token"], &["--free"]] {
            let arguments: Vec<OsString> = line.iter().map(OsString::from).collect();
            assert!(
                matches!(parse(&arguments), Parsed::NotOneAction),
                "{line:?}"
            );
        }
    }

    #[test]
    fn every_option_is_in_the_usage() {
        for (name, _) in LONG {
            assert!(USAGE.contains(&format!("--{name} ")), "{name}");
        }
    }
}
