//! The log's own thread: it syncs what was written, hashes it, and signs checkpoints.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use tokio::sync::watch;

use crate::audit::checkpoint::{self, CHECKPOINT, Checkpoint, SigningKey};
use crate::audit::log::Core;
use crate::audit::segments::RECORDS;
use crate::audit::tiles::{GrowingTree, replace_file};
use crate::audit::tree::TILE_HASHES;

/// How the log's thread is told of work, and tells of it done.
pub(crate) struct Keeper {
    work: Mutex<Work>,
    bell: Condvar,
    rest: AtomicU8,
    /// Records that are on disk.
    pub(crate) synced: watch::Sender<u64>,
    /// Records that the latest checkpoint covers.
    pub(crate) signed: AtomicU64,
    /// A sync failed: what is on disk is not known until the log is opened again.
    pub(crate) is_broken: AtomicBool,
}

#[derive(Default)]
struct Work {
    is_urgent: bool,
    is_ending: bool,
}

/// What only the log's thread touches, or whoever opens and closes the log.
pub(crate) struct Signing {
    pub(crate) tree: GrowingTree,
    pub(crate) key: Option<SigningKey>,
    pub(crate) last: Instant,
    /// The store's head in the latest checkpoint.
    pub(crate) store_head: u64,
}

impl Keeper {
    pub(crate) fn new(records: u64, signed: u64) -> Self {
        Self {
            work: Mutex::default(),
            bell: Condvar::new(),
            rest: AtomicU8::new(AWAKE),
            synced: watch::channel(records).0,
            signed: AtomicU64::new(signed),
            is_broken: AtomicBool::new(false),
        }
    }

    /// Says that there are `records` now. Cheap unless the thread sleeps.
    pub(crate) fn notice(&self, records: u64) {
        let rest = self.rest.load(Ordering::SeqCst);
        let is_many =
            records.saturating_sub(self.signed.load(Ordering::Relaxed)) >= CHECKPOINT_RECORDS;
        if rest == ASLEEP || (rest == DOZING && is_many) {
            self.ring();
        }
    }

    /// Has everything synced and signed now rather than at the next beat.
    pub(crate) fn ring(&self) {
        self.work.lock().is_urgent = true;
        self.bell.notify_one();
    }

    /// Ends the thread when it has synced and signed everything.
    pub(crate) fn end(&self) {
        self.work.lock().is_ending = true;
        self.bell.notify_one();
    }

    /// Waits for work: until the bell rings, a beat at most while something waits. True if the thread is to end.
    fn wait(&self, core: &Core) -> bool {
        let mut work = self.work.lock();
        if !work.is_urgent && !work.is_ending {
            // Announced before looking: a record written after the look finds the thread asleep and rings.
            self.rest.store(ASLEEP, Ordering::SeqCst);
            let is_idle = !core.has_news();
            let (rest, limit) = if is_idle {
                (ASLEEP, IDLE)
            } else {
                (DOZING, BEAT)
            };
            self.rest.store(rest, Ordering::SeqCst);
            self.bell.wait_for(&mut work, limit);
            self.rest.store(AWAKE, Ordering::SeqCst);
        }
        work.is_urgent = false;
        work.is_ending
    }
}

/// The thread.
pub(crate) fn run(core: &Core) {
    loop {
        let is_ending = core.keeper.wait(core);
        core.write_refusals();
        let is_written = core.writer.flush().is_ok();
        sync(core);
        let lags = sign_if_due(core, is_ending);
        if lags {
            core.keeper.ring();
        }
        if is_ending {
            while sign_if_due(core, true) {}
            if !is_written {
                tracing::error!("the audit log ends with records that could not be written");
            }
            return;
        }
    }
}

