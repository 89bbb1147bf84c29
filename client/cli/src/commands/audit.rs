//! `hsm audit`.

use std::{
    collections::{HashSet, VecDeque},
    fs,
    io::{self, Write},
    path::PathBuf,
    thread,
    time::Duration,
};

use clap::{Args, Subcommand};
use hsm_client::Error as ClientError;
use hsm_proto::{ErrorCode, ReadAuditReply, ReadAuditRequest, StatusRequest};
use hsmd_gate::audit::verify::{Evidence, verify_directory};
use serde::Serialize;
use serde_json::Value;

use crate::{
    failure::{Exit, Failure},
    output::{Output, Report},
    session::Session,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Tail(Tail),
    Verify(Verify),
}

/// Show the latest audit records. Operators only.
///
/// With --json, each line is one record as the daemon keeps it; without, records of reading the log are left out.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm audit tail
  hsm audit tail -n 100 --json | jq 'select(.errorCode)'
  hsm audit tail --key alias/orders
  hsm audit tail --follow")]
pub(crate) struct Tail {
    /// How many records to start with
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    lines: u64,
    /// Go on with new records until interrupted
    #[arg(short, long)]
    follow: bool,
    /// Show only what was asked of this key: a key id, an ARN or an alias. The whole log is read for it
    #[arg(long, value_name = "KEY", conflicts_with = "follow")]
    key: Option<String>,
}

/// Check an audit log's files, without the daemon.
///
/// Finds any change, gap, swap or truncation. Whoever can change the log can change the verifier key
/// beside it too: keep a copy of it elsewhere and give it with --verifier-key, and keep checkpoints
/// elsewhere to notice a log that was cut off.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm audit verify /var/lib/hsmd/audit
  hsm audit verify backup/audit --verifier-key kept/verifier-key --checkpoint kept/checkpoint")]
pub(crate) struct Verify {
    /// The log's folder
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// File with the verifier key that was kept elsewhere
    #[arg(long, value_name = "FILE")]
    verifier_key: Option<PathBuf>,
    /// A checkpoint that was kept elsewhere; may be given more than once
    #[arg(long = "checkpoint", value_name = "FILE")]
    checkpoints: Vec<PathBuf>,
}

/// How many records one request reads.
const PAGE: u32 = 500;

/// How long to rest after a page that told nothing new.
const PAUSE: Duration = Duration::from_secs(2);

/// How long one request waits for a new record.
const WAIT: Duration = Duration::from_secs(20);

pub(super) fn verify(arguments: &Verify, output: Output) -> Result<(), Failure> {
    let read = |file: &PathBuf| fs::read(file).map_err(|error| Failure::file("read", file, &error));
    let verifier_key = arguments.verifier_key.as_ref().map(read).transpose()?;
    let verifier_key = verifier_key.map(|key| String::from_utf8_lossy(&key).trim().to_owned());
    let checkpoints: Vec<_> = arguments
        .checkpoints
        .iter()
        .map(read)
        .collect::<Result<_, _>>()?;
    let evidence = Evidence {
        verifier_key: verifier_key.as_deref(),
        checkpoints: &checkpoints,
    };
    let report = verify_directory(&arguments.directory, &evidence)
        .map_err(|error| Failure::file("read", &arguments.directory, &error))?;
    let problems: Vec<_> = report.problems.iter().map(ToString::to_string).collect();
    let is_whole = problems.is_empty();
    output.show(&Verified {
        records: report.records,
        records_signed: report.records_signed,
        is_whole,
        is_key_from_elsewhere: verifier_key.is_some(),
        problems,
    })?;
    if is_whole {
        Ok(())
    } else {
        Err(Failure::new(
            Exit::AuditDamaged,
            "the audit log is not whole",
        ))
    }
}

