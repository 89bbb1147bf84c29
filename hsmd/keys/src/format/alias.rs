//! The record of an alias. Its record's key is a hash of its name.

use super::FormatError;
use super::fields::{Reader, Writer};
use crate::{Alias, ObjectId};

const VERSION: u8 = 1;

pub(crate) fn encode_alias(alias: &Alias) -> Vec<u8> {
    let mut writer = Writer::new(VERSION);
    writer.bytes(alias.name.as_bytes());
    writer.fixed(alias.target.as_bytes());
    writer.number(alias.created_at_unix_milliseconds);
    writer.number(alias.updated_at_unix_milliseconds);
    writer.finish()
}

pub(crate) fn decode_alias(revision: u64, bytes: &[u8]) -> Result<Alias, FormatError> {
    let mut reader = Reader::new(VERSION, bytes)?;
    let alias = Alias {
        name: reader.text("name")?.into(),
        target: ObjectId::from_bytes(reader.fixed()?),
        created_at_unix_milliseconds: reader.number("time")?,
        updated_at_unix_milliseconds: reader.number("time")?,
        revision,
    };
    reader.finish()?;
    Ok(alias)
}
