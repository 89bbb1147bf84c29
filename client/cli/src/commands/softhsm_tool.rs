//! `hsm softhsm2-util`: takes the options of SoftHSM's own tool and says the lines that scripts read, so that what was
//! written for SoftHSM 2.6 goes on. It works through PKCS#11, with our module or with the one that `--module` names.

mod import;
mod key_file;
mod module;
mod options;
mod slots;

use std::ffi::OsString;

use cryptoki::{context::Pkcs11, error::Error as Pkcs11Error};
use hsm_proto::DestroyPartitionRequest;

use self::options::{Action, Options, Parsed};
use crate::{
    arguments::Global,
    output::Output,
    secrets::{self, Secret},
    session::Session,
};

/// The version of the tool whose options and lines these are.
const COMPATIBLE_WITH: &str = "2.6.1";

/// The PINs that SoftHSM takes, in characters.
const PIN_LENGTHS: std::ops::RangeInclusive<usize> = 4..=255;

/// A line for standard error, in the words that SoftHSM's tool has for it.
#[derive(Debug)]
struct Complaint(String);

impl<T: Into<String>> From<T> for Complaint {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

type Result<T = (), E = Complaint> = std::result::Result<T, E>;

/// Runs the tool; what it returns is the exit code, as SoftHSM's tool has it.
pub(crate) fn run(global: &Global, arguments: &[OsString]) -> u8 {
    let options = match options::parse(arguments) {
        Parsed::Options(options) => options,
        Parsed::Version => {
            println!("{COMPATIBLE_WITH}");
            return 0;
        }
        Parsed::Help => {
            print!("{}", options::USAGE);
            return 0;
        }
        // As SoftHSM's: an unknown option shows the usage and succeeds.
        Parsed::Unknown(complaint) => {
            eprintln!("softhsm2-util: {complaint}");
            print!("{}", options::USAGE);
            return 0;
        }
        Parsed::NotOneAction => {
            print!("{}", options::USAGE);
            return 1;
        }
    };
    let done = match options.action {
        Action::ShowSlots => with_module(&options, slots::show),
        Action::InitToken => init_token(&options),
        Action::Import => with_module(&options, |pkcs11| import::run(pkcs11, &options)),
        Action::DeleteToken => delete_token(global, &options),
    };
    match done {
        Ok(()) => 0,
        Err(Complaint(line)) => {
            eprintln!("{line}");
            1
        }
    }
}

/// Loads and initialises the module, does `work`, and finalises it.
fn with_module<T>(options: &Options, work: impl FnOnce(&Pkcs11) -> Result<T>) -> Result<T> {
    let pkcs11 = module::open(options.module.as_deref())?;
    let done = work(&pkcs11);
    // What was done is done; the process ends anyway.
    let _ = pkcs11.finalize();
    done
}

fn init_token(options: &Options) -> Result {
    let (before, serial, label) = with_module(options, |pkcs11| {
        let slot = slots::find(pkcs11, options)?;
        let label = options
            .label
            .as_deref()
            .ok_or("ERROR: A label for the token must be supplied. Use --label <text>")?;
        if label.len() > 32 {
            return Err(
                "ERROR: The token label must not have a length greater than 32 chars.".into(),
            );
        }
        let so_pin = pin(options.so_pin.as_deref(), "SO")?;
        let user_pin = pin(options.pin.as_deref(), "user")?;
        slots::initialise(pkcs11, slot, label, &so_pin, &user_pin)?;
        let token = pkcs11.get_token_info(slot).map_err(|_| {
            format!(
                "ERROR: Could not get info about the initialized token in slot {}.",
                slot.id()
            )
        })?;
        let serial = token.serial_number().to_owned();
        Ok((slot.id(), serial, token.label().to_owned()))
    })?;
    // SoftHSM gives an initialised token another slot, seen once the library is loaded anew. Ours stay where they are.
    let after = with_module(options, |pkcs11| slots::of_token(pkcs11, &serial, &label))?;
    if before == after {
        println!("The token has been initialized on slot {after}");
    } else {
        println!("The token has been initialized and is reassigned to slot {after}");
    }
    Ok(())
}

/// PKCS#11 has no such function: the daemon is asked.
fn delete_token(global: &Global, options: &Options) -> Result {
    if options.serial.is_none() && options.token.is_none() {
        return Err(
            "ERROR: A token must be supplied. Use --serial <serial> or --token <label>".into(),
        );
    }
    if options.module.is_some() {
        return Err(
            "ERROR: --delete-token works with the tokens of hsmd alone, not with those of --module"
                .into(),
        );
    }
    let failed = |failure: crate::failure::Failure| {
        let hint = failure.hint().map(|hint| format!(" ({hint})"));
        format!("ERROR: {}{}", failure.message(), hint.unwrap_or_default())
    };
    let session = Session::open(global, Output::quiet()).map_err(failed)?;
    let mut tokens = session.tokens().map_err(failed)?;
    let is = |wanted: &Option<String>, found: &str| {
        wanted.as_deref().is_none_or(|wanted| wanted == found)
    };
    tokens.retain(|token| {
        token.is_initialized
            && is(&options.serial, &token.serial)
            && is(&options.token, &token.label)
    });
    let by = match (&options.serial, &options.token) {
        (Some(_), Some(_)) => "serial and token label",
        (Some(_), None) => "serial",
        (None, _) => "token label",
    };
    for token in &tokens {
        println!("Found token ({}) with matching {by}.", token.name);
    }
    let token = match &mut tokens[..] {
        [token] => std::mem::take(token),
        [] => return Err("ERROR: Could not find a token using --serial or --token.".into()),
        _ => return Err("ERROR: Found multiple matching tokens.".into()),
    };
    session
        .call(DestroyPartitionRequest {
            partition: token.partition,
        })
        .map_err(failed)?;
    println!("The token ({}) has been deleted.", token.name);
    Ok(())
}

/// The PIN of an option; asked for when there is none, or one of a length that SoftHSM would not take.
fn pin(given: Option<&str>, whose: &'static str) -> Result<Secret> {
    if let Some(pin) = given.filter(|pin| PIN_LENGTHS.contains(&pin.len())) {
        return Ok(Secret::new(pin.as_bytes().to_vec()));
    }
    let (shortest, longest) = (PIN_LENGTHS.start(), PIN_LENGTHS.end());
    let title = if whose == "SO" { "SO" } else { "User" };
    println!("*** {title} PIN ({shortest}-{longest} characters) ***");
    loop {
        let prompt = |what: &str| {
            secrets::ask(&format!("Please {what} {whose} PIN"))
                .map_err(|_| format!("ERROR: Could not get {whose} PIN"))
        };
        let typed = prompt("enter")?;
        if !PIN_LENGTHS.contains(&typed.len()) {
            eprintln!("ERROR: The length of the PIN is out of range.");
        } else if prompt("reenter")? != typed {
            eprintln!("ERROR: The entered PINs are not equal.");
        } else {
            return Ok(typed);
        }
    }
}

/// The return value of a failed call, as the standard names it.
fn return_value(error: &Pkcs11Error) -> String {
    match error {
        Pkcs11Error::Pkcs11(value, function) => format!("{value:?} from {function}"),
        other => other.to_string(),
    }
}