pub(super) fn tail(session: &Session, arguments: &Tail) -> Result<(), Failure> {
    if let Some(key) = &arguments.key {
        return tail_of_key(session, key, arguments.lines);
    }
    let status = session
        .client()
        .call_without_application(StatusRequest {})?;
    let mut after = status.audit_records.saturating_sub(arguments.lines);
    let end = status.audit_records;
    loop {
        let page = match session.client().call_within(
            ReadAuditRequest {
                after,
                limit: PAGE,
                wait: arguments.follow && after >= end,
            },
            WAIT,
        ) {
            Ok(page) => page,
            // Nothing happened while waiting.
            Err(ClientError::Refused(error))
                if arguments.follow && error.code() == ErrorCode::DeadlineExceeded =>
            {
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let is_end = page.records.is_empty() || page.next <= after;
        // Reading is recorded too: without --follow, what came since the start is left out.
        let left = if arguments.follow {
            u64::MAX
        } else {
            end.saturating_sub(after)
        };
        after = page.next.max(after);
        let Some(news) = show(session.output, &page, left)? else {
            return Ok(());
        };
        if !arguments.follow && (is_end || after >= end) {
            return Ok(());
        }
        if arguments.follow && news == 0 {
            // The last reading's own record ends the next wait at once: without a pause the log would fill by being read.
            thread::sleep(PAUSE);
        }
    }
}

/// Shows the last records of one key.
fn tail_of_key(session: &Session, key: &str, lines: u64) -> Result<(), Failure> {
    let lines_max = usize::try_from(lines).unwrap_or(usize::MAX);
    let mut records = KeyRecords::new(key);
    let mut last = VecDeque::new();
    each_record(session, |record| {
        if records.is_about_key(record) {
            last.push_back(record.to_vec());
            if last.len() > lines_max {
                last.pop_front();
            }
        }
        true
    })?;
    let mut out = io::stdout().lock();
    for record in &last {
        let line = if session.output.is_json() {
            String::from_utf8_lossy(record).trim().to_owned()
        } else {
            line(record)
        };
        match writeln!(out, "{line}") {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            written => written?,
        }
    }
    Ok(())
}

/// Reads the log from its beginning, as long as `visit` wants more.
pub(super) fn each_record(
    session: &Session,
    mut visit: impl FnMut(&[u8]) -> bool,
) -> Result<(), Failure> {
    let status = session
        .client()
        .call_without_application(StatusRequest {})?;
    let mut after = 0;
    while after < status.audit_records {
        let page = session.client().call_within(
            ReadAuditRequest {
                after,
                limit: PAGE,
                wait: false,
            },
            WAIT,
        )?;
        if page.next <= after || !page.records.iter().all(|record| visit(record)) {
            break;
        }
        after = page.next;
    }
    Ok(())
}

/// Tells the records of one key from others. An alias is followed to the keys that records show under it.
struct KeyRecords {
    name: String,
    /// ARNs of keys that a record with the name told of.
    arns: HashSet<String>,
}

impl KeyRecords {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            arns: HashSet::new(),
        }
    }

    fn is_about_key(&mut self, record: &[u8]) -> bool {
        let Ok(record) = serde_json::from_slice::<Value>(record) else {
            return false;
        };
        let resources = record.get("resources").and_then(Value::as_array);
        let arns: Vec<&str> = resources
            .into_iter()
            .flatten()
            .chain(record.pointer("/responseElements/keyMetadata"))
            .filter_map(|resource| resource.get("ARN").or_else(|| resource.get("arn")))
            .filter_map(Value::as_str)
            .collect();
        let parameter = |name: &str| {
            let value = record.get("requestParameters")?.get(name)?;
            value.as_str()
        };
        let names = [
            "keyId",
            "targetKeyId",
            "aliasName",
            "sourceKeyId",
            "destinationKeyId",
        ];
        let is_named = names
            .into_iter()
            .filter_map(parameter)
            .any(|value| self.is_name(value));
        let is_alias = self.name.contains("alias/");
        if is_named && is_alias && record.get("errorCode").is_none() {
            self.arns.extend(arns.iter().map(|arn| (*arn).to_owned()));
        }
        let through_pkcs11 = ["object", "secondObject"];
        is_named
            || arns
                .into_iter()
                .any(|arn| self.is_name(arn) || self.arns.contains(arn))
            || through_pkcs11
                .into_iter()
                .filter_map(parameter)
                .any(|object| self.is_object(object))
    }

    /// Whether an object of PKCS#11 is the key: its id is the key's id without dashes.
    fn is_object(&self, object: &str) -> bool {
        let of_key = |name: &str| {
            let id = name.rsplit('/').next().unwrap_or(name);
            let id = id.strip_prefix("mrk-").unwrap_or(id);
            id.replace('-', "") == object
        };
        of_key(&self.name) || self.arns.iter().any(|arn| of_key(arn))
    }

    /// Whether a name in a record is the one that is looked for: the same, or its ARN.
    fn is_name(&self, value: &str) -> bool {
        let is_end = |long: &str, short: &str| {
            long.strip_suffix(short)
                .is_some_and(|start| start.ends_with(':') || start.ends_with(":key/"))
        };
        value == self.name || is_end(value, &self.name) || is_end(&self.name, value)
    }
}

/// Shows the records and gives how many of them tell more than that the log was read; `None` if the reader has gone away.
/// People are not shown those that do not.
fn show(output: Output, page: &ReadAuditReply, records_max: u64) -> Result<Option<usize>, Failure> {
    let mut out = io::stdout().lock();
    let mut news = 0;
    for record in page
        .records
        .iter()
        .take(usize::try_from(records_max).unwrap_or(usize::MAX))
    {
        let is_reading = is_reading(record);
        news += usize::from(!is_reading);
        let line = match (output.is_json(), is_reading) {
            (true, _) => String::from_utf8_lossy(record).trim().to_owned(),
            (false, false) => line(record),
            (false, true) => continue,
        };
        match writeln!(out, "{line}").and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(None),
            written => written?,
        }
    }
    Ok(Some(news))
}

