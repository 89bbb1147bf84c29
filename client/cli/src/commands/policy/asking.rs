//! `hsm policy explain` of a daemon: by the policies and grants that are stored there now.

use std::io::{self, Write};

use hsm_proto::{ExplainPolicyReply, ExplainPolicyRequest, ExplainedPermission, NamedText};
use hsmd_policy::PolicyKind;
use serde::Serialize;

use super::{Explain, ExplainedGrant, ExplainedPolicy, ExplainedStatement, event, files};
use crate::{
    failure::{Exit, Failure},
    output::Report,
    session::Session,
};

/// Asks the daemon about a request that was typed, or about one that is in its audit log.
pub(super) fn explain(
    arguments: &Explain,
    open: impl FnOnce() -> Result<Session, Failure>,
) -> Result<(), Failure> {
    let (session, request, event) = if let Some(id) = &arguments.event {
        let session = open()?;
        let event = event::Event::find(&session, id)?;
        if !event.tells_of_session() {
            session.output.note("The audit log does not tell how the session began: its policies and tags are left out.");
        }
        (session, event.request()?, Some(event.summary()))
    } else {
        // What cannot be asked needs no daemon to say so.
        let request = typed(arguments)?;
        (open()?, request, None)
    };
    let reply = session.call(request)?;
    let is_allowed = reply.is_allowed;
    session.output.show(&Explained::new(event, reply))?;
    if is_allowed {
        Ok(())
    } else {
        Err(Failure::new(Exit::Denied, "the request is denied"))
    }
}

fn typed(arguments: &Explain) -> Result<ExplainPolicyRequest, Failure> {
    let pairs = |texts: &[String]| -> Result<Vec<NamedText>, Failure> {
        let pair = |text: &String| {
            let (name, value) = super::request::name_and_value(text)?;
            Ok(named(name, value))
        };
        texts.iter().map(pair).collect()
    };
    let principal = arguments.principal.clone().unwrap_or_default();
    if !principal.starts_with("arn:") {
        return Err(
            Failure::new(Exit::Usage, format!("{principal} names no principal"))
                .with_hint("give the ARN of a user, role, session or root user"),
        );
    }
    let action = arguments.action.clone().unwrap_or_default();
    super::request::check_action(&action)?;
    let of_key = arguments.keys.first().and_then(|key| region_of(key));
    let region = of_key.or(arguments.region.as_deref()).ok_or_else(|| {
        Failure::new(Exit::Usage, "the request has no Region")
            .with_hint("say --region, or name the key by its ARN")
    })?;
    let policies = arguments.session_policies.iter();
    let policies =
        policies.map(|file| Ok(files::policy(file, PolicyKind::Identity)?.text.to_string()));
    let resource = Some(&arguments.resource).filter(|resource| *resource != "*");
    Ok(ExplainPolicyRequest {
        principal,
        action,
        keys: arguments.keys.clone(),
        alias: arguments.alias.clone().unwrap_or_default(),
        resource: resource.cloned().unwrap_or_default(),
        region: region.to_owned(),
        encryption_context: pairs(&arguments.encryption_context)?,
        conditions: pairs(&arguments.conditions)?,
        session_policies: policies.collect::<Result<_, Failure>>()?,
        session_policy_arns: arguments.session_policy_arns.clone(),
        session_tags: pairs(&arguments.session_tags)?,
    })
}

fn region_of(arn: &str) -> Option<&str> {
    arn.starts_with("arn:")
        .then(|| arn.split(':').nth(3))
        .flatten()
}

pub(super) fn named(name: &str, value: &str) -> NamedText {
    NamedText {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

#[derive(Debug, Serialize)]
struct Explained {
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<String>,
    allowed: bool,
    outcome: String,
    permissions: Vec<Permission>,
}

#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "what is allowed is one")]
struct Permission {
    permission: String,
    resource: String,
    allowed: bool,
    decision: String,
    policies: Vec<ExplainedPolicy>,
    grants: Vec<ExplainedGrant>,
}

impl Explained {
    fn new(event: Option<String>, reply: ExplainPolicyReply) -> Self {
        Self {
            event,
            allowed: reply.is_allowed,
            outcome: reply.outcome,
            permissions: reply
                .permissions
                .into_iter()
                .map(Permission::from)
                .collect(),
        }
    }
}

impl From<ExplainedPermission> for Permission {
    fn from(told: ExplainedPermission) -> Self {
        let policies = told.policies.into_iter().map(|told| ExplainedPolicy {
            policy: told.policy,
            statements: told
                .statements
                .into_iter()
                .map(|told| ExplainedStatement {
                    sid: (!told.sid.is_empty()).then_some(told.sid),
                    applies: told.applies,
                    outcome: told.outcome,
                })
                .collect(),
        });
        let grants = told.grants.into_iter().map(|told| ExplainedGrant {
            id: told.id,
            outcome: told.outcome,
        });
        Self {
            permission: told.permission,
            resource: told.resource,
            allowed: told.is_allowed,
            decision: told.decision,
            policies: policies.collect(),
            grants: grants.collect(),
        }
    }
}

impl Report for Explained {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        if let Some(event) = &self.event {
            writeln!(out, "{event}\nBy what is stored now:")?;
        }
        for permission in &self.permissions {
            writeln!(out, "{} on {}", permission.permission, permission.resource)?;
            for policy in &permission.policies {
                writeln!(out, "  {}", policy.policy)?;
                for (index, statement) in policy.statements.iter().enumerate() {
                    writeln!(out, "    {}. {}", index + 1, statement.outcome)?;
                }
            }
            for grant in &permission.grants {
                writeln!(out, "  grant {}\n    {}", grant.id, grant.outcome)?;
            }
            writeln!(out, "  {}", permission.decision)?;
        }
        writeln!(out, "{}", self.outcome)
    }
}
