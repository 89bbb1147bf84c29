//! The record of when a key was used last.

use super::FormatError;
use super::fields::{Reader, Writer};
use crate::LastUse;

const VERSION: u8 = 1;

pub(crate) fn encode_last_use(usage: &LastUse) -> Vec<u8> {
    let mut writer = Writer::new(VERSION);
    writer.bytes(usage.operation.as_bytes());
    writer.number(usage.at_unix_milliseconds);
    writer.bytes(usage.event_id.as_bytes());
    writer.bytes(usage.request_id.as_bytes());
    writer.finish()
}

pub(crate) fn decode_last_use(bytes: &[u8]) -> Result<LastUse, FormatError> {
    let mut reader = Reader::new(VERSION, bytes)?;
    let usage = LastUse {
        operation: reader.text("operation")?.to_owned().into(),
        at_unix_milliseconds: reader.number("time")?,
        event_id: reader.text("event id")?.to_owned(),
        request_id: reader.text("request id")?.to_owned(),
    };
    reader.finish()?;
    Ok(usage)
}