/// Whether the record tells of nothing but a successful reading of the log.
fn is_reading(record: &[u8]) -> bool {
    serde_json::from_slice::<Value>(record).is_ok_and(|record| {
        record.get("eventName").and_then(Value::as_str) == Some("ReadAudit")
            && record.get("errorCode").is_none()
    })
}

/// One record for people: `2026-11-21T23:10:40Z  web1  Sign  ok  algorithm=ED25519`. What changes something has two: one
/// when it has begun, one with its outcome.
fn line(record: &[u8]) -> String {
    let Ok(record) = serde_json::from_slice::<Value>(record) else {
        return String::from_utf8_lossy(record).into_owned();
    };
    let text = |pointer: &str| {
        record
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let who = [
        "/userIdentity/arn",
        "/userIdentity/principalId",
        "/userIdentity/name",
        "/userIdentity/type",
        "/userIdentity/invokedBy",
    ]
    .iter()
    .map(|pointer| text(pointer))
    .find(|name| !name.is_empty())
    .unwrap_or_else(|| "-".into());
    let outcome = match (text("/errorCode"), text("/eventPhase").as_str()) {
        (code, _) if !code.is_empty() => code,
        (_, "Intent") => "begun".into(),
        _ => "ok".into(),
    };
    let mut line = format!(
        "{}  {who:<24}  {:<20}  {outcome}",
        text("/eventTime"),
        text("/eventName")
    );
    let details = ["requestParameters", "serviceEventDetails"];
    let details = details
        .iter()
        .filter_map(|name| record.get(name)?.as_object());
    for (name, value) in details.flatten() {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        line = format!("{line}  {name}={value}");
    }
    line
}

#[derive(Serialize)]
struct Verified {
    is_whole: bool,
    records: u64,
    records_signed: u64,
    is_key_from_elsewhere: bool,
    problems: Vec<String>,
}

impl Report for Verified {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for problem in &self.problems {
            writeln!(out, "{problem}")?;
        }
        if self.is_whole {
            writeln!(out, "The log is whole: {} records.", self.records)?;
            let waiting = self.records.saturating_sub(self.records_signed);
            if waiting > 0 {
                writeln!(
                    out,
                    "The newest {waiting} of them are not under a signed checkpoint yet."
                )?;
            }
            if !self.is_key_from_elsewhere {
                writeln!(
                    out,
                    "It was checked with the verifier key that lies beside it; --verifier-key takes a copy."
                )?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    fn record(parameters: &str, key: &str) -> Vec<u8> {
        format!(
            r#"{{"eventName":"Encrypt","requestParameters":{parameters},"resources":[{{"ARN":"arn:aws:kms:us-east-1:111122223333:key/{key}"}}]}}"#
        )
        .into_bytes()
    }

    #[test]
    fn a_key_is_found_by_id_arn_and_alias() {
        let by_id = record(&format!(r#"{{"keyId":"{KEY}"}}"#), KEY);
        let by_alias = record(r#"{"keyId":"alias/x"}"#, KEY);
        let other = record(
            r#"{"keyId":"alias/y"}"#,
            "00000000-12ab-34cd-56ef-1234567890ab",
        );
        let arn = format!("arn:aws:kms:us-east-1:111122223333:key/{KEY}");
        for name in [KEY, &arn] {
            let mut records = KeyRecords::new(name);
            assert!(
                records.is_about_key(&by_id) && records.is_about_key(&by_alias),
                "{name}"
            );
            assert!(!records.is_about_key(&other) && !records.is_about_key(b"{}"));
        }
        for name in ["alias/x", "arn:aws:kms:us-east-1:111122223333:alias/x"] {
            let mut records = KeyRecords::new(name);
            assert!(!records.is_about_key(&by_id) && !records.is_about_key(&other));
            assert!(records.is_about_key(&by_alias));
            assert!(
                records.is_about_key(&by_id),
                "known by its alias from then on"
            );
            assert!(!records.is_about_key(&other));
        }
    }

    #[test]
    fn what_is_asked_of_a_key_through_pkcs11_is_found_too() {
        let object = KEY.replace('-', "");
        let signed =
            format!(r#"{{"eventName":"Sign","requestParameters":{{"object":"{object}"}}}}"#);
        let signed_by_other = signed.replace("1234abcd", "00000000");
        for name in [
            KEY.to_owned(),
            format!("arn:aws:kms:us-east-1:111122223333:key/{KEY}"),
        ] {
            let mut records = KeyRecords::new(&name);
            assert!(records.is_about_key(signed.as_bytes()), "{name}");
            assert!(!records.is_about_key(signed_by_other.as_bytes()), "{name}");
        }
        let mut records = KeyRecords::new("alias/x");
        assert!(!records.is_about_key(signed.as_bytes()), "not known yet");
        assert!(records.is_about_key(&record(r#"{"keyId":"alias/x"}"#, KEY)));
        assert!(records.is_about_key(signed.as_bytes()));
    }
}
