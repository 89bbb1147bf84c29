//! The log while the daemon runs.

use std::fmt;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use hsmd_identity::Clock;
use parking_lot::{Mutex, RwLock};

use crate::actions::Row;
use crate::audit::checkpoint::{VERIFIER_KEY, read_if_there, verify};
use crate::audit::keeper::{self, Keeper, Signing};
use crate::audit::record::{Json, push_time};
use crate::audit::recovery::{OpenError, check_witness, io_error, recover};
use crate::audit::refusals::{Kind, Refusals};
use crate::audit::segments::Cursor;
use crate::audit::sink::{Files, Sinks};
use crate::audit::tiles::replace_file;
use crate::audit::writer::Writer;
use crate::audit::{AuditUnavailable, SigningKey};
use crate::event::{Event, EventId, EventIds, Outcome, Phase, Requester};
use crate::needs::Request;

/// Where the log is and how it behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its directory, made if there is none.
    pub directory: PathBuf,
    /// The log's name in checkpoints, as `hsmd.example/eu-1`: no spaces, no plus sign.
    pub origin: String,
    /// Every use is on disk before its reply, not only every change (`audit.sync = "every-use"`).
    pub sync_every_use: bool,
    /// How long a write or sync may take until the log counts as unavailable: [`HANG_LIMIT`].
    pub hang_limit: Duration,
    /// Where a copy of each checkpoint is kept, best on another disk: what remembers the newest checkpoint when store and log
    /// are both put back to an older state.
    pub witness: Option<PathBuf>,
}

/// How long a write or sync may take until nothing is admitted any more.
pub const HANG_LIMIT: Duration = Duration::from_secs(2);

/// Some records, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The records, without their newlines.
    pub records: Vec<Vec<u8>>,
    /// The number of the record after the last of these.
    pub next: u64,
}

/// The log while the daemon runs. Callers write to it themselves; a thread of its own syncs, hashes and signs.
pub struct Log {
    core: Arc<Core>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Where the last page ended, so that reading on costs nothing.
    reading: Mutex<Option<Cursor>>,
    event_ids: EventIds,
    _lock: File,
}

/// What callers and the log's thread share.
pub(crate) struct Core {
    pub(crate) settings: Settings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) writer: Writer,
    pub(crate) keeper: Keeper,
    pub(crate) signing: Mutex<Signing>,
    pub(crate) checkpoint: RwLock<Option<Vec<u8>>>,
    pub(crate) cannot_sign: AtomicBool,
    /// The store's head as far as it is known here.
    pub(crate) store_head: AtomicU64,
    pub(crate) refusals: Mutex<Refusals>,
}

impl Log {
    /// Opens the log and mends what a crash left: a torn last line is cut and noted, records after the last checkpoint are
    /// hashed again. Until [`Log::unseal`] gives it a key, it records, but signs no checkpoints.
    ///
    /// # Errors
    ///
    /// [`OpenError`] says which file cannot be used, or that the records are not those of the last checkpoint.
    pub fn open(settings: Settings, clock: Arc<dyn Clock>) -> Result<Arc<Self>, OpenError> {
        Self::open_with(settings, clock, Box::new(Files))
    }

