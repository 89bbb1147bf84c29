//! One door for every form of the contract: who is there, what is asked, and then the road.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use hsm_proto::request::Operation as Asked;
use hsm_proto::{Answer, HelloReply, HelloRequest, Limits, Reply, Request, StatusReply};
use hsmd_identity::{Attachment, Peer};
use hsmd_operations::{CountObjects, Daemon, Error, Hello, OpenDaemon, ToItsEnd, UnderWay, limits};
use std::sync::{Mutex, MutexGuard};
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::errors;
use crate::frames::AnswerFrames;
use crate::jobs::{self, Jobs};
use crate::routes;

/// What all connections share: the daemon, open or closed.
pub struct Door {
    daemon: Arc<dyn Daemon>,
    under_way: Arc<UnderWay>,
    jobs: Jobs,
}

impl Door {
    /// A door to `daemon`.
    #[must_use]
    pub fn new(daemon: Arc<dyn Daemon>) -> Self {
        Self {
            daemon,
            under_way: Arc::default(),
            jobs: Jobs::default(),
        }
    }

    /// Returns when every request whose client did not wait for it has been done too.
    pub async fn wait_until_idle(&self) {
        self.under_way.wait_until_idle().await;
    }

    /// The jobs of its clients.
    pub(crate) fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// Does something to its end that nobody waits for.
    pub(crate) fn finish(&self, work: impl Future + Send + 'static) {
        self.under_way.finish(work);
    }

    /// Records that a TLS client did not get in.
    pub(crate) async fn record_refused_handshake(&self, address: SocketAddr) {
        self.daemon.record_refused_handshake(address).await;
    }
}

/// One connection: the door that it came to, who is at the other end, and the application that it speaks for.
#[derive(Clone)]
pub(crate) struct Visitor(Arc<Connection>);

struct Connection {
    door: Arc<Door>,
    peer: Peer,
    /// Keeps the application alive as long as this framed connection is open. A connection speaks for one at a time.
    attachment: Mutex<Option<(Vec<u8>, Option<Attachment>)>>,
}

impl Visitor {
    pub(crate) fn new(door: Arc<Door>, peer: Peer) -> Self {
        Self(Arc::new(Connection {
            door,
            peer,
            attachment: Mutex::new(None),
        }))
    }

    /// Performs a request to its end, whoever still waits for it.
    fn perform(
        &self,
        request: Request,
        is_framed: bool,
    ) -> ToItsEnd<impl Future<Output = Result<Reply, Error>> + Send + use<>> {
        let connection = Arc::clone(&self.0);
        let reply = async move { connection.reply(request, is_framed).await };
        self.0.door.under_way.to_its_end(reply)
    }
}

impl AnswerFrames for Visitor {
    fn answer(&self, request: Request) -> Reply {
        let deadline = deadline(&request);
        let mut work = self.perform(request, true);
        // Most requests wait for nothing, and need no clock and nobody to wake them.
        let outcome = match Pin::new(&mut work).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => Handle::current().block_on(in_time(deadline, work)),
        };
        reply_of(outcome)
    }

    fn holds_an_application(&self) -> bool {
        let attachment = self.0.attachment();
        matches!(&*attachment, Some((_, Some(_))))
    }
}

/// Answers requests of gRPC, each with the visitor of its connection.
pub(crate) struct AnswerEach;

impl Answer for AnswerEach {
    type Peer = Visitor;

    async fn answer(&self, visitor: Visitor, request: Request) -> Reply {
        let deadline = deadline(&request);
        reply_of(in_time(deadline, visitor.perform(request, false)).await)
    }
}

