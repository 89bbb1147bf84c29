//! The recovery log: every commit since a snapshot, appended to one file, in a format that has nothing in common with
//! the database's. `docs/formats.md` has the layout.

use std::io;
use std::sync::Arc;

use super::frame::{self, FRAME_BYTES_MAX, FRAME_HEADER_BYTES, Frame, Header};
use super::io_error;
use crate::medium::{File, Medium};
use crate::{Error, Revision};

/// The name of the recovery log's file.
pub(crate) const LOG_FILE: &str = "recovery.log";
/// The name of the log that is to replace it.
const NEW_LOG_FILE: &str = "recovery.log.new";

/// How much is read from the file at once.
const CHUNK_BYTES: usize = 1 << 20;

/// A recovery log that is open for appending.
pub(crate) struct Log {
    file: Arc<dyn File>,
    header: Header,
    length_bytes: u64,
    /// About the length of a log of only what is not outdated.
    live_bytes: u64,
}

/// Why an append failed.
pub(crate) enum AppendError {
    /// Nothing of it is in the log.
    Refused(Error),
    /// Some or all of it may be in the log.
    Unknown(Error),
}

impl Log {
    /// Writes a log that begins with a snapshot. It is the log of the store once it is [installed](Self::install).
    ///
    /// `write_snapshot` gives each frame of the snapshot, which has `header.snapshot_records` records in all.
    pub(crate) fn write_new(
        medium: &dyn Medium,
        header: Header,
        write_snapshot: impl FnOnce(&mut dyn FnMut(&Frame) -> Result<(), Error>) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let file = medium
            .create(NEW_LOG_FILE)
            .map_err(io_error("create", LOG_FILE))?;
        let mut buffer = header.encode();
        let mut length_bytes = 0;
        let mut flush = |buffer: &mut Vec<u8>| -> Result<(), Error> {
            file.write_at(length_bytes, buffer)
                .map_err(io_error("write", LOG_FILE))?;
            length_bytes += buffer.len() as u64;
            buffer.clear();
            Ok(())
        };
        write_snapshot(&mut |frame| {
            frame.encode_into(&mut buffer);
            if buffer.len() >= CHUNK_BYTES {
                flush(&mut buffer)
            } else {
                Ok(())
            }
        })?;
        flush(&mut buffer)?;

        file.sync().map_err(io_error("sync", LOG_FILE))?;
        Ok(Self {
            file,
            header,
            length_bytes,
            live_bytes: length_bytes,
        })
    }

    /// Puts the log that was written last in place of whatever log is there. After an error either may be.
    pub(crate) fn install(medium: &dyn Medium) -> Result<(), Error> {
        medium
            .rename(NEW_LOG_FILE, LOG_FILE)
            .map_err(io_error("rename", LOG_FILE))?;
        medium
            .sync()
            .map_err(io_error("sync the directory of", LOG_FILE))
    }

    /// Opens the log and gives each of its frames to `visit`, in order. `None` if there is no log.
    ///
    /// What follows the last good frame is left where it is; [`cut`](Self::cut) removes it once the caller knows that it
    /// was never acknowledged.
    pub(crate) fn open(
        medium: &dyn Medium,
        visit: &mut dyn FnMut(Frame) -> Result<(), Error>,
    ) -> Result<Option<(Self, Tail)>, Error> {
        let Some(file) = medium.open(LOG_FILE).map_err(io_error("open", LOG_FILE))? else {
            return Ok(None);
        };
        let length_bytes = file.length_bytes().map_err(io_error("measure", LOG_FILE))?;
        let mut reader = Reader {
            file: &*file,
            length_bytes,
            offset: 0,
            buffer: Vec::new(),
            begin: 0,
        };
        let header = Header::decode(reader.peek(Header::BYTES)?)?;
        reader.advance(Header::BYTES);

        let mut newest = header.base;
        let mut snapshot_records = 0;
        let tail = loop {
            match reader.frame()? {
                Next::Frame(frame) => {
                    match frame.kind {
                        frame::Kind::Snapshot => snapshot_records += frame.records.len() as u64,
                        frame::Kind::Commit => {
                            if frame.revision.0 != newest.0 + 1 {
                                return Err(damaged(format!(
                                    "commit {} follows {}",
                                    frame.revision.0, newest.0
                                )));
                            }
                            newest = frame.revision;
                        }
                    }
                    visit(frame)?;
                }
                Next::End => {
                    break Tail {
                        newest,
                        torn_bytes: 0,
                    };
                }
                Next::Torn => {
                    break Tail {
                        newest,
                        torn_bytes: length_bytes - reader.offset(),
                    };
                }
            }
        };
        if snapshot_records != header.snapshot_records {
            return Err(damaged(format!(
                "it begins with {snapshot_records} of {} records",
                header.snapshot_records
            )));
        }
        let log = Self {
            file,
            header,
            length_bytes: length_bytes - tail.torn_bytes,
            live_bytes: 0,
        };
        Ok(Some((log, tail)))
    }

