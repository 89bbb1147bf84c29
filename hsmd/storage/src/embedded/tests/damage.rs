//! Files that are not as they were left: a clear error, and a way back where there is one.

use super::*;
use crate::medium::Medium;
use crate::testing::Survivors;

const DATABASE: &str = "hsmd.redb";
const LOG: &str = "recovery.log";

/// A store of 40 records, and its disk.
fn filled_disk() -> Disk {
    let disk = Disk::new();
    let store = Embedded::open_on(Arc::new(disk.clone())).unwrap();
    for number in 0..40_u8 {
        let (outcome, _) = write(&store, &[number % 30], &[number; 500]);
        assert!(matches!(outcome, Ok(Outcome::Committed(_))), "{outcome:?}");
    }
    disk
}

/// Another disk with the same contents.
fn copy(disk: &Disk) -> Disk {
    disk.after_power_cut(Survivors::Everything, &mut |_| 0)
}

fn open(disk: &Disk) -> Result<Embedded, Error> {
    Embedded::open_on(Arc::new(disk.clone()))
}

fn check_contents(store: &Embedded) {
    for number in 0..40_u8 {
        let newest = if number < 10 { number + 30 } else { number };
        assert_eq!(
            read(store, &[number % 30]).unwrap(),
            [if number < 30 { newest } else { number }; 500]
        );
    }
}

#[test]
fn a_lost_database_is_rebuilt_from_the_log_alone() {
    let disk = filled_disk();
    disk.lose(DATABASE);
    let refused = open(&disk).err().unwrap();
    assert!(matches!(refused, Error::Missing(DATABASE)), "{refused}");
    assert!(refused.can_be_rebuilt());

    let rebuilt = rebuild::from_log(&disk).unwrap();
    assert_eq!(
        rebuilt,
        Rebuilt {
            records: 30,
            revision: Revision(40)
        }
    );
    let store = open(&disk).unwrap();
    check_contents(&store);
    assert!(matches!(
        write(&store, b"next", b"value").0,
        Ok(Outcome::Committed(Revision(41)))
    ));
}

#[test]
fn a_database_is_rebuilt_from_a_log_that_begins_with_a_snapshot() {
    let disk = Disk::new();
    let store = Embedded::open_with_slack(Arc::new(disk.clone()), 10_000).unwrap();
    for number in 0..200_u8 {
        assert!(matches!(
            write(&store, &[number % 30], &[number; 500]).0,
            Ok(Outcome::Committed(_))
        ));
    }
    let log_bytes = store.statistics().log_bytes;
    assert!(
        log_bytes < 80_000,
        "{log_bytes} bytes of log for 30 records of 500"
    );
    drop(store);
    disk.lose(DATABASE);
    assert_eq!(
        rebuild::from_log(&disk).unwrap(),
        Rebuilt {
            records: 30,
            revision: Revision(200)
        }
    );
    let store = open(&disk).unwrap();
    for number in 170..200_u8 {
        assert_eq!(read(&store, &[number % 30]).unwrap(), [number; 500]);
    }
}

#[test]
fn a_lost_log_is_a_clear_error() {
    let disk = filled_disk();
    disk.lose(LOG);
    let refused = open(&disk).err().unwrap();
    assert!(matches!(refused, Error::Missing(LOG)), "{refused}");
    assert!(!refused.can_be_rebuilt());
}

#[test]
fn a_store_never_takes_the_log_of_another() {
    let (disk, other) = (filled_disk(), filled_disk());
    let mut log = Vec::new();
    other.damage(LOG, |bytes| log.clone_from(bytes));
    disk.damage(LOG, |bytes| *bytes = log);
    let refused = open(&disk).err().unwrap();
    assert!(
        matches!(refused, Error::Damaged { file: LOG, .. }),
        "{refused}"
    );
}

#[test]
fn a_short_database_is_a_clear_error_and_can_be_rebuilt() {
    let whole = filled_disk();
    let length = whole.length(DATABASE).unwrap();
    for kept in [0, 1, 4095, 4096, length / 2, length - 4096, length - 1] {
        let disk = copy(&whole);
        disk.damage(DATABASE, |bytes| bytes.truncate(kept));
        match open(&disk) {
            // redb found what it needs in what is left.
            Ok(store) => check_contents(&store),
            Err(Error::Damaged { .. } | Error::Missing(DATABASE) | Error::Io { .. }) => {
                assert_eq!(rebuild::from_log(&disk).unwrap().records, 30);
                check_contents(&open(&disk).unwrap());
            }
            Err(error) => panic!("{kept} bytes: {error}"),
        }
    }
}

