//! From a whole HTTP request to its answer: who asks, what is asked, and then the road.

use std::sync::Arc;

use hsmd_identity::sigv4::{SignatureRefused, SignedRequest};
use hsmd_identity::{AwsService, Caller};
use hsmd_operations::{Daemon, OpenDaemon, RegionName, UnderWay};

use crate::errors::Problem;
use crate::model::{Call, TARGET_PREFIX};
use crate::query::{self, Form, QueryProblem};
use crate::received::Received;
use crate::reply::Reply;
use crate::routes;

/// What all connections share: the daemon, open or closed, and the Regions that it answers for.
pub struct Door {
    daemon: Arc<dyn Daemon>,
    regions: Vec<RegionName>,
    under_way: Arc<UnderWay>,
}

impl Door {
    /// A door to `daemon`, for requests of these Regions.
    #[must_use]
    pub fn new(daemon: Arc<dyn Daemon>, regions: Vec<RegionName>) -> Self {
        Self {
            daemon,
            regions,
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
        let answer = async move {
            if is_form(&received) {
                door.answer_form(&received).await
            } else {
                door.answer_call(&received)
                    .await
                    .unwrap_or_else(|problem| Reply::problem(&problem))
            }
        };
        self.under_way.to_its_end(answer).await
    }

    /// A call of KMS.
    async fn answer_call(&self, received: &Received) -> Result<Reply, Problem> {
        let call = call(received)?;
        let daemon = self.daemon.open()?;
        let caller = match self.caller(&daemon, received, &[AwsService::Kms]) {
            Ok(caller) => caller,
            Err(refused) => {
                let problem = Problem::from(refused);
                let (code, _, _) = problem.answer();
                self.record_refused(received, "kms", call.name(), code);
                return Err(problem);
            }
        };
        let body = routes::answer(&daemon, &caller, call, &received.body).await?;
        Ok(Reply::json(body))
    }

    /// A request of STS or IAM.
    async fn answer_form(&self, received: &Received) -> Reply {
        let service = signed(received, &received.headers()).claimed_service();
        let service = service.unwrap_or(AwsService::Sts);
        let answer = self.answer_query(received).await;
        query::reply(service, answer, &received.request_id)
    }

    async fn answer_query(&self, received: &Received) -> Result<String, QueryProblem> {
        let form = if is_form_in_query(received) {
            received.query().as_bytes()
        } else {
            &received.body
        };
        let form = Form::parse(form)
            .ok_or_else(|| Problem::Serialization("the form is malformed".to_owned()))?;
        let daemon = self.daemon.open().map_err(Problem::from)?;
        let caller = match self.caller(&daemon, received, &[AwsService::Sts, AwsService::Iam]) {
            Ok(caller) => caller,
            Err(refused) => {
                let service = signed(received, &received.headers()).claimed_service();
                let service = service.unwrap_or(AwsService::Sts);
                let problem = QueryProblem::from(refused);
                let action = form.value("Action").unwrap_or_default();
                self.record_refused(received, service.name(), action, problem.code);
                return Err(problem);
            }
        };
        let service = caller
            .aws_request()
            .map_or(AwsService::Sts, |request| request.service);
        query::answer(&daemon, &caller, service, &form).await
    }

    /// Whoever signed the request for one of these services.
    fn caller(
        &self,
        daemon: &OpenDaemon,
        received: &Received,
        services: &[AwsService],
    ) -> Result<Caller, SignatureRefused> {
        let headers = received.headers();
        let caller = daemon
            .accounts
            .authenticate(&signed(received, &headers), services)?;
        // STS and IAM are answered for all Regions alike.
        let is_elsewhere = caller.aws_request().is_some_and(|request| {
            request.service == AwsService::Kms && !self.regions.contains(&request.region)
        });
        if is_elsewhere {
            return Err(SignatureRefused::WrongScope {
                expected: "a valid Region",
            });
        }
        Ok(caller)
    }

    /// Records a request that nobody is proven to have made.
    fn record_refused(&self, received: &Received, service: &str, action: &str, code: &'static str) {
        let address = received.origin.address;
        self.daemon
            .record_refused_call(address, &format!("{service}:{action}"), code);
    }
}

/// Whether it is a form of the query protocol, which STS and IAM speak.
fn is_form(received: &Received) -> bool {
    let content_type = received.header("content-type").unwrap_or_default();
    received.header("x-amz-target").is_none()
        && (content_type.starts_with("application/x-www-form-urlencoded")
            || is_form_in_query(received))
}

/// Whether the form is in the query, as of presigned requests of STS.
fn is_form_in_query(received: &Received) -> bool {
    let mut fields = received.query().split('&');
    received.method() == "GET" && fields.any(|field| field.starts_with("Action="))
}

/// The call that the target header names.
fn call(received: &Received) -> Result<Call, Problem> {
    received
        .header("x-amz-target")
        .and_then(|target| target.strip_prefix(TARGET_PREFIX)?.strip_prefix('.'))
        .and_then(Call::by_name)
        .ok_or(Problem::UnknownOperation)
}

/// The request as its signature covers it.
fn signed<'a>(received: &'a Received, headers: &'a [(&'a str, &'a [u8])]) -> SignedRequest<'a> {
    SignedRequest {
        method: received.method(),
        path: received.path(),
        query: received.query(),
        headers,
        body: &received.body,
        tls: received.origin.tls,
        source: received.source(),
        request_id: &received.request_id,
    }
}
