//! How SoftHSM keeps a token: a folder with a file for each object, or with an SQLite database.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use hsm_algorithms::{
    AttributeValue, Attributes,
    attributes::{AttributeKind, AttributeRow},
};
use rusqlite::{Connection, OpenFlags, types::ValueRef};

use crate::failure::{Exit, Failure};

/// A token of SoftHSM.
pub(super) struct StoredToken {
    pub(super) directory: PathBuf,
    pub(super) label: String,
    pub(super) serial: String,
    /// The token's key, sealed under the security officer's PIN and under the user's.
    pub(super) so_pin: Vec<u8>,
    pub(super) user_pin: Vec<u8>,
    /// By the name of the file, or the number in the database.
    pub(super) objects: Vec<(String, Attributes)>,
}

// Attributes of SoftHSM's own, which describe the token.
const VENDOR: u64 = 0x8000_0000 | 0x5348;
const TOKEN_LABEL: u64 = VENDOR + 1;
const TOKEN_SERIAL: u64 = VENDOR + 2;
const SO_PIN: u64 = VENDOR + 4;
const USER_PIN: u64 = VENDOR + 5;

/// No attribute of a token is longer.
const VALUE_BYTES_MAX: u64 = 64 << 20;

impl StoredToken {
    /// Reads the token that a folder is; none if it is no folder of SoftHSM's.
    pub(super) fn read(directory: &Path) -> Result<Option<Self>, Failure> {
        let (token, objects) = if directory.join("token.object").is_file() {
            files(directory)?
        } else if directory.join("sqlite3.db").is_file() {
            database(&directory.join("sqlite3.db"))?
        } else {
            return Ok(None);
        };
        let text = |attribute| {
            let bytes = token.bytes(attribute).unwrap_or_default();
            String::from_utf8_lossy(bytes).trim_end().to_owned()
        };
        let blob = |attribute| token.bytes(attribute).unwrap_or_default().to_vec();
        Ok(Some(Self {
            directory: directory.to_owned(),
            label: text(TOKEN_LABEL),
            serial: text(TOKEN_SERIAL),
            so_pin: blob(SO_PIN),
            user_pin: blob(USER_PIN),
            objects,
        }))
    }
}

type Objects = Vec<(String, Attributes)>;

/// A token in files: one of its own, and one for each object.
fn files(directory: &Path) -> Result<(Attributes, Objects), Failure> {
    let read = |path: &Path| {
        let bytes = fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
        Reader::new(&bytes)
            .object()
            .ok_or_else(|| damaged(path, "it is not a file of SoftHSM, or it is not whole"))
    };
    let token = read(&directory.join("token.object"))?;
    let mut objects = Vec::new();
    let entries =
        fs::read_dir(directory).map_err(|error| Failure::file("read", directory, &error))?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path
            .extension()
            .is_some_and(|extension| extension == "object")
            && name != "token.object"
        {
            objects.push((name.into_owned(), read(&path)?));
        }
    }
    objects.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok((token, objects))
}

fn damaged(path: &Path, reason: impl std::fmt::Display) -> Failure {
    Failure::new(
        Exit::Failed,
        format!("cannot read {}: {reason}", path.display()),
    )
}

/// Reads an object's file: a count of its changes, then attributes, each with its kind. Numbers have 64 bits, the most
/// significant first.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn object(mut self) -> Option<Attributes> {
        let _changes = self.number()?;
        self.attributes()
    }

    fn attributes(&mut self) -> Option<Attributes> {
        let mut attributes = Attributes::new();
        while !self.0.is_empty() {
            let attribute = self.number()?;
            let value = match self.number()? {
                1 => AttributeValue::from(self.take(1)? != [0]),
                2 => AttributeValue::from(self.number()?),
                3 => {
                    let length = self.number()?;
                    AttributeValue::from(self.take(length)?)
                }
                4 => {
                    let length = self.number()?;
                    AttributeValue::Template(Reader(self.take(length)?).attributes()?)
                }
                5 => {
                    let count = self.number()?;
                    let numbers = (0..count.min(VALUE_BYTES_MAX)).map(|_| self.number());
                    AttributeValue::Numbers(numbers.collect::<Option<_>>()?)
                }
                _ => return None,
            };
            attributes.insert(attribute, value);
        }
        Some(attributes)
    }

    fn number(&mut self) -> Option<u64> {
        let bytes = self.take(8)?;
        Some(u64::from_be_bytes(bytes.try_into().ok()?))
    }

    fn take(&mut self, length: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(taken)
    }
}

