//! Admitting and concluding: the two ends of the road that every request travels.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hsm_algorithms::Algorithm;
use hsmd_identity::{Caller, Clock, RequestUnderWay};
use hsmd_keys::{Lifetime, ObjectId, Partition, Repository, TokenProfile};
use hsmd_policy::CallerPolicies;

use crate::actions::aws::AwsRow;
use crate::actions::{Recording, Requirement, Row};
use crate::audit::{AuditUnavailable, Log};
use crate::aws::{Admission, KeyPolicyCheck, NoPrincipals, Principals, counted};
use crate::event::{Event, EventId, Outcome, Phase, Requester};
use crate::needs::{Needs, Objects, PermitSet, Request};
use crate::quotas::{Buckets, Payer, QuotaGroup, Quotas};
use crate::refusal::Refusal;
use crate::resolver::Resolver;

/// Decides who may do what, and writes down what was done.
pub struct Gate {
    repository: Arc<Repository>,
    log: Arc<Log>,
    clock: Arc<dyn Clock>,
    principals: Arc<dyn Principals>,
    quotas: Quotas,
    buckets: Buckets,
}

/// An admitted request: its permits, and the duty to conclude it.
///
/// Dropping it without [`Gate::conclude`], as when a client hangs up and its request is cancelled, records that it was
/// abandoned: whether the use took place is then not known, and the record says so.
#[must_use]
pub struct Admitted<P> {
    permits: P,
    duty: Duty,
}

/// The duty to record what became of a request.
struct Duty {
    log: Arc<Log>,
    /// None if it is the daemon's own.
    caller: Option<Caller>,
    request: Request,
    id: EventId,
    time: Duration,
    is_open: bool,
    _under_way: Option<RequestUnderWay>,
}

impl Gate {
    /// The gate over these objects and this log.
    #[must_use]
    pub fn new(
        repository: Arc<Repository>,
        log: Arc<Log>,
        clock: Arc<dyn Clock>,
        quotas: Quotas,
    ) -> Self {
        Self {
            repository,
            log,
            clock,
            buckets: Buckets::new(&quotas.rates),
            principals: Arc::new(NoPrincipals),
            quotas,
        }
    }

    /// The same gate, which asks here for AWS principals and their policies.
    #[must_use]
    pub fn with_principals(mut self, principals: Arc<dyn Principals>) -> Self {
        self.principals = principals;
        self
    }

    /// Decides on a request: quota, then the object once, its state, its allowed uses, the caller's login and rights;
    /// then the permits. A refusal is recorded here. For actions that change what is stored, the intent is on disk when
    /// this returns; for all others it returns without waiting.
    ///
    /// # Errors
    ///
    /// The [`Refusal`], already recorded.
    pub async fn admit<P: PermitSet>(
        &self,
        caller: &Caller,
        needs: Needs<P>,
    ) -> Result<Admitted<P>, Refusal> {
        let mut request = needs.request;
        if !self.log.is_available() {
            return Err(Refusal::AuditUnavailable);
        }
        let (permits, under_way) = match self.decide(caller, &request) {
            Ok(decided) => decided,
            Err(refusal) => {
                let requester = Requester::Caller(caller);
                let message = match &refusal {
                    Refusal::Aws(refusal) => Some(refusal.to_string()),
                    _ => None,
                };
                self.log.record_refusal(
                    requester,
                    request.action,
                    Some(&request),
                    refusal.code(),
                    message.as_deref(),
                );
                return Err(refusal);
            }
        };
        if self.is_about_session_objects_alone(&request) {
            request.changes_storage = false;
        }
        self.begin(permits, request, Some((caller, under_way)))
            .await
    }

    /// Admits the daemon itself, with permits that whoever calls this has made.
    pub(crate) async fn admit_the_daemon<P>(
        &self,
        permits: P,
        request: Request,
    ) -> Result<Admitted<P>, Refusal> {
        if !self.log.is_available() {
            return Err(Refusal::AuditUnavailable);
        }
        self.begin(permits, request, None).await
    }

