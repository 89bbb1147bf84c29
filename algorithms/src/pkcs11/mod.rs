//! The numbers of PKCS#11 2.40 to 3.2, typed once: the C headers stay outside the daemon.
//!
//! All are `u64`, wider or equal to `CK_ULONG` on every platform. Each group also has a table of (name, number),
//! for messages to people and for reading configuration.

mod attributes;
mod flags;
mod mechanisms;
mod objects;
mod return_values;

pub use attributes::*;
pub use flags::*;
pub use mechanisms::*;
pub use objects::*;
pub use return_values::*;

/// The bits of `CK_ULONG` that say "not known" or "may not be told": `CK_UNAVAILABLE_INFORMATION`.
pub const CK_UNAVAILABLE_INFORMATION: u64 = u64::MAX;

/// Of token limits that are open: `CK_EFFECTIVELY_INFINITE`.
pub const CK_EFFECTIVELY_INFINITE: u64 = 0;

/// The first number of every space that belongs to vendors.
pub const VENDOR_DEFINED: u64 = 0x8000_0000;

/// The name of `number` in one of this module's tables, as [`MECHANISMS`]; of two names, the first.
#[must_use]
pub fn name_of(table: &[(&'static str, u64)], number: u64) -> Option<&'static str> {
    table
        .iter()
        .find(|(_, candidate)| *candidate == number)
        .map(|(name, _)| *name)
}

/// The number called `name` in one of this module's tables.
#[must_use]
pub fn number_of(table: &[(&'static str, u64)], name: &str) -> Option<u64> {
    table
        .iter()
        .find(|(candidate, _)| *candidate == name)
        .map(|(_, number)| *number)
}

/// Makes the constants of one group and the table of their names.
macro_rules! constants {
    (
        $(#[$documentation:meta])*
        pub $table:ident;
        $($name:ident = $number:literal;)*
    ) => {
        $(#[$documentation])*
        pub const $table: &[(&str, u64)] = &[$((stringify!($name), $name)),*];
        $(
            #[doc = concat!("`", stringify!($name), "`.")]
            pub const $name: u64 = $number;
        )*
    };
}
use constants;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_go_both_ways() {
        for table in [
            MECHANISMS,
            ATTRIBUTE_TYPES,
            RETURN_VALUES,
            OBJECT_CLASSES,
            KEY_TYPES,
        ] {
            for (name, number) in table {
                assert_eq!(name_of(table, *number), Some(*name));
                assert_eq!(number_of(table, name), Some(*number));
            }
        }
    }
}
