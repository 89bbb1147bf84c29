//! Every call on the files fails once: nothing that was acknowledged is lost, nothing that was refused appears, and the
//! store works again as soon as its files do.

use super::*;
use crate::testing::Fault;

/// Writes the same few records again and again; gives the numbers that must and may be there after.
struct Script {
    acknowledged: [u64; 4],
    unknown: [Option<(u64, TransactionId)>; 4],
}

impl Script {
    fn run(store: &Embedded, transactions: u64) -> Self {
        let mut script = Self {
            acknowledged: [0; 4],
            unknown: [None; 4],
        };
        for number in 1..=transactions {
            let record = usize::try_from(number % 4).unwrap();
            let mut value = number.to_be_bytes().to_vec();
            value.resize(3000, 1);
            match write(store, &[RECORDS[record]], &value) {
                (Ok(Outcome::Committed(_)), _) => {
                    script.acknowledged[record] = number;
                    script.unknown[record] = None;
                }
                (Ok(Outcome::Unknown(id)), _) => script.unknown[record] = Some((number, id)),
                (Ok(Outcome::Conflict(key)), _) => panic!("{key}"),
                (Err(_), _) => {}
            }
        }
        script
    }

    fn check(&self, store: &Embedded) -> Result<(), String> {
        for (record, name) in RECORDS.into_iter().enumerate() {
            let found = read(store, &[name]).map_or(0, |value| {
                u64::from_be_bytes(value[..8].try_into().unwrap())
            });
            let expected = match self.unknown[record] {
                Some((number, id)) if block_on(store.outcome(id)).unwrap().is_some() => number,
                _ => self.acknowledged[record],
            };
            if found != expected {
                return Err(format!(
                    "record {record} has {found} in place of {expected}"
                ));
            }
        }
        Ok(())
    }
}

const TRANSACTIONS: u64 = 24;
/// The names of the records.
const RECORDS: [u8; 4] = [0, 1, 2, 3];
const LOG_SLACK: u64 = 20_000;

fn open(disk: &Disk) -> Result<Embedded, Error> {
    Embedded::open_with_slack(Arc::new(disk.clone()), LOG_SLACK)
}

#[test]
fn every_single_failure_is_survived() {
    let disk = Disk::new();
    let store = open(&disk).unwrap();
    Script::run(&store, TRANSACTIONS).check(&store).unwrap();
    let calls = disk.calls();
    for fault in [Fault::Error, Fault::Full] {
        for call in 1..=calls {
            let disk = Disk::new();
            disk.fail_at(call, fault);
            let Ok(store) = open(&disk).or_else(|_| open(&disk)) else {
                panic!("{fault:?} at call {call}: the store does not open once its files work");
            };
            let script = Script::run(&store, TRANSACTIONS);
            if let Err(what) = script.check(&store) {
                panic!("{fault:?} at call {call}: {what}");
            }
            drop(store);
            let store =
                open(&disk).unwrap_or_else(|error| panic!("{fault:?} at call {call}: {error}"));
            if let Err(what) = script.check(&store) {
                panic!("{fault:?} at call {call}, after a restart: {what}");
            }
        }
    }
}

#[test]
fn a_full_disk_is_a_clear_error_and_room_makes_it_good() {
    let disk = Disk::new();
    let store = open(&disk).unwrap();
    let (outcome, _) = write(&store, b"a", b"before");
    assert!(matches!(outcome, Ok(Outcome::Committed(_))), "{outcome:?}");
    disk.fail_at(1, Fault::Full);
    let (outcome, _) = write(&store, b"a", b"without room");
    assert!(matches!(outcome, Err(Error::Full)), "{outcome:?}");
    assert_eq!(read(&store, b"a").as_deref(), Some(&b"before"[..]));
    let (outcome, _) = write(&store, b"a", b"with room");
    assert!(matches!(outcome, Ok(Outcome::Committed(_))), "{outcome:?}");
    assert_eq!(read(&store, b"a").as_deref(), Some(&b"with room"[..]));
}
