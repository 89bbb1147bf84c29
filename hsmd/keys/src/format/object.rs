//! The record of an object. Its id and partition are in the record's key, to which the value is sealed.

use hsm_algorithms::KeySpec;

use super::fields::{Reader, Writer};
use super::{FormatError, attributes};
use crate::{KeyState, KeyVersion, Lifetime, Object, ObjectId, PartitionId, WrappedMaterial};

const VERSION: u8 = 1;
/// Room is made at once for so many versions, and for more as they come.
const VERSIONS_EXPECTED_MAX: usize = 64;

/// The record of a token object, made in this era of its partition.
pub(crate) fn encode_object(object: &Object, era: u32) -> Vec<u8> {
    let mut writer = Writer::new(VERSION);
    writer.number(era.into());
    writer.byte(object.state.number());
    writer.bytes(
        object
            .spec
            .map_or_else(String::new, |spec| spec.to_string())
            .as_bytes(),
    );
    writer.length(object.versions.len());
    for version in &object.versions {
        writer.number(version.number.into());
        writer.number(version.created_at_unix_milliseconds);
        writer.number(version.material.partition_key_version.into());
        writer.bytes(&version.material.bytes);
    }
    attributes::write(&mut writer, &object.attributes);
    writer.finish()
}

/// The token object that a record describes, and the era that it was made in.
pub(crate) fn decode_object(
    partition: PartitionId,
    id: ObjectId,
    revision: u64,
    bytes: &[u8],
) -> Result<(Object, u32), FormatError> {
    let mut reader = Reader::new(VERSION, bytes)?;
    let era = reader.small_number("era")?;
    let state = KeyState::by_number(reader.byte()?).ok_or(FormatError::InvalidField("state"))?;
    let spec = match reader.text("key spec")? {
        "" => None,
        name => Some(KeySpec::by_name(name).ok_or(FormatError::InvalidField("key spec"))?),
    };
    let count = reader.length("versions")?;
    let mut versions = Vec::with_capacity(count.min(VERSIONS_EXPECTED_MAX));
    for _ in 0..count {
        versions.push(KeyVersion {
            number: reader.small_number("version number")?,
            created_at_unix_milliseconds: reader.number("version time")?,
            material: WrappedMaterial {
                partition_key_version: reader.small_number("partition key version")?,
                bytes: reader.bytes("material")?.to_vec(),
            },
        });
    }
    let attributes = attributes::read(&mut reader)?;
    reader.finish()?;
    let lifetime = Lifetime::Token;
    Ok((
        Object {
            id,
            partition,
            lifetime,
            revision,
            attributes,
            state,
            spec,
            versions,
            kms: None,
        },
        era,
    ))
}
