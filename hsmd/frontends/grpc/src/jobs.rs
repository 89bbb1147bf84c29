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
use hsmd_operations::{Error, OpenDaemon};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::door::Door;
use crate::limits::{JOB_KEPT, JOB_WAIT_MAX, JOBS_MAX};
use crate::routes;

/// The jobs of all clients.
#[derive(Default)]
pub(crate) struct Jobs(Mutex<HashMap<u64, Job>>);

struct Job {
    /// Whose it is: the name of an identity.
    owner: String,
    /// None until it is done.
    reply: watch::Receiver<Option<Result<Reply, Error>>>,
    started_at: Instant,
}

impl Jobs {
    /// Starts a job.
    pub(crate) fn start(
        &self,
        door: &Arc<Door>,
        daemon: Arc<OpenDaemon>,
        caller: &Caller,
        request: StartJobRequest,
    ) -> Result<Reply, Error> {
        let malformed = Error::MalformedRequest { field: "work" };
        let asked = match (request.generate_key, request.generate_key_pair) {
            (Some(work), None) => Asked::GenerateKey(work),
            (None, Some(work)) => Asked::GenerateKeyPair(work),
            (None, None) | (Some(_), Some(_)) => return Err(malformed),
        };
        let mut id = [0; 8];
        getrandom::fill(&mut id).map_err(|_| Error::Internal { task: "name a job" })?;
        let id = u64::from_be_bytes(id);
        let (done, reply) = watch::channel(None);
        let job = Job {
            owner: caller.principal_name().to_owned(),
            reply,
            started_at: Instant::now(),
        };
        let mut jobs = self.lock();
        jobs.retain(|_, job| !job.is_forgotten());
        if jobs.len() >= JOBS_MAX {
            return Err(Error::LimitReached {
                what: "jobs",
                maximum: JOBS_MAX as u64,
            });
        }
        jobs.insert(id, job);
        drop(jobs);
        let caller = caller.clone();
        door.finish(async move {
            let reply = routes::route(&daemon, &caller, asked).await;
            // When the job was forgotten nobody asks for it any more.
            let _ = done.send(Some(reply));
        });
        Ok(StartJobReply { job: id }.into())
    }

    /// Gives what a job gave, once.
    pub(crate) async fn finish(
        &self,
        caller: &Caller,
        request: FinishJobRequest,
    ) -> Result<Reply, Error> {
        let mut reply = match self.lock().get(&request.job) {
            Some(job) if job.owner == caller.principal_name() => job.reply.clone(),
            Some(_) | None => return Err(Error::ObjectNotFound),
        };
        let wait = Duration::from_millis(request.wait_milliseconds.into()).min(JOB_WAIT_MAX);
        let done = timeout(wait, reply.wait_for(Option::is_some)).await;
        let reply = match done {
            Ok(Ok(reply)) => reply.clone(),
            // The work was given up.
            Ok(Err(_)) => Some(Err(Error::Internal { task: "do a job" })),
            Err(_) => None,
        };
        let Some(reply) = reply else {
            return Ok(FinishJobReply::default().into());
        };
        self.lock().remove(&request.job);
        let mut finished = FinishJobReply {
            is_done: true,
            ..FinishJobReply::default()
        };
        match reply?.outcome {
            Some(Outcome::GenerateKey(made)) => finished.generate_key = Some(made),
            Some(Outcome::GenerateKeyPair(made)) => finished.generate_key_pair = Some(made),
            _ => return Err(Error::Internal { task: "do a job" }),
        }
        Ok(finished.into())
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
