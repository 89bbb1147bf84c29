//! What happened, as the audit log tells it: one line of JSON in the shape of an event of `CloudTrail`.

use std::cell::Cell;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hsmd_identity::{Caller, LoginRole, Peer, Source};
use hsmd_keys::Tenancy;

use crate::actions::{Recording, Row};
use crate::audit::record::{
    Json, push_american_time, push_hexadecimal, push_number, push_text, push_time,
};
use crate::aws::cloudtrail::{self, Asker, Recipient};
use crate::aws::service_event;
use crate::needs::{Detail, Objects, Request};

/// What became of a request.
#[derive(Debug, Clone, Copy)]
pub enum Outcome<'a> {
    /// It was done.
    Done,
    /// It was done, and made or touched the thing with this id.
    DoneWith(&'a [u8; 16]),
    /// It was done, and answered with these members, which the record of an AWS principal tells.
    Answered(&'a [(&'static str, Detail)]),
    /// It failed; the name is what `errorCode` says.
    Failed(&'a str),
    /// It failed, with a message for the record of an AWS principal.
    FailedBecause {
        /// What `errorCode` says.
        code: &'a str,
        /// What `errorMessage` says.
        message: &'a str,
    },
}

/// Who asked.
#[derive(Debug, Clone, Copy)]
pub enum Requester<'a> {
    /// Someone known.
    Caller(&'a Caller),
    /// The other end of a connection, not known.
    Peer(&'a Peer),
    /// A network address whose TLS handshake failed.
    Address(SocketAddr),
    /// The daemon itself, as when an application's time has come.
    Daemon,
    /// The daemon itself, in an account and Region, as when a key's time has come.
    Service(&'a Tenancy),
}

/// Which of a change's two records it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Intent,
    Outcome,
}

/// One event.
pub(crate) struct Event<'a> {
    pub(crate) id: EventId,
    pub(crate) time: Duration,
    pub(crate) action: &'static Row,
    pub(crate) requester: Requester<'a>,
    pub(crate) request: Option<&'a Request>,
    pub(crate) phase: Phase,
    pub(crate) outcome: Outcome<'a>,
    /// What this record shares with its copies for the owners of other accounts' keys, if there are any.
    pub(crate) shared_id: Option<EventId>,
}

/// Names one event in all logs: 8 random bytes of this process and a number. The intent and the outcome of a change
/// share theirs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EventId {
    process: [u8; 8],
    number: u64,
}

/// Gives out event ids.
#[derive(Debug)]
pub(crate) struct EventIds {
    process: [u8; 8],
    next: AtomicU64,
}

impl EventId {
    /// As records of our own actions write it.
    pub(crate) fn push_own(&self, line: &mut String) {
        push_hexadecimal(line, &self.process);
        line.push('-');
        push_number(line, self.number);
    }

    /// As records of AWS principals write it, in the form of a UUID.
    pub(crate) fn push(&self, line: &mut String) {
        let number = self.number.to_be_bytes();
        let (first, second, third) = (&self.process[..4], &self.process[4..6], &self.process[6..]);
        push_hexadecimal(line, first);
        for group in [second, third, &number[..2], &number[2..]] {
            line.push('-');
            push_hexadecimal(line, group);
        }
    }
}

/// The text of a record. Its room is used again for the thread's next: a record is written for every request.
pub(crate) struct Line(String);

thread_local! {
    static SPARE: Cell<String> = const { Cell::new(String::new()) };
}

impl Line {
    fn new() -> Self {
        let mut text = SPARE.take();
        text.clear();
        Self(text)
    }
}

impl Deref for Line {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let text = std::mem::take(&mut self.0);
        // A thread that is ending keeps nothing.
        let _ = SPARE.try_with(|spare| {
            if text.capacity() <= SPARE_BYTES_MAX {
                spare.set(text);
            }
        });
    }
}

impl EventIds {
    pub(crate) fn new() -> Self {
        let mut process = [0; 8];
        // Without randomness ids of two processes may be the same, which confuses readers and harms nothing else.
        if getrandom::fill(&mut process).is_err() {
            tracing::error!("no randomness for the ids of audit records");
        }
        Self {
            process,
            next: AtomicU64::new(1),
        }
    }

    pub(crate) fn next(&self) -> EventId {
        EventId {
            process: self.process,
            number: self.next.fetch_add(1, Ordering::Relaxed),
        }
    }
}