    pub(crate) fn open_with(
        settings: Settings,
        clock: Arc<dyn Clock>,
        sinks: Box<dyn Sinks>,
    ) -> Result<Arc<Self>, OpenError> {
        let directory = settings.directory.clone();
        let found = recover(&directory)?;
        let writer = Writer::open(
            directory.clone(),
            sinks,
            settings.hang_limit,
            found.records,
            found.offset,
        )
        .map_err(io_error("open the records in", &directory))?;
        let (note, signed) = match found.checkpoint {
            Some((note, checkpoint)) => (Some(note), Some(checkpoint)),
            None => (None, None),
        };
        let (signed, store_head) = signed.map_or((0, 0), |one| (one.size, one.store_head));
        let core = Arc::new(Core {
            settings,
            clock,
            writer,
            keeper: Keeper::new(found.records, signed),
            signing: Mutex::new(Signing {
                tree: found.tree,
                key: None,
                last: Instant::now(),
                store_head,
            }),
            checkpoint: RwLock::new(note),
            cannot_sign: AtomicBool::new(false),
            store_head: AtomicU64::new(store_head),
            refusals: Mutex::default(),
        });
        if found.cut_bytes > 0 {
            core.note_recovery(found.cut_bytes);
        }
        let shared = Arc::clone(&core);
        let thread = std::thread::Builder::new()
            .name("audit log".to_owned())
            .spawn(move || keeper::run(&shared))
            .map_err(OpenError::Thread)?;
        Ok(Arc::new(Self {
            core,
            thread: Mutex::new(Some(thread)),
            reading: Mutex::default(),
            event_ids: EventIds::new(),
            _lock: found.lock,
        }))
    }

    /// Gives the log its key, when the daemon is unsealed, and writes the file `verifier-key` beside the log.
    ///
    /// # Errors
    ///
    /// [`OpenError::AnotherKey`] if the last checkpoint was not signed with it; [`OpenError::OlderThanWitness`];
    /// [`OpenError::Origin`]; [`OpenError::Io`].
    pub fn unseal(&self, key: SigningKey) -> Result<(), OpenError> {
        let settings = &self.core.settings;
        if !signed_note::is_key_name_valid(&settings.origin) {
            return Err(OpenError::Origin(settings.origin.clone()));
        }
        let verifier_key = key.verifier_key(&settings.origin);
        let checkpoint = self.core.checkpoint.read().clone();
        if checkpoint.is_some_and(|note| verify(&note, &verifier_key).is_none()) {
            return Err(OpenError::AnotherKey);
        }
        if let Some(witness) = &settings.witness {
            let head = check_witness(&settings.directory, witness, &verifier_key)?;
            self.core.store_head.fetch_max(head, Ordering::SeqCst);
        }
        let path = settings.directory.join(VERIFIER_KEY);
        let line = format!("{verifier_key}\n");
        let present = read_if_there(&path).map_err(io_error("read", &path))?;
        if present.as_deref() != Some(line.as_bytes()) {
            replace_file(&path, line.as_bytes()).map_err(io_error("write", &path))?;
        }
        self.core.signing.lock().key = Some(key);
        self.core.keeper.ring();
        Ok(())
    }

    /// The store's head as the latest checkpoint has it, here or with the witness: a store whose own head is older was put
    /// back. To be asked after [`Log::unseal`], which checks the signatures.
    #[must_use]
    pub fn store_head(&self) -> u64 {
        self.core.store_head.load(Ordering::SeqCst)
    }

    /// Says how far the store is, for checkpoints from now on. It must be durable in the store before this is called.
    pub fn note_store_head(&self, head: u64) {
        self.core.store_head.store(head, Ordering::SeqCst);
        self.core.keeper.ring();
    }

    /// Signs a last checkpoint and takes the key away, when the daemon is sealed.
    pub fn seal(&self) {
        self.sign_now();
        self.core.signing.lock().key = None;
    }

    /// Writes, syncs and signs everything now, and returns when that is done.
    pub fn sign_now(&self) {
        self.core.write_refusals();
        if self.core.writer.flush().is_err() {
            tracing::error!("the audit log cannot be written");
        }
        keeper::sync(&self.core);
        while keeper::sign_if_due(&self.core, true) {}
    }

