//! JSON values as requests have them, and as answers write them. A value of another JSON type is refused with the words
//! that AWS uses.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hsmd_operations::Plaintext;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use zeroize::Zeroizing;

/// A string.
pub(crate) struct Text(pub(crate) String);

/// A blob: base64 in JSON.
pub(crate) struct Bytes(pub(crate) Vec<u8>);

/// A whole number.
#[derive(Clone, Copy)]
pub(crate) struct Whole(pub(crate) i64);

/// `true` or `false`.
pub(crate) struct Flag(pub(crate) bool);

/// A list.
pub(crate) struct Many<T>(pub(crate) Vec<T>);

/// A structure. Unlike what serde makes of a list, only an object is one.
pub(crate) struct Structure<T>(pub(crate) T);

/// A map from strings to strings.
pub(crate) struct TextMap(pub(crate) BTreeMap<String, String>);

/// A moment, in milliseconds since 1970; seconds with a fraction in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timestamp {
    pub(crate) unix_milliseconds: i64,
}

/// A blob that is no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Blob(pub(crate) Vec<u8>);

/// A blob that is a secret: plaintext and the like. No `Debug`; wiped when dropped.
pub(crate) struct SecretBlob(pub(crate) Plaintext);

/// Text that is a secret. No `Debug`; wiped when dropped.
pub(crate) struct SecretText(pub(crate) Zeroizing<String>);

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<Vec<u8>> for SecretBlob {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl Serialize for SecretBlob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Zeroizing::new(STANDARD.encode(self.0.as_bytes())))
    }
}

impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Serialize for Timestamp {
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds are exact for 285,000 years"
    )]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.unix_milliseconds as f64 / 1000.0)
    }
}

/// Makes a visitor that takes one JSON type, and says what it cannot convert to what.
macro_rules! taking {
    ($visitor:ident, $target:literal, $value:ty, { $($accept:tt)* }, refusing [$($refuse:ident),*]) => {
        struct $visitor;

        impl<'de> Visitor<'de> for $visitor {
            type Value = $value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($target)
            }

            $($accept)*
            $(taking!(@$refuse $target);)*
        }
    };
    (@bool $target:literal) => {
        fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
            let kind = if value { "TRUE_VALUE" } else { "FALSE_VALUE" };
            Err(E::custom(format_args!("{kind} can not be converted to {}", $target)))
        }
    };
    (@number $target:literal) => {
        fn visit_i64<E: de::Error>(self, _: i64) -> Result<Self::Value, E> {
            Err(E::custom(concat!("NUMBER_VALUE can not be converted to ", $target)))
        }
        fn visit_u64<E: de::Error>(self, _: u64) -> Result<Self::Value, E> {
            Err(E::custom(concat!("NUMBER_VALUE can not be converted to ", $target)))
        }
        fn visit_f64<E: de::Error>(self, _: f64) -> Result<Self::Value, E> {
            Err(E::custom(concat!("DECIMAL_VALUE can not be converted to ", $target)))
        }
    };
    (@fraction $target:literal) => {
        fn visit_f64<E: de::Error>(self, _: f64) -> Result<Self::Value, E> {
            Err(E::custom(concat!("DECIMAL_VALUE can not be converted to ", $target)))
        }
    };
    (@string $target:literal) => {
        fn visit_str<E: de::Error>(self, _: &str) -> Result<Self::Value, E> {
            Err(E::custom(concat!("STRING_VALUE can not be converted to ", $target)))
        }
    };
    (@null $target:literal) => {
        fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
            Err(E::custom(concat!("NULL_VALUE can not be converted to ", $target)))
        }
    };
    (@collection $target:literal) => {
        fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
            Err(de::Error::custom("Start of structure or map found where not expected."))
        }
        fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
            Err(de::Error::custom("Start of structure or map found where not expected."))
        }
    };
}

taking!(TakesText, "a String", String, {
    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }
    fn visit_string<E: de::Error>(self, text: String) -> Result<String, E> {
        Ok(text)
    }
}, refusing [bool, number, null, collection]);

taking!(TakesBytes, "a ByteBuffer", Vec<u8>, {
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<u8>, E> {
        // AWS takes no blob with line ends or without padding either.
        STANDARD.decode(text).map_err(|_| E::custom("Invalid base64"))
    }
}, refusing [bool, number, null, collection]);

taking!(TakesWhole, "an Integer", i64, {
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<i64, E> {
        Ok(number)
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<i64, E> {
        i64::try_from(number)
            .map_err(|_| E::custom("NUMBER_VALUE can not be converted to an Integer"))
    }
}, refusing [bool, fraction, string, null, collection]);

taking!(TakesFlag, "a Boolean", bool, {
    fn visit_bool<E: de::Error>(self, value: bool) -> Result<bool, E> {
        Ok(value)
    }
}, refusing [number, string, null, collection]);

taking!(TakesTimestamp, "a Timestamp", i64, {
    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<i64, E> {
        seconds.checked_mul(1000).ok_or_else(|| E::custom("Invalid timestamp"))
    }
    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<i64, E> {
        let seconds = i64::try_from(seconds).map_err(|_| E::custom("Invalid timestamp"))?;
        self.visit_i64(seconds)
    }
    #[expect(clippy::cast_possible_truncation, reason = "the bound is checked")]
    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<i64, E> {
        let milliseconds = (seconds * 1000.0).round();
        if milliseconds.abs() < TIMESTAMP_MILLISECONDS_MAX {
            Ok(milliseconds as i64)
        } else {
            Err(E::custom("Invalid timestamp"))
        }
    }
}, refusing [bool, string, null, collection]);

/// 2^53: what a JSON number holds exactly.
const TIMESTAMP_MILLISECONDS_MAX: f64 = 9_007_199_254_740_992.0;

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TakesText).map(Self)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TakesBytes).map(Self)
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TakesWhole).map(Self)
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TakesFlag).map(Self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let unix_milliseconds = deserializer.deserialize_any(TakesTimestamp)?;
        Ok(Self { unix_milliseconds })
    }
}

impl<'de> Deserialize<'de> for TextMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = BTreeMap::<String, Text>::deserialize(deserializer)?;
        Ok(Self(
            map.into_iter()
                .map(|(key, Text(value))| (key, value))
                .collect(),
        ))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Structure<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TakesStructure<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for TakesStructure<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }

        deserializer
            .deserialize_map(TakesStructure(PhantomData))
            .map(Self)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TakesMany<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for TakesMany<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<T>, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = sequence.next_element()? {
                    elements.push(element);
                }
                Ok(elements)
            }
        }

        deserializer
            .deserialize_seq(TakesMany(PhantomData))
            .map(Self)
    }
}
