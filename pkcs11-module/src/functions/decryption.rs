//! Decryption functions (PKCS#11 3.2, section 5.10).

use cryptoki_sys::{CK_OBJECT_HANDLE, CK_SESSION_HANDLE};

use super::begin_or_cancel;
use super::cipher::{Cipher, Direction};
use crate::abi::{Input, Mechanism, Output};
use crate::errors::Result;
use crate::library::Library;

/// `C_DecryptInit`.
pub(crate) fn init(
    library: &Library,
    session: CK_SESSION_HANDLE,
    mechanism: &Mechanism<'_>,
    key: CK_OBJECT_HANDLE,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    begin_or_cancel(&mut session.operations().decryption, mechanism, || {
        Cipher::new(&module, &session, Direction::Decrypt, mechanism, key)
    })
}

/// `C_Decrypt`.
pub(crate) fn decrypt(
    library: &Library,
    session: CK_SESSION_HANDLE,
    input: &Input<'_>,
    output: Output<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    session.operations().decryption.once(|cipher| {
        let input = input.bytes()?;
        cipher.deliver_whole(&module, &session, input, output)
    })
}

/// `C_DecryptUpdate`.
pub(crate) fn update(
    library: &Library,
    session: CK_SESSION_HANDLE,
    part: &Input<'_>,
    output: Output<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    session.operations().decryption.update(|cipher| {
        let part = part.bytes()?;
        output.deliver(cipher.part_length_bytes(part.len()), || {
            cipher.part(&module, &session, part)
        })
    })
}

/// `C_DecryptFinal`.
pub(crate) fn finish(library: &Library, session: CK_SESSION_HANDLE, output: Output<'_>) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    session
        .operations()
        .decryption
        .finish(|cipher| cipher.deliver_last(&module, &session, output))
}
