//! The record of a partition. Its id is in the record's key, to which the value is sealed.

use super::FormatError;
use super::fields::{Reader, Writer};
use crate::{Partition, PartitionId, PartitionKey, Tenancy, TokenProfile};

/// A partition of nobody's account.
const VERSION: u8 = 1;
/// A partition of an account: the same, with account and Region after it.
const VERSION_TENANT: u8 = 2;

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
    let mut writer = Writer::new(if partition.tenancy.is_some() {
        VERSION_TENANT
    } else {
        VERSION
    });
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
    if let Some(tenancy) = &partition.tenancy {
        writer.fixed(tenancy.account.as_bytes());
        writer.bytes(tenancy.region.as_str().as_bytes());
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
    let (mut reader, format) = Reader::new_of(&[VERSION, VERSION_TENANT], bytes)?;
    let record = match reader.byte()? {
        PRESENT => {
            let mut partition = read_present(&mut reader, id, revision)?;
            if format == VERSION_TENANT {
                partition.tenancy = Some(read_tenancy(&mut reader)?);
            }
            PartitionRecord::Present(partition)
        }
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

fn read_tenancy(reader: &mut Reader<'_>) -> Result<Tenancy, FormatError> {
    let account = std::str::from_utf8(&reader.fixed::<12>()?)
        .ok()
        .and_then(|digits| digits.parse().ok())
        .ok_or(FormatError::InvalidField("account"))?;
    let region = reader
        .text("region")?
        .parse()
        .map_err(|_| FormatError::InvalidField("region"))?;
    Ok(Tenancy { account, region })
}
