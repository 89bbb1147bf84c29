//! From a whole HTTP request to its answer: who asks, what is asked, and then the road.

use std::sync::Arc;

use hsmd_identity::Caller;
use hsmd_operations::{Daemon, OpenDaemon, UnderWay};

use crate::errors::Problem;
use crate::model::{Call, TARGET_PREFIX};
use crate::received::Received;
use crate::reply::Reply;
use crate::routes;

/// What all connections share: the daemon, open or closed.
pub struct Door {
    daemon: Arc<dyn Daemon>,
    under_way: Arc<UnderWay>,
}

impl Door {
    /// A door to `daemon`.
    #[must_use]
    pub fn new(daemon: Arc<dyn Daemon>) -> Self {
        Self {
            daemon,
            under_way: Arc::default(),
        }
    }

    /// Returns when every request whose client did not wait for it has been done too.
    pub async fn wait_until_idle(&self) {
        self.under_way.wait_until_idle().await;
    }

    /// Answers a request. What has begun is done to its end, whoever still waits for it.
    pub(crate) async fn answer(self: &Arc<Self>, received: Received) -> Reply {
        let door = Arc::clone(self);
        let answer = async move { door.answer_call(&received).await };
        match self.under_way.to_its_end(answer).await {
            Ok(reply) => reply,
            Err(problem) => Reply::problem(&problem),
        }
    }

    async fn answer_call(&self, received: &Received) -> Result<Reply, Problem> {
        let call = call(received)?;
        let daemon = self.daemon.open()?;
        let caller = caller(&daemon, received)?;
        let body = routes::answer(&daemon, &caller, call, &received.body).await?;
        Ok(Reply::json(body))
    }
}

/// The call that the target header names.
fn call(received: &Received) -> Result<Call, Problem> {
    received
        .header("x-amz-target")
        .and_then(|target| target.strip_prefix(TARGET_PREFIX)?.strip_prefix('.'))
        .and_then(Call::by_name)
        .ok_or(Problem::UnknownOperation)
}

/// Who signed the request.
fn caller(_daemon: &OpenDaemon, _received: &Received) -> Result<Caller, Problem> {
    Err(Problem::Signature(
        "UnrecognizedClientException",
        "The security token included in the request is invalid.".to_owned(),
    ))
}
