//! Session management functions (PKCS#11 3.2, section 5.6).

use cryptoki_sys::{
    CK_FLAGS, CK_SESSION_HANDLE, CK_SESSION_INFO, CK_SLOT_ID, CK_USER_TYPE, CKF_ASYNC_SESSION,
    CKF_FIND_OBJECTS, CKF_RW_SESSION, CKF_SERIAL_SESSION, CKR_ARGUMENTS_BAD,
    CKR_SESSION_HANDLE_INVALID, CKR_SESSION_PARALLEL_NOT_SUPPORTED, CKR_SESSION_READ_ONLY_EXISTS,
    CKR_SESSION_READ_WRITE_SO_EXISTS, CKR_USER_ALREADY_LOGGED_IN, CKR_USER_NOT_LOGGED_IN,
    CKR_USER_TYPE_INVALID, CKS_RO_PUBLIC_SESSION, CKS_RO_USER_FUNCTIONS, CKS_RW_PUBLIC_SESSION,
    CKS_RW_SO_FUNCTIONS, CKS_RW_USER_FUNCTIONS, CKU_CONTEXT_SPECIFIC, CKU_SO, CKU_USER,
};
use hsm_proto::{LoginRequest, LoginRole, LogoutRequest};

use crate::abi::{Input, Place};
use crate::errors::{Failure, Result};
use crate::library::Library;
use crate::module::Module;
use crate::operation::Cancel;
use crate::sessions::{Session, SessionKind};
use crate::slots::Role;

/// `C_OpenSession`. Needs no request.
pub(crate) fn open(
    library: &Library,
    slot: CK_SLOT_ID,
    flags: CK_FLAGS,
    handle: &Place<'_, CK_SESSION_HANDLE>,
) -> Result {
    let module = library.module()?;
    handle.check()?;
    if flags & CKF_SERIAL_SESSION == 0 {
        return Err(CKR_SESSION_PARALLEL_NOT_SUPPORTED.into());
    }
    let slot = module.slot_with_token(slot)?;
    let is_read_write = flags & CKF_RW_SESSION != 0;
    if !is_read_write && slot.role() == Role::SecurityOfficer {
        return Err(CKR_SESSION_READ_WRITE_SO_EXISTS.into());
    }
    let kind = SessionKind {
        is_read_write,
        is_asynchronous: flags & CKF_ASYNC_SESSION != 0,
    };
    handle.write(module.sessions.open(slot, kind)?)
}

/// `C_CloseSession`. Needs a request only when the session made session objects, or was the last of a login.
pub(crate) fn close(library: &Library, session: CK_SESSION_HANDLE) -> Result {
    let module = library.module()?;
    let session = module.sessions.remove(session)?;
    after_closing(module.close(&session))
}

/// `C_CloseAllSessions`.
pub(crate) fn close_all(library: &Library, slot: CK_SLOT_ID) -> Result {
    let module = library.module()?;
    let slot = module.slot(slot)?;
    let mut result = Ok(());
    for session in module.sessions.remove_all(Some(slot.id)) {
        result = result.and(after_closing(module.close(&session)));
    }
    result
}

/// When the daemon turns out to have been restarted, what closing a session would have ended is gone already.
fn after_closing(result: Result) -> Result {
    match result {
        Err(failure) if failure.value() == CKR_SESSION_HANDLE_INVALID => Ok(()),
        result => result,
    }
}

/// `C_GetSessionInfo`.
pub(crate) fn info(
    library: &Library,
    session: CK_SESSION_HANDLE,
    info: &Place<'_, CK_SESSION_INFO>,
) -> Result {
    let session = library.session(session)?;
    let state = match (session.slot.role(), session.kind.is_read_write) {
        (Role::Nobody, false) => CKS_RO_PUBLIC_SESSION,
        (Role::Nobody, true) => CKS_RW_PUBLIC_SESSION,
        (Role::User, false) => CKS_RO_USER_FUNCTIONS,
        (Role::User, true) => CKS_RW_USER_FUNCTIONS,
        (Role::SecurityOfficer, _) => CKS_RW_SO_FUNCTIONS,
    };
    let mut flags = CKF_SERIAL_SESSION;
    if session.kind.is_read_write {
        flags |= CKF_RW_SESSION;
    }
    if session.kind.is_asynchronous {
        flags |= CKF_ASYNC_SESSION;
    }
    info.write(CK_SESSION_INFO {
        slotID: session.slot.id,
        state,
        flags,
        ulDeviceError: 0,
    })
}

