//! Why a request was allowed or denied: each policy, statement by statement, from the same functions that decide.

use std::fmt;

use crate::authorize::{CallerPolicies, Inputs, authorize_by_identity, authorize_key_use};
use crate::condition::Condition;
use crate::decision::{Allowance, Decision, Denial, Layer};
use crate::document::{Document, Effect};
use crate::evaluate::Miss;
use crate::grants::{GrantTerms, Grantee};
use crate::principal_element::Naming;
use crate::request::Request;

/// What each policy and grant said, and what it came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The decision.
    pub decision: Decision,
    /// The policies that were asked.
    pub policies: Vec<PolicyTrace>,
    /// The grants that were looked at.
    pub grants: Vec<GrantTrace>,
}

/// What one policy said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyTrace {
    /// Which policy.
    pub layer: Layer,
    /// Its statements in order.
    pub statements: Vec<StatementTrace>,
}

/// What one statement said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementTrace {
    /// Its `Sid`.
    pub sid: Option<Box<str>>,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// How it names the caller if it applies, else why it does not.
    pub outcome: Result<Naming, Miss>,
    /// The condition that is not met, with what the request has.
    pub unmet: Option<String>,
}

/// What one grant said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantTrace {
    /// Its id.
    pub id: Box<str>,
    /// What it came to.
    pub outcome: GrantOutcome,
}

/// What a grant comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantOutcome {
    /// It allows.
    Allows,
    /// It is for the caller's account, and an identity policy must allow too.
    LeavesItToIdentityPolicies,
    /// It is for another principal.
    OtherGrantee,
    /// It lists other operations.
    OtherOperation,
    /// A constraint is not met, or the grant that would be made goes beyond it.
    Constraint,
}

/// Explains what [`authorize_key_use`] decides.
#[must_use]
pub fn explain_key_use(inputs: &Inputs<'_>) -> Trace {
    let mut policies = vec![of_policy(
        Layer::KeyPolicy,
        inputs.key_policy,
        &inputs.request,
    )];
    policies.extend(of_caller(&inputs.caller, &inputs.request));
    Trace {
        decision: authorize_key_use(inputs),
        policies,
        grants: inputs
            .grants
            .iter()
            .map(|grant| of_grant(grant, inputs))
            .collect(),
    }
}

/// Explains what [`authorize_by_identity`] decides.
#[must_use]
pub fn explain_by_identity(
    request: &Request<'_>,
    owner_account: &str,
    caller: &CallerPolicies<'_>,
) -> Trace {
    Trace {
        decision: authorize_by_identity(request, owner_account, caller),
        policies: of_caller(caller, request),
        grants: Vec::new(),
    }
}

fn of_caller(caller: &CallerPolicies<'_>, request: &Request<'_>) -> Vec<PolicyTrace> {
    let identity = caller.identity.iter().enumerate();
    let identity = identity
        .map(|(index, policy)| of_policy(Layer::IdentityPolicy(index), &policy.document, request));
    let boundary = caller
        .boundary
        .map(|policy| of_policy(Layer::PermissionsBoundary, &policy.document, request));
    let session = caller.session.iter().enumerate();
    let session = session
        .map(|(index, policy)| of_policy(Layer::SessionPolicy(index), &policy.document, request));
    identity.chain(boundary).chain(session).collect()
}

fn of_policy(layer: Layer, document: &Document, request: &Request<'_>) -> PolicyTrace {
    let action = request.action.to_ascii_lowercase();
    let statements = document.statements.iter().map(|statement| {
        let outcome = statement.applies(document, request, &action);
        let unmet = match outcome {
            Err(Miss::Condition(index)) => statement
                .conditions
                .get(index)
                .map(|condition| describe(condition, request)),
            Err(Miss::Principal | Miss::Action | Miss::Resource) | Ok(_) => None,
        };
        StatementTrace {
            sid: statement.sid.clone(),
            effect: statement.effect,
            outcome,
            unmet,
        }
    });
    PolicyTrace {
        layer,
        statements: statements.collect(),
    }
}

