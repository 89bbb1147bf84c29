//! The stored formats, which `docs/formats.md` describes: the version first, then fields in order, nothing after them.

mod alias;
mod attributes;
mod fields;
mod grant;
mod kms_key;
mod last_use;
mod object;
mod partition;
mod removal;
#[cfg(test)]
pub(crate) mod vectors;

pub(crate) use alias::{decode_alias, encode_alias};
pub(crate) use grant::{decode_grant, encode_grant};
pub(crate) use last_use::{decode_last_use, encode_last_use};
pub(crate) use object::{decode_object, encode_object};
pub(crate) use partition::{
    PartitionRecord, decode_partition, encode_destroyed_partition, encode_partition,
};
pub(crate) use removal::{decode_removal, encode_removal};

/// Why stored bytes are not the record that they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// They begin with a version that we do not know.
    #[error("format version {0} is unknown")]
    UnknownVersion(u8),
    /// They end too early.
    #[error("it is cut short")]
    CutShort,
    /// Something follows after their end.
    #[error("it has bytes after its end")]
    TrailingBytes,
    /// A field has a value that it cannot have.
    #[error("its field {0} is invalid")]
    InvalidField(&'static str),
}