/// `C_Login`.
pub(crate) fn login(
    library: &Library,
    session: CK_SESSION_HANDLE,
    user_type: CK_USER_TYPE,
    pin: &Input<'_>,
) -> Result {
    login_as(library, session, user_type, pin, "")
}

/// `C_LoginUser`: one of the users with a name, or with an empty name whoever `C_Login` would log in.
pub(crate) fn login_user(
    library: &Library,
    session: CK_SESSION_HANDLE,
    user_type: CK_USER_TYPE,
    pin: &Input<'_>,
    user: &Input<'_>,
) -> Result {
    library.session(session)?;
    let user = std::str::from_utf8(user.bytes()?).map_err(|_| Failure::from(CKR_ARGUMENTS_BAD))?;
    if user_type == CKU_SO && !user.is_empty() {
        let reason = "the security officer has no name";
        return Err(Failure::because(CKR_USER_TYPE_INVALID, reason));
    }
    login_as(library, session, user_type, pin, user)
}

fn login_as(
    library: &Library,
    session: CK_SESSION_HANDLE,
    user_type: CK_USER_TYPE,
    pin: &Input<'_>,
    user: &str,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    let role = match user_type {
        CKU_USER => Role::User,
        CKU_SO => Role::SecurityOfficer,
        CKU_CONTEXT_SPECIFIC => return prove_again(&module, &session, pin),
        _ => return Err(CKR_USER_TYPE_INVALID.into()),
    };
    // There is no other way to log in than by a PIN (`CKF_PROTECTED_AUTHENTICATION_PATH`).
    let pin = pin
        .bytes_unless_null()?
        .ok_or_else(|| Failure::from(CKR_ARGUMENTS_BAD))?;
    let slot = &session.slot;
    let _alone = slot.login.lock();
    if role == Role::SecurityOfficer && slot.read_only_sessions_open() > 0 {
        return Err(CKR_SESSION_READ_ONLY_EXISTS.into());
    }
    let result = module.ask(LoginRequest {
        partition: slot.partition(),
        role: login_role(role).into(),
        pin: pin.to_vec(),
        for_object: Vec::new(),
        user: user.to_owned(),
    });
    match result {
        Ok(_) => {
            slot.set_role(role);
            if module.daemon().resuming_client().is_some() {
                slot.keep_pin(user, pin);
            }
            Ok(())
        }
        Err(failure) => {
            if failure.value() == CKR_USER_ALREADY_LOGGED_IN {
                slot.set_role(role);
            }
            Err(failure)
        }
    }
}

/// Proves the PIN for one use of a key that wants it each time (`CKA_ALWAYS_AUTHENTICATE`).
fn prove_again(module: &Module, session: &Session, pin: &Input<'_>) -> Result {
    let pin = pin
        .bytes_unless_null()?
        .ok_or_else(|| Failure::from(CKR_ARGUMENTS_BAD))?;
    let operations = &mut *session.operations();
    let key = operations.private_key()?;
    module.ask(LoginRequest {
        partition: session.slot.partition(),
        role: LoginRole::User.into(),
        pin: pin.to_vec(),
        for_object: key.to_vec(),
        user: String::new(),
    })?;
    Ok(())
}

/// `C_Logout`.
pub(crate) fn logout(library: &Library, session: CK_SESSION_HANDLE) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    let slot = &session.slot;
    let _alone = slot.login.lock();
    if slot.role() == Role::Nobody {
        return Err(CKR_USER_NOT_LOGGED_IN.into());
    }
    module.ask(LogoutRequest {
        partition: slot.partition(),
    })?;
    slot.set_role(Role::Nobody);
    module.objects.remove_private(slot.id);
    Ok(())
}

/// `C_SessionCancel`: ends the operations that are named. Those that are not running need no end.
pub(crate) fn cancel(library: &Library, session: CK_SESSION_HANDLE, flags: CK_FLAGS) -> Result {
    let session = library.session(session)?;
    let operations = &mut *session.operations();
    if flags & CKF_FIND_OBJECTS != 0 {
        operations.search.cancel();
    }
    for (flag, operation) in operations.by_flag() {
        if flags & flag != 0 {
            operation.cancel();
        }
    }
    Ok(())
}

pub(crate) fn login_role(role: Role) -> LoginRole {
    match role {
        Role::Nobody => LoginRole::Unspecified,
        Role::User => LoginRole::User,
        Role::SecurityOfficer => LoginRole::SecurityOfficer,
    }
}
