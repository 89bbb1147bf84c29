//! Handing records to the operating system: whoever holds the pen writes everything that is queued.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::audit::AuditUnavailable;
use crate::audit::segments::{SEGMENT_RECORDS, first_of, segment_path};
use crate::audit::sink::{Sink, Sinks};

/// The writing half of the log.
///
/// A caller queues its record and takes the pen. If another held it, that one has often written the record already: one
/// `write` for all who waited. Records that could not be written stay queued, in order, and are written once that works
/// again: what was done is recorded, even if nobody was told.
pub(crate) struct Writer {
    directory: PathBuf,
    sinks: Box<dyn Sinks>,
    hang_limit: Duration,
    queue: Mutex<Batch>,
    pen: Mutex<Pen>,
    written: AtomicU64,
    has_failed: AtomicBool,
    started: Instant,
    /// When the write that is under way began, and when the oldest record that is not on disk was written; in
    /// milliseconds after `started`, plus one; 0 for never.
    writing_since: AtomicU64,
    unsynced_since: AtomicU64,
}

/// Records that follow each other, each with its newline.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    /// Where each record ends in `bytes`.
    ends: Vec<usize>,
    /// The number of the first.
    first: u64,
}

struct Pen {
    sink: Arc<dyn Sink>,
    /// Where the next record goes in the segment.
    offset: u64,
    /// What is being written, or could not be.
    batch: Batch,
    /// Segments that were left, with records that may not be on disk.
    left: Vec<Arc<dyn Sink>>,
}

/// What must be synced for the first `records` records to be on disk.
pub(crate) struct Unsynced {
    pub(crate) records: u64,
    pub(crate) sinks: Vec<Arc<dyn Sink>>,
    pub(crate) has_new_segment: bool,
}

impl Writer {
    /// Goes on after `written` records, of which the last segment's take `offset` bytes.
    pub(crate) fn open(
        directory: PathBuf,
        sinks: Box<dyn Sinks>,
        hang_limit: Duration,
        written: u64,
        offset: u64,
    ) -> io::Result<Self> {
        // A full last segment is left at the first write.
        let segment = if offset > 0 && written.is_multiple_of(SEGMENT_RECORDS) {
            written - SEGMENT_RECORDS
        } else {
            first_of(written)
        };
        let sink: Arc<dyn Sink> = sinks.open(&segment_path(&directory, segment))?.into();
        let next = || Batch {
            first: written,
            ..Batch::default()
        };
        Ok(Self {
            directory,
            sinks,
            hang_limit,
            queue: Mutex::new(next()),
            pen: Mutex::new(Pen {
                sink,
                offset,
                batch: next(),
                left: Vec::new(),
            }),
            written: AtomicU64::new(written),
            has_failed: AtomicBool::new(false),
            started: Instant::now(),
            writing_since: AtomicU64::new(0),
            unsynced_since: AtomicU64::new(0),
        })
    }

