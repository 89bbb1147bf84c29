//! Message-based signing and verification functions (PKCS#11 3.2, sections 5.14 and 5.16): every signing mechanism, any
//! number of messages. No mechanism has parameters that change from message to message.

use cryptoki_sys::{CK_OBJECT_HANDLE, CK_SESSION_HANDLE};

use super::begin_or_cancel;
use super::signing::Signing;
use super::verification::Verification;
use crate::abi::{Delivery, Input, Mechanism, MessageParameter, Output};
use crate::errors::Result;
use crate::library::Library;
use crate::operation::{Cancel, Messages};

/// `C_MessageSignInit`.
pub(crate) fn sign_init(
    library: &Library,
    session: CK_SESSION_HANDLE,
    mechanism: &Mechanism<'_>,
    key: CK_OBJECT_HANDLE,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    begin_or_cancel(&mut session.operations().message_signing, mechanism, || {
        Signing::new(&module, &session, mechanism, key).map(Messages::new)
    })
}

/// `C_SignMessage`.
pub(crate) fn sign(
    library: &Library,
    session: CK_SESSION_HANDLE,
    parameter: &MessageParameter<'_>,
    data: &Input<'_>,
    signature: Output<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    let operations = &mut *session.operations();
    operations.message_signing.active()?.whole(|signing| {
        parameter.check_none()?;
        signing.deliver_whole(&module, &session, data.bytes()?, signature)
    })
}

/// `C_SignMessageBegin`.
pub(crate) fn sign_begin(
    library: &Library,
    session: CK_SESSION_HANDLE,
    parameter: &MessageParameter<'_>,
) -> Result {
    let session = library.session(session)?;
    let operations = &mut *session.operations();
    operations.message_signing.active()?.begin(|signing| {
        signing.clear();
        parameter.check_none()
    })
}

/// `C_SignMessageNext`: the last part is the one that comes with a place for the signature's length.
pub(crate) fn sign_next(
    library: &Library,
    session: CK_SESSION_HANDLE,
    parameter: &MessageParameter<'_>,
    part: &Input<'_>,
    signature: Output<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    let operations = &mut *session.operations();
    let is_last = signature.has_length();
    operations
        .message_signing
        .active()?
        .next(is_last, |signing| {
            parameter.check_none()?;
            if is_last {
                signing.deliver_last(&module, &session, part.bytes()?, signature)
            } else {
                signing.add(&module, part.bytes()?)
            }
        })
}

/// `C_MessageSignFinal`. A message that has not ended is given up.
pub(crate) fn sign_finish(library: &Library, session: CK_SESSION_HANDLE) -> Result {
    let session = library.session(session)?;
    let operations = &mut *session.operations();
    operations.message_signing.active()?;
    operations.message_signing.cancel();
    Ok(())
}

/// `C_MessageVerifyInit`.
pub(crate) fn verify_init(
    library: &Library,
    session: CK_SESSION_HANDLE,
    mechanism: &Mechanism<'_>,
    key: CK_OBJECT_HANDLE,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    let operation = &mut session.operations().message_verification;
    begin_or_cancel(operation, mechanism, || {
        Verification::new(&module, &session, mechanism, key).map(Messages::new)
    })
}

/// `C_VerifyMessage`.
pub(crate) fn verify(
    library: &Library,
    session: CK_SESSION_HANDLE,
    parameter: &MessageParameter<'_>,
    data: &Input<'_>,
    signature: &Input<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    let operations = &mut *session.operations();
    let messages = operations.message_verification.active()?;
    messages.whole(|verification| {
        parameter.check_none()?;
        verification.check_whole(&module, &session, data.bytes()?, signature.bytes()?)
    })
}

/// `C_VerifyMessageBegin`.
pub(crate) fn verify_begin(
    library: &Library,
    session: CK_SESSION_HANDLE,
    parameter: &MessageParameter<'_>,
) -> Result {
    let session = library.session(session)?;
    let operations = &mut *session.operations();
    let messages = operations.message_verification.active()?;
    messages.begin(|verification| {
        verification.clear();
        parameter.check_none()
    })
}

/// `C_VerifyMessageNext`: the last part is the one that comes with the signature.
pub(crate) fn verify_next(
    library: &Library,
    session: CK_SESSION_HANDLE,
    parameter: &MessageParameter<'_>,
    part: &Input<'_>,
    signature: &Input<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    let operations = &mut *session.operations();
    let messages = operations.message_verification.active()?;
    let signature = signature.bytes_unless_null()?;
    messages.next(signature.is_some(), |verification| {
        parameter.check_none()?;
        verification.add(&module, part.bytes()?)?;
        match signature {
            Some(signature) => verification.check_parts(&module, &session, signature),
            None => Ok(Delivery::Delivered),
        }
    })
}

/// `C_MessageVerifyFinal`. A message that has not ended is given up.
pub(crate) fn verify_finish(library: &Library, session: CK_SESSION_HANDLE) -> Result {
    let session = library.session(session)?;
    let operations = &mut *session.operations();
    operations.message_verification.active()?;
    operations.message_verification.cancel();
    Ok(())
}
