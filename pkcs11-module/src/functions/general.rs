//! General-purpose functions (PKCS#11 3.2, section 5.4) and the leftovers of parallel functions (section 5.20).

use cryptoki_sys::{
    CK_C_INITIALIZE_ARGS, CK_INFO, CK_VERSION, CKR_ARGUMENTS_BAD, CKR_FUNCTION_NOT_PARALLEL,
};

use crate::abi::Place;
use crate::daemon::Daemon;
use crate::errors::Result;
use crate::library::Library;

/// Who made the token, as information structures say it.
pub(crate) const MANUFACTURER: &str = "hsmd";

/// The version of the module.
pub(crate) const VERSION: CK_VERSION = CK_VERSION {
    major: number(env!("CARGO_PKG_VERSION_MAJOR")),
    minor: number(env!("CARGO_PKG_VERSION_MINOR")),
};

/// The arguments of `C_Initialize`.
pub(crate) struct InitializeArguments;

impl InitializeArguments {
    /// Reads the arguments.
    ///
    /// Nothing in them changes what the module does. It always locks, by what the operating system has, which is all
    /// that callers with mutexes of their own rely on; and it never makes threads.
    ///
    /// # Errors
    ///
    /// `CKR_ARGUMENTS_BAD` when the pointer is misaligned, something is in the reserved field, or only some of the four
    /// mutex functions are given.
    pub(crate) fn read(arguments: &Place<'_, CK_C_INITIALIZE_ARGS>) -> Result<Self> {
        if arguments.is_null() {
            return Ok(Self);
        }
        let arguments = arguments.read()?;
        let mutex_functions = [
            arguments.CreateMutex.is_some(),
            arguments.DestroyMutex.is_some(),
            arguments.LockMutex.is_some(),
            arguments.UnlockMutex.is_some(),
        ];
        let given = mutex_functions.iter().filter(|given| **given).count();
        if !arguments.pReserved.is_null() || !(given == 0 || given == mutex_functions.len()) {
            return Err(CKR_ARGUMENTS_BAD.into());
        }
        Ok(Self)
    }
}

/// `C_Initialize`. Connects to nothing yet, so that it is cheap in programs that never use the token.
pub(crate) fn initialize(library: &Library, _arguments: &InitializeArguments) -> Result {
    library.initialize(|parents| parents.map_or_else(Daemon::find, Daemon::find_in_child))
}

/// `C_Finalize`.
pub(crate) fn finalize(library: &Library, is_reserved_null: bool) -> Result {
    library.module()?;
    if is_reserved_null {
        library.finalize()
    } else {
        Err(CKR_ARGUMENTS_BAD.into())
    }
}

/// `C_GetInfo`.
pub(crate) fn info(library: &Library, info: &Place<'_, CK_INFO>) -> Result {
    library.module()?;
    info.write(CK_INFO {
        cryptokiVersion: CK_VERSION { major: 3, minor: 2 },
        manufacturerID: padded(MANUFACTURER),
        flags: 0,
        libraryDescription: padded("hsmd PKCS#11 module"),
        libraryVersion: VERSION,
    })
}

/// `C_GetFunctionStatus` and `C_CancelFunction`, which have had nothing to do since 2.0.
pub(crate) fn function_not_parallel(library: &Library, session: u64) -> Result {
    library.session(session)?;
    Err(CKR_FUNCTION_NOT_PARALLEL.into())
}

/// A text in a field of fixed length: filled up with blanks, or cut between two characters.
pub(crate) fn padded<const LENGTH: usize>(text: &str) -> [u8; LENGTH] {
    let mut field = [b' '; LENGTH];
    let end = text.floor_char_boundary(LENGTH);
    field[..end].copy_from_slice(&text.as_bytes()[..end]);
    field
}

const fn number(digits: &str) -> u8 {
    let (mut value, mut index) = (0, 0);
    while index < digits.len() {
        value = value * 10 + (digits.as_bytes()[index] - b'0');
        index += 1;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_padded_with_blanks_and_cut_between_characters() {
        assert_eq!(&padded::<6>("ab"), b"ab    ");
        assert_eq!(&padded::<3>("abcd"), b"abc");
        assert_eq!(&padded::<2>("aé"), b"a ");
    }
}
