//! The record of a removal that takes more than one transaction: once it is written, its objects are gone.

use super::FormatError;
use super::fields::{Reader, Writer};
use crate::ObjectId;

const VERSION: u8 = 1;

pub(crate) fn encode_removal(objects: &[ObjectId]) -> Vec<u8> {
    let mut writer = Writer::new(VERSION);
    writer.length(objects.len());
    for id in objects {
        writer.fixed(id.as_bytes());
    }
    writer.finish()
}

pub(crate) fn decode_removal(bytes: &[u8]) -> Result<Vec<ObjectId>, FormatError> {
    let mut reader = Reader::new(VERSION, bytes)?;
    let count = reader.length("objects")?;
    let objects = (0..count)
        .map(|_| reader.fixed().map(ObjectId::from_bytes))
        .collect::<Result<_, _>>()?;
    reader.finish()?;
    Ok(objects)
}
