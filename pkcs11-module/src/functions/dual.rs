//! Dual-function cryptographic functions (PKCS#11 3.2, section 5.17): a cipher, and beside it a digest, a signature or a
//! verification of the same plaintext.

use cryptoki_sys::CK_SESSION_HANDLE;

use super::cipher::{Cipher, Direction};
use crate::abi::{Delivery, Input, Output};
use crate::errors::Result;
use crate::library::Library;
use crate::module::Module;
use crate::operation::{Cancel, OperationSlot};
use crate::sessions::Session;

/// What runs beside the cipher.
#[derive(Clone, Copy)]
pub(crate) enum Beside {
    /// A digest.
    Digest,
    /// A signature.
    Sign,
    /// A verification.
    Verify,
}

/// `C_DigestEncryptUpdate`, `C_DecryptDigestUpdate`, `C_SignEncryptUpdate` and `C_DecryptVerifyUpdate`.
///
/// A length query and a buffer that is too small leave both operations as they were; any other failure ends both.
pub(crate) fn update(
    library: &Library,
    session: CK_SESSION_HANDLE,
    direction: Direction,
    beside: Beside,
    input: &Input<'_>,
    output: Output<'_>,
) -> Result {
    let module = library.module()?;
    let session = module.sessions.get(session)?;
    let operations = &mut *session.operations();
    let cipher = match direction {
        Direction::Encrypt => &mut operations.encryption,
        Direction::Decrypt => &mut operations.decryption,
    };
    let call = Call {
        module: &module,
        session: &session,
        direction,
        cipher,
        input,
        output,
    };
    match beside {
        Beside::Digest => call.with(&mut operations.digest, super::digest::Digesting::add),
        Beside::Sign => call.with(&mut operations.signing, |signing, part| {
            signing.add(&module, part)
        }),
        Beside::Verify => call.with(&mut operations.verification, |verification, part| {
            verification.add(&module, part)
        }),
    }
}

struct Call<'a> {
    module: &'a Module,
    session: &'a Session,
    direction: Direction,
    cipher: &'a mut OperationSlot<Cipher>,
    input: &'a Input<'a>,
    output: Output<'a>,
}

impl Call<'_> {
    fn with<T>(
        self,
        other: &mut OperationSlot<T>,
        add: impl FnOnce(&mut T, &[u8]) -> Result<Delivery>,
    ) -> Result {
        other.active()?;
        let result = self.cipher.update(|cipher| {
            let input = self.input.bytes()?;
            cipher.deliver_part(input, self.output, |cipher| {
                let done = cipher.part(self.module, self.session, input)?;
                let plaintext = match self.direction {
                    Direction::Encrypt => input,
                    Direction::Decrypt => &done,
                };
                other.update(|other| add(other, plaintext))?;
                Ok(done)
            })
        });
        if self.cipher.active().is_err() {
            other.cancel();
        }
        result
    }
}
