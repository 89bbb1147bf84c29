//! The record of an object. Its id and partition are in the record's key, to which the value is sealed.

use std::sync::Arc;

use hsm_algorithms::KeySpec;

use super::fields::{Reader, Writer};
use super::{FormatError, attributes, kms_key};
use crate::policy::Policies;
use crate::{KeyState, KeyVersion, Lifetime, Object, ObjectId, PartitionId, WrappedMaterial};

/// An object that only PKCS#11 knows.
const VERSION: u8 = 1;
/// A KMS key: the same, with what makes it one after it.
const VERSION_KMS: u8 = 2;
/// Room is made at once for so many versions, and for more as they come.
const VERSIONS_EXPECTED_MAX: usize = 64;

/// The record of a token object, made in this era of its partition.
pub(crate) fn encode_object(object: &Object, era: u32) -> Vec<u8> {
    let mut writer = Writer::new(if object.kms.is_some() {
        VERSION_KMS
    } else {
        VERSION
    });
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
    if let Some(kms) = &object.kms {
        kms_key::write(&mut writer, kms);
    }
    writer.finish()
}

/// The token object that a record describes, and the era that it was made in.
pub(crate) fn decode_object(
    partition: PartitionId,
    id: ObjectId,
    revision: u64,
    bytes: &[u8],
    policies: &Policies,
) -> Result<(Object, u32), FormatError> {
    let (mut reader, format) = Reader::new_of(&[VERSION, VERSION_KMS], bytes)?;
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
    let kms = (format == VERSION_KMS)
        .then(|| kms_key::read(&mut reader, policies).map(Arc::new))
        .transpose()?;
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
            kms,
        },
        era,
    ))
}