impl Event<'_> {
    /// The record: one line without its newline.
    pub(crate) fn to_line(&self) -> Line {
        let mut line = Line::new();
        self.push(&mut line.0);
        line
    }

    fn push(&self, line: &mut String) {
        if let Some(asker) = self.asker() {
            return cloudtrail::push(line, self, asker, Recipient::Asker);
        }
        if let Requester::Service(tenancy) = self.requester {
            return service_event::push(line, self, tenancy);
        }
        let mut json = Json::begin(line);
        json.name("eventVersion", "1");
        json.with("eventTime", |line| {
            line.push('"');
            push_time(line, self.time);
            line.push('"');
        });
        json.name("eventSource", "hsmd");
        json.name("eventName", self.action.event_name());
        json.with("eventID", |line| {
            line.push('"');
            self.id.push_own(line);
            line.push('"');
        });
        self.push_requester(&mut json);
        if let Some(request) = self.request {
            json.object("requestParameters", |parameters| {
                push_parameters(parameters, request);
            });
        }
        if self.phase == Phase::Intent {
            json.name("eventPhase", "Intent");
        } else {
            let changes = self
                .request
                .is_some_and(|request| request.recording() == Recording::Change);
            if changes {
                json.name("eventPhase", "Outcome");
            }
            match self.outcome {
                Outcome::Done => {}
                Outcome::DoneWith(id) => {
                    json.object("responseElements", |elements| {
                        elements.hexadecimal("id", id);
                    });
                }
                Outcome::Answered(members) => {
                    json.object("responseElements", |elements| {
                        push_details(elements, members);
                    });
                }
                Outcome::Failed(code) | Outcome::FailedBecause { code, .. } => {
                    json.text("errorCode", code);
                }
            }
        }
        json.end();
    }

    /// The record's copy for an account whose key another account asked for. `id` is the copy's own.
    pub(crate) fn copy_for(&self, owner: &str, id: EventId) -> Option<Line> {
        let asker = self.asker()?;
        let mut line = Line::new();
        cloudtrail::push(&mut line.0, self, asker, Recipient::Owner(owner, id));
        Some(line)
    }

    fn asker(&self) -> Option<Asker<'_>> {
        let Requester::Caller(caller) = &self.requester else {
            return None;
        };
        Some(Asker {
            principal: caller.aws()?,
            signed: caller.aws_request()?,
            source: caller.source(),
        })
    }

    fn push_requester(&self, json: &mut Json<'_>) {
        let source = match self.requester {
            Requester::Caller(caller) => {
                json.object("userIdentity", |identity| {
                    let kind = if caller.is_operator() {
                        "Operator"
                    } else {
                        "Client"
                    };
                    identity.name("type", kind);
                    identity.text("principalId", caller.principal_name());
                    self.push_login(identity, caller);
                });
                if caller.application_id().is_some() {
                    json.with("userAgent", |line| {
                        push_text(line, caller.program());
                        line.pop();
                        line.push('/');
                        push_number(line, caller.process_id().into());
                        line.push('"');
                    });
                }
                Some(caller.source())
            }
            Requester::Peer(peer) => {
                json.object("userIdentity", |identity| {
                    identity.name("type", "Unknown");
                    identity.text("principalId", &peer.to_string());
                });
                Some(peer.source())
            }
            Requester::Address(address) => {
                json.object("userIdentity", |identity| identity.name("type", "Unknown"));
                Some(Source::Network(address))
            }
            Requester::Daemon | Requester::Service(_) => {
                json.object("userIdentity", |identity| identity.name("type", "Daemon"));
                None
            }
        };
        if let Some(source) = source {
            json.name("sourceIPAddress", &source.to_string());
        }
    }

    fn push_login(&self, identity: &mut Json<'_>, caller: &Caller) {
        if let Some(application) = caller.application_id() {
            identity.hexadecimal("applicationId", application.as_bytes());
        }
        let partition = self.request.and_then(|request| request.partition);
        let Some(holder) = partition.and_then(|partition| caller.pin_holder(partition)) else {
            return;
        };
        match holder.role() {
            LoginRole::SecurityOfficer => identity.name("login", "SecurityOfficer"),
            LoginRole::User => identity.name("login", "User"),
        }
        if let Some(name) = holder.name() {
            identity.text("userName", name);
        }
    }
}

fn push_parameters(parameters: &mut Json<'_>, request: &Request) {
    if let Some(partition) = request.partition {
        parameters.hexadecimal("partition", partition.as_bytes());
    }
    match &request.objects {
        Objects::None => {}
        Objects::One(object) => parameters.hexadecimal("object", object.as_bytes()),
        Objects::Two(first, second) => {
            parameters.hexadecimal("object", first.as_bytes());
            parameters.hexadecimal("secondObject", second.as_bytes());
        }
        Objects::Many(many) => parameters.with("objects", |line| {
            line.push('[');
            for object in many {
                line.push_str(if line.ends_with('[') { "\"" } else { ",\"" });
                push_hexadecimal(line, object.as_bytes());
                line.push('"');
            }
            line.push(']');
        }),
    }
    if let Some(algorithm) = request.algorithm {
        parameters.name("algorithm", algorithm.name());
    }
    push_details(parameters, request.details.iter());
}

/// Request parameters, one by one.
pub(crate) fn push_details<'a>(
    parameters: &mut Json<'_>,
    details: impl IntoIterator<Item = &'a (&'static str, Detail)>,
) {
    for (name, value) in details {
        match value {
            Detail::Name(value) => parameters.name(name, value),
            Detail::Text(value) => parameters.text(name, value),
            Detail::Number(value) => parameters.number(name, *value),
            Detail::Id(value) => parameters.hexadecimal(name, value),
            Detail::Flag(value) => parameters.with(name, |line| {
                line.push_str(if *value { "true" } else { "false" });
            }),
            Detail::List(values) => parameters.with(name, |line| {
                line.push('[');
                for (position, value) in values.iter().enumerate() {
                    if position > 0 {
                        line.push(',');
                    }
                    push_text(line, value);
                }
                line.push(']');
            }),
            Detail::Moment(milliseconds) => parameters.with(name, |line| {
                push_american_time(line, Duration::from_millis(*milliseconds));
            }),
            Detail::Members(members) => {
                parameters.object(name, |object| push_details(object, members));
            }
            Detail::Pairs(pairs) => parameters.with(name, |line| {
                line.push('{');
                for (position, (name, value)) in pairs.iter().enumerate() {
                    if position > 0 {
                        line.push(',');
                    }
                    push_text(line, name);
                    line.push(':');
                    push_text(line, value);
                }
                line.push('}');
            }),
        }
    }
}

/// Longer lines give their room back.
const SPARE_BYTES_MAX: usize = 8 << 10;