    /// Records the intent, if it is one to change something, and takes on the duty to conclude.
    async fn begin<P>(
        &self,
        permits: P,
        request: Request,
        caller: Option<(&Caller, RequestUnderWay)>,
    ) -> Result<Admitted<P>, Refusal> {
        let (caller, under_way) = caller.unzip();
        let duty = Duty {
            log: Arc::clone(&self.log),
            caller: caller.cloned(),
            id: self.log.next_event_id(),
            time: self.clock.since_epoch(),
            is_open: true,
            request,
            _under_way: under_way,
        };
        let duty = duty.with_intent_recorded().await?;
        Ok(Admitted { permits, duty })
    }

    /// The keys of accounts that a request names, as far as they are there. This decides nothing: it is for requests that
    /// wait for each other before they are decided.
    #[must_use]
    pub fn named<P>(&self, caller: &Caller, needs: &Needs<P>) -> Vec<[u8; 16]> {
        let request = &needs.request;
        let Some(row) = &request.action.aws else {
            return match (request.objects.ids(), request.partition) {
                (objects, Some(partition)) if objects.is_empty() => vec![*partition.as_bytes()],
                (objects, _) => objects.iter().map(|id| *id.as_bytes()).collect(),
            };
        };
        let admission = self.admission(caller, request, row);
        let subjects = admission.and_then(|admission| admission.resolve().ok());
        let keys = subjects.map(|subjects| subjects.keys).unwrap_or_default();
        keys.iter().map(|key| *key.object.id.as_bytes()).collect()
    }

    /// Records what became of an admitted request. Its reply may leave only when this has returned `Ok`.
    ///
    /// # Errors
    ///
    /// [`AuditUnavailable`]: the record could not be written in time. The reply must not leave.
    pub async fn conclude<P>(
        &self,
        admitted: Admitted<P>,
        outcome: Outcome<'_>,
    ) -> Result<(), AuditUnavailable> {
        admitted.duty.conclude(outcome).await
    }

    /// Records a refusal that no operation saw: an unknown certificate, a failed handshake, a malformed request.
    /// `code` is what `errorCode` says, as `NotRecognised`.
    pub fn refuse(&self, requester: Requester<'_>, action: &'static Row, code: &'static str) {
        self.log.record_refusal(requester, action, None, code, None);
    }

    pub(crate) fn repository(&self) -> &Repository {
        &self.repository
    }

    /// The log, for reading it.
    #[must_use]
    pub fn log(&self) -> &Arc<Log> {
        &self.log
    }

    fn decide<P: PermitSet>(
        &self,
        caller: &Caller,
        request: &Request,
    ) -> Result<(P, RequestUnderWay), Refusal> {
        let under_way = self.check_quota(caller, request)?;
        if let Some(row) = &request.action.aws {
            return Ok((self.decide_aws(caller, request, row)?, under_way));
        }
        let is_admitted = match request.action.requires {
            Requirement::Operator => caller.is_operator(),
            Requirement::TokenMaker => caller.may_create_tokens(),
            Requirement::Identity
            | Requirement::Partition
            | Requirement::SecurityOfficer
            | Requirement::User
            | Requirement::Login
            | Requirement::UserIfPrivate => true,
            Requirement::Policy => false,
        };
        if !is_admitted {
            return Err(Refusal::AccessDenied);
        }
        let partition = self.partition(caller, request)?;
        // After the right to the partition, so that nobody uses up another's rate.
        if let Some(partition) = &partition {
            self.count(&Payer::Partition(partition.id), request.quota_group(None))?;
        }
        check_profile(request, partition.as_deref())?;
        let resolver = Resolver {
            caller,
            request,
            repository: &self.repository,
            partition,
            key_policies: self.key_policies(),
            aws: None,
        };
        let permits = P::resolve(&resolver)?;
        Ok((permits, under_way))
    }

    /// As [`decide`](Self::decide), for what AWS principals ask.
    fn decide_aws<P: PermitSet>(
        &self,
        caller: &Caller,
        request: &Request,
        row: &'static AwsRow,
    ) -> Result<P, Refusal> {
        let (Some(admission), Some(signed)) =
            (self.admission(caller, request, row), caller.aws_request())
        else {
            return Err(Refusal::AccessDenied);
        };
        let Admission {
            principal,
            request: aws,
            ..
        } = admission;
        let subjects = admission.resolve();
        // Whatever comes of it, so that asking for what is not there has its rate too.
        let payer = Payer::of_call(principal, signed);
        let keys = subjects.as_ref().map_or(&[][..], |found| &found.keys);
        for key in counted(keys) {
            self.count(&payer, request.quota_group(key))?;
        }
        let subjects = subjects?;
        aws.note_found(&subjects);
        let identity = self.principals.identity_policies(principal);
        let boundary = self.principals.boundary(principal);
        let policies = CallerPolicies {
            identity: &identity,
            boundary: boundary.as_deref(),
            session: &principal.session_policies,
        };
        admission.decide(&subjects, policies)?;
        let resolver = Resolver {
            caller,
            request,
            repository: &self.repository,
            partition: None,
            key_policies: self.key_policies(),
            aws: Some(&subjects),
        };
        P::resolve(&resolver)
    }

