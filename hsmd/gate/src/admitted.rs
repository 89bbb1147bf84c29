//! What was admitted, and the duty to record what became of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hsmd_identity::{Caller, RequestUnderWay};
use hsmd_keys::{ObjectId, PartitionId, Tenancy};

use crate::actions::Recording;
use crate::audit::{AuditUnavailable, Log};
use crate::event::{Event, EventId, Outcome, Phase, Requester};
use crate::needs::{Objects, Request};
use crate::refusal::Refusal;

/// An admitted request: its permits, and the duty to conclude it.
///
/// Dropping it without [`Gate::conclude`](crate::Gate::conclude), as when a client hangs up and its request is cancelled, records that it was
/// abandoned: whether the use took place is then not known, and the record says so.
#[must_use]
pub struct Admitted<P> {
    permits: P,
    duty: Duty,
}

/// The duty to record what became of a request.
struct Duty {
    log: Arc<Log>,
    author: Author,
    request: Request,
    id: EventId,
    time: Duration,
    is_open: bool,
}

/// Whose request it is.
pub(crate) enum Author {
    /// A caller's, which is under way until it is concluded.
    Caller {
        caller: Caller,
        _under_way: RequestUnderWay,
    },
    /// The daemon's own, in an account and Region.
    Daemon(Tenancy),
}

impl<P> Admitted<P> {
    /// Records the intent, if it is one to change something, and takes on the duty to conclude.
    pub(crate) async fn begin(
        log: &Arc<Log>,
        time: Duration,
        permits: P,
        request: Request,
        author: Author,
    ) -> Result<Self, Refusal> {
        let duty = Duty {
            log: Arc::clone(log),
            id: log.next_event_id(),
            time,
            author,
            request,
            is_open: true,
        };
        let duty = duty.with_intent_recorded().await?;
        Ok(Self { permits, duty })
    }

    pub(crate) async fn conclude(self, outcome: Outcome<'_>) -> Result<(), AuditUnavailable> {
        self.duty.conclude(outcome).await
    }

    /// What the caller may do.
    #[must_use]
    pub fn permits(&self) -> &P {
        &self.permits
    }

    /// The keys of accounts that an AWS principal's request is about.
    #[must_use]
    pub fn keys(&self) -> Vec<(PartitionId, ObjectId)> {
        let keys = self.duty.request.resources().iter();
        keys.map(|key| (key.partition, key.object)).collect()
    }

    /// The first object that a request through PKCS#11 is about, and its partition.
    #[must_use]
    pub fn object(&self) -> Option<(PartitionId, ObjectId)> {
        let Request {
            partition, objects, ..
        } = &self.duty.request;
        match objects {
            Objects::One(id) | Objects::Two(id, _) => Some(((*partition)?, *id)),
            Objects::None | Objects::Many(_) => None,
        }
    }

    /// The id of its record in the audit log, as the record has it.
    #[must_use]
    pub fn event_id(&self) -> String {
        let Duty { id, request, .. } = &self.duty;
        let mut text = String::with_capacity(36);
        if request.aws.is_some() {
            id.push(&mut text);
        } else {
            id.push_own(&mut text);
        }
        text
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
        let Author::Caller { caller: asker, .. } = &self.author else {
            return Ok(None);
        };
        let asker = asker.aws();
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
            requester: match &self.author {
                Author::Caller { caller, .. } => Requester::Caller(caller),
                Author::Daemon(tenancy) => Requester::Service(tenancy),
            },
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

impl<P> fmt::Debug for Admitted<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admitted")
            .field("action", &self.duty.request.action.name)
            .finish_non_exhaustive()
    }
}

/// What `errorCode` says of a request that was admitted and never concluded.
const ABANDONED: &str = "Abandoned";
