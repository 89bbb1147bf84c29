//! The arguments of a call as text, for `HSM_TRACE=calls`: numbers, handles and lengths, the names of mechanisms and of
//! the attributes in templates; of bytes only whether they are there.

use std::ffi::c_void;
use std::fmt::Write as _;

use cryptoki_sys::{
    CK_ASYNC_DATA, CK_ATTRIBUTE, CK_FUNCTION_LIST, CK_INFO, CK_INTERFACE, CK_MECHANISM,
    CK_MECHANISM_INFO, CK_NOTIFY, CK_RV, CK_SESSION_INFO, CK_SLOT_INFO, CK_TOKEN_INFO, CK_ULONG,
    CK_VERSION, CKR_BUFFER_TOO_SMALL, CKR_OK,
};
use hsm_algorithms::attributes::AttributeRow;
use hsm_algorithms::pkcs11::{MECHANISMS, name_of};

/// One argument of a C function.
#[derive(Clone, Copy)]
pub(super) enum Argument {
    /// A handle, a length, flags.
    Number(u64),
    /// A pointer to something whose content is not shown.
    Address(bool),
    /// A pointer to a number, which the call may write.
    Place(*const CK_ULONG),
    /// A mechanism.
    Mechanism(*const CK_MECHANISM),
    /// A template, whose length is the next argument.
    Template(*const CK_ATTRIBUTE),
}