    /// What deciding on a request of an AWS principal takes; none if it is nobody's.
    fn admission<'a>(
        &'a self,
        caller: &'a Caller,
        request: &'a Request,
        row: &'static AwsRow,
    ) -> Option<Admission<'a>> {
        let (principal, aws) = (caller.aws()?, request.aws.as_ref()?);
        Some(Admission {
            caller: Some(caller),
            principal,
            region: &caller.aws_request()?.region,
            action: request.action,
            row,
            request: aws,
            repository: &self.repository,
            now: self.clock.since_epoch(),
            principals: self.principals.as_ref(),
            explained: None,
        })
    }

    fn key_policies(&self) -> KeyPolicyCheck<'_> {
        KeyPolicyCheck {
            principals: self.principals.as_ref(),
            repository: &self.repository,
            now: self.clock.since_epoch(),
        }
    }

    /// Whether a change is one of session objects, which storage never sees: it waits for no disk then.
    fn is_about_session_objects_alone(&self, request: &Request) -> bool {
        let Some(partition) = request.partition else {
            return false;
        };
        let is_session_object = |id: &ObjectId| {
            let object = self.repository.object(partition, *id);
            object.is_some_and(|object| object.lifetime != Lifetime::Token)
        };
        let ids = match &request.objects {
            Objects::None | Objects::Two(..) => return false,
            Objects::One(id) => std::slice::from_ref(id),
            Objects::Many(ids) => ids.as_slice(),
        };
        let makes_none = !request.action.creates_objects;
        request.action.changes_state() && makes_none && ids.iter().all(is_session_object)
    }

    fn check_quota(&self, caller: &Caller, request: &Request) -> Result<RequestUnderWay, Refusal> {
        let quotas = &self.quotas;
        if request.objects.count() > quotas.request_objects_max {
            return Err(Refusal::LimitReached {
                what: "objects in one request",
                maximum: quotas.request_objects_max as u64,
            });
        }
        caller
            .begin_request(quotas.requests_under_way_max)
            .ok_or(Refusal::LimitReached {
                what: "requests under way",
                maximum: quotas.requests_under_way_max.into(),
            })
    }

    /// Counts a request in a group.
    ///
    /// # Errors
    ///
    /// [`Refusal::Throttled`]: who pays must wait.
    fn count(&self, payer: &Payer, group: QuotaGroup) -> Result<(), Refusal> {
        if self.buckets.take(payer, group, || self.clock.since_epoch()) {
            return Ok(());
        }
        let group = group.name();
        Err(Refusal::Throttled { group })
    }

    /// The partition that is asked of. To a caller without a right to it, there is none.
    fn partition(
        &self,
        caller: &Caller,
        request: &Request,
    ) -> Result<Option<Arc<Partition>>, Refusal> {
        let Some(id) = request.partition else {
            return Ok(None);
        };
        let is_visible = caller.may_use(id) || request.action.requires == Requirement::Operator;
        let partition = self.repository.partition(id).filter(|_| is_visible);
        let partition = partition.ok_or(Refusal::PartitionNotFound)?;
        if request.action.creates_objects {
            let counts = self.repository.counts(id);
            let maximum = self.quotas.partition_objects_max;
            if counts.token_objects + counts.session_objects >= maximum {
                return Err(Refusal::LimitReached {
                    what: "objects in a partition",
                    maximum,
                });
            }
        }
        Ok(Some(partition))
    }
}

impl<P> Admitted<P> {
    /// What the caller may do.
    #[must_use]
    pub fn permits(&self) -> &P {
        &self.permits
    }

    /// The ARNs of the keys of accounts that it is about.
    #[must_use]
    pub fn key_arns(&self) -> Vec<String> {
        let keys = self.duty.request.resources().iter();
        keys.map(|key| key.arn.clone()).collect()
    }

