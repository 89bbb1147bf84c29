//! The log as a whole: what it survives, what it refuses, and what the verifier finds.

mod faults;
mod tampering;

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hsmd_identity::Clock;
use hsmd_secret_memory::LockedBytes;
use parking_lot::Mutex;
use proptest::prelude::*;
use tempfile::TempDir;

use crate::actions;
use crate::audit::segments::{SEGMENT_RECORDS, segment_path};
use crate::audit::sink::{Files, Sink, Sinks};
use crate::audit::verify::{Evidence, Problem, Report, verify_directory};
use crate::audit::{AuditUnavailable, HANG_LIMIT, Log, OpenError, Settings, SigningKey};
use crate::event::{Outcome, Requester};

#[derive(Debug, Default)]
pub(crate) struct TestClock(AtomicU64);

impl Clock for TestClock {
    fn since_epoch(&self) -> Duration {
        Duration::from_millis(1_700_000_000_000 + self.0.fetch_add(1, Ordering::Relaxed))
    }
}

fn settings(directory: &Path) -> Settings {
    Settings {
        directory: directory.to_path_buf(),
        origin: "hsmd.test/log".to_owned(),
        sync_every_use: false,
        hang_limit: HANG_LIMIT,
        witness: None,
    }
}

pub(crate) fn key(byte: u8) -> SigningKey {
    SigningKey::from_seed(LockedBytes::copy_of(&[byte; 32]).unwrap())
        .ok()
        .unwrap()
}

fn open(directory: &Path) -> Arc<Log> {
    let log = Log::open(settings(directory), Arc::new(TestClock::default())).unwrap();
    log.unseal(key(1)).unwrap();
    log
}

fn open_error(directory: &Path) -> OpenError {
    Log::open(settings(directory), Arc::new(TestClock::default())).unwrap_err()
}

/// A closed log with records `{"n":0}`, `{"n":1}`, …
fn log_of(records: u64) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let log = open(directory.path());
    for number in 0..records {
        log.record(&record(number)).unwrap();
    }
    log.close();
    directory
}

fn record(number: u64) -> String {
    format!("{{\"n\":{number}}}")
}

fn check(directory: &Path) -> Report {
    verify_directory(directory, &Evidence::default()).unwrap()
}

fn first_segment(directory: &Path) -> PathBuf {
    segment_path(directory, 0)
}

fn lines(path: &Path) -> Vec<String> {
    std::fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

fn write_lines(path: &Path, lines: &[String]) {
    std::fs::write(path, lines.join("\n") + "\n").unwrap();
}

#[test]
fn a_torn_last_line_is_cut_off_and_noted_and_nothing_before_it_is_lost() {
    let directory = log_of(300);
    let path = first_segment(directory.path());
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend(b"{\"n\":300}\n{\"n\":3");
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(check(directory.path()).torn_bytes, 6);

    let log = open(directory.path());
    log.close();
    let lines = lines(&path);
    assert_eq!(
        lines[300],
        record(300),
        "a whole line after the checkpoint stays"
    );
    assert!(
        lines[301].contains("\"eventName\":\"AuditLogMended\""),
        "{}",
        lines[301]
    );
    assert!(lines[301].contains("\"cutBytes\":6"), "{}", lines[301]);
    assert_eq!(check(directory.path()).records_signed, 302);
    assert!(check(directory.path()).problems.is_empty());
}

#[test]
fn what_the_system_has_is_there_after_a_kill_and_the_log_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let log = open(directory.path());
    for number in 0..700 {
        log.record(&record(number)).unwrap();
        if number == 400 {
            log.sign_now();
        }
    }
    // The files as a kill would leave them at this moment.
    let killed = copy_of(directory.path());
    let again = open(killed.path());
    assert_eq!(again.records(), 700);
    again.record(&record(700)).unwrap();
    again.close();
    let report = check(killed.path());
    assert_eq!((report.records, report.records_signed), (701, 701));
    assert!(report.problems.is_empty(), "{report:?}");
}

#[test]
fn a_log_whose_signed_records_are_not_there_or_not_the_same_is_not_opened() {
    let directory = log_of(600);
    let path = first_segment(directory.path());
    let whole = lines(&path);
    write_lines(&path, &whole[..599]);
    assert!(matches!(
        open_error(directory.path()),
        OpenError::Truncated {
            found: 599,
            signed: 600
        }
    ));
    let mut changed = whole.clone();
    changed[17] = record(18);
    write_lines(&path, &changed);
    assert!(matches!(
        open_error(directory.path()),
        OpenError::NotThoseSigned { signed: 600 }
    ));
    write_lines(&path, &whole);
    open(directory.path());
}

