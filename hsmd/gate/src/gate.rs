//! Admitting and concluding: the two ends of the road that every request travels.

use std::fmt;
use std::sync::Arc;

use hsm_algorithms::Algorithm;
use hsmd_identity::{Caller, Clock, RequestUnderWay};
use hsmd_keys::{Lifetime, ObjectId, Partition, Repository, TokenProfile};
use hsmd_policy::CallerPolicies;

use crate::actions::aws::AwsRow;
use crate::actions::{Requirement, Row};
use crate::admitted::{Admitted, Author};
use crate::audit::{AuditUnavailable, Log};
use crate::aws::{Admission, KeyPolicyCheck, NoPrincipals, Principals, counted};
use crate::event::{Outcome, Requester};
use crate::key_use::Use;
use crate::needs::{Needs, Objects, PermitSet, Request};
use crate::permit::Permit;
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
        let author = Author::Caller {
            caller: caller.clone(),
            _under_way: under_way,
        };
        Admitted::begin(
            &self.log,
            self.clock.since_epoch(),
            permits,
            request,
            author,
        )
        .await
    }

    /// Admits the daemon itself in an account, with a permit that whoever calls this has made.
    pub(crate) async fn admit_the_daemon<U: Use>(
        &self,
        permit: Permit<U>,
        request: Request,
    ) -> Result<Admitted<Permit<U>>, Refusal> {
        let tenancy = permit.partition().tenancy.clone();
        let tenancy = tenancy.ok_or(Refusal::PartitionNotFound)?;
        if !self.log.is_available() {
            return Err(Refusal::AuditUnavailable);
        }
        let author = Author::Daemon(tenancy);
        Admitted::begin(&self.log, self.clock.since_epoch(), permit, request, author).await
    }

    /// The ids of what a request names: keys of accounts, as far as they are there, objects, or else the partition. This
    /// decides nothing: it is for requests that wait for each other before they are decided.
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
        admitted.conclude(outcome).await
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

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("quotas", &self.quotas)
            .finish_non_exhaustive()
    }
}

/// A strict token offers nothing that is kept for what was made with it long ago.
fn check_profile(request: &Request, partition: Option<&Partition>) -> Result<(), Refusal> {
    let is_strict = partition.is_some_and(|partition| partition.profile == TokenProfile::Strict);
    if is_strict && request.algorithm.is_some_and(Algorithm::is_legacy) {
        return Err(Refusal::AlgorithmNotOffered);
    }
    Ok(())
}
