//! Slot and token management functions (PKCS#11 3.2, section 5.5).

use cryptoki_sys::{
    CK_EFFECTIVELY_INFINITE, CK_FLAGS, CK_MECHANISM_INFO, CK_MECHANISM_TYPE, CK_SESSION_HANDLE,
    CK_SLOT_ID, CK_SLOT_INFO, CK_TOKEN_INFO, CK_ULONG, CK_UNAVAILABLE_INFORMATION,
    CKF_ASYNC_SESSION_SUPPORTED, CKF_DONT_BLOCK, CKF_DUAL_CRYPTO_OPERATIONS, CKF_LOGIN_REQUIRED,
    CKF_RESTORE_KEY_NOT_NEEDED, CKF_RNG, CKF_SO_PIN_COUNT_LOW, CKF_SO_PIN_FINAL_TRY,
    CKF_SO_PIN_LOCKED, CKF_TOKEN_INITIALIZED, CKF_TOKEN_PRESENT, CKF_USER_PIN_COUNT_LOW,
    CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_INITIALIZED, CKF_USER_PIN_LOCKED, CKR_ARGUMENTS_BAD,
    CKR_CRYPTOKI_NOT_INITIALIZED, CKR_FUNCTION_NOT_SUPPORTED, CKR_MECHANISM_INVALID, CKR_NO_EVENT,
    CKR_SESSION_EXISTS, CKR_SESSION_READ_ONLY, CKR_SLOT_ID_INVALID, CKR_USER_NOT_LOGGED_IN,
};
use hsm_algorithms::mechanism_info as info_of;
use hsm_proto::{InitPinRequest, InitTokenRequest, PinState, SetPinRequest, TokenInfo};

use super::general::{MANUFACTURER, VERSION, padded};
use crate::abi::{Input, OutputList, Place};
use crate::errors::{Failure, Result};
use crate::library::Library;
use crate::slots::Role;

/// `C_GetSlotList`: slots with an initialised token first, since many programs take the first one.
///
/// Every slot has a token in it, so it makes no difference whether only those are asked for.
pub(crate) fn list(
    library: &Library,
    _token_present: bool,
    list: OutputList<'_, CK_SLOT_ID>,
) -> Result {
    let mut tokens = library.module()?.tokens()?;
    tokens.sort_by_key(|token| (!token.is_initialized, token.slot));
    let slots: Vec<CK_SLOT_ID> = tokens.iter().map(|token| token.slot).collect();
    list.deliver(&slots)
}

/// `C_GetSlotInfo`.
pub(crate) fn info(library: &Library, slot: CK_SLOT_ID, info: &Place<'_, CK_SLOT_INFO>) -> Result {
    let module = library.module()?;
    info.check()?;
    let slot = module.slot(slot)?;
    info.write(CK_SLOT_INFO {
        slotDescription: padded(&format!("hsmd slot {:#x}", slot.id)),
        manufacturerID: padded(MANUFACTURER),
        flags: CKF_TOKEN_PRESENT,
        hardwareVersion: VERSION,
        firmwareVersion: VERSION,
    })
}

/// `C_GetTokenInfo`. Asks the daemon, since the state of the PINs changes with every attempt of anybody.
pub(crate) fn token_info(
    library: &Library,
    slot: CK_SLOT_ID,
    info: &Place<'_, CK_TOKEN_INFO>,
) -> Result {
    let module = library.module()?;
    info.check()?;
    let tokens = module.tokens()?;
    let token = tokens
        .iter()
        .find(|token| token.slot == slot)
        .ok_or_else(|| Failure::from(CKR_SLOT_ID_INVALID))?;
    let slot = module.slot(slot)?;
    info.write(CK_TOKEN_INFO {
        label: padded(&token.label),
        manufacturerID: padded(MANUFACTURER),
        model: padded("hsmd"),
        serialNumber: padded(&token.serial),
        flags: flags(token),
        ulMaxSessionCount: CK_EFFECTIVELY_INFINITE,
        ulSessionCount: slot.sessions_open() as CK_ULONG,
        ulMaxRwSessionCount: CK_EFFECTIVELY_INFINITE,
        ulRwSessionCount: slot.read_write_sessions_open() as CK_ULONG,
        ulMaxPinLen: token.pin_length_max.into(),
        ulMinPinLen: token.pin_length_min.into(),
        ulTotalPublicMemory: CK_UNAVAILABLE_INFORMATION,
        ulFreePublicMemory: CK_UNAVAILABLE_INFORMATION,
        ulTotalPrivateMemory: CK_UNAVAILABLE_INFORMATION,
        ulFreePrivateMemory: CK_UNAVAILABLE_INFORMATION,
        hardwareVersion: VERSION,
        firmwareVersion: VERSION,
        // There is no clock on the token (`CKF_CLOCK_ON_TOKEN`).
        utcTime: [b' '; 16],
    })
}

fn flags(token: &TokenInfo) -> CK_FLAGS {
    let user = match token.user_pin() {
        PinState::Ok => 0,
        PinState::CountLow => CKF_USER_PIN_COUNT_LOW,
        PinState::FinalTry => CKF_USER_PIN_FINAL_TRY,
        PinState::Locked => CKF_USER_PIN_LOCKED,
    };
    let security_officer = match token.so_pin() {
        PinState::Ok => 0,
        PinState::CountLow => CKF_SO_PIN_COUNT_LOW,
        PinState::FinalTry => CKF_SO_PIN_FINAL_TRY,
        PinState::Locked => CKF_SO_PIN_LOCKED,
    };
    let initialized = if token.is_initialized {
        CKF_TOKEN_INITIALIZED
    } else {
        0
    };
    let user_pin_set = if token.is_user_pin_set {
        CKF_USER_PIN_INITIALIZED
    } else {
        0
    };
    let abilities = CKF_RNG
        | CKF_LOGIN_REQUIRED
        | CKF_DUAL_CRYPTO_OPERATIONS
        | CKF_RESTORE_KEY_NOT_NEEDED
        | CKF_ASYNC_SESSION_SUPPORTED;
    abilities | initialized | user_pin_set | user | security_officer
}

