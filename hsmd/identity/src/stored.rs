//! The stored forms of identities, PINs and the CA: a version byte, then a protobuf message. `docs/formats.md` has them.

use hsmd_keys::PartitionId;
use hsmd_storage::Table;
use prost::Message;
use zeroize::Zeroizing;

use crate::caller::{Partitions, Role};
use crate::errors::Error;
use crate::identities::Identity;

/// The version that is written. A record of a newer one is refused, not guessed at.
const VERSION: u8 = 1;

/// The table of identities: cell `SYSTEM`, the name is the identity's.
pub(crate) const IDENTITIES: Table = Table::IDENTITY;

/// The table of PINs: each partition's cell, the name is the role's.
pub(crate) const PINS: Table = Table::PIN;

#[derive(Clone, PartialEq, Message)]
pub(crate) struct StoredPin {
    /// Argon2id, version 0x13, one lane; memory in KiB.
    #[prost(uint32, tag = "1")]
    pub(crate) memory_kibibytes: u32,
    #[prost(uint32, tag = "2")]
    pub(crate) passes: u32,
    /// 16 bytes.
    #[prost(bytes = "vec", tag = "3")]
    pub(crate) salt: Vec<u8>,
    /// 32 bytes.
    #[prost(bytes = "vec", tag = "4")]
    pub(crate) hash: Vec<u8>,
    /// Tries since the last right one; counted before the PIN is looked at.
    #[prost(uint32, tag = "5")]
    pub(crate) tries: u32,
}

#[derive(Clone, PartialEq, Message)]
struct StoredIdentity {
    /// 1 operator, 2 client.
    #[prost(uint32, tag = "1")]
    role: u32,
    #[prost(bool, tag = "2")]
    all_partitions: bool,
    #[prost(bytes = "vec", repeated, tag = "3")]
    partitions: Vec<Vec<u8>>,
    #[prost(string, tag = "4")]
    subject: String,
    #[prost(bytes = "vec", tag = "5")]
    issuer_key_sha256: Vec<u8>,
}

/// The CA's key, 48 bytes, and its certificate in DER.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct StoredAuthority {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) key: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) certificate_der: Vec<u8>,
}

/// The stored form of a message.
pub(crate) fn encode(message: &impl Message) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + message.encoded_len());
    bytes.push(VERSION);
    message.encode_raw(&mut bytes);
    bytes
}

/// Reads a stored form; `what` it is, for the error.
pub(crate) fn decode<M: Message + Default>(bytes: &[u8], what: &'static str) -> Result<M, Error> {
    match bytes.split_first() {
        Some((&VERSION, message)) => M::decode(message).map_err(|_| Error::Damaged { what }),
        _ => Err(Error::Damaged { what }),
    }
}

impl Identity {
    pub(crate) fn to_stored(&self) -> Vec<u8> {
        let (all_partitions, partitions) = match &self.partitions {
            Partitions::All => (true, Vec::new()),
            Partitions::Named(named) => (
                false,
                named.iter().map(|id| id.as_bytes().to_vec()).collect(),
            ),
        };
        encode(&StoredIdentity {
            role: match self.role {
                Role::Operator => 1,
                Role::Client => 2,
            },
            all_partitions,
            partitions,
            subject: self.subject.to_string(),
            issuer_key_sha256: self.issuer_key_sha256.to_vec(),
        })
    }

    pub(crate) fn from_stored(name: &[u8], bytes: &[u8]) -> Result<Self, Error> {
        let damaged = || Error::Damaged { what: "identity" };
        let stored: StoredIdentity = decode(bytes, "identity")?;
        let partitions = if stored.all_partitions {
            Partitions::All
        } else {
            let ids = stored
                .partitions
                .iter()
                .map(|id| PartitionId::from_slice(id));
            Partitions::Named(ids.collect::<Option<_>>().ok_or_else(damaged)?)
        };
        Ok(Self {
            name: String::from_utf8(name.to_vec()).map_err(|_| damaged())?,
            role: match stored.role {
                1 => Role::Operator,
                2 => Role::Client,
                _ => return Err(damaged()),
            },
            partitions,
            subject: stored.subject.parse().map_err(|_| damaged())?,
            issuer_key_sha256: stored.issuer_key_sha256.try_into().map_err(|_| damaged())?,
        })
    }
}

/// As [`encode`], for messages that hold a secret.
pub(crate) fn encode_secret(message: &impl Message) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(encode(message))
}

impl From<hsmd_keys::Error> for Error {
    fn from(error: hsmd_keys::Error) -> Self {
        use hsmd_keys::Error as Keys;
        match error {
            Keys::Changed | Keys::Exists(_) => Self::Conflict,
            Keys::Malformed { .. } => Self::Damaged { what: "record" },
            Keys::Storage(hsmd_storage::Error::Full) => Self::StorageFull,
            Keys::Random(_) => Self::Resources {
                task: "draw random bytes",
            },
            error => {
                tracing::error!(%error, "the store of identities failed");
                Self::StorageUnavailable
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::Subject;

    #[test]
    fn stored_forms_do_not_change() {
        let identity = Identity {
            name: "web".to_owned(),
            role: Role::Client,
            partitions: Partitions::Named(vec![PartitionId::from_bytes([7; 16])]),
            subject: Subject::Dns("a.b".to_owned()),
            issuer_key_sha256: [9; 32],
        };
        let mut expected = vec![1, 0x08, 2, 0x1a, 16];
        expected.extend([7; 16]);
        expected.extend([0x22, 7]);
        expected.extend(b"dns:a.b");
        expected.extend([0x2a, 32]);
        expected.extend([9; 32]);
        assert_eq!(identity.to_stored(), expected);
        assert_eq!(Identity::from_stored(b"web", &expected), Ok(identity));

        let pin = StoredPin {
            memory_kibibytes: 4096,
            passes: 1,
            salt: vec![1; 16],
            hash: vec![2; 32],
            tries: 3,
        };
        let mut expected = vec![1, 0x08, 0x80, 0x20, 0x10, 1, 0x1a, 16];
        expected.extend([1; 16]);
        expected.extend([0x22, 32]);
        expected.extend([2; 32]);
        expected.extend([0x28, 3]);
        assert_eq!(encode(&pin), expected);
        assert_eq!(decode::<StoredPin>(&expected, "PIN"), Ok(pin));
    }

    #[test]
    fn a_record_of_another_version_or_cut_short_is_damaged() {
        let whole = encode(&StoredPin {
            salt: vec![1; 16],
            ..StoredPin::default()
        });
        let mut newer = whole.clone();
        newer[0] = 2;
        for bytes in [&newer[..], &whole[..whole.len() - 1], &[]] {
            assert_eq!(
                decode::<StoredPin>(bytes, "PIN"),
                Err(Error::Damaged { what: "PIN" })
            );
        }
    }
}