impl From<u64> for Argument {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<u8> for Argument {
    fn from(flag: u8) -> Self {
        Self::Number(flag.into())
    }
}

impl From<CK_NOTIFY> for Argument {
    fn from(callback: CK_NOTIFY) -> Self {
        Self::Address(callback.is_some())
    }
}

impl From<*mut CK_ULONG> for Argument {
    fn from(place: *mut CK_ULONG) -> Self {
        Self::Place(place)
    }
}

impl From<*mut CK_MECHANISM> for Argument {
    fn from(mechanism: *mut CK_MECHANISM) -> Self {
        Self::Mechanism(mechanism)
    }
}

impl From<*mut CK_ATTRIBUTE> for Argument {
    fn from(template: *mut CK_ATTRIBUTE) -> Self {
        Self::Template(template)
    }
}

macro_rules! addresses {
    ($($pointee:ty),*) => {$(
        impl From<*mut $pointee> for Argument {
            fn from(address: *mut $pointee) -> Self {
                Self::Address(!address.is_null())
            }
        }
    )*};
}

addresses!(
    u8,
    c_void,
    CK_INFO,
    CK_SLOT_INFO,
    CK_TOKEN_INFO,
    CK_MECHANISM_INFO,
    CK_SESSION_INFO,
    CK_VERSION,
    CK_INTERFACE,
    CK_ASYNC_DATA,
    *mut CK_INTERFACE,
    *mut CK_FUNCTION_LIST
);

/// Arrays, which may have no element: their first one is not to be read.
const ARRAYS: [&str; 2] = ["list", "objects"];

/// The arguments by name, after a call that returned `value`: places that it may not have written are not read.
///
/// # Safety
///
/// The pointers must be the ones of a call that has just returned, and what they point to still there.
pub(super) unsafe fn text(arguments: &[(&'static str, Argument)], value: CK_RV) -> String {
    let mut text = String::new();
    for (index, (name, argument)) in arguments.iter().enumerate() {
        let name = name.trim_start_matches('_');
        let separator = if index == 0 { "" } else { ", " };
        let next = arguments.get(index + 1).map(|(_, next)| *next);
        // SAFETY: what this function was promised.
        let shown = unsafe { shown(name, *argument, next, value) };
        // Writing to a string cannot fail.
        let _ = write!(text, "{separator}{name}={shown}");
    }
    text
}

/// # Safety
///
/// As for [`text`].
unsafe fn shown(name: &str, argument: Argument, next: Option<Argument>, value: CK_RV) -> String {
    match argument {
        // How long a PIN is, is nobody's business.
        Argument::Number(_) if ["pin_len", "old_len", "new_len"].contains(&name) => "*".to_owned(),
        Argument::Number(number) if name == "mechanism" => mechanism_name(number),
        Argument::Number(number) => number.to_string(),
        Argument::Address(false) => "NULL".to_owned(),
        Argument::Place(place) => {
            let is_length = name.ends_with("_len") || name == "count";
            let is_written = match value {
                CKR_OK => !ARRAYS.contains(&name),
                CKR_BUFFER_TOO_SMALL => is_length,
                _ => false,
            };
            if place.is_null() {
                "NULL".to_owned()
            } else if is_written && place.is_aligned() {
                // SAFETY: not null, aligned, and written by the call.
                format!("->{}", unsafe { place.read() })
            } else {
                "*".to_owned()
            }
        }
        Argument::Mechanism(mechanism) if mechanism.is_null() => "NULL".to_owned(),
        Argument::Mechanism(mechanism) if mechanism.is_aligned() => {
            // SAFETY: not null and aligned, and the caller has a mechanism there.
            let mechanism = unsafe { mechanism.read() };
            format!(
                "{}[{}]",
                mechanism_name(mechanism.mechanism),
                mechanism.ulParameterLen
            )
        }
        Argument::Mechanism(_) | Argument::Address(true) => "*".to_owned(),
        Argument::Template(template) => {
            let count = match next {
                Some(Argument::Number(count)) => usize::try_from(count).unwrap_or(usize::MAX),
                _ => 0,
            };
            if template.is_null() || !template.is_aligned() || count > SHOWN_ATTRIBUTES_MAX {
                return "*".to_owned();
            }
            let names = (0..count).map(|index| {
                // SAFETY: not null and aligned, and the caller has as many attributes there.
                attribute_name(unsafe { template.add(index).read() }.type_)
            });
            format!("[{}]", names.collect::<Vec<_>>().join(" "))
        }
    }
}

/// More attributes than any template has.
const SHOWN_ATTRIBUTES_MAX: usize = 512;

fn mechanism_name(mechanism: u64) -> String {
    name_of(MECHANISMS, mechanism).map_or_else(|| format!("{mechanism:#x}"), str::to_owned)
}

fn attribute_name(attribute: u64) -> String {
    AttributeRow::of(attribute).map_or_else(|| format!("{attribute:#x}"), |row| row.name.to_owned())
}

#[cfg(test)]
mod tests {
    use cryptoki_sys::{CKA_CLASS, CKA_VALUE, CKM_AES_CBC, CKR_DEVICE_ERROR};

    use super::*;

    #[test]
    fn arguments_show_names_and_numbers_but_no_bytes() {
        let mut value = *b"secret";
        let mut template = [CKA_CLASS, CKA_VALUE].map(|type_| CK_ATTRIBUTE {
            type_,
            pValue: value.as_mut_ptr().cast(),
            ulValueLen: 6,
        });
        let mut mechanism = CK_MECHANISM {
            mechanism: CKM_AES_CBC,
            pParameter: value.as_mut_ptr().cast(),
            ulParameterLen: 6,
        };
        let mut place: CK_ULONG = 7;
        let arguments = [
            ("session", Argument::from(64_u64)),
            ("_mechanism", Argument::from(&raw mut mechanism)),
            ("template", Argument::from(template.as_mut_ptr())),
            ("count", Argument::from(2_u64)),
            ("pin", Argument::from(value.as_mut_ptr())),
            ("pin_len", Argument::from(6_u64)),
            ("data", Argument::from(std::ptr::null_mut::<u8>())),
            ("key", Argument::from(&raw mut place)),
        ];
        // SAFETY: all pointers are to locals.
        let (after, failed) =
            unsafe { (text(&arguments, CKR_OK), text(&arguments, CKR_DEVICE_ERROR)) };
        assert_eq!(
            after,
            "session=64, mechanism=CKM_AES_CBC[6], template=[CKA_CLASS CKA_VALUE], count=2, pin=*, pin_len=*, data=NULL, key=->7"
        );
        assert!(failed.ends_with("key=*"));
    }
}
