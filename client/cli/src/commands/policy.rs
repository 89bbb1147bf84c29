//! `hsm policy`: what AWS policies say, judged here from files, without a daemon, or by what a daemon has stored.

mod asking;
mod event;
mod files;
mod request;

use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::{Args, Subcommand, ValueEnum};
use hsmd_policy::{
    CallerPolicies, Inputs, PolicyKind, StatementTrace, Trace, explain_by_identity, explain_key_use,
};
use serde::Serialize;

use self::request::Asked;
use crate::{
    failure::{Exit, Failure},
    output::{Output, Report},
    session::Session,
};

/// What the commands are for, one after the other.
pub(crate) const NEXT: &str = "\
From a policy to why it decides as it does:
  hsm policy check key-policy.json
  aws kms put-key-policy --key-id alias/orders --policy file://key-policy.json
  hsm audit tail --key alias/orders --json
  hsm policy explain --event EVENT_ID

EVENT_ID is the eventID of a record.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(Check),
    Explain(Box<Explain>),
}

/// Say whether files are policies, as the daemon would when they are put.
///
/// Whether the principals exist, and whether a key policy locks its maker out, only the daemon can say.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm policy check key-policy.json
  hsm policy check --kind identity writers.json readers.json

Next:
  aws kms put-key-policy --key-id alias/orders --policy file://key-policy.json")]
pub(crate) struct Check {
    /// What the policies are for
    #[arg(long, value_enum, default_value_t = Kind::Key)]
    kind: Kind,
    /// Files with policies
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// Where a policy lives.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// With a key
    Key,
    /// With a user or role
    Identity,
    /// With a role, saying who may take it on
    Trust,
}

/// Say why a request is allowed or denied, statement by statement.
///
/// By the policies and grants that the daemon has stored now, or, where files with policies are given, by these alone and without
/// a daemon. With --event it is a request that is in the audit log.
///
/// A session is explained with the policies and tags that it was given: those of an event as the records of AssumeRole have them,
/// others with --session-policy, --session-policy-arn and --session-tag.
///
/// Files have policies as they are put, or as `aws kms get-key-policy`, `aws iam get-role-policy` and their like give them, and
/// grants as `aws kms list-grants` gives them. Known of the request are the principal, the key and what --encryption-context and
/// --condition say, which counts before everything else; a condition key that is not given is absent. The exit code is 5 if the request is denied. To ask the daemon
/// is for operators.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hsm policy explain --principal arn:aws:iam::123456789012:user/ada --action kms:Decrypt \\
      --key alias/orders --region us-east-1 --encryption-context purpose=test
  hsm policy explain --event 3f0c2a9e-8f61-44de-0000-00000000002a
  hsm policy explain --principal arn:aws:sts::123456789012:assumed-role/writer/night \\
      --action kms:Sign --key alias/orders --region us-east-1 \\
      --session-policy session.json --session-tag team=blue
  hsm policy explain --action kms:Decrypt --principal arn:aws:iam::123456789012:user/ada \\
      --key arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab \\
      --key-policy key-policy.json --identity-policy ada.json")]
pub(crate) struct Explain {
    /// The action, as policies write it: kms:Decrypt
    #[arg(long, value_name = "ACTION", required_unless_present = "event")]
    pub(self) action: Option<String>,
    /// Who asks: the ARN of a user, role, session or root user, or with files the name of a service
    #[arg(long, value_name = "ARN", required_unless_present = "event")]
    pub(self) principal: Option<String>,
    /// A request in the daemon's audit log, by its eventID
    #[arg(long, value_name = "ID", conflicts_with_all = ["action", "principal", "keys", "alias", "resource",
        "encryption_context", "conditions", "key_policy", "identity_policies", "permissions_boundary", "session_policies",
        "session_policy_arns", "session_tags", "grants"])]
    pub(self) event: Option<String>,
    /// The ARN of a session's role, if the role has a path
    #[arg(long, value_name = "ARN")]
    pub(self) role: Option<String>,
    /// The unique id of the user or role, to which stored policies are bound
    #[arg(long, value_name = "ID", default_value = "")]
    pub(self) unique_id: String,
    /// The key: its ARN, or of a daemon also its id or alias; twice for kms:ReEncrypt with two keys
    #[arg(long = "key", value_name = "KEY")]
    pub(self) keys: Vec<String>,
    /// The alias that is made, changed or deleted, with alias/
    #[arg(long, value_name = "ALIAS")]
    pub(self) alias: Option<String>,
    /// The resource, where no key is asked for
    #[arg(long, value_name = "ARN", default_value = "*", conflicts_with = "keys")]
    pub(self) resource: String,
    /// The Region of the request, where no ARN of a key says it
    #[arg(long, value_name = "REGION", env = "AWS_REGION")]
    pub(self) region: Option<String>,
    /// File with the key's policy
    #[arg(long, value_name = "FILE", requires = "keys")]
    key_policy: Option<PathBuf>,
    /// File with a policy of the caller; may be given more than once
    #[arg(long = "identity-policy", value_name = "FILE")]
    identity_policies: Vec<PathBuf>,
    /// File with the caller's permissions boundary
    #[arg(long, value_name = "FILE")]
    permissions_boundary: Option<PathBuf>,
    /// File with a policy of the session; may be given more than once
    #[arg(long = "session-policy", value_name = "FILE")]
    pub(self) session_policies: Vec<PathBuf>,
    /// The ARN of a managed policy of the session, which the daemon has; may be given more than once
    #[arg(long = "session-policy-arn", value_name = "ARN", conflicts_with_all = ["key_policy", "identity_policies", "permissions_boundary"])]
    pub(self) session_policy_arns: Vec<String>,
    /// A tag of the session; may be given more than once
    #[arg(long = "session-tag", value_name = "NAME=VALUE")]
    pub(self) session_tags: Vec<String>,
    /// File with grants on the key; may be given more than once
    #[arg(long = "grants", value_name = "FILE", requires = "key_policy")]
    grants: Vec<PathBuf>,
    /// A pair of the encryption context; may be given more than once
    #[arg(long = "encryption-context", value_name = "NAME=VALUE")]
    pub(self) encryption_context: Vec<String>,
    /// A condition key of the request; may be given more than once
    #[arg(long = "condition", value_name = "NAME=VALUE")]
    pub(self) conditions: Vec<String>,
}