/// `C_GetMechanismList`.
pub(crate) fn mechanism_list(
    library: &Library,
    slot: CK_SLOT_ID,
    list: OutputList<'_, CK_MECHANISM_TYPE>,
) -> Result {
    let slot = library.module()?.slot(slot)?;
    let mechanisms: Vec<CK_MECHANISM_TYPE> = slot.mechanisms().collect();
    list.deliver(&mechanisms)
}

/// `C_GetMechanismInfo`.
pub(crate) fn mechanism_info(
    library: &Library,
    slot: CK_SLOT_ID,
    mechanism: CK_MECHANISM_TYPE,
    info: &Place<'_, CK_MECHANISM_INFO>,
) -> Result {
    let slot = library.module()?.slot(slot)?;
    let mechanism = info_of(mechanism)
        .filter(|info| !(info.is_legacy && slot.is_strict()))
        .ok_or_else(|| Failure::from(CKR_MECHANISM_INVALID))?;
    info.write(CK_MECHANISM_INFO {
        ulMinKeySize: mechanism.key_size_min,
        ulMaxKeySize: mechanism.key_size_max,
        flags: mechanism.flags,
    })
}

/// `C_InitToken`.
pub(crate) fn init_token(
    library: &Library,
    slot: CK_SLOT_ID,
    pin: &Input<'_>,
    label: &Input<'_>,
) -> Result {
    let module = library.module()?;
    let label = token_label(label.bytes()?).ok_or_else(|| Failure::from(CKR_ARGUMENTS_BAD))?;
    let so_pin = pin.bytes()?;
    let slot = module.slot(slot)?;
    if slot.sessions_open() > 0 {
        return Err(CKR_SESSION_EXISTS.into());
    }
    let reply = module.ask_without_session(InitTokenRequest {
        slot: slot.id,
        label: label.to_owned(),
        so_pin: so_pin.to_vec(),
    })?;
    module.objects.clear(Some(slot.id));
    if let Some(token) = &reply.token {
        module.slots.update_one(token);
    }
    Ok(())
}

/// The label in 32 bytes: padded with blanks, as the standard has it, or ended by a zero, as some programs have it.
fn token_label(padded: &[u8]) -> Option<&str> {
    let written = padded.split(|byte| *byte == 0).next().unwrap_or_default();
    let label = std::str::from_utf8(written).ok()?.trim_end_matches(' ');
    (!label.is_empty() && !label.chars().any(char::is_control)).then_some(label)
}

/// `C_InitPIN`.
pub(crate) fn init_pin(library: &Library, session: CK_SESSION_HANDLE, pin: &Input<'_>) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    let pin = pin.bytes()?;
    if session.slot.role() != Role::SecurityOfficer {
        return Err(CKR_USER_NOT_LOGGED_IN.into());
    }
    module.ask(InitPinRequest {
        partition: session.slot.partition(),
        pin: pin.to_vec(),
        user: String::new(),
        removes_user: false,
    })?;
    Ok(())
}

/// `C_SetPIN`.
pub(crate) fn set_pin(
    library: &Library,
    session: CK_SESSION_HANDLE,
    old_pin: &Input<'_>,
    new_pin: &Input<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    let (old_pin, new_pin) = (old_pin.bytes()?, new_pin.bytes()?);
    if !session.kind.is_read_write {
        return Err(CKR_SESSION_READ_ONLY.into());
    }
    module.ask(SetPinRequest {
        partition: session.slot.partition(),
        old_pin: old_pin.to_vec(),
        new_pin: new_pin.to_vec(),
    })?;
    Ok(())
}

/// `C_WaitForSlotEvent`. Slots come and go without telling, so the only event is the end of the library. With a private
/// daemon, where programs expect what `SoftHSM` does, waiting for that is `CKR_FUNCTION_NOT_SUPPORTED`.
pub(crate) fn wait_for_event(library: &Library, flags: CK_FLAGS, is_reserved_null: bool) -> Result {
    let module = library.module()?;
    if !is_reserved_null {
        return Err(CKR_ARGUMENTS_BAD.into());
    }
    if flags & CKF_DONT_BLOCK != 0 {
        return Err(CKR_NO_EVENT.into());
    }
    if module.daemon().is_private() {
        return Err(CKR_FUNCTION_NOT_SUPPORTED.into());
    }
    module.wait_for_end();
    Err(CKR_CRYPTOKI_NOT_INITIALIZED.into())
}

#[cfg(test)]
mod tests {
    use super::token_label;

    #[test]
    fn labels_are_padded_or_ended() {
        assert_eq!(
            token_label(b"my label                        "),
            Some("my label")
        );
        assert_eq!(
            token_label(b"my label\0\xff\xfe and what lies there"),
            Some("my label")
        );
        for bad in [&b"\0"[..], b"        ", b"bell\x07", b"\xff"] {
            assert_eq!(token_label(bad), None);
        }
    }
}