    /// True if a whole frame is found somewhere after the last good one: then the log is not torn at its end, as a
    /// crash would leave it, but damaged in its middle.
    pub(crate) fn has_frames_after_damage(&self, tail: &Tail) -> Result<bool, Error> {
        let mut rest = vec![
            0;
            usize::try_from(tail.torn_bytes)
                .map_err(|_| damaged("it is too long".to_owned()))?
        ];
        self.file
            .read_at(self.length_bytes, &mut rest)
            .map_err(io_error("read", LOG_FILE))?;
        Ok((1..rest.len()).any(|start| frame::decode(&rest[start..]).is_some()))
    }

    /// Removes what follows the last good frame.
    pub(crate) fn cut(&self) -> Result<(), Error> {
        self.file
            .set_len(self.length_bytes)
            .map_err(io_error("shorten", LOG_FILE))?;
        self.file.sync().map_err(io_error("sync", LOG_FILE))
    }

    /// Appends encoded frames and makes them durable.
    pub(crate) fn append(&mut self, frames: &[u8]) -> Result<(), AppendError> {
        if let Err(error) = self.file.write_at(self.length_bytes, frames) {
            let error = io_error("write", LOG_FILE)(error);
            // A later power cut must not bring back what is refused now, so removing it has to be durable as well.
            return Err(match self.cut() {
                Ok(()) => AppendError::Refused(error),
                Err(_) => AppendError::Unknown(error),
            });
        }
        // After a failed sync nothing is known of the pages, and another sync would not tell.
        self.file
            .sync()
            .map_err(|error| AppendError::Unknown(io_error("sync", LOG_FILE)(error)))?;
        self.length_bytes += frames.len() as u64;
        Ok(())
    }

    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    pub(crate) fn length_bytes(&self) -> u64 {
        self.length_bytes
    }

    /// True if a snapshot would make the log much shorter: by `slack_bytes`, and to a third.
    pub(crate) fn wants_compaction(&self, slack_bytes: u64) -> bool {
        self.length_bytes
            > self
                .live_bytes
                .saturating_mul(3)
                .saturating_add(slack_bytes)
    }

    /// Says how much of it is not outdated.
    pub(crate) fn set_live_bytes(&mut self, live_bytes: u64) {
        self.live_bytes = live_bytes;
    }
}

/// How a log ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tail {
    /// The newest commit in it.
    pub(crate) newest: Revision,
    /// Bytes after the last good frame.
    pub(crate) torn_bytes: u64,
}

enum Next {
    Frame(Frame),
    End,
    Torn,
}

/// Reads the file from front to back in large pieces.
struct Reader<'a> {
    file: &'a dyn File,
    length_bytes: u64,
    /// Where `buffer[begin..]` begins in the file.
    offset: u64,
    buffer: Vec<u8>,
    begin: usize,
}

impl Reader<'_> {
    fn offset(&self) -> u64 {
        self.offset
    }

    /// The next `length_bytes` bytes, or fewer at the end of the file.
    fn peek(&mut self, length_bytes: usize) -> Result<&[u8], Error> {
        let buffered = self.buffer.len() - self.begin;
        if buffered < length_bytes {
            let rest = self.length_bytes - self.offset - buffered as u64;
            let more = rest.min(CHUNK_BYTES.max(length_bytes) as u64);
            let more = usize::try_from(more).expect("at most a chunk");
            self.buffer.drain(..self.begin);
            self.begin = 0;
            self.buffer.resize(buffered + more, 0);
            self.file
                .read_at(self.offset + buffered as u64, &mut self.buffer[buffered..])
                .map_err(|error| match error.kind() {
                    io::ErrorKind::UnexpectedEof => {
                        damaged("it became shorter while it was read".to_owned())
                    }
                    _ => io_error("read", LOG_FILE)(error),
                })?;
        }
        let available = length_bytes.min(self.buffer.len() - self.begin);
        Ok(&self.buffer[self.begin..self.begin + available])
    }

    fn advance(&mut self, length_bytes: usize) {
        self.begin += length_bytes;
        self.offset += length_bytes as u64;
    }

    fn frame(&mut self) -> Result<Next, Error> {
        let header = self.peek(FRAME_HEADER_BYTES)?;
        if header.is_empty() {
            return Ok(Next::End);
        }
        let Some(length_bytes) =
            frame::length_bytes(header).filter(|length| *length <= FRAME_BYTES_MAX)
        else {
            return Ok(Next::Torn);
        };
        match frame::decode(self.peek(length_bytes)?) {
            Some(frame) => {
                self.advance(length_bytes);
                Ok(Next::Frame(frame))
            }
            None => Ok(Next::Torn),
        }
    }
}

/// The recovery log is not as it was written.
pub(crate) fn damaged(what: String) -> Error {
    Error::Damaged {
        file: LOG_FILE,
        what,
    }
}