pub(super) fn run(
    command: Command,
    output: Output,
    open: impl FnOnce() -> Result<Session, Failure>,
) -> Result<(), Failure> {
    match command {
        Command::Check(arguments) => check(&arguments, output),
        Command::Explain(arguments) if arguments.has_files() => explain(&arguments, output),
        Command::Explain(arguments) => asking::explain(&arguments, open),
    }
}

impl Explain {
    /// Whether the policies are in files. Those of a session are in files always: nobody stores them.
    fn has_files(&self) -> bool {
        self.key_policy.is_some()
            || self.permissions_boundary.is_some()
            || !self.identity_policies.is_empty()
    }
}

fn check(arguments: &Check, output: Output) -> Result<(), Failure> {
    let kind = match arguments.kind {
        Kind::Key => PolicyKind::Key,
        Kind::Identity => PolicyKind::Identity,
        Kind::Trust => PolicyKind::Trust,
    };
    let mut checked = Vec::new();
    for file in &arguments.files {
        let policy = files::policy(file, kind)?;
        checked.push(CheckedFile {
            file: file.display().to_string(),
            statements: policy.document.statement_count(),
        });
    }
    output.show(&Checked { policies: checked })
}

fn explain(arguments: &Explain, output: Output) -> Result<(), Failure> {
    let stored = |file: &PathBuf| files::policy(file, PolicyKind::Identity);
    let identity: Vec<_> = arguments
        .identity_policies
        .iter()
        .map(stored)
        .collect::<Result<_, _>>()?;
    let session: Vec<_> = arguments
        .session_policies
        .iter()
        .map(stored)
        .collect::<Result<_, _>>()?;
    let boundary = arguments
        .permissions_boundary
        .as_ref()
        .map(stored)
        .transpose()?;
    let caller = CallerPolicies {
        identity: &identity,
        boundary: boundary.as_deref(),
        session: &session,
    };
    let asked = Asked::new(arguments)?;
    let request = asked.request();
    let trace = match &arguments.key_policy {
        None => explain_by_identity(&request, request.principal.account, &caller),
        Some(file) => {
            let key_policy = files::policy(file, PolicyKind::Key)?;
            let grants: Vec<_> = arguments
                .grants
                .iter()
                .map(|file| files::grants(file))
                .collect::<Result<Vec<_>, _>>()?
                .concat();
            explain_key_use(&Inputs {
                request,
                owner_account: asked.owner_account(),
                key_policy: &key_policy.document,
                caller,
                grants: &grants.iter().collect::<Vec<_>>(),
                grant_use: asked.grant_use(),
                works_across_accounts: asked.works_across_accounts(),
            })
        }
    };
    output.show(&Explained::new(&trace))?;
    if trace.decision.is_allowed() {
        Ok(())
    } else {
        Err(Failure::new(Exit::Denied, "the request is denied"))
    }
}

#[derive(Debug, Serialize)]
struct Checked {
    policies: Vec<CheckedFile>,
}

#[derive(Debug, Serialize)]
struct CheckedFile {
    file: String,
    statements: usize,
}

impl Report for Checked {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for policy in &self.policies {
            let count = policy.statements;
            let plural = if count == 1 { "" } else { "s" };
            writeln!(out, "{}: {count} statement{plural}", policy.file)?;
        }
        Ok(())
    }
}

#[derive(Debug, Serialize)]
struct Explained {
    allowed: bool,
    decision: String,
    policies: Vec<ExplainedPolicy>,
    grants: Vec<ExplainedGrant>,
    #[serde(skip)]
    text: String,
}

#[derive(Debug, Serialize)]
struct ExplainedPolicy {
    policy: String,
    statements: Vec<ExplainedStatement>,
}

#[derive(Debug, Serialize)]
struct ExplainedStatement {
    sid: Option<String>,
    applies: bool,
    outcome: String,
}

#[derive(Debug, Serialize)]
struct ExplainedGrant {
    id: String,
    outcome: String,
}

impl Explained {
    fn new(trace: &Trace) -> Self {
        let policies = trace.policies.iter().map(|policy| ExplainedPolicy {
            policy: policy.layer.to_string(),
            statements: policy.statements.iter().map(statement).collect(),
        });
        let grants = trace.grants.iter().map(|grant| ExplainedGrant {
            id: grant.id.to_string(),
            outcome: grant.outcome.to_string(),
        });
        Self {
            allowed: trace.decision.is_allowed(),
            decision: trace.decision.to_string(),
            policies: policies.collect(),
            grants: grants.collect(),
            text: trace.to_string(),
        }
    }
}

fn statement(trace: &StatementTrace) -> ExplainedStatement {
    ExplainedStatement {
        sid: trace.sid.as_ref().map(ToString::to_string),
        applies: trace.outcome.is_ok(),
        outcome: trace.to_string(),
    }
}

impl Report for Explained {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", self.text)
    }
}
