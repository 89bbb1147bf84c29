//! The bytes of the recovery log: a header, then frames with checksums. `docs/formats.md` has the layout.

use super::log::{LOG_FILE, damaged};
use crate::{
    Change, Error, Key, Revision, TRANSACTION_BYTES_MAX, TransactionId, Version, Versioned,
    WRITES_MAX, Write,
};

/// The version that the header and every frame begin with.
const FORMAT: u8 = 1;
/// What follows the version in the header.
const MAGIC: &[u8; 16] = b"hsmd recoverylog";

/// `version (1) ‖ length of the whole frame (4) ‖ CRC-32 (4)`.
pub(crate) const FRAME_HEADER_BYTES: usize = 9;
/// The longest frame: a transaction at its limits and what frames it.
pub(crate) const FRAME_BYTES_MAX: usize = TRANSACTION_BYTES_MAX + WRITES_MAX * 32 + 64;

/// The beginning of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// The random name of the store, which its database has as well.
    pub(crate) store: [u8; 16],
    /// The commit that the snapshot shows; 0 if there is none.
    pub(crate) base: Revision,
    /// Records in the snapshot.
    pub(crate) snapshot_records: u64,
}

impl Header {
    pub(crate) const BYTES: usize = 53;

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::BYTES);
        bytes.push(FORMAT);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&self.store);
        bytes.extend_from_slice(&self.base.0.to_be_bytes());
        bytes.extend_from_slice(&self.snapshot_records.to_be_bytes());
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut fields = Fields(bytes);
        match fields.take::<1>() {
            Some([FORMAT]) => {}
            Some([found]) if bytes.get(1..17) == Some(MAGIC) => {
                return Err(Error::Format {
                    file: LOG_FILE,
                    found,
                    supported: FORMAT,
                });
            }
            _ => return Err(damaged("it does not begin as a recovery log".to_owned())),
        }
        let decoded = (|| {
            let magic = fields.take::<16>()?;
            let store = fields.take()?;
            let base = Revision(fields.u64()?);
            let snapshot_records = fields.u64()?;
            let checksum = fields.u32()?;
            let is_good = magic == *MAGIC && checksum == crc32fast::hash(&bytes[..Self::BYTES - 4]);
            is_good.then_some(Self {
                store,
                base,
                snapshot_records,
            })
        })();
        decoded.ok_or_else(|| damaged("its header is not as it was written".to_owned()))
    }
}

/// One commit, or part of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: Kind,
    pub(crate) revision: Revision,
    /// Zeros in a snapshot.
    pub(crate) transaction: TransactionId,
    pub(crate) records: Vec<Write>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Commit = 1,
    Snapshot = 2,
}

impl Frame {
    pub(crate) fn encode_into(&self, bytes: &mut Vec<u8>) {
        encode_into(
            bytes,
            self.kind,
            self.revision,
            self.transaction,
            &self.records,
        );
    }
}

/// Appends the frame of these writes to `bytes`.
pub(crate) fn encode_into(
    bytes: &mut Vec<u8>,
    kind: Kind,
    revision: Revision,
    transaction: TransactionId,
    records: &[Write],
) {
    let length_of =
        |length: usize| u32::try_from(length).expect("transactions are limited to less than 4 GiB");
    let start = bytes.len();
    bytes.push(FORMAT);
    bytes.extend_from_slice(&[0; FRAME_HEADER_BYTES - 1]);
    bytes.push(kind as u8);
    bytes.extend_from_slice(&revision.0.to_be_bytes());
    bytes.extend_from_slice(&transaction.0);
    bytes.push(u8::try_from(records.len()).expect("at most 64 writes"));
    for write in records {
        bytes.push(u8::try_from(write.key.as_bytes().len()).expect("at most 145 bytes of key"));
        bytes.extend_from_slice(write.key.as_bytes());
        match &write.change {
            Change::Delete => bytes.push(0),
            Change::Put(record) => {
                bytes.push(1);
                bytes.extend_from_slice(&record.version.0.to_be_bytes());
                bytes.extend_from_slice(&length_of(record.value.len()).to_be_bytes());
                bytes.extend_from_slice(&record.value);
            }
        }
    }
    let length = length_of(bytes.len() - start);
    bytes[start + 1..start + 5].copy_from_slice(&length.to_be_bytes());
    let checksum = checksum(&bytes[start..]);
    bytes[start + 5..start + 9].copy_from_slice(&checksum.to_be_bytes());
}

/// The length of the whole frame that begins with these bytes, if they begin one.
pub(crate) fn length_bytes(bytes: &[u8]) -> Option<usize> {
    let mut fields = Fields(bytes);
    let [format] = fields.take()?;
    let length = usize::try_from(fields.u32()?).ok()?;
    (format == FORMAT && length > FRAME_HEADER_BYTES).then_some(length)
}

/// The frame at the beginning of `bytes`. `None` if there is no whole and unharmed one.
pub(crate) fn decode(bytes: &[u8]) -> Option<Frame> {
    let bytes = bytes.get(..length_bytes(bytes)?)?;
    let mut fields = Fields(&bytes[5..]);
    if fields.u32()? != checksum(bytes) {
        return None;
    }
    let kind = match fields.take()? {
        [1] => Kind::Commit,
        [2] => Kind::Snapshot,
        [_] => return None,
    };
    let revision = Revision(fields.u64()?);
    let transaction = TransactionId(fields.take()?);
    let [count] = fields.take()?;
    let records = (0..count)
        .map(|_| fields.record())
        .collect::<Option<Vec<_>>>()?;
    fields.0.is_empty().then_some(Frame {
        kind,
        revision,
        transaction,
        records,
    })
}

/// CRC-32 of the frame without its checksum. It finds what a crash tears; whoever changes frames on purpose meets the
/// Barrier's seals.
fn checksum(frame: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&frame[..5]);
    hasher.update(&frame[FRAME_HEADER_BYTES..]);
    hasher.finalize()
}

/// The bytes that are still to be read.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn slice(&mut self, length: usize) -> Option<&'a [u8]> {
        let (field, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(field)
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.slice(N)?.try_into().ok()
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_be_bytes)
    }

    fn record(&mut self) -> Option<Write> {
        let [key_length] = self.take()?;
        let key = Key::from_bytes(self.slice(usize::from(key_length))?)?;
        let change = match self.take()? {
            [0] => Change::Delete,
            [1] => {
                let version = Version(self.u64()?);
                let length = usize::try_from(self.u32()?).ok()?;
                Change::Put(Versioned {
                    version,
                    value: self.slice(length)?.to_vec(),
                })
            }
            [_] => return None,
        };
        Some(Write { key, change })
    }
}
