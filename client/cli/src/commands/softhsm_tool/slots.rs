//! Slots and their tokens: showing them, finding one, initialising one.

use cryptoki::{
    context::Pkcs11,
    error::{Error as Pkcs11Error, RvError},
    session::UserType,
    slot::{Slot, SlotInfo, TokenInfo},
    types::{AuthPin, Version},
};

use super::{Result, options::Action, options::Options, return_value};
use crate::secrets::Secret;

/// Shows every slot.
pub(super) fn show(pkcs11: &Pkcs11) -> Result {
    let slots = all(pkcs11)?;
    println!("Available slots:");
    for slot in slots {
        let Ok(info) = pkcs11.get_slot_info(slot) else {
            eprintln!("ERROR: Could not get info about slot {}.", slot.id());
            continue;
        };
        print!("{}", slot_text(slot, &info));
        if !info.token_present() {
            continue;
        }
        match pkcs11.get_token_info(slot) {
            Ok(token) => print!("{}", token_text(&token)),
            Err(_) => eprintln!(
                "ERROR: Could not get info about the token in slot {}.",
                slot.id()
            ),
        }
    }
    Ok(())
}

// Text fields have the width that the standard gives them: scripts cut columns.
fn slot_text(slot: Slot, info: &SlotInfo) -> String {
    let present = if info.token_present() {
        "yes\n    Token info:"
    } else {
        "no"
    };
    format!(
        "Slot {}\n    Slot info:\n        Description:      {:<64}\n        Manufacturer ID:  {:<32}\n        \
         Hardware version: {}\n        Firmware version: {}\n        Token present:    {present}\n",
        slot.id(),
        info.slot_description(),
        info.manufacturer_id(),
        version(info.hardware_version()),
        version(info.firmware_version()),
    )
}

fn token_text(token: &TokenInfo) -> String {
    let yes_or_no = |is: bool| if is { "yes" } else { "no" };
    format!(
        "        Manufacturer ID:  {:<32}\n        Model:            {:<16}\n        Hardware version: {}\n        \
         Firmware version: {}\n        Serial number:    {:<16}\n        Initialized:      {}\n        \
         User PIN init.:   {}\n        Label:            {:<32}\n",
        token.manufacturer_id(),
        token.model(),
        version(token.hardware_version()),
        version(token.firmware_version()),
        token.serial_number(),
        yes_or_no(token.token_initialized()),
        yes_or_no(token.user_pin_initialized()),
        token.label(),
    )
}

fn version(version: Version) -> String {
    format!("{}.{}", version.major(), version.minor())
}

/// The slot that the options name.
pub(super) fn find(pkcs11: &Pkcs11, options: &Options) -> Result<Slot> {
    if let Some(text) = &options.slot {
        let number: i64 = leading_number(text);
        return u64::try_from(number)
            .ok()
            .and_then(|number| Slot::try_from(number).ok())
            .ok_or_else(|| "ERROR: The slot number is negative.".into());
    }
    let may_be_free = options.action == Action::InitToken;
    let is_free = may_be_free && options.is_free;
    if options.serial.is_none() && options.token.is_none() && !is_free {
        let ways = if may_be_free {
            "--token <label>, or --free"
        } else {
            "or --token <label>"
        };
        return Err(format!(
            "ERROR: A slot/token must be supplied. Use --slot <number>, --serial <serial>, {ways}"
        )
        .into());
    }
    let too_long =
        |text: &Option<String>, limit| text.as_ref().is_some_and(|text| text.len() > limit);
    if too_long(&options.serial, 16) {
        return Err("ERROR: --serial is too long.".into());
    }
    if too_long(&options.token, 32) {
        return Err("ERROR: --token is too long.".into());
    }
    let mut found = None;
    for slot in all(pkcs11)? {
        let token = token_info(pkcs11, slot)?;
        if is_free {
            if !token.token_initialized() {
                println!("Slot {} has a free/uninitialized token.", slot.id());
                return Ok(slot);
            }
            continue;
        }
        let is = |wanted: &Option<String>, found: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == found)
        };
        if !is(&options.serial, token.serial_number()) || !is(&options.token, token.label()) {
            continue;
        }
        let by = match (&options.serial, &options.token) {
            (Some(_), Some(_)) => "serial and token label",
            (Some(_), None) => "serial",
            (None, _) => "token label",
        };
        println!("Found slot {} with matching {by}.", slot.id());
        if found.replace(slot).is_some() {
            return Err("ERROR: Found multiple matching slots/tokens.".into());
        }
    }
    found.ok_or_else(|| {
        let ways = if may_be_free {
            "--serial, --token, or --free."
        } else {
            "--serial, or --token"
        };
        format!("ERROR: Could not find a slot/token using {ways}").into()
    })
}

