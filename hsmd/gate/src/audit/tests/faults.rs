//! Disks that are full, hang or fail.

use super::*;

#[tokio::test]
async fn a_record_of_a_change_is_on_disk_when_its_writer_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let disk = Disk::default();
    let log = open_on(&disk, directory.path(), HANG_LIMIT);
    log.record_outcome(Requester::Daemon, actions::INITIALIZE.row(), Outcome::Done)
        .await
        .unwrap();
    let synced = *disk.synced_bytes.lock();
    assert!(synced > 0);
    assert_eq!(
        synced,
        std::fs::metadata(first_segment(directory.path()))
            .unwrap()
            .len()
    );
}

#[tokio::test]
async fn records_of_tasks_that_share_a_thread_go_out_in_one_write() {
    let directory = tempfile::tempdir().unwrap();
    let disk = Disk::default();
    let log = open_on(&disk, directory.path(), HANG_LIMIT);
    let tasks: Vec<_> = (0..64)
        .map(|number| {
            let log = Arc::clone(&log);
            tokio::spawn(async move {
                let queued = log.queue(&record(number)).unwrap();
                log.hand_over_together(queued).await.unwrap();
                assert!(log.records() > queued, "its record was not written");
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    // One write of ours, and some of the log's thread if the clock strikes meanwhile.
    let writes = disk.writes.load(Ordering::Relaxed);
    assert!(writes < 16, "{writes} writes of 64 records");
    log.close();
    let expected: Vec<_> = (0..64).map(record).collect();
    assert_eq!(lines(&first_segment(directory.path())), expected);
}

#[tokio::test]
async fn a_full_disk_makes_the_log_unavailable_and_loses_nothing_once_there_is_room() {
    let directory = tempfile::tempdir().unwrap();
    let disk = Disk::default();
    let log = open_on(&disk, directory.path(), HANG_LIMIT);
    log.unseal(key(1)).unwrap();
    log.record(&record(0)).unwrap();
    disk.is_full.store(true, Ordering::Relaxed);
    assert_eq!(log.record(&record(1)), Err(AuditUnavailable));
    assert!(!log.is_available());
    assert_eq!(log.record(&record(2)), Err(AuditUnavailable));
    disk.is_full.store(false, Ordering::Relaxed);
    let deadline = Instant::now() + Duration::from_secs(20);
    while !log.is_available() {
        assert!(Instant::now() < deadline, "the log did not come back");
        tokio::task::yield_now().await;
    }
    log.record(&record(3)).unwrap();
    log.close();
    assert_eq!(
        lines(&first_segment(directory.path())),
        [record(0), record(1), record(2), record(3)]
    );
    assert!(check(directory.path()).problems.is_empty());
}

#[tokio::test]
async fn a_disk_that_hangs_makes_the_log_unavailable_within_the_limit() {
    let directory = tempfile::tempdir().unwrap();
    let disk = Disk::default();
    let log = open_on(&disk, directory.path(), Duration::from_millis(500));
    disk.hangs.store(true, Ordering::Relaxed);
    log.record(&record(0)).unwrap();
    let began = Instant::now();
    let durable = log
        .record_outcome(Requester::Daemon, actions::SEAL.row(), Outcome::Done)
        .await;
    assert_eq!(durable, Err(AuditUnavailable));
    while log.is_available() {
        assert!(began.elapsed() < Duration::from_secs(20));
        tokio::task::yield_now().await;
    }
    disk.hangs.store(false, Ordering::Relaxed);
    log.close();
    assert_eq!(lines(&first_segment(directory.path())).len(), 2);
}

#[tokio::test]
async fn a_log_whose_sync_failed_stays_unavailable_until_it_is_opened_again() {
    let directory = tempfile::tempdir().unwrap();
    let disk = Disk::default();
    let log = open_on(&disk, directory.path(), HANG_LIMIT);
    disk.fails_to_sync.store(true, Ordering::Relaxed);
    let outcome = log
        .record_outcome(Requester::Daemon, actions::SEAL.row(), Outcome::Done)
        .await;
    assert_eq!(outcome, Err(AuditUnavailable));
    disk.fails_to_sync.store(false, Ordering::Relaxed);
    log.sign_now();
    assert!(!log.is_available());
    drop(log);
    assert!(open(directory.path()).is_available());
}

fn open_on(disk: &Disk, directory: &Path, hang_limit: Duration) -> Arc<Log> {
    let settings = Settings {
        hang_limit,
        ..settings(directory)
    };
    let sinks = Box::new(FaultySinks(disk.clone()));
    Log::open_with(settings, Arc::new(TestClock::default()), sinks).unwrap()
}

/// A disk with faults that a test switches on and off.
#[derive(Clone, Default)]
struct Disk {
    is_full: Arc<AtomicBool>,
    hangs: Arc<AtomicBool>,
    fails_to_sync: Arc<AtomicBool>,
    writes: Arc<AtomicU64>,
    synced_bytes: Arc<Mutex<u64>>,
}

struct FaultySinks(Disk);

struct FaultySink {
    disk: Disk,
    file: Box<dyn Sink>,
    written_bytes: AtomicU64,
}

impl Sinks for FaultySinks {
    fn open(&self, path: &Path) -> io::Result<Box<dyn Sink>> {
        let file = Files.open(path)?;
        Ok(Box::new(FaultySink {
            disk: self.0.clone(),
            file,
            written_bytes: AtomicU64::new(0),
        }))
    }
}

impl Sink for FaultySink {
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.disk.writes.fetch_add(1, Ordering::Relaxed);
        if self.disk.is_full.load(Ordering::Relaxed) {
            // As a full disk does: some of it, then the error.
            self.file.write_all_at(&bytes[..bytes.len() / 2], offset)?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.file.write_all_at(bytes, offset)?;
        self.written_bytes
            .store(offset + bytes.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    fn truncate(&self, length_bytes: u64) -> io::Result<()> {
        self.file.truncate(length_bytes)
    }

    fn sync(&self) -> io::Result<()> {
        while self.disk.hangs.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        if self.disk.fails_to_sync.load(Ordering::Relaxed) {
            return Err(io::Error::other("the disk is gone"));
        }
        let written = self.written_bytes.load(Ordering::Relaxed);
        self.file.sync()?;
        *self.disk.synced_bytes.lock() = written;
        Ok(())
    }
}