#[test]
fn a_short_log_is_a_clear_error() {
    let whole = filled_disk();
    let length = whole.length(LOG).unwrap();
    for kept in [0, 1, 52, 53, 54, length / 2, length - 1] {
        let disk = copy(&whole);
        disk.damage(LOG, |bytes| bytes.truncate(kept));
        let refused = open(&disk).err().unwrap();
        assert!(
            matches!(refused, Error::Damaged { file: LOG, .. }),
            "{kept} bytes: {refused}"
        );
    }
}

#[test]
fn a_flipped_bit_is_a_clear_error_or_does_not_matter() {
    for file in [DATABASE, LOG] {
        let whole = filled_disk();
        let length = whole.length(file).unwrap() as u64;
        let mut random = random(7);
        let mut noticed = 0;
        for _ in 0..150 {
            let disk = copy(&whole);
            let bit = random(length * 8);
            disk.damage(file, |bytes| {
                bytes[usize::try_from(bit / 8).unwrap()] ^= 1 << (bit % 8);
            });
            match open(&disk) {
                Ok(store) => check_contents(&store),
                Err(Error::Damaged { .. } | Error::Format { .. } | Error::Io { .. }) => {
                    noticed += 1;
                }
                Err(error) => panic!("bit {bit} of {file}: {error}"),
            }
        }
        assert!(noticed > 0, "{file}");
    }
}

#[test]
fn a_log_damaged_in_its_middle_is_not_taken_for_a_torn_one() {
    let disk = filled_disk();
    disk.damage(LOG, |bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    });
    disk.lose(DATABASE);
    let refused = rebuild::from_log(&disk).unwrap_err();
    assert!(
        matches!(refused, Error::Damaged { file: LOG, .. }),
        "{refused}"
    );
}

#[test]
fn a_record_taken_out_of_the_database_is_noticed() {
    let disk = filled_disk();
    let database = database::Database::open(disk.open(DATABASE).unwrap().unwrap())
        .unwrap()
        .unwrap()
        .0;
    let mut batch = database.begin().unwrap();
    let head = batch.head();
    let deleting = crate::Write {
        key: key(&[3]),
        change: crate::Change::Delete,
    };
    batch
        .apply(TransactionId([1; 16]), head, &[deleting])
        .unwrap();
    batch.commit().unwrap();
    drop(database);
    let refused = open(&disk).err().unwrap();
    assert!(
        matches!(refused, Error::Damaged { file: DATABASE, .. }),
        "{refused}"
    );
}

#[test]
fn a_newer_format_is_named_and_left_alone() {
    let disk = filled_disk();
    disk.damage(LOG, |bytes| bytes[0] = 2);
    let refused = open(&disk).err().unwrap();
    assert!(
        matches!(
            refused,
            Error::Format {
                file: LOG,
                found: 2,
                supported: 1
            }
        ),
        "{refused}"
    );
}

#[test]
fn a_second_daemon_on_the_same_store_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let store = Embedded::open(directory.path()).unwrap();
    let refused = Embedded::open(directory.path()).err().unwrap();
    assert!(
        matches!(&refused, Error::InUse(path) if path == directory.path()),
        "{refused}"
    );
    assert!(matches!(
        Embedded::rebuild_from_log(directory.path()),
        Err(Error::InUse(_))
    ));
    drop(store);
    Embedded::open(directory.path()).unwrap();
}

#[test]
fn rebuilding_in_the_wrong_place_makes_nothing_there() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("elsewhere");
    assert!(matches!(
        Embedded::rebuild_from_log(&path),
        Err(Error::Missing(LOG))
    ));
    assert!(!path.exists());
}

#[test]
fn others_cannot_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    drop(Embedded::open(&path).unwrap());
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    for entry in path.read_dir().unwrap() {
        let entry = entry.unwrap();
        assert_eq!(
            entry.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{:?}",
            entry.file_name()
        );
    }
}
