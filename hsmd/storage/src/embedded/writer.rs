//! The writer: commits whatever waits as one group.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::{mpsc, oneshot};

use super::Shared;
use super::files::CompactError;
use super::files::Files;
use super::frame::{self, Kind};
use super::log::AppendError;
use crate::{Error, Key, Outcome, Revision, Transaction, TransactionId};

/// The most transactions and the most bytes in one group, so that the first of many does not wait for all.
const GROUP_TRANSACTIONS_MAX: usize = 256;
const GROUP_BYTES_MAX: usize = 8 << 20;

/// A transaction, checked, and where its outcome goes.
pub(super) struct Request {
    pub(super) transaction: Transaction,
    pub(super) reply: oneshot::Sender<Result<Outcome, Error>>,
}

pub(super) struct Writer {
    shared: Arc<Shared>,
    requests: mpsc::Receiver<Request>,
}

/// What the files say to a group.
enum Group {
    /// Each transaction has its outcome; `accepted` are durable.
    Done {
        outcomes: Vec<Outcome>,
        accepted: Vec<Accepted>,
    },
    /// Nothing was written, and the files are as good as before.
    Refused(Error),
    /// Nothing was written, and the files must be opened again.
    Failed(Error),
    /// Those that could have been accepted may have been written. The files must be opened again.
    Unknown(Error),
}

struct Accepted {
    id: TransactionId,
    revision: Revision,
    keys: Vec<Key>,
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>, requests: mpsc::Receiver<Request>) -> Self {
        Self { shared, requests }
    }

    /// Commits until nobody can send any more.
    pub(super) fn run(mut self) {
        while let Some(first) = self.requests.blocking_recv() {
            let group = self.gather(first);
            self.commit(group);
        }
    }

    /// `first` and what waits behind it.
    fn gather(&mut self, first: Request) -> Vec<Request> {
        let mut size_bytes = first.transaction.size_bytes();
        let mut group = vec![first];
        while group.len() < GROUP_TRANSACTIONS_MAX && size_bytes < GROUP_BYTES_MAX {
            let Ok(next) = self.requests.try_recv() else {
                break;
            };
            size_bytes += next.transaction.size_bytes();
            group.push(next);
        }
        group
    }

    fn commit(&self, group: Vec<Request>) {
        let written = match self.shared.reopen() {
            Ok(()) => self.write(&group),
            Err(error) => Group::Refused(error),
        };
        match written {
            Group::Done { outcomes, accepted } => {
                self.shared.groups.fetch_add(1, Ordering::Relaxed);
                self.shared
                    .commits
                    .fetch_add(accepted.len() as u64, Ordering::Relaxed);
                let mut recent = self.shared.recent.lock();
                for commit in accepted {
                    recent.add(commit.id, commit.revision, commit.keys);
                }
                drop(recent);
                for (request, outcome) in group.into_iter().zip(outcomes) {
                    answer(request.reply, Ok(outcome));
                }
            }
            Group::Refused(error) | Group::Failed(error) => {
                tracing::error!(%error, "the store refused a write");
                let mut error = Some(error);
                for request in group {
                    // Errors of the operating system cannot be copied: the first caller gets it, the others its kind.
                    let copy = match &error {
                        Some(Error::Full) => Error::Full,
                        _ => error.take().unwrap_or(Error::Unavailable),
                    };
                    answer(request.reply, Err(copy));
                }
            }
            Group::Unknown(error) => {
                tracing::error!(%error, "the store failed in the middle of a write");
                for request in group {
                    let id = request.transaction.id;
                    answer(request.reply, Ok(Outcome::Unknown(id)));
                }
            }
        }
    }

    /// Writes a group. Readers see the state before or after it, never one in between, and do not wait for it.
    fn write(&self, group: &[Request]) -> Group {
        let guard = self.shared.files.read();
        let Some(files) = &*guard else {
            return Group::Refused(Error::Unavailable);
        };
        let written = write_group(files, group);
        if matches!(written, Group::Failed(_) | Group::Unknown(_)) {
            // redb refuses everything after a failure, and only reading tells what the log holds.
            drop(guard);
            *self.shared.files.write() = None;
            return written;
        }
        let wants_compaction = files
            .log
            .lock()
            .wants_compaction(self.shared.log_slack_bytes);
        if wants_compaction {
            match files.compact(&*self.shared.medium) {
                Ok(()) => {}
                Err(CompactError::Unchanged(error)) => {
                    tracing::error!(%error, "the recovery log cannot be made shorter");
                    let mut log = files.log.lock();
                    let length_bytes = log.length_bytes();
                    log.set_live_bytes(length_bytes);
                }
                Err(CompactError::Unknown(error)) => {
                    tracing::error!(%error, "the recovery log cannot be replaced");
                    drop(guard);
                    *self.shared.files.write() = None;
                }
            }
        }
        written
    }
}

fn write_group(files: &Files, group: &[Request]) -> Group {
    let mut batch = match files.database.begin() {
        Ok(batch) => batch,
        Err(error) => return Group::Failed(error),
    };
    let mut outcomes = Vec::with_capacity(group.len());
    let mut accepted = Vec::with_capacity(group.len());
    let mut frames = Vec::new();
    for Request { transaction, .. } in group {
        match batch.conflict(&transaction.expect) {
            Ok(None) => {}
            Ok(Some(key)) => {
                outcomes.push(Outcome::Conflict(key));
                continue;
            }
            Err(error) => return Group::Failed(error),
        }
        let revision = Revision(batch.head().0 + 1);
        if let Err(error) = batch.apply(transaction.id, revision, &transaction.write) {
            return Group::Failed(error);
        }
        frame::encode_into(
            &mut frames,
            Kind::Commit,
            revision,
            transaction.id,
            &transaction.write,
        );
        outcomes.push(Outcome::Committed(revision));
        let keys = transaction
            .write
            .iter()
            .map(|write| write.key.clone())
            .collect();
        accepted.push(Accepted {
            id: transaction.id,
            revision,
            keys,
        });
    }
    if accepted.is_empty() {
        return Group::Done { outcomes, accepted };
    }
    // The log comes first: after a crash it has all that the database has, and what it has more is made there.
    match files.log.lock().append(&frames) {
        Ok(()) => {}
        Err(AppendError::Refused(error)) => return Group::Refused(error),
        Err(AppendError::Unknown(error)) => return Group::Unknown(error),
    }
    match batch.commit() {
        Ok(()) => Group::Done { outcomes, accepted },
        Err(error) => Group::Unknown(error),
    }
}

/// Whoever asked may have gone; then nobody needs the answer.
fn answer(reply: oneshot::Sender<Result<Outcome, Error>>, outcome: Result<Outcome, Error>) {
    let _ = reply.send(outcome);
}
