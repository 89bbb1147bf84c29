//! Jobs: requests that are done while nobody waits, and whose replies are collected later (`C_AsyncComplete`).
//!
//! The work of a job travels the same road as if it had been asked for by itself; what is kept here is its reply.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hsm_proto::reply::Outcome;
use hsm_proto::request::Operation as Asked;
use hsm_proto::{FinishJobReply, FinishJobRequest, Reply, StartJobReply, StartJobRequest};
use hsmd_identity::Caller;
use hsmd_operations::{Error, FinishJob, OpenDaemon, StartJob};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::door::Door;
use crate::limits::{JOB_KEPT, JOB_WAIT_MAX, JOBS_MAX};
use crate::routes;

/// Starts a job.
///
/// # Errors
///
/// [`Error::MalformedRequest`] unless there is exactly one work; [`Error::LimitReached`] for one job too many.
pub(crate) async fn start(
    door: &Arc<Door>,
    daemon: Arc<OpenDaemon>,
    caller: &Caller,
    request: StartJobRequest,
) -> Result<Reply, Error> {
    let work = match (request.generate_key, request.generate_key_pair) {
        (Some(work), None) => Some(Asked::GenerateKey(work)),
        (None, Some(work)) => Some(Asked::GenerateKeyPair(work)),
        (None, None) | (Some(_), Some(_)) => None,
    };
    let (door, with, worker) = (Arc::clone(door), Arc::clone(&daemon), caller.clone());
    let operation = StartJob {
        work: work.as_ref().map(Asked::name),
        start: move || {
            let asked = work.ok_or(Error::MalformedRequest { field: "work" })?;
            let (done, reply) = watch::channel(None);
            let id = door
                .jobs()
                .insert(worker.principal_name().to_owned(), reply)?;
            door.finish(async move {
                let reply = routes::route(&with, &worker, asked).await;
                // When the job was forgotten nobody asks for it any more.
                let _ = done.send(Some(reply));
            });
            Ok(id)
        },
    };
    let job = daemon.service.perform(caller, operation).await?;
    Ok(StartJobReply { job }.into())
}

/// Gives what a job gave, once.
///
/// # Errors
///
/// [`Error::ObjectNotFound`] when the caller has no such job, and those of its work.
pub(crate) async fn finish(
    door: &Arc<Door>,
    daemon: &OpenDaemon,
    caller: &Caller,
    request: FinishJobRequest,
) -> Result<Reply, Error> {
    let (door, owner) = (Arc::clone(door), caller.principal_name().to_owned());
    let operation = FinishJob {
        finish: async move {
            let mut reply = door.jobs().reply(request.job, &owner)?;
            let wait = Duration::from_millis(request.wait_milliseconds.into()).min(JOB_WAIT_MAX);
            let reply = match timeout(wait, reply.wait_for(Option::is_some)).await {
                Ok(Ok(reply)) => reply.clone(),
                // The work was given up.
                Ok(Err(_)) => Some(Err(Error::Internal { task: "do a job" })),
                Err(_) => None,
            };
            if reply.is_some() {
                door.jobs().lock().remove(&request.job);
            }
            reply.transpose()
        },
    };
    let Some(reply) = daemon.service.perform(caller, operation).await? else {
        return Ok(FinishJobReply::default().into());
    };
    let mut finished = FinishJobReply {
        is_done: true,
        ..FinishJobReply::default()
    };
    match reply.outcome {
        Some(Outcome::GenerateKey(made)) => finished.generate_key = Some(made),
        Some(Outcome::GenerateKeyPair(made)) => finished.generate_key_pair = Some(made),
        _ => return Err(Error::Internal { task: "do a job" }),
    }
    Ok(finished.into())
}

/// None until the work is done.
type Receiver = watch::Receiver<Option<Result<Reply, Error>>>;

/// The jobs of all clients.
#[derive(Default)]
pub(crate) struct Jobs(Mutex<HashMap<u64, Job>>);

struct Job {
    /// Whose it is: the name of an identity.
    owner: String,
    reply: Receiver,
    started_at: Instant,
}

impl Jobs {
    fn insert(&self, owner: String, reply: Receiver) -> Result<u64, Error> {
        let mut id = [0; 8];
        getrandom::fill(&mut id).map_err(|_| Error::Internal { task: "name a job" })?;
        let id = u64::from_be_bytes(id);
        let mut jobs = self.lock();
        jobs.retain(|_, job| !job.is_forgotten());
        if jobs.len() >= JOBS_MAX {
            return Err(Error::LimitReached {
                what: "jobs",
                maximum: JOBS_MAX as u64,
            });
        }
        let job = Job {
            owner,
            reply,
            started_at: Instant::now(),
        };
        jobs.insert(id, job);
        Ok(id)
    }

    fn reply(&self, id: u64, owner: &str) -> Result<Receiver, Error> {
        match self.lock().get(&id) {
            Some(job) if job.owner == owner => Ok(job.reply.clone()),
            Some(_) | None => Err(Error::ObjectNotFound),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Job>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Job {
    /// Done, and not asked for.
    fn is_forgotten(&self) -> bool {
        self.reply.borrow().is_some() && self.started_at.elapsed() > JOB_KEPT
    }
}