    /// How many records the operating system has.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::SeqCst)
    }

    /// Queues a record, which whoever writes next will write. Gives its number.
    pub(crate) fn queue(&self, record: &[u8]) -> Result<u64, AuditUnavailable> {
        let mut queue = self.queue.lock();
        if queue.bytes.len() + record.len() >= QUEUE_BYTES_MAX {
            return Err(AuditUnavailable);
        }
        queue.bytes.extend_from_slice(record);
        queue.bytes.push(b'\n');
        let end = queue.bytes.len();
        queue.ends.push(end);
        Ok(queue.first + queue.ends.len() as u64 - 1)
    }

    /// Writes everything up to record `number` if much is queued.
    pub(crate) fn write_if_many(&self, number: u64) -> Result<(), AuditUnavailable> {
        let is_much = self.queue.lock().bytes.len() >= WRITE_NOW_BYTES;
        if is_much {
            self.write_through(number)?;
        }
        Ok(())
    }

    /// Returns when the operating system has record `number`.
    pub(crate) fn write_through(&self, number: u64) -> Result<(), AuditUnavailable> {
        if self.written() > number {
            return Ok(());
        }
        let mut pen = self
            .pen
            .try_lock_for(self.hang_limit)
            .ok_or(AuditUnavailable)?;
        while self.written() <= number {
            self.write_queued(&mut pen)?;
        }
        Ok(())
    }

    /// Writes whatever is queued.
    pub(crate) fn flush(&self) -> Result<(), AuditUnavailable> {
        let mut pen = self
            .pen
            .try_lock_for(self.hang_limit)
            .ok_or(AuditUnavailable)?;
        loop {
            self.write_queued(&mut pen)?;
            if self.queue.lock().ends.is_empty() {
                return Ok(());
            }
        }
    }

    /// Whether records wait to be written.
    pub(crate) fn has_queued(&self) -> bool {
        !self.queue.lock().ends.is_empty() || self.has_failed.load(Ordering::Relaxed)
    }

    /// Whether the last write worked and nothing hangs.
    pub(crate) fn is_available(&self) -> bool {
        !self.has_failed.load(Ordering::Relaxed)
            && !self.is_overdue(&self.writing_since)
            && !self.is_overdue(&self.unsynced_since)
    }

    /// What to sync now. Its time begins here: records that are written from now on are not in it.
    pub(crate) fn unsynced(&self) -> Option<Unsynced> {
        let mut pen = self.pen.try_lock_for(self.hang_limit)?;
        let has_new_segment = !pen.left.is_empty();
        let mut sinks = std::mem::take(&mut pen.left);
        sinks.push(Arc::clone(&pen.sink));
        Some(Unsynced {
            records: self.written(),
            sinks,
            has_new_segment,
        })
    }

    /// Says that the first `records` records are on disk.
    pub(crate) fn synced(&self, records: u64) {
        let now = if records < self.written() {
            self.now()
        } else {
            0
        };
        self.unsynced_since.store(now, Ordering::Relaxed);
    }

    fn write_queued(&self, pen: &mut Pen) -> Result<(), AuditUnavailable> {
        if pen.batch.ends.is_empty() {
            let mut queue = self.queue.lock();
            let first = queue.first + queue.ends.len() as u64;
            std::mem::swap(&mut *queue, &mut pen.batch);
            queue.first = first;
        }
        self.writing_since.store(self.now(), Ordering::Relaxed);
        let outcome = self.write_batch(pen);
        self.writing_since.store(0, Ordering::Relaxed);
        self.has_failed.store(outcome.is_err(), Ordering::Relaxed);
        outcome.map_err(|error| {
            tracing::error!(%error, "the audit log cannot be written");
            // The torn record must not be taken for a whole one. If this fails too, the next write covers it.
            let _ = pen.sink.truncate(pen.offset);
            AuditUnavailable
        })
    }

    fn write_batch(&self, pen: &mut Pen) -> io::Result<()> {
        while !pen.batch.ends.is_empty() {
            let number = pen.batch.first;
            if pen.offset > 0 && number.is_multiple_of(SEGMENT_RECORDS) {
                let next = self
                    .sinks
                    .open(&segment_path(&self.directory, number))?
                    .into();
                pen.left.push(std::mem::replace(&mut pen.sink, next));
                pen.offset = 0;
            }
            let room = SEGMENT_RECORDS - number % SEGMENT_RECORDS;
            let count = usize::try_from(room)
                .unwrap_or(usize::MAX)
                .min(pen.batch.ends.len());
            let length_bytes = pen.batch.ends[count - 1];
            pen.sink
                .write_all_at(&pen.batch.bytes[..length_bytes], pen.offset)?;
            pen.offset += length_bytes as u64;
            pen.batch.remove_first(count);
            if self.unsynced_since.load(Ordering::Relaxed) == 0 {
                self.unsynced_since.store(self.now(), Ordering::Relaxed);
            }
            self.written.store(pen.batch.first, Ordering::SeqCst);
        }
        Ok(())
    }

    fn is_overdue(&self, since: &AtomicU64) -> bool {
        let since = since.load(Ordering::Relaxed);
        since != 0 && u128::from(self.now().saturating_sub(since)) > self.hang_limit.as_millis()
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1
    }
}

impl Batch {
    fn remove_first(&mut self, count: usize) {
        self.first += count as u64;
        if count == self.ends.len() {
            self.bytes.clear();
            self.ends.clear();
            return;
        }
        let cut = self.ends[count - 1];
        self.bytes.drain(..cut);
        self.ends.drain(..count);
        for end in &mut self.ends {
            *end -= cut;
        }
    }
}

/// Records that nobody waits for are written by their callers when so many bytes of them wait.
const WRITE_NOW_BYTES: usize = 64 << 10;

/// The most bytes of records that wait to be written. Nothing is admitted while the log fails, so only what was under way
/// then, and counts of refusals, come together here.
const QUEUE_BYTES_MAX: usize = 4 << 20;