fn describe(condition: &Condition, request: &Request<'_>) -> String {
    let name = condition.operator.name();
    let key = &condition.key;
    if key.row().is_none() {
        return format!("{name} asks about {key}, which is no condition key of this product");
    }
    match request.keys.gathered().values(key) {
        [] => format!("{name} asks about {key}, which the request does not have"),
        values => format!(
            "{name} asks about {key}, which is {}",
            values
                .iter()
                .map(|value| format!("{value:?}"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}

fn of_grant(grant: &GrantTerms, inputs: &Inputs<'_>) -> GrantTrace {
    let outcome = match (grant.grantee(&inputs.request.principal), &inputs.grant_use) {
        (None, _) => GrantOutcome::OtherGrantee,
        (Some(_), None) => GrantOutcome::OtherOperation,
        (Some(_), Some(asked)) if !grant.operations.contains(asked.operation) => {
            GrantOutcome::OtherOperation
        }
        (Some(_), Some(asked)) if !grant.permits(asked) => GrantOutcome::Constraint,
        (Some(Grantee::Account), Some(_)) => GrantOutcome::LeavesItToIdentityPolicies,
        (Some(Grantee::Itself), Some(_)) => GrantOutcome::Allows,
    };
    GrantTrace {
        id: grant.id.clone(),
        outcome,
    }
}

/// As people read it: every policy with its statements, then the decision.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for policy in &self.policies {
            writeln!(f, "{}", policy.layer)?;
            for (index, statement) in policy.statements.iter().enumerate() {
                writeln!(f, "  {}. {statement}", index + 1)?;
            }
        }
        for grant in &self.grants {
            writeln!(f, "grant {}\n  {}", grant.id, grant.outcome)?;
        }
        write!(f, "{}", self.decision)
    }
}

impl fmt::Display for StatementTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(sid) = &self.sid {
            write!(f, "{sid}: ")?;
        }
        let effect = match self.effect {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        };
        let outcome = match (self.outcome, &self.unmet) {
            (Ok(Naming::Account), _) if self.effect == Effect::Allow => {
                "applies, and leaves it to the identity policies of the caller's account"
            }
            (Ok(_), _) => "applies",
            (Err(Miss::Principal), _) => "is about other principals",
            (Err(Miss::Action), _) => "is about other actions",
            (Err(Miss::Resource), _) => "is about other resources",
            (Err(Miss::Condition(_)), Some(unmet)) => {
                return write!(f, "{effect} does not apply: {unmet}");
            }
            (Err(Miss::Condition(_)), None) => "has a condition that is not met",
        };
        write!(f, "{effect} {outcome}")
    }
}

impl fmt::Display for GrantOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allows => "allows",
            Self::LeavesItToIdentityPolicies => {
                "is for the caller's account, and leaves it to identity policies"
            }
            Self::OtherGrantee => "is for another principal",
            Self::OtherOperation => "is for other operations",
            Self::Constraint => "has a constraint that is not met",
        })
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyPolicy => f.write_str("key policy"),
            Self::IdentityPolicy(index) => write!(f, "identity policy {}", index + 1),
            Self::PermissionsBoundary => f.write_str("permissions boundary"),
            Self::SessionPolicy(index) => write!(f, "session policy {}", index + 1),
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allowed(allowance) => write!(f, "allowed by {allowance}"),
            Self::Denied(denial) => write!(f, "denied {denial}"),
        }
    }
}

impl fmt::Display for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyPolicy { statement } => {
                write!(f, "statement {} of the key policy", statement + 1)
            }
            Self::Delegated {
                key_statement,
                policy,
                identity_statement,
            } => write!(
                f,
                "statement {} of identity policy {}, to which statement {} of the key policy leaves it",
                identity_statement + 1,
                policy + 1,
                key_statement + 1
            ),
            Self::IdentityPolicy { policy, statement } => {
                write!(
                    f,
                    "statement {} of identity policy {}",
                    statement + 1,
                    policy + 1
                )
            }
            Self::Root => f.write_str("being the account's root user"),
            Self::Grant { id } => write!(f, "grant {id}"),
            Self::Retirement => f.write_str("the grant, which this caller may retire"),
        }
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExplicitDeny { layer, statement } => {
                write!(f, "by statement {} of the {layer}", statement + 1)
            }
            Self::NoIdentityPolicyAllows => f.write_str("because no identity policy allows it"),
            Self::NoKeyPolicyAllows => f.write_str(
                "because the key policy lets in neither the caller nor its account, and no grant allows it",
            ),
            Self::NoCeilingAllows(layer) => write!(f, "because the {layer} does not allow it"),
            Self::OtherAccount => f.write_str(
                "because the resource is another account's, and not both its policy and the caller's let it in",
            ),
            Self::NotForRetiring => {
                f.write_str("because the grant is not for this caller to retire")
            }
        }
    }
}