/// Syncs what was written. One sync serves everyone who waits.
pub(crate) fn sync(core: &Core) {
    let Some(unsynced) = core.writer.unsynced() else {
        return;
    };
    if unsynced.records == *core.keeper.synced.borrow()
        || core.keeper.is_broken.load(Ordering::Relaxed)
    {
        return;
    }
    let mut outcome = unsynced.sinks.iter().try_for_each(|sink| sink.sync());
    if outcome.is_ok() && unsynced.has_new_segment {
        outcome = std::fs::File::open(core.settings.directory.join(RECORDS))
            .and_then(|directory| directory.sync_all());
    }
    match outcome {
        Ok(()) => {
            core.writer.synced(unsynced.records);
            core.keeper.synced.send_replace(unsynced.records);
        }
        Err(error) => {
            // After a failed sync the kernel may call lost pages clean, so a later success would prove nothing.
            tracing::error!(%error, "the audit log cannot be synced; it is unavailable until the daemon starts again");
            core.keeper.is_broken.store(true, Ordering::Relaxed);
        }
    }
}

/// Signs a checkpoint over what is on disk, if there is news and it is time. True if there is more to sign: hashing goes
/// on in steps, so that it never keeps records from being synced.
pub(crate) fn sign_if_due(core: &Core, is_urgent: bool) -> bool {
    let synced = *core.keeper.synced.borrow();
    let signed = core.keeper.signed.load(Ordering::Relaxed);
    let mut signing = core.signing.lock();
    let are_many = synced - signed >= CHECKPOINT_RECORDS;
    let is_due = is_urgent || are_many || signing.last.elapsed() >= CHECKPOINT_INTERVAL;
    let is_old_news =
        synced == signed && signing.store_head == core.store_head.load(Ordering::SeqCst);
    if is_old_news || !is_due || signing.key.is_none() {
        return false;
    }
    let reach = synced.min(signing.tree.size().max(signed) + STEP_RECORDS);
    // While many come, the next checkpoint is near: it takes those that fill no tile yet, for a file of a tile that is not
    // full costs more than all else that a checkpoint takes.
    let size = if are_many && !is_urgent {
        (reach - reach % TILE_HASHES as u64).max(signing.tree.size())
    } else {
        reach
    };
    match sign(core, &mut signing, size) {
        Ok(note) => {
            signing.last = Instant::now();
            core.keeper.signed.store(size, Ordering::Relaxed);
            *core.checkpoint.write() = Some(note);
            core.cannot_sign.store(false, Ordering::Relaxed);
            reach < synced
        }
        Err(error) => {
            tracing::error!(%error, "the audit log cannot sign a checkpoint");
            core.cannot_sign.store(true, Ordering::Relaxed);
            false
        }
    }
}

fn sign(core: &Core, signing: &mut Signing, size: u64) -> std::io::Result<Vec<u8>> {
    let Signing {
        tree,
        key: Some(key),
        ..
    } = signing
    else {
        return Err(std::io::ErrorKind::NotFound.into());
    };
    tree.grow(size)?;
    tree.write_partial_tiles()?;
    let now = core.clock.since_epoch();
    let checkpoint = Checkpoint {
        size,
        root: tree.root(),
        store_head: core.store_head.load(Ordering::SeqCst),
    };
    let note = checkpoint::sign(key, &core.settings.origin, &checkpoint, now)
        .map_err(std::io::Error::other)?;
    replace_file(&core.settings.directory.join(CHECKPOINT), &note)?;
    signing.store_head = checkpoint.store_head;
    if let Some(witness) = &core.settings.witness
        && let Err(error) = replace_file(witness, &note)
    {
        tracing::error!(%error, "the audit log's witness file cannot be written");
    }
    Ok(note)
}

/// Uses of keys are on disk at most this long after their reply, and the sync itself.
const BEAT: Duration = Duration::from_millis(50);

/// How long the thread sleeps when there is nothing to do. The bell wakes it; this is for a bell that was never rung.
const IDLE: Duration = Duration::from_secs(10);

/// A checkpoint is signed after at most this many records.
const CHECKPOINT_RECORDS: u64 = 1_024;

/// How many records are hashed between two syncs: 4 to 20 ms of work.
const STEP_RECORDS: u64 = 8_192;

/// A checkpoint is signed at most this long after the last, while there is news: 1 s, with room for a beat and a sync.
const CHECKPOINT_INTERVAL: Duration = Duration::from_millis(800);

const AWAKE: u8 = 0;
const DOZING: u8 = 1;
const ASLEEP: u8 = 2;
