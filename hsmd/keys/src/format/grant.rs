//! The record of a grant. Its record's key is the key's id and its own.

use super::FormatError;
use super::fields::{Reader, Writer};
use super::kms_key::{read_pairs, write_pairs};
use crate::{EncryptionContext, Grant, GrantConstraints, GrantId, GrantOperations, ObjectId};

const VERSION: u8 = 1;

pub(crate) fn encode_grant(grant: &Grant) -> Vec<u8> {
    let mut writer = Writer::new(VERSION);
    writer.bytes(grant.name.as_bytes());
    writer.bytes(grant.grantee.as_bytes());
    writer.optional(grant.retiring.as_ref(), |writer, retiring| {
        writer.bytes(retiring.as_bytes());
    });
    writer.fixed(grant.issuing_account.as_bytes());
    writer.number(grant.operations.bits().into());
    writer.optional(grant.constraints.as_ref(), |writer, constraints| {
        for pairs in [
            &constraints.encryption_context_equals,
            &constraints.encryption_context_subset,
        ] {
            writer.optional(pairs.as_ref(), |writer, pairs| {
                write_pairs(writer, pairs.pairs());
            });
        }
        writer.optional(constraints.source_arn.as_ref(), |writer, arn| {
            writer.bytes(arn.as_bytes());
        });
    });
    writer.number(grant.created_at_unix_milliseconds);
    writer.finish()
}

pub(crate) fn decode_grant(
    key: ObjectId,
    id: GrantId,
    revision: u64,
    bytes: &[u8],
) -> Result<Grant, FormatError> {
    let mut reader = Reader::new(VERSION, bytes)?;
    let grant = Grant {
        id,
        key,
        name: reader.text("name")?.into(),
        grantee: reader.text("grantee")?.into(),
        retiring: reader.optional("retiring", |reader| Ok(reader.text("retiring")?.into()))?,
        issuing_account: std::str::from_utf8(&reader.fixed::<12>()?)
            .ok()
            .and_then(|digits| digits.parse().ok())
            .ok_or(FormatError::InvalidField("account"))?,
        operations: GrantOperations::from_bits(reader.small_number("operations")?)
            .ok_or(FormatError::InvalidField("operations"))?,
        constraints: reader.optional("constraints", |reader| {
            Ok(Box::new(GrantConstraints {
                encryption_context_equals: read_context(reader)?,
                encryption_context_subset: read_context(reader)?,
                source_arn: reader.optional("constraints", |reader| {
                    Ok(reader.text("constraints")?.into())
                })?,
            }))
        })?,
        created_at_unix_milliseconds: reader.number("time")?,
        revision,
    };
    reader.finish()?;
    Ok(grant)
}

fn read_context(reader: &mut Reader<'_>) -> Result<Option<EncryptionContext>, FormatError> {
    reader.optional("constraints", |reader| {
        Ok(read_pairs(reader, "constraints")?.into_iter().collect())
    })
}
