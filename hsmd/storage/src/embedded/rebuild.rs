//! Making the database anew from the recovery log alone: for when the database is lost or damaged.

use super::database::{DATABASE_FILE, Database};
use super::files::{Files, set_aside};
use super::frame::Kind;
use super::io_error;
use super::log::{self, LOG_FILE, Log};
use crate::medium::Medium;
use crate::{Error, Revision};

/// Frames that are made in one transaction of the database.
const FRAMES_PER_TRANSACTION: usize = 1024;

/// What [`Embedded::rebuild_from_log`](super::Embedded::rebuild_from_log) made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebuilt {
    /// Records in the new database.
    pub records: u64,
    /// The newest commit.
    pub revision: Revision,
}

pub(super) fn from_log(medium: &dyn Medium) -> Result<Rebuilt, Error> {
    let mut frames = Vec::new();
    let opened = Log::open(medium, &mut |frame| {
        frames.push(frame);
        Ok(())
    })?;
    let (log, tail) = opened.ok_or(Error::Missing(LOG_FILE))?;
    if tail.torn_bytes > 0 {
        if log.has_frames_after_damage(&tail)? {
            let what = format!("commits follow the damage at byte {}", log.length_bytes());
            return Err(log::damaged(what));
        }
        log.cut()?;
    }
    let base = log.header().base;
    let store = log.header().store;
    drop(log);

    if medium
        .open(DATABASE_FILE)
        .map_err(io_error("open", DATABASE_FILE))?
        .is_some()
    {
        set_aside(medium)?;
    }
    let file = medium
        .create(DATABASE_FILE)
        .map_err(io_error("create", DATABASE_FILE))?;
    medium
        .sync()
        .map_err(io_error("sync the directory of", DATABASE_FILE))?;
    let database = Database::create(file, store)?;
    for frames in frames.chunks(FRAMES_PER_TRANSACTION) {
        let mut batch = database.begin()?;
        for frame in frames {
            match frame.kind {
                Kind::Snapshot => batch.apply_snapshot(base, &frame.records)?,
                Kind::Commit => batch.apply(frame.transaction, frame.revision, &frame.records)?,
            }
        }
        batch.commit()?;
    }
    drop(database);

    // Opening compares the two, record by record.
    let files = Files::open(medium)?;
    let mut records = 0;
    files.database.for_each(&mut |_, _, _| {
        records += 1;
        Ok(())
    })?;
    Ok(Rebuilt {
        records,
        revision: files.database.head()?,
    })
}