    /// The id of its record in the audit log.
    #[must_use]
    pub fn event_id(&self) -> String {
        self.duty.id.to_string()
    }

    /// When it was admitted, in milliseconds since 1970.
    #[must_use]
    pub fn at_unix_milliseconds(&self) -> u64 {
        u64::try_from(self.duty.time.as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether the request only asks what would come of it: what it asks for must then not be done, or be done without
    /// effect, and the answer is `DryRunOperationException`.
    #[must_use]
    pub fn is_dry_run(&self) -> bool {
        let aws = self.duty.request.aws.as_ref();
        aws.is_some_and(|request| request.is_dry_run)
    }
}

impl Duty {
    /// Records the intent, if it is one to change what is stored.
    async fn with_intent_recorded(mut self) -> Result<Self, Refusal> {
        if self.request.recording() == Recording::Change {
            let intent = self.event(Phase::Intent, Outcome::Done).to_line();
            if self.log.record_durably(&intent).await.is_err() {
                // Nothing was done, and the log is not asked again what it has just failed at.
                self.is_open = false;
                return Err(Refusal::AuditUnavailable);
            }
        }
        Ok(self)
    }

    async fn conclude(mut self, outcome: Outcome<'_>) -> Result<(), AuditUnavailable> {
        let mut event = self.event(Phase::Outcome, outcome);
        event.shared_id = self.record_for_owners(&event)?;
        let queued = self.log.queue(&event.to_line());
        // From here on the log has the record, whether or not anyone waits for it to be written.
        self.is_open = false;
        let number = queued?;
        match self.request.recording() {
            Recording::Description => self.log.leave(number),
            Recording::Use if self.log.syncs_every_use() => self.log.sync(number).await,
            // The AWS door's callers are tasks that share threads; all others have threads of their own.
            Recording::Use if self.request.aws.is_some() => {
                self.log.hand_over_together(number).await
            }
            Recording::Use => self.log.hand_over(number),
            Recording::Change => self.log.sync(number).await,
        }
    }

    /// Records a copy for each other account whose key was asked for: the id that the copies share with the record.
    fn record_for_owners(&self, event: &Event<'_>) -> Result<Option<EventId>, AuditUnavailable> {
        let asker = self.caller.as_ref().and_then(Caller::aws);
        let account = asker.map_or("", |principal| principal.account.as_str());
        let mut owners = self.request.other_owners(account).peekable();
        if owners.peek().is_none() {
            return Ok(None);
        }
        let shared_id = Some(self.log.next_event_id());
        let event = Event {
            shared_id,
            ..*event
        };
        let copies = owners.filter_map(|owner| event.copy_for(owner, self.log.next_event_id()));
        for copy in copies {
            // Queued before the record, it is on disk when that is.
            self.log.queue(&copy)?;
        }
        Ok(shared_id)
    }

    fn event<'a>(&'a self, phase: Phase, outcome: Outcome<'a>) -> Event<'a> {
        Event {
            id: self.id,
            time: self.time,
            action: self.request.action,
            requester: self
                .caller
                .as_ref()
                .map_or(Requester::Daemon, Requester::Caller),
            request: Some(&self.request),
            phase,
            outcome,
            shared_id: None,
        }
    }
}

impl Drop for Duty {
    fn drop(&mut self) {
        if !self.is_open {
            return;
        }
        let line = self
            .event(Phase::Outcome, Outcome::Failed(ABANDONED))
            .to_line();
        if self.log.record(&line).is_err() {
            tracing::error!("the record of an abandoned request is not written yet");
        }
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("quotas", &self.quotas)
            .finish_non_exhaustive()
    }
}

impl<P> fmt::Debug for Admitted<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admitted")
            .field("action", &self.duty.request.action.name)
            .finish_non_exhaustive()
    }
}

/// What `errorCode` says of a request that was admitted and never concluded.
const ABANDONED: &str = "Abandoned";

/// A strict token offers nothing that is kept for what was made with it long ago.
fn check_profile(request: &Request, partition: Option<&Partition>) -> Result<(), Refusal> {
    let is_strict = partition.is_some_and(|partition| partition.profile == TokenProfile::Strict);
    if is_strict && request.algorithm.is_some_and(Algorithm::is_legacy) {
        return Err(Refusal::AlgorithmNotOffered);
    }
    Ok(())
}