    /// How many records there are.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.core.writer.written()
    }

    /// Whether records can be written now, and checkpoints signed over them.
    #[must_use]
    pub fn is_available(&self) -> bool {
        self.core.is_available()
    }

    /// Up to `limit` records from number `after` on. Fewer, or none, if there are no more.
    ///
    /// # Errors
    ///
    /// Those of reading the files.
    pub fn read(&self, after: u64, limit: usize) -> std::io::Result<Page> {
        let end = self.records().min(after.saturating_add(limit as u64));
        let mut records = Vec::new();
        if after >= end {
            return Ok(Page {
                records,
                next: after,
            });
        }
        let kept = self
            .reading
            .lock()
            .take()
            .filter(|cursor| cursor.next() == after);
        let mut cursor = match kept {
            Some(cursor) => cursor,
            None => Cursor::at(&self.core.settings.directory, after)?,
        };
        let mut bytes = 0;
        while cursor.next() < end && bytes < PAGE_BYTES_MAX {
            let mut line = Vec::new();
            if !cursor.read(&mut line)? {
                break;
            }
            bytes += line.len();
            records.push(line);
        }
        let next = cursor.next();
        *self.reading.lock() = Some(cursor);
        Ok(Page { records, next })
    }

    /// Returns when there is a record with number `after`.
    pub async fn wait_for(&self, after: u64) {
        let mut synced = self.core.keeper.synced.subscribe();
        // The sender lives as long as this log, so it cannot be gone.
        let _ = synced.wait_for(|records| *records > after).await;
    }

    /// The latest checkpoint, if one was signed.
    #[must_use]
    pub fn checkpoint(&self) -> Option<Vec<u8>> {
        self.core.checkpoint.read().clone()
    }

    /// Writes, syncs and signs everything, and ends the log's thread. Called on drop too.
    pub fn close(&self) {
        let thread = self.thread.lock().take();
        if let Some(thread) = thread {
            self.core.keeper.end();
            if thread.join().is_err() {
                tracing::error!("the audit log's thread has failed");
            }
        }
    }

    /// Records something that happened outside the gate, as while the daemon was sealed, and returns when the record is
    /// on disk.
    ///
    /// # Errors
    ///
    /// [`AuditUnavailable`].
    pub async fn record_outcome(
        &self,
        requester: Requester<'_>,
        action: &'static Row,
        outcome: Outcome<'_>,
    ) -> Result<(), AuditUnavailable> {
        let line = self.event(requester, action, None, outcome).to_line();
        self.record_durably(&line).await
    }

    /// Records a refusal; when there are very many of a kind, their number.
    pub(crate) fn record_refusal(
        &self,
        requester: Requester<'_>,
        action: &'static Row,
        request: Option<&Request>,
        code: &'static str,
        message: Option<&str>,
    ) {
        let principal = match requester {
            Requester::Caller(caller) => caller.principal_name().to_owned(),
            Requester::Peer(peer) => peer.to_string(),
            Requester::Address(address) => address.ip().to_string(),
            Requester::Daemon | Requester::Service(_) => String::new(),
        };
        let outcome = message.map_or(Outcome::Failed(code), |message| Outcome::FailedBecause {
            code,
            message,
        });
        let line = self.event(requester, action, request, outcome).to_line();
        let kind = Kind {
            principal,
            action: action.name,
            code,
        };
        let is_alone = self
            .core
            .refusals
            .lock()
            .is_recorded_alone(kind, &line, Instant::now());
        if is_alone && self.record(&line).is_err() {
            tracing::error!("the record of a refusal is not written yet");
        }
    }

    /// Records a refusal that the gate did not see, as of a handshake that failed or a request while the daemon is sealed.
    /// `code` is what `errorCode` says.
    pub fn refuse(&self, requester: Requester<'_>, action: &'static Row, code: &'static str) {
        self.record_refusal(requester, action, None, code, None);
    }

    pub(crate) fn next_event_id(&self) -> EventId {
        self.event_ids.next()
    }

    pub(crate) fn syncs_every_use(&self) -> bool {
        self.core.settings.sync_every_use
    }

    /// Queues a record, which is written within a beat, or sooner when there are many. Gives its number.
    pub(crate) fn queue(&self, line: &str) -> Result<u64, AuditUnavailable> {
        let queued = self.core.writer.queue(line.as_bytes());
        queued.inspect_err(|_| self.core.keeper.ring())
    }

    /// Leaves record `number` to whoever writes next.
    pub(crate) fn leave(&self, number: u64) -> Result<(), AuditUnavailable> {
        self.core.writer.write_if_many(number)?;
        self.core.keeper.notice(number + 1);
        Ok(())
    }

    /// Returns when the operating system has record `number`. If it does not take it, the log's thread tries again at every
    /// beat until it does.
    pub(crate) fn hand_over(&self, number: u64) -> Result<(), AuditUnavailable> {
        let written = self.core.writer.write_through(number);
        match written {
            Ok(()) => self.core.keeper.notice(number + 1),
            Err(_) => self.core.keeper.ring(),
        }
        written
    }

    /// As [`hand_over`](Self::hand_over), for tasks that share threads: those that are ready too come first, and their
    /// records go out in the same write.
    pub(crate) async fn hand_over_together(&self, number: u64) -> Result<(), AuditUnavailable> {
        tokio::task::yield_now().await;
        self.hand_over(number)
    }

    /// Returns when record `number` is on disk.
    pub(crate) async fn sync(&self, number: u64) -> Result<(), AuditUnavailable> {
        self.hand_over(number)?;
        let mut synced = self.core.keeper.synced.subscribe();
        self.core.keeper.ring();
        let waiting = synced.wait_for(|records| *records > number);
        match tokio::time::timeout(self.core.settings.hang_limit, waiting).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(AuditUnavailable),
        }
    }

    /// Writes a record, and returns when the operating system has it.
    pub(crate) fn record(&self, line: &str) -> Result<(), AuditUnavailable> {
        let number = self.queue(line)?;
        self.hand_over(number)
    }

    /// Writes a record, and returns when it is on disk.
    pub(crate) async fn record_durably(&self, line: &str) -> Result<(), AuditUnavailable> {
        let number = self.queue(line)?;
        self.sync(number).await
    }

    fn event<'a>(
        &self,
        requester: Requester<'a>,
        action: &'static Row,
        request: Option<&'a Request>,
        outcome: Outcome<'a>,
    ) -> Event<'a> {
        Event {
            id: self.event_ids.next(),
            time: self.core.clock.since_epoch(),
            action,
            requester,
            request,
            phase: Phase::Outcome,
            outcome,
            shared_id: None,
        }
    }
}