impl Connection {
    async fn reply(&self, mut request: Request, is_framed: bool) -> Result<Reply, Error> {
        let asked = request
            .operation
            .take()
            .ok_or(Error::MalformedRequest { field: "operation" })?;
        match asked {
            Asked::Status(_) => return Ok(self.status().await.into()),
            Asked::Initialize(asked) => {
                let initialization = routes::initialization(asked)?;
                let initialized = self
                    .door
                    .daemon
                    .initialize(&self.peer, initialization)
                    .await?;
                return Ok(routes::initialized(&initialized).into());
            }
            Asked::Unseal(asked) => {
                let key = routes::unseal_key(asked)?;
                let progress = self.door.daemon.unseal(&self.peer, key).await?;
                return Ok(routes::unseal_reply(progress).into());
            }
            _ => {}
        }
        let daemon = match self.door.daemon.open() {
            Ok(daemon) => daemon,
            Err(error) => {
                self.door
                    .daemon
                    .record_refused_request(&self.peer, asked.name(), error)
                    .await;
                return Err(error);
            }
        };
        if let Asked::Hello(asked) = asked {
            return self.hello(&daemon, asked).await;
        }
        let caller = match daemon
            .authenticator
            .caller(&self.peer, &request.application)
        {
            Ok(caller) => caller,
            Err(error) => {
                let error = Error::from(error);
                self.door
                    .daemon
                    .record_refused_request(&self.peer, asked.name(), error)
                    .await;
                return Err(error);
            }
        };
        if is_framed {
            self.attach(&daemon, &caller, &request.application);
        }
        match asked {
            Asked::StartJob(asked) => jobs::start(&self.door, daemon, &caller, asked).await,
            Asked::FinishJob(asked) => jobs::finish(&self.door, &daemon, &caller, asked).await,
            asked => routes::route(&daemon, &caller, asked).await,
        }
    }

    async fn hello(&self, daemon: &OpenDaemon, mut asked: HelloRequest) -> Result<Reply, Error> {
        let caller = match daemon.authenticator.caller(&self.peer, &[]) {
            Ok(caller) => caller,
            Err(error) => {
                let error = Error::from(error);
                self.door
                    .daemon
                    .record_refused_request(&self.peer, "Hello", error)
                    .await;
                return Err(error);
            }
        };
        let hello = Hello {
            peer: self.peer.clone(),
            program: std::mem::take(&mut asked.program),
            process_id: asked.process_id,
        };
        let token = daemon.service.perform(&caller, hello).await?;
        let reply = HelloReply {
            application: token.expose().to_vec(),
            daemon_instance: self.door.daemon.status().instance.to_vec(),
            daemon_version: env!("CARGO_PKG_VERSION").to_owned(),
            limits: Some(Limits {
                message_bytes_max: crate::limits::MESSAGE_BYTES_MAX,
                random_bytes_max: u32::try_from(limits::RANDOM_BYTES_MAX).unwrap_or(u32::MAX),
                find_results_max: u32::try_from(limits::FIND_RESULTS_MAX).unwrap_or(u32::MAX),
                memory_files: self.peer.local_uid().is_some(),
            }),
        };
        Ok(reply.into())
    }

    /// Anybody may know where the daemon stands; how much it holds is for those whom it knows.
    async fn status(&self) -> StatusReply {
        let mut status = self.door.daemon.status();
        if let Ok(daemon) = self.door.daemon.open()
            && let Ok(caller) = daemon.authenticator.caller(&self.peer, &[])
            && let Ok(counts) = daemon.service.perform(&caller, CountObjects).await
        {
            status.counts = counts;
        }
        routes::status(status)
    }

    fn attachment(&self) -> MutexGuard<'_, Option<(Vec<u8>, Option<Attachment>)>> {
        self.attachment
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn attach(&self, daemon: &OpenDaemon, caller: &hsmd_identity::Caller, application: &[u8]) {
        let mut attachment = self.attachment();
        let is_same = attachment
            .as_ref()
            .is_some_and(|(token, _)| token == application);
        if !is_same {
            *attachment = Some((application.to_vec(), daemon.authenticator.attach(caller)));
        }
    }
}

/// What `work` gives, if it does so in time.
async fn in_time<T>(
    deadline: Duration,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    timeout(deadline, work)
        .await
        .unwrap_or(Err(Error::DeadlineExceeded))
}

/// Every failure is a reply.
fn reply_of(outcome: Result<Reply, Error>) -> Reply {
    outcome.unwrap_or_else(|error| errors::to_wire(error).into())
}

/// How long the request may take.
fn deadline(request: &Request) -> Duration {
    match request.deadline_milliseconds {
        0 => limits::DEADLINE_DEFAULT,
        milliseconds => Duration::from_millis(milliseconds.into()).min(limits::DEADLINE_MAX),
    }
}