/// A token in an SQLite database: a table for each kind of value. Object 1 is the token.
fn database(path: &Path) -> Result<(Attributes, Objects), Failure> {
    let failed = |error: rusqlite::Error| damaged(path, error);
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failed)?;
    let mut objects: BTreeMap<i64, Attributes> = BTreeMap::new();
    for table in ["boolean", "integer", "binary", "array"] {
        let query = format!("select object_id, type, value from attribute_{table}");
        let mut statement = connection.prepare(&query).map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let attribute = row.get::<_, i64>(1).map_err(failed)?.cast_unsigned();
            let value =
                column(table, attribute, row.get_ref(2).map_err(failed)?).ok_or_else(|| {
                    damaged(
                        path,
                        format!("attribute {attribute:#x} has no value of its kind"),
                    )
                })?;
            objects
                .entry(row.get(0).map_err(failed)?)
                .or_default()
                .insert(attribute, value);
        }
    }
    let token = objects
        .remove(&1)
        .ok_or_else(|| damaged(path, "it holds no token"))?;
    let objects = objects
        .into_iter()
        .map(|(id, attributes)| (id.to_string(), attributes))
        .collect();
    Ok((token, objects))
}

fn column(table: &str, attribute: u64, value: ValueRef<'_>) -> Option<AttributeValue> {
    let is_list = AttributeRow::of(attribute).is_some_and(|row| row.kind == AttributeKind::Numbers);
    Some(match (table, value) {
        ("boolean", ValueRef::Integer(flag)) => AttributeValue::from(flag != 0),
        ("integer", ValueRef::Integer(number)) => AttributeValue::from(number.cast_unsigned()),
        // A list of mechanisms stands among the byte strings, as the machine holds it.
        ("binary", ValueRef::Blob(bytes)) if is_list => {
            AttributeValue::Numbers(machine_numbers(bytes)?)
        }
        ("binary", ValueRef::Blob(bytes)) => AttributeValue::from(bytes),
        ("binary", ValueRef::Null) => AttributeValue::from(&[][..]),
        ("array", ValueRef::Blob(bytes)) => AttributeValue::Template(machine_attributes(bytes)?),
        _ => return None,
    })
}

fn machine_numbers(bytes: &[u8]) -> Option<Vec<u64>> {
    let (numbers, rest) = bytes.as_chunks::<8>();
    rest.is_empty().then(|| {
        numbers
            .iter()
            .map(|number| u64::from_ne_bytes(*number))
            .collect()
    })
}

/// An attribute template in a database: numbers as the machine holds them, kinds in 32 bits.
fn machine_attributes(bytes: &[u8]) -> Option<Attributes> {
    let mut rest = bytes;
    let mut take = |length: usize| {
        let (taken, after) = rest.split_at_checked(length)?;
        rest = after;
        Some((taken, after.is_empty()))
    };
    let number = |bytes: &[u8]| Some(u64::from_ne_bytes(bytes.try_into().ok()?));
    let mut attributes = Attributes::new();
    let mut is_done = bytes.is_empty();
    while !is_done {
        let attribute = number(take(8)?.0)?;
        let kind = u32::from_ne_bytes(take(4)?.0.try_into().ok()?);
        let value;
        (value, is_done) = match kind {
            1 => {
                let (flag, is_done) = take(1)?;
                (AttributeValue::from(flag != [0]), is_done)
            }
            2 => {
                let (bytes, is_done) = take(8)?;
                (AttributeValue::from(number(bytes)?), is_done)
            }
            3 | 5 => {
                let length = usize::try_from(number(take(8)?.0)?).ok()?;
                let (bytes, is_done) = take(length)?;
                let value = if kind == 3 {
                    AttributeValue::from(bytes)
                } else {
                    AttributeValue::Numbers(machine_numbers(bytes)?)
                };
                (value, is_done)
            }
            _ => return None,
        };
        attributes.insert(attribute, value);
    }
    Some(attributes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn be(numbers: &[u64]) -> Vec<u8> {
        numbers
            .iter()
            .flat_map(|number| number.to_be_bytes())
            .collect()
    }

    #[test]
    fn a_file_cut_anywhere_is_damaged_or_shorter_and_never_more() {
        let mut file = be(&[7, 0, 2, 2, 1, 1]);
        file.push(0xff);
        file.extend(be(&[3, 3, 2]));
        file.extend(b"ab");
        let whole = Reader::new(&file).object().unwrap();
        assert_eq!(whole.number(0), Some(2));
        assert!(whole.is_set(1));
        assert_eq!(whole.bytes(3), Some(&b"ab"[..]));
        for length in 0..file.len() {
            let cut = Reader::new(&file[..length]).object();
            assert!(cut.is_none_or(|cut| cut.iter().count() < 3), "{length}");
        }
    }

    #[test]
    fn a_length_beyond_the_file_is_damage() {
        for kind in [3, 4, 5] {
            assert!(Reader::new(&be(&[0, 3, kind, u64::MAX])).object().is_none());
        }
        assert!(Reader::new(&be(&[0, 3, 9, 1])).object().is_none());
    }

    #[test]
    fn nested_templates_are_read() {
        let inner = be(&[0x100, 2, 0x1f]);
        let mut file = be(&[0, 0x4000_0211, 4, inner.len() as u64]);
        file.extend(&inner);
        let Some(AttributeValue::Template(template)) = Reader::new(&file)
            .object()
            .unwrap()
            .get(0x4000_0211)
            .cloned()
        else {
            panic!("no template");
        };
        assert_eq!(template.number(0x100), Some(0x1f));
    }
}
