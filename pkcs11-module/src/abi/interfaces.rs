//! The function lists and the interfaces that name them: `C_GetFunctionList`, `C_GetInterfaceList` and
//! `C_GetInterface` (PKCS#11 3.2, section 5.4). These work before `C_Initialize`.

use std::ffi::CStr;
use std::ptr;

use cryptoki_sys::{
    CK_FLAGS, CK_FUNCTION_LIST, CK_INTERFACE, CK_UTF8CHAR, CK_VERSION, CKR_FUNCTION_FAILED,
};

use super::entry_points::{FUNCTIONS_2_40, FUNCTIONS_3_0, FUNCTIONS_3_2};
use super::{OutputList, Place};
use crate::errors::Result;

/// The name of the standard's own interfaces.
const INTERFACE_NAME: &CStr = c"PKCS 11";

/// The interfaces, the one that callers get by default first.
struct Interfaces([CK_INTERFACE; 3]);

// SAFETY: the pointers are to statics that nobody writes to.
unsafe impl Sync for Interfaces {}

static INTERFACES: Interfaces = Interfaces([
    interface_of(ptr::from_ref(&FUNCTIONS_3_2).cast()),
    interface_of(ptr::from_ref(&FUNCTIONS_3_0).cast()),
    interface_of(ptr::from_ref(&FUNCTIONS_2_40).cast()),
]);

const fn interface_of(functions: *const std::ffi::c_void) -> CK_INTERFACE {
    // No flags: a forked child starts anew (`CKF_INTERFACE_FORK_SAFE` would promise it the parent's sessions).
    CK_INTERFACE {
        pInterfaceName: INTERFACE_NAME.as_ptr().cast_mut().cast(),
        pFunctionList: functions.cast_mut(),
        flags: 0,
    }
}

/// `C_GetFunctionList`: the functions of 2.40.
pub(crate) fn function_list(place: &Place<'_, *mut CK_FUNCTION_LIST>) -> Result {
    place.write(ptr::from_ref(&FUNCTIONS_2_40).cast_mut())
}

/// `C_GetInterfaceList`.
pub(crate) fn list(output: OutputList<'_, CK_INTERFACE>) -> Result {
    output.deliver(&INTERFACES.0)
}

/// `C_GetInterface`: the first interface with this name, version and these flags, where given.
///
/// # Errors
///
/// `CKR_ARGUMENTS_BAD` without a place for the answer, `CKR_FUNCTION_FAILED` when there is no such interface.
pub(crate) fn interface(
    name: Option<&CStr>,
    version: &Place<'_, CK_VERSION>,
    place: &Place<'_, *mut CK_INTERFACE>,
    flags: CK_FLAGS,
) -> Result {
    place.check()?;
    let version = if version.is_null() {
        None
    } else {
        Some(version.read()?)
    };
    let versions = [
        FUNCTIONS_3_2.version,
        FUNCTIONS_3_0.version,
        FUNCTIONS_2_40.version,
    ];
    let found = INTERFACES
        .0
        .iter()
        .zip(versions)
        .find(|(interface, offered)| {
            name.is_none_or(|name| name == INTERFACE_NAME)
                && version.is_none_or(|asked| {
                    (asked.major, asked.minor) == (offered.major, offered.minor)
                })
                && interface.flags & flags == flags
        });
    match found {
        Some((interface, _)) => place.write(ptr::from_ref(interface).cast_mut()),
        None => Err(CKR_FUNCTION_FAILED.into()),
    }
}

/// The name that the caller asks for, if any.
///
/// # Safety
///
/// Unless it is null, `name` must point to a string that ends with a zero byte.
pub(super) unsafe fn name<'a>(name: *const CK_UTF8CHAR) -> Option<&'a CStr> {
    // SAFETY: not null, and the caller promises a terminated string.
    (!name.is_null()).then(|| unsafe { CStr::from_ptr(name.cast()) })
}

#[cfg(test)]
mod tests {
    use cryptoki_sys::{
        CK_ULONG, CKF_INTERFACE_FORK_SAFE, CKR_ARGUMENTS_BAD, CKR_BUFFER_TOO_SMALL, CKR_OK,
    };

    use super::super::entry_points::{C_GetFunctionList, C_GetInterface, C_GetInterfaceList};
    use super::*;

    fn asked(
        name: Option<&CStr>,
        version: Option<(u8, u8)>,
        flags: CK_FLAGS,
    ) -> Option<CK_VERSION> {
        let mut version = version.map(|(major, minor)| CK_VERSION { major, minor });
        let name = name.map_or(ptr::null_mut(), |name| name.as_ptr().cast_mut().cast());
        let version = version.as_mut().map_or(ptr::null_mut(), ptr::from_mut);
        let mut interface = ptr::null_mut();
        // SAFETY: all pointers are null or to locals.
        let value = unsafe { C_GetInterface(name, version, &raw mut interface, flags) };
        // SAFETY: the interface is one of the statics, and every function list starts with its version.
        (value == CKR_OK).then(|| unsafe { *(*interface).pFunctionList.cast::<CK_VERSION>() })
    }

    #[test]
    fn interfaces_are_found_by_name_and_version_and_the_newest_is_the_default() {
        let version =
            |found: Option<CK_VERSION>| found.map(|version| (version.major, version.minor));
        assert_eq!(version(asked(None, None, 0)), Some((3, 2)));
        assert_eq!(version(asked(Some(INTERFACE_NAME), None, 0)), Some((3, 2)));
        for known in [(2, 40), (3, 0), (3, 2)] {
            assert_eq!(
                version(asked(Some(INTERFACE_NAME), Some(known), 0)),
                Some(known)
            );
        }
        assert_eq!(version(asked(Some(INTERFACE_NAME), Some((3, 1)), 0)), None);
        assert_eq!(version(asked(Some(c"Vendor NSS"), None, 0)), None);
        assert_eq!(version(asked(None, None, CKF_INTERFACE_FORK_SAFE)), None);
    }

    #[test]
    fn the_interface_list_follows_the_two_call_rule() {
        let mut count: CK_ULONG = 0;
        // SAFETY: null asks for the count.
        let value = unsafe { C_GetInterfaceList(ptr::null_mut(), &raw mut count) };
        assert_eq!((value, count), (CKR_OK, 3));
        let mut interfaces = [CK_INTERFACE::default(); 3];
        count = 2;
        // SAFETY: there is room for as many as `count` says.
        let value = unsafe { C_GetInterfaceList(interfaces.as_mut_ptr(), &raw mut count) };
        assert_eq!((value, count), (CKR_BUFFER_TOO_SMALL, 3));
        // SAFETY: as above.
        let value = unsafe { C_GetInterfaceList(interfaces.as_mut_ptr(), &raw mut count) };
        assert_eq!(value, CKR_OK);
        let is_there = |interface: &CK_INTERFACE| !interface.pFunctionList.is_null();
        assert!(interfaces.iter().all(is_there));
        // SAFETY: null pointers are what is tested.
        let value = unsafe { C_GetInterfaceList(ptr::null_mut(), ptr::null_mut()) };
        assert_eq!(value, CKR_ARGUMENTS_BAD);
        // SAFETY: as above.
        let value = unsafe { C_GetFunctionList(ptr::null_mut()) };
        assert_eq!(value, CKR_ARGUMENTS_BAD);
    }
}
