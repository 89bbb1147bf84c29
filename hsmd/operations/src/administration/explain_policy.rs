//! Why a request of an AWS principal would be allowed or denied, for operators.

use hsmd_gate::aws::{ExplainedAsk, KeyReference, Supposed, SupposedAction};
use hsmd_gate::{Detail, Needs, Row, actions};
use hsmd_identity::{AwsPrincipal, Caller, PrincipalKind};
use hsmd_keys::RegionName;
use hsmd_policy::{
    ConditionKey, EncryptionContext, KeyName, Layer, PolicyTrace, StatementTrace, Trace,
};

use crate::{Dependencies, Error, Operation};

/// Says why a request would be allowed or denied by the policies and grants that there are now. Nothing is asked for by that.
pub struct ExplainPolicy {
    /// The ARN of whoever would ask.
    pub principal: String,
    /// An action or a permission, as policies write it.
    pub action: String,
    /// The keys, in the order in which the action takes them: ids, ARNs or aliases.
    pub keys: Vec<String>,
    /// The alias, with `alias/`.
    pub alias: Option<String>,
    /// The ARN of anything else.
    pub resource: Option<String>,
    /// In which Region.
    pub region: RegionName,
    /// What ciphertexts would be bound to.
    pub encryption_context: Vec<(String, String)>,
    /// Condition keys of the request, with their values.
    pub conditions: Vec<(String, String)>,
    /// The policies that the session of the principal was given.
    pub session_policies: Vec<String>,
    /// The ARNs of managed policies that it was given.
    pub session_policy_arns: Vec<String>,
    /// The tags that it was given.
    pub session_tags: Vec<(String, String)>,
}

/// What would become of a request, and why.
pub struct Explained {
    /// Why it would be refused, by policies or by what comes after them.
    pub refusal: Option<String>,
    /// Each permission that was asked for, up to the first that is denied.
    pub permissions: Vec<ExplainedPermission>,
}

/// One permission that was asked for.
pub struct ExplainedPermission {
    /// As policies write it.
    pub permission: String,
    /// The ARN that it was asked for.
    pub resource: String,
    /// Whether it is allowed.
    pub is_allowed: bool,
    /// By what.
    pub decision: String,
    /// What each policy said, by its name.
    pub policies: Vec<ExplainedPolicy>,
    /// What each grant said, by its id.
    pub grants: Vec<(String, String)>,
}

/// What one policy said.
pub struct ExplainedPolicy {
    /// Which.
    pub policy: String,
    /// Its statements, in order.
    pub statements: Vec<ExplainedStatement>,
}

/// What one statement said.
pub struct ExplainedStatement {
    /// Its `Sid`.
    pub sid: Option<String>,
    /// Whether it applies.
    pub applies: bool,
    /// In words.
    pub outcome: String,
}

impl Operation for ExplainPolicy {
    type Permits = ();
    type Output = Explained;
    type Error = Error;

    fn action() -> &'static Row {
        actions::EXPLAIN_POLICY.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        let action = self.supposed_action()?;
        if self.keys.len() > action.keys() || (self.keys.is_empty() && action.keys() > 0) {
            return Err(Error::MalformedRequest { field: "keys" });
        }
        if self.alias.is_none() && action.names_alias() {
            return Err(Error::MalformedRequest { field: "alias" });
        }
        Ok(Needs::daemon(&actions::EXPLAIN_POLICY)
            .with_detail("principal", Detail::Text(self.principal.clone()))
            .with_detail("action", Detail::Text(self.action.clone()))
            .with_detail("keys", Detail::List(self.keys.clone())))
    }

    async fn execute(self, (): &(), _: &Caller, with: &Dependencies) -> Result<Explained, Error> {
        let action = self.supposed_action()?;
        let principal = with.accounts.principal_of_arn(&self.principal);
        let mut principal: AwsPrincipal = principal.ok_or(Error::AccountNotFound)?;
        with.accounts.give(
            &mut principal,
            &self.session_policies,
            &self.session_policy_arns,
            &self.session_tags,
        )?;
        let told = |(name, _): &(String, String)| {
            KeyName::parse(name) == KeyName::from(ConditionKey::AwsTokenIssueTime)
        };
        let is_session = matches!(principal.kind, PrincipalKind::AssumedRole { .. });
        if is_session && !self.conditions.iter().any(told) {
            // One that begins now.
            principal.issued_at = Some(with.clock.since_epoch());
        }
        let context: EncryptionContext = self.encryption_context.into_iter().collect();
        let supposed = Supposed {
            principal,
            region: self.region,
            action,
            keys: self
                .keys
                .iter()
                .map(|key| KeyReference::parse(key))
                .collect(),
            alias: self.alias,
            resource: self.resource,
            encryption_context: context,
            conditions: self.conditions,
        };
        let explanation = supposed.explained(
            &with.repository,
            with.accounts.as_ref(),
            with.clock.since_epoch(),
        );
        let names = &explanation.policy_names;
        let asks = explanation.asks.iter();
        Ok(Explained {
            refusal: explanation.refusal.as_ref().map(ToString::to_string),
            permissions: asks.map(|ask| permission(ask, names)).collect(),
        })
    }
}

impl ExplainPolicy {
    fn supposed_action(&self) -> Result<SupposedAction, Error> {
        // Who may retire a grant is written in the grant alone.
        SupposedAction::by_name(&self.action)
            .filter(|action| !action.names_grant())
            .ok_or(Error::MalformedRequest { field: "action" })
    }
}

fn permission(ask: &ExplainedAsk, names: &[String]) -> ExplainedPermission {
    let trace: &Trace = &ask.trace;
    let grants = trace.grants.iter();
    ExplainedPermission {
        permission: ask.permission.clone(),
        resource: ask.resource.clone(),
        is_allowed: trace.decision.is_allowed(),
        decision: trace.decision.to_string(),
        policies: trace
            .policies
            .iter()
            .map(|trace| policy(trace, names))
            .collect(),
        grants: grants
            .map(|grant| (grant.id.to_string(), grant.outcome.to_string()))
            .collect(),
    }
}

fn policy(trace: &PolicyTrace, names: &[String]) -> ExplainedPolicy {
    let name = match trace.layer {
        Layer::IdentityPolicy(index) => names.get(index),
        Layer::KeyPolicy | Layer::PermissionsBoundary | Layer::SessionPolicy(_) => None,
    };
    ExplainedPolicy {
        policy: match name {
            Some(name) => format!("{} ({name})", trace.layer),
            None => trace.layer.to_string(),
        },
        statements: trace.statements.iter().map(statement).collect(),
    }
}

fn statement(trace: &StatementTrace) -> ExplainedStatement {
    ExplainedStatement {
        sid: trace.sid.as_ref().map(ToString::to_string),
        applies: trace.outcome.is_ok(),
        outcome: trace.to_string(),
    }
}
