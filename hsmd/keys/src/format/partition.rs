//! The record of a partition. Its id is in the record's key, to which the value is sealed.

use super::FormatError;
use super::fields::{Reader, Writer};
use crate::{Partition, PartitionId, PartitionKey, TokenProfile};

const VERSION: u8 = 1;

const PRESENT: u8 = 1;
const DESTROYED: u8 = 2;

/// What the record of a partition says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PartitionRecord {
    Present(Partition),
    /// It was destroyed, and what was in it is being removed.
    Destroyed,
}

pub(crate) fn encode_partition(partition: &Partition) -> Vec<u8> {
    let mut writer = Writer::new(VERSION);
    writer.byte(PRESENT);
    writer.number(partition.slot);
    writer.bytes(partition.name.as_bytes());
    writer.bytes(partition.label.as_bytes());
    writer.byte(partition.profile.number());
    writer.byte(partition.is_initialized.into());
    writer.number(partition.era.into());
    writer.number(partition.created_at_unix_milliseconds);
    writer.length(partition.keys.len());
    for key in &partition.keys {
        writer.number(key.version.into());
        writer.bytes(&key.wrapped);
    }
    writer.finish()
}

pub(crate) fn encode_destroyed_partition() -> Vec<u8> {
    let mut writer = Writer::new(VERSION);
    writer.byte(DESTROYED);
    writer.finish()
}

pub(crate) fn decode_partition(
    id: PartitionId,
    revision: u64,
    bytes: &[u8],
) -> Result<PartitionRecord, FormatError> {
    let mut reader = Reader::new(VERSION, bytes)?;
    let record = match reader.byte()? {
        PRESENT => PartitionRecord::Present(read_present(&mut reader, id, revision)?),
        DESTROYED => PartitionRecord::Destroyed,
        _ => return Err(FormatError::InvalidField("presence")),
    };
    reader.finish()?;
    Ok(record)
}

fn read_present(
    reader: &mut Reader<'_>,
    id: PartitionId,
    revision: u64,
) -> Result<Partition, FormatError> {
    let slot = reader.number("slot")?;
    let name = reader.text("name")?.to_owned();
    let label = reader.text("label")?.to_owned();
    let profile =
        TokenProfile::by_number(reader.byte()?).ok_or(FormatError::InvalidField("profile"))?;
    let is_initialized = reader.flag("is initialized")?;
    let era = reader.small_number("era")?;
    let created_at_unix_milliseconds = reader.number("time")?;
    let count = reader.length("keys")?;
    let keys = (0..count)
        .map(|_| {
            let version = reader.small_number("key version")?;
            Ok(PartitionKey {
                version,
                wrapped: reader.bytes("key")?.to_vec(),
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Partition {
        id,
        slot,
        name,
        label,
        profile,
        is_initialized,
        tenancy: None,
        keys,
        era,
        created_at_unix_milliseconds,
        revision,
    })
}
