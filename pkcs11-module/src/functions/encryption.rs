//! Encryption and decryption functions (PKCS#11 3.2, sections 5.8 and 5.10): one shell for both directions.

use cryptoki_sys::{CK_OBJECT_HANDLE, CK_SESSION_HANDLE};

use super::begin_or_cancel;
use super::cipher::{Cipher, Direction};
use crate::abi::{Input, Mechanism, Output};
use crate::errors::Result;
use crate::library::Library;

/// `C_EncryptInit` and `C_DecryptInit`.
pub(crate) fn init(
    library: &Library,
    session: CK_SESSION_HANDLE,
    direction: Direction,
    mechanism: &Mechanism<'_>,
    key: CK_OBJECT_HANDLE,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    begin_or_cancel(session.operations().cipher(direction), mechanism, || {
        Cipher::new(&module, &session, direction, mechanism, key)
    })
}

/// `C_Encrypt` and `C_Decrypt`.
pub(crate) fn whole(
    library: &Library,
    session: CK_SESSION_HANDLE,
    direction: Direction,
    input: &Input<'_>,
    output: Output<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    session.operations().cipher(direction).once(|cipher| {
        let input = input.bytes()?;
        cipher.deliver_whole(&module, &session, input, output)
    })
}

/// `C_EncryptUpdate` and `C_DecryptUpdate`.
pub(crate) fn update(
    library: &Library,
    session: CK_SESSION_HANDLE,
    direction: Direction,
    part: &Input<'_>,
    output: Output<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    session.operations().cipher(direction).update(|cipher| {
        let part = part.bytes()?;
        cipher.deliver_part(part, output, |cipher| cipher.part(&module, &session, part))
    })
}

/// `C_EncryptFinal` and `C_DecryptFinal`.
pub(crate) fn finish(
    library: &Library,
    session: CK_SESSION_HANDLE,
    direction: Direction,
    output: Output<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    session
        .operations()
        .cipher(direction)
        .finish(|cipher| cipher.deliver_last(&module, &session, output))
}