/// The number at the beginning of a text, as C's `atoi` has it.
fn leading_number(text: &str) -> i64 {
    let text = text.trim_start();
    let digits = text
        .char_indices()
        .take_while(|(index, letter)| {
            letter.is_ascii_digit() || *index == 0 && matches!(letter, '-' | '+')
        })
        .count();
    text[..digits].parse().unwrap_or(0)
}

/// The slot of the token with this serial number and label.
pub(super) fn of_token(pkcs11: &Pkcs11, serial: &str, label: &str) -> Result<u64> {
    for slot in all(pkcs11)? {
        let token = token_info(pkcs11, slot)?;
        if token.serial_number() == serial && token.label() == label {
            return Ok(slot.id());
        }
    }
    Err("ERROR: Could not find a slot/token using --serial, or --token".into())
}

/// Makes the token in a slot anew, with both PINs.
pub(super) fn initialise(
    pkcs11: &Pkcs11,
    slot: Slot,
    label: &str,
    so_pin: &Secret,
    user_pin: &Secret,
) -> Result {
    let so_pin = auth_pin(so_pin)?;
    pkcs11
        .init_token(slot, &so_pin, label)
        .map_err(|error| match &error {
            Pkcs11Error::Pkcs11(RvError::SlotIdInvalid, _) => {
                format!("CKR_SLOT_ID_INVALID: Slot {} does not exist.", slot.id())
            }
            Pkcs11Error::Pkcs11(RvError::PinIncorrect, _) => {
                "CKR_PIN_INCORRECT: The given SO PIN does not match the one in the token. \
                 Needed when reinitializing the token."
                    .to_owned()
            }
            Pkcs11Error::Pkcs11(RvError::TokenNotPresent, _) => {
                "CKR_TOKEN_NOT_PRESENT: The token is not present. Please read the HSM manual for further assistance."
                    .to_owned()
            }
            other => format!(
                "ERROR rv={}: Could not initialize the token.\nPlease check log files for additional information.",
                return_value(other)
            ),
        })?;
    let session = pkcs11
        .open_rw_session(slot)
        .map_err(|_| "ERROR: Could not open a session with the library.")?;
    session
        .login(UserType::So, Some(&so_pin))
        .map_err(|_| "ERROR: Could not log in on the token.")?;
    session
        .init_pin(&auth_pin(user_pin)?)
        .map_err(|_| "ERROR: Could not initialize the user PIN.")?;
    Ok(())
}

/// A PIN as the `cryptoki` crate takes it.
pub(super) fn auth_pin(pin: &Secret) -> Result<AuthPin> {
    let text = std::str::from_utf8(pin).map_err(|_| "ERROR: The PIN is not UTF-8.")?;
    Ok(AuthPin::from(text.to_owned()))
}

fn all(pkcs11: &Pkcs11) -> Result<Vec<Slot>> {
    pkcs11
        .get_all_slots()
        .map_err(|_| "ERROR: Could not get the slot list.".into())
}

fn token_info(pkcs11: &Pkcs11, slot: Slot) -> Result<TokenInfo> {
    pkcs11.get_token_info(slot).map_err(|_| {
        format!(
            "ERROR: Could not get info about the token in slot {}.",
            slot.id()
        )
        .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slot_numbers_read_as_in_c() {
        assert_eq!(leading_number(" 12abc"), 12);
        assert_eq!(leading_number("-3"), -3);
        assert_eq!(leading_number("abc"), 0);
    }
}
