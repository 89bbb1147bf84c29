//! The vectors of `docs/formats.md` are what is written, and are read as what they say.

use hsmd_secret_memory::LockedBytes;

use super::super::frame::{Frame, Header, Kind, decode};
use super::*;
use crate::seal::{SealedBy, open, term};
use crate::testing::vector;
use crate::{Change, Term, Write};

fn object_key() -> Key {
    Key::new(Cell([0x11; 16]), Table::OBJECT, &[0x22; 16])
}

#[test]
fn a_key() {
    assert_eq!(object_key().as_bytes(), vector("key"));
    assert_eq!(Key::from_bytes(&vector("key")), Some(object_key()));
}

#[test]
fn a_sealed_value() {
    let sealed = vector("sealed-value");
    let key = LockedBytes::copy_of(&[7; 32]).unwrap();
    assert_eq!(term(&sealed), Some(Term(1)));
    let by = SealedBy {
        term: Term(1),
        key: &key,
    };
    assert_eq!(
        open(by, &object_key(), Version(5), sealed).as_deref(),
        Some(&b"value"[..])
    );
}

#[test]
fn a_log_header() {
    let header = Header {
        store: [0x33; 16],
        base: Revision(6),
        snapshot_records: 1,
    };
    assert_eq!(header.encode(), vector("log-header"));
    assert_eq!(Header::decode(&vector("log-header")).unwrap(), header);
}

#[test]
fn log_frames() {
    let put = Change::Put(Versioned {
        version: Version(5),
        value: b"value".to_vec(),
    });
    let pin_key = Key::new(Cell([0x11; 16]), Table::PIN, b"user");
    let records = vec![
        Write {
            key: object_key(),
            change: put.clone(),
        },
        Write {
            key: pin_key,
            change: Change::Delete,
        },
    ];
    let snapshot = Frame {
        kind: Kind::Snapshot,
        revision: Revision(6),
        transaction: TransactionId([0; 16]),
        records: vec![Write {
            key: object_key(),
            change: put,
        }],
    };
    let commit = Frame {
        kind: Kind::Commit,
        revision: Revision(7),
        transaction: TransactionId([0x44; 16]),
        records,
    };
    for (name, frame) in [("log-commit", commit), ("log-snapshot", snapshot)] {
        let mut bytes = Vec::new();
        frame.encode_into(&mut bytes);
        assert_eq!(bytes, vector(name), "{name}: {bytes:02x?}");
        assert_eq!(decode(&bytes), Some(frame), "{name}");
    }
}