#[test]
fn tiles_that_a_power_cut_took_are_made_again() {
    let directory = log_of(600);
    std::fs::remove_dir_all(directory.path().join("tile")).unwrap();
    open(directory.path()).close();
    assert!(check(directory.path()).problems.is_empty());
}

#[test]
fn a_second_daemon_cannot_open_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let _log = open(directory.path());
    assert!(matches!(open_error(directory.path()), OpenError::InUse(_)));
}

#[test]
fn many_threads_write_every_record_once_across_segments() {
    const THREADS: u64 = 8;
    let each = SEGMENT_RECORDS * 2 / THREADS + 100;
    let directory = tempfile::tempdir().unwrap();
    let log = open(directory.path());
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let log = &log;
            scope.spawn(move || {
                for number in 0..each {
                    log.record(&record(thread * each + number)).unwrap();
                }
            });
        }
    });
    log.sign_now();
    assert_eq!(log.records(), THREADS * each);
    let mut seen = HashSet::new();
    let mut after = 0;
    loop {
        let page = log.read(after, 1_000).unwrap();
        if page.records.is_empty() {
            break;
        }
        seen.extend(page.records);
        after = page.next;
    }
    assert_eq!(seen.len() as u64, THREADS * each);
    drop(log);
    let report = check(directory.path());
    assert_eq!(report.records_signed, THREADS * each);
    assert!(report.problems.is_empty(), "{report:?}");

    std::fs::remove_file(segment_path(directory.path(), SEGMENT_RECORDS)).unwrap();
    let problems = check(directory.path()).problems;
    assert!(
        problems.contains(&Problem::RecordMissing {
            number: SEGMENT_RECORDS
        }),
        "{problems:?}"
    );
    let missing = open_error(directory.path());
    assert!(
        matches!(
            missing,
            OpenError::RecordMissing {
                number: SEGMENT_RECORDS
            }
        ),
        "{missing}"
    );
}

#[test]
fn pages_follow_each_other_and_end_where_the_log_ends() {
    let directory = log_of(10);
    let log = open(directory.path());
    let page = log.read(7, 2).unwrap();
    assert_eq!(
        page.records,
        [record(7).into_bytes(), record(8).into_bytes()]
    );
    assert_eq!(
        log.read(page.next, 5).unwrap().records,
        [record(9).into_bytes()]
    );
    assert_eq!(log.read(10, 5).unwrap().records.len(), 0);
    assert_eq!(log.read(u64::MAX, usize::MAX).unwrap().next, u64::MAX);
}

#[derive(Debug, Clone)]
enum Step {
    Write(u8),
    Sign,
    Reopen,
    Tear(Vec<u8>),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..200_u8).prop_map(Step::Write),
        2 => Just(Step::Sign),
        2 => Just(Step::Reopen),
        1 => proptest::collection::vec(b'a'..=b'z', 1..20).prop_map(Step::Tear),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_happens_the_log_holds_what_was_written_in_order(steps in proptest::collection::vec(any_step(), 1..12)) {
        let directory = tempfile::tempdir().unwrap();
        let path = first_segment(directory.path());
        let mut log = open(directory.path());
        let mut model: Vec<String> = Vec::new();
        for step in steps {
            match step {
                Step::Write(count) => for _ in 0..count {
                    let line = record(model.len() as u64);
                    log.record(&line).unwrap();
                    model.push(line);
                },
                Step::Sign => log.sign_now(),
                Step::Reopen => {
                    log.close();
                    drop(log);
                    log = open(directory.path());
                }
                Step::Tear(torn) => {
                    log.close();
                    drop(log);
                    let mut bytes = std::fs::read(&path).unwrap();
                    bytes.extend(&torn);
                    std::fs::write(&path, bytes).unwrap();
                    log = open(directory.path());
                    log.sign_now();
                    let noted = lines(&path).pop().unwrap();
                    let cut = format!("\"cutBytes\":{}", torn.len());
                    prop_assert!(noted.contains(&cut));
                    model.push(noted);
                }
            }
        }
        log.close();
        prop_assert_eq!(lines(&path), model.clone());
        let report = check(directory.path());
        prop_assert_eq!(report.records_signed, model.len() as u64);
        prop_assert!(report.problems.is_empty(), "{:?}", report);
    }
}

fn copy_of(directory: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    copy_into(directory, copy.path()).unwrap();
    copy
}

fn copy_into(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_into(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
