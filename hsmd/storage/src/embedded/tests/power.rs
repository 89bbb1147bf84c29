//! The power is cut at random calls, and what was not synced survives in whole, in part or not: whatever was
//! acknowledged is there, and nothing is there by halves.

use std::thread;

use super::*;
use crate::testing::{Fault, Survivors};

/// Cuts in `make test`; `HSMD_POWER_CUTS` asks for more.
const CUTS: u64 = 300;
const WRITERS: u8 = 4;
const TRANSACTIONS: u64 = 12;
/// Small, so that the log gives way to a snapshot many times.
const LOG_SLACK: u64 = 40_000;

/// What one writer knows when the power goes.
struct Known {
    /// The number in the newest acknowledged transaction; 0 if there is none.
    acknowledged: u64,
    /// A later transaction of which the outcome is not known.
    pending: Option<TransactionId>,
}

#[test]
fn no_power_cut_loses_or_tears_what_was_acknowledged() {
    let cuts = std::env::var("HSMD_POWER_CUTS")
        .ok()
        .and_then(|cuts| cuts.parse().ok())
        .unwrap_or(CUTS);
    let mut acknowledged = 0;
    for seed in 1..=cuts {
        let mut random = random(seed);
        let disk = Disk::new();
        disk.fail_at(1 + random(700), Fault::PowerCut);
        let known = work(&disk, &mut random);
        acknowledged += known.iter().map(|known| known.acknowledged).sum::<u64>();
        if let Err(what) = check(&disk, &known, &mut random) {
            panic!("seed {seed}: {what}");
        }
    }
    eprintln!("{cuts} power cuts, {acknowledged} transactions acknowledged, lost 0, torn 0");
    assert!(acknowledged > cuts, "the test has to acknowledge something");
}

#[test]
fn a_disk_that_ignores_syncs_is_found_out() {
    let found = (1..=20_u64).any(|seed| {
        let mut random = random(seed);
        let disk = Disk::new();
        disk.ignore_syncs();
        disk.fail_at(200 + random(400), Fault::PowerCut);
        let known = work(&disk, &mut random);
        check(&disk, &known, &mut random).is_err()
    });
    assert!(found, "a test that cannot fail proves nothing");
}

/// Lets some writers write until the power goes, or they are done.
fn work(disk: &Disk, random: &mut impl FnMut(u64) -> u64) -> Vec<Known> {
    let nothing = || Known {
        acknowledged: 0,
        pending: None,
    };
    let Ok(store) = Embedded::open_with_slack(Arc::new(disk.clone()), LOG_SLACK) else {
        return (0..WRITERS).map(|_| nothing()).collect();
    };
    let seeds: Vec<u64> = (0..WRITERS).map(|_| random(u64::MAX)).collect();
    thread::scope(|scope| {
        let write = |(writer, seed)| {
            scope.spawn({
                let store = &store;
                move || write_until_it_fails(store, writer, seed)
            })
        };
        let writers: Vec<_> = (0..WRITERS).zip(seeds).map(write).collect();
        writers
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .collect()
    })
}

/// Writes its three records again and again, all with the same number.
fn write_until_it_fails(store: &Embedded, writer: u8, seed: u64) -> Known {
    let mut random = random(seed);
    let mut known = Known {
        acknowledged: 0,
        pending: None,
    };
    for number in 1..=TRANSACTIONS {
        let Ok(head) = block_on(store.head()) else {
            break;
        };
        let mut transaction = Transaction::new().unwrap();
        for record in 0..3 {
            let Ok(found) = block_on(store.get(&[key(&[writer, record])])) else {
                return known;
            };
            let mut value = number.to_be_bytes().to_vec();
            value.resize(8 + usize::try_from(random(6000)).unwrap(), writer);
            let expected = found[0].as_ref().map(|record| record.version);
            transaction = transaction.putting(key(&[writer, record]), expected, head, value);
        }
        let id = transaction.id;
        match block_on(store.commit(transaction)) {
            Ok(Outcome::Committed(_)) => known.acknowledged = number,
            Ok(Outcome::Conflict(key)) => panic!("{key} is this writer's own"),
            Ok(Outcome::Unknown(unknown)) => {
                assert_eq!(unknown, id);
                known.pending = Some(id);
                break;
            }
            Err(_) => break,
        }
    }
    known
}

/// Opens what survived and compares it with what is known.
fn check(disk: &Disk, known: &[Known], random: &mut impl FnMut(u64) -> u64) -> Result<(), String> {
    let mut random = |below| random(below);
    let survivors = [
        Survivors::Nothing,
        Survivors::Everything,
        Survivors::Blocks,
        Survivors::Sectors,
    ][usize::try_from(random(4)).unwrap()];
    let mut disk = disk.after_power_cut(survivors, &mut random);
    if random(3) == 0 {
        // The power goes again while the store is made good.
        disk.fail_at(1 + random(30), Fault::PowerCut);
        drop(Embedded::open_with_slack(Arc::new(disk.clone()), LOG_SLACK));
        disk = disk.after_power_cut(survivors, &mut random);
    }
    let store = Embedded::open_with_slack(Arc::new(disk), LOG_SLACK)
        .map_err(|error| format!("{survivors:?}: the store does not open: {error}"))?;
    for (writer, known) in (0..).zip(known) {
        let keys: Vec<_> = (0..3).map(|record| key(&[writer, record])).collect();
        let records = block_on(store.get(&keys)).map_err(|error| error.to_string())?;
        let numbers: Vec<_> = records
            .into_iter()
            .map(|record| {
                record.map_or(0, |record| {
                    u64::from_be_bytes(record.value[..8].try_into().unwrap())
                })
            })
            .collect();
        let number = numbers[0];
        if numbers.iter().any(|other| *other != number) {
            return Err(format!(
                "{survivors:?}: writer {writer} is torn: {numbers:?}"
            ));
        }
        let is_pending_done = match known.pending {
            Some(id) => block_on(store.outcome(id))
                .map_err(|error| error.to_string())?
                .is_some(),
            None => false,
        };
        let expected = known.acknowledged + u64::from(is_pending_done);
        if number != expected {
            return Err(format!(
                "{survivors:?}: writer {writer} has {number} in place of {expected}"
            ));
        }
    }
    // It works on.
    match write(&store, b"after", b"value").0 {
        Ok(Outcome::Committed(_)) => Ok(()),
        other => Err(format!(
            "{survivors:?}: the store does not write: {other:?}"
        )),
    }
}
