//! The names of things: 16 bytes each, shown as 32 hexadecimal digits.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hsmd_storage::Cell;

use crate::Error;

/// Makes a type for the ids of one kind of thing.
macro_rules! id {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// The id that these bytes are.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The id that this slice is. `None` unless it is 16 bytes long.
            #[must_use]
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// The 16 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hexadecimal(formatter, &self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, formatter)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse_hexadecimal(text).map(Self).ok_or(InvalidId)
            }
        }
    };
}

id! {
    /// A partition. Random.
    PartitionId
}

id! {
    /// An object. A UUID made like one of version 7 (RFC 9562 §5.7), given out in rising order: objects sort by the time
    /// of their making, so the order of a search is stable and a page can begin after an object that is no more. It says
    /// version 4, as the key ids of AWS do, because there are clients of KMS that know no version after 5.
    ObjectId
}

id! {
    /// A PKCS#11 application, which owns session objects. Random.
    ApplicationId
}

impl PartitionId {
    /// A new random id.
    ///
    /// # Errors
    ///
    /// [`Error::Random`] if the operating system has no randomness to give.
    pub fn random() -> Result<Self, Error> {
        random_bytes().map(Self)
    }

    /// The partition's records in the store.
    #[must_use]
    pub const fn cell(&self) -> Cell {
        Cell(self.0)
    }
}

impl ApplicationId {
    /// A new random id.
    ///
    /// # Errors
    ///
    /// [`Error::Random`] if the operating system has no randomness to give.
    pub fn random() -> Result<Self, Error> {
        random_bytes().map(Self)
    }
}

impl ObjectId {
    /// The id made at `now` that is above `newest`, if there was one: 48 bits of milliseconds since 1970, 12 bits that
    /// count within the millisecond, and 62 random ones.
    ///
    /// # Errors
    ///
    /// [`Error::Random`] if the operating system has no randomness to give.
    pub(crate) fn above(newest: Option<Self>, now: SystemTime) -> Result<Self, Error> {
        let since_1970 = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let milliseconds = u64::try_from(since_1970.as_millis())
            .unwrap_or(u64::MAX)
            .min((1 << 48) - 1);
        let counted = newest
            .map_or(0, |id| id.time_and_count() + 1)
            .max(milliseconds << 12);

        let mut bytes = random_bytes()?;
        bytes[..6].copy_from_slice(&(counted >> 12).to_be_bytes()[2..]);
        bytes[6] = 0x40 | u8::try_from(counted >> 8 & 0x0f).expect("four bits fit a byte");
        bytes[7] = u8::try_from(counted & 0xff).expect("eight bits fit a byte");
        bytes[8] = 0x80 | (bytes[8] & 0x3f);
        Ok(Self(bytes))
    }

    /// The 60 bits before the random ones, without the version.
    fn time_and_count(&self) -> u64 {
        let before_random = u64::from_be_bytes(self.0[..8].try_into().expect("eight bytes"));
        (before_random >> 16) << 12 | before_random & 0x0fff
    }
}

/// The text is not an id of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is made of hexadecimal digits, as many as its kind has")]
pub struct InvalidId;

fn random_bytes() -> Result<[u8; 16], Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(Error::Random)?;
    Ok(bytes)
}

/// Writes at most 32 bytes as hexadecimal digits, all at once: ids are written many times for each request.
pub(crate) fn write_hexadecimal(formatter: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut digits = [0; 64];
    for (byte, pair) in bytes.iter().zip(digits.chunks_exact_mut(2)) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    formatter.write_str(std::str::from_utf8(&digits[..2 * bytes.len()]).unwrap_or_default())
}

/// The bytes that these hexadecimal digits are, two for each.
pub(crate) fn parse_hexadecimal<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N {
        return None;
    }
    let value = |digit: u8| u8::try_from(char::from(digit).to_digit(16)?).ok();
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_ids_rise_when_the_clock_stands_still_or_goes_back() {
        let now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let mut newest = None;
        for step in 0..10_000_u64 {
            let id = ObjectId::above(newest, now - Duration::from_millis(step % 7)).unwrap();
            assert!(
                newest.is_none_or(|newest| id > newest),
                "{id} after {newest:?}"
            );
            newest = Some(id);
        }
    }

    #[test]
    fn object_ids_are_uuids_that_say_version_four() {
        let id =
            ObjectId::above(None, UNIX_EPOCH + Duration::from_millis(0x0123_4567_89ab)).unwrap();
        assert!(id.to_string().starts_with("0123456789ab4000"), "{id}");
        assert_eq!(id.as_bytes()[8] >> 6, 0b10);
    }

    #[test]
    fn an_id_is_read_as_it_is_shown() {
        let id = PartitionId::random().unwrap();
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(PartitionId::from_slice(id.as_bytes()), Some(id));
    }

    #[test]
    fn what_is_not_an_id_is_refused() {
        for text in [
            "",
            "00",
            &"0".repeat(31),
            &"0".repeat(33),
            &"g".repeat(32),
            &"+1".repeat(16),
            &"é".repeat(16),
        ] {
            assert_eq!(text.parse::<PartitionId>(), Err(InvalidId), "{text}");
        }
        assert_eq!(PartitionId::from_slice(&[0; 15]), None);
    }
}