impl Core {
    pub(crate) fn is_available(&self) -> bool {
        self.writer.is_available()
            && !self.keeper.is_broken.load(Ordering::Relaxed)
            && !self.cannot_sign.load(Ordering::Relaxed)
    }

    /// Whether the log's thread has something to do soon.
    pub(crate) fn has_news(&self) -> bool {
        let written = self.writer.written();
        written != *self.keeper.synced.borrow()
            || self.writer.has_queued()
            || self.refusals.lock().has_counted()
            || (written != self.keeper.signed.load(Ordering::Relaxed)
                && self.signing.lock().key.is_some())
    }

    /// Writes the counts of refusals that were too many to be recorded one by one.
    pub(crate) fn write_refusals(&self) {
        let counted = self.refusals.lock().take_counted(Instant::now());
        for record in counted {
            if self.writer.queue(record.as_bytes()).is_err() {
                tracing::error!("the audit log has no room for the count of refusals");
            }
        }
    }

    fn note_recovery(&self, cut_bytes: u64) {
        let mut line = String::new();
        let mut json = Json::begin(&mut line);
        json.name("eventVersion", "1");
        json.with("eventTime", |line| {
            line.push('"');
            push_time(line, self.clock.since_epoch());
            line.push('"');
        });
        json.name("eventSource", "hsmd");
        json.name("eventName", "AuditLogMended");
        json.object("requestParameters", |parameters| {
            parameters.number("cutBytes", cut_bytes);
        });
        json.end();
        if self.writer.queue(line.as_bytes()).is_err() {
            tracing::error!("the audit log has no room for the note on its mending");
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log")
            .field("directory", &self.core.settings.directory)
            .field("records", &self.records())
            .finish_non_exhaustive()
    }
}

/// The most bytes of records on one page, and one record more.
const PAGE_BYTES_MAX: usize = 4 << 20;
