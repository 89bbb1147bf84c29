//! `hsm status`.

use std::io::{self, Write};

use hsm_proto::{StatusReply, StatusRequest, status_reply::State};
use serde::Serialize;

use crate::{
    failure::Failure,
    output::{self, Report},
    session::Session,
};

pub(super) fn run(session: &Session) -> Result<(), Failure> {
    let reply = session
        .client()
        .call_without_application(StatusRequest {})?;
    session.output.show(&Status::from(reply))
}

/// What a state is called in text and JSON.
pub(super) fn state_name(state: State) -> &'static str {
    match state {
        State::Unspecified => "unknown",
        State::Uninitialized => "uninitialized",
        State::Sealed => "sealed",
        State::Unsealed => "unsealed",
    }
}

#[derive(Serialize)]
struct Status {
    state: &'static str,
    shares_given: u32,
    shares_needed: u32,
    version: String,
    region: String,
    is_development: bool,
    started_at_unix_seconds: u64,
    partitions: u32,
    objects: u64,
    applications: u32,
    audit_records: u64,
    key_memory: String,
    key_memory_bytes: u64,
    key_memory_used_bytes: u64,
    warnings: Vec<String>,
}

impl From<StatusReply> for Status {
    fn from(reply: StatusReply) -> Self {
        Self {
            state: state_name(reply.state()),
            shares_given: reply.shares_given,
            shares_needed: reply.shares_needed,
            version: reply.version,
            region: reply.region,
            is_development: reply.is_development,
            started_at_unix_seconds: reply.started_at_unix_seconds,
            partitions: reply.partitions,
            objects: reply.objects,
            applications: reply.applications,
            audit_records: reply.audit_records,
            key_memory: reply.key_memory,
            key_memory_bytes: reply.key_memory_bytes,
            key_memory_used_bytes: reply.key_memory_used_bytes,
            warnings: reply.warnings,
        }
    }
}

impl Report for Status {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let state = match (self.state, self.shares_needed) {
            ("sealed", 0) => "sealed; `hsm unseal` opens it with the passphrase".into(),
            ("sealed", needed) => {
                format!(
                    "sealed; {} of {needed} shares given, `hsm unseal` takes the next",
                    self.shares_given
                )
            }
            ("uninitialized", _) => "not initialised; `hsm init` makes its root key".into(),
            (state, _) => state.to_owned(),
        };
        let mut fields = vec![
            ("State", state),
            ("Version", self.version.clone()),
            ("Started", output::time(self.started_at_unix_seconds)),
        ];
        if !self.region.is_empty() {
            fields.push(("Region", self.region.clone()));
        }
        if self.is_development {
            fields.push(("Mode", "development: not for production".into()));
        }
        if self.state == "unsealed" {
            fields.extend([
                ("Partitions", self.partitions.to_string()),
                ("Objects", self.objects.to_string()),
                ("Applications", self.applications.to_string()),
                ("Audit records", self.audit_records.to_string()),
            ]);
        }
        if !self.key_memory.is_empty() {
            let kib = |bytes: u64| bytes.div_ceil(1024);
            let use_of = format!(
                "{} of {} KiB used",
                kib(self.key_memory_used_bytes),
                kib(self.key_memory_bytes)
            );
            fields.push(("Key memory", format!("{}, {use_of}", self.key_memory)));
        }
        output::fields(out, &fields)?;
        for warning in &self.warnings {
            writeln!(out, "warning: {warning}")?;
        }
        Ok(())
    }
}
