//! From JSON to a document: the grammar of policies, refused where it is broken.

use crate::arn::{ArnPattern, BadArn};
use crate::condition::Condition;
use crate::condition_keys::{ConditionKey, KeyName};
use crate::document::{
    Actions, Document, Effect, KEY_POLICY_LENGTH_MAX_BYTES, PolicyKind, Resources, Statement,
};
use crate::json::Json;
use crate::operand::Operand;
use crate::operator::{Operator, Quantifier};
use crate::pattern::{Pattern, Reading};
use crate::principal_element::PrincipalElement;
use crate::principal_names;

/// Why a text is not a policy of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedPolicy {
    /// A key policy is too long, which is a limit and not a fault of its grammar.
    #[error("The policy is {length_bytes} bytes long; the limit is {limit_bytes} bytes.")]
    TooLong {
        /// How long it is.
        length_bytes: usize,
        /// How long it may be.
        limit_bytes: usize,
    },
    /// A character outside tab, line feed, carriage return and U+0020 to U+00FF.
    #[error("The policy contains invalid characters.")]
    Characters,
    /// A trust policy that is no JSON.
    #[error("This policy contains invalid Json")]
    TrustJson,
    /// Not JSON, or a member that stands twice or has the wrong type.
    #[error("Syntax errors in policy.")]
    Syntax,
    /// A version that does not exist.
    #[error("The policy version must be 2012-10-17 or 2008-10-17.")]
    Version,
    /// A member that policies do not have.
    #[error("Policy contains an unknown element: {0}.")]
    UnknownElement(String),
    /// A member that must be there is not.
    #[error("Missing required field {0}")]
    MissingElement(&'static str),
    /// A statement of an identity policy has no resources.
    #[error("Policy statement must contain resources.")]
    NoResources,
    /// A statement of an identity or trust policy has no actions.
    #[error("Policy statement must contain actions.")]
    NoActions,
    /// A member that this kind of policy may not have.
    #[error("Has prohibited field {0}")]
    ProhibitedElement(&'static str),
    /// Two members of which only one may be there.
    #[error("A statement may have only one of {0} and Not{0}.")]
    BothElements(&'static str),
    /// Two statements with one `Sid`.
    #[error("Statement IDs (SID) in a single policy must be unique.")]
    RepeatedSid,
    /// A `Sid` with characters that it may not have.
    #[error(
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
    )]
    Sid,
    /// A principal that is not of a form that policies name.
    #[error("Policy contains a statement with one or more invalid principals.")]
    Principal,
    /// An action without its service.
    #[error("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")]
    Action,
    /// A service that cannot be one.
    #[error("Vendor {0} is not valid")]
    Vendor(String),
    /// An action with more than one colon.
    #[error("Actions/Condition can contain only one colon.")]
    Colons,
    /// A trust policy that allows something else than to assume the role.
    #[error("AssumeRole policy may only specify STS AssumeRole actions.")]
    TrustAction,
    /// A resource of a partition that there is not.
    #[error("Partition \"{partition}\" is not valid for resource \"{resource}\".")]
    Partition {
        /// What stands in its place.
        partition: String,
        /// The ARN.
        resource: String,
    },
    /// A resource that is neither an ARN nor `*`.
    #[error("Resource {0} must be in ARN format or \"*\".")]
    Resource(String),
    /// A condition operator that does not exist.
    #[error("Invalid Condition type : {0}.")]
    Operator(String),
    /// A value that its operator cannot compare.
    #[error("Policy contains an invalid value for the condition {operator} on {key}.")]
    ConditionValue {
        /// The operator.
        operator: String,
        /// The condition key.
        key: String,
    },
    /// A `${…}` that names no variable.
    #[error("Policy contains an invalid policy variable.")]
    Variable,
    /// `ForAllValues` in an Allow on a key of one value, which a request without that value would meet.
    #[error(
        "OverlyPermissiveCondition: using the ForAllValues set operator with the single-valued condition key {0} is overly permissive."
    )]
    OverlyPermissiveCondition(String),
    /// `NotPrincipal` in an Allow, which would let in everybody else.
    #[error("NotPrincipal is not supported in a statement with the effect Allow.")]
    AllowNotPrincipal,
}

type Members = Vec<(String, Json)>;

pub(crate) fn document(text: &str, kind: PolicyKind) -> Result<Document, MalformedPolicy> {
    if kind == PolicyKind::Key && text.len() > KEY_POLICY_LENGTH_MAX_BYTES {
        return Err(MalformedPolicy::TooLong {
            length_bytes: text.len(),
            limit_bytes: KEY_POLICY_LENGTH_MAX_BYTES,
        });
    }
    let is_allowed = |character| matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}');
    if !text.chars().all(is_allowed) {
        return Err(MalformedPolicy::Characters);
    }
    let members = match Json::parse(text) {
        Ok(Json::Object(members)) => members,
        Err(_) if kind == PolicyKind::Trust => return Err(MalformedPolicy::TrustJson),
        Ok(_) | Err(_) => return Err(MalformedPolicy::Syntax),
    };
    let mut variables = false;
    let mut statements = None;
    for (name, value) in members {
        match (name.as_str(), value) {
            ("Version", Json::Text(version)) => {
                variables = match version.as_str() {
                    "2012-10-17" => true,
                    "2008-10-17" => false,
                    _ => return Err(MalformedPolicy::Version),
                }
            }
            ("Id", Json::Text(_)) => {}
            ("Statement", Json::List(list)) => statements = Some(list),
            ("Statement", statement @ Json::Object(_)) => statements = Some(vec![statement]),
            ("Version" | "Id" | "Statement", _) => return Err(MalformedPolicy::Syntax),
            _ => return Err(MalformedPolicy::UnknownElement(name)),
        }
    }
    let statements = statements.ok_or(MalformedPolicy::MissingElement("Statement"))?;
    if statements.is_empty() {
        return Err(MalformedPolicy::Syntax);
    }
    let grammar = Grammar { kind, variables };
    let statements: Vec<Statement> = statements
        .into_iter()
        .map(|statement| grammar.statement(statement))
        .collect::<Result<_, _>>()?;
    if kind == PolicyKind::Identity && has_repeated_sid(&statements) {
        return Err(MalformedPolicy::RepeatedSid);
    }
    Ok(Document {
        kind,
        is_of_2012: variables,
        statements,
    })
}

fn has_repeated_sid(statements: &[Statement]) -> bool {
    statements.iter().enumerate().any(|(index, statement)| {
        statement.sid.as_deref().is_some_and(|sid| !sid.is_empty())
            && statements[..index]
                .iter()
                .any(|earlier| earlier.sid == statement.sid)
    })
}

#[derive(Clone, Copy)]
struct Grammar {
    kind: PolicyKind,
    variables: bool,
}

/// The members of a statement as they stand in JSON.
#[derive(Default)]
struct Elements {
    sid: Option<String>,
    effect: Option<Effect>,
    principal: Option<Json>,
    not_principal: Option<Json>,
    action: Option<Vec<String>>,
    not_action: Option<Vec<String>>,
    resource: Option<Vec<String>>,
    not_resource: Option<Vec<String>>,
    conditions: Members,
}

impl Elements {
    fn read(statement: Json) -> Result<Self, MalformedPolicy> {
        let Json::Object(members) = statement else {
            return Err(MalformedPolicy::Syntax);
        };
        let mut elements = Self::default();
        for (name, value) in members {
            match (name.as_str(), value) {
                ("Sid", Json::Text(sid)) => elements.sid = Some(sid),
                ("Effect", Json::Text(effect)) => {
                    elements.effect = Some(match effect.as_str() {
                        "Allow" => Effect::Allow,
                        "Deny" => Effect::Deny,
                        _ => return Err(MalformedPolicy::Syntax),
                    });
                }
                ("Principal", value) => elements.principal = Some(value),
                ("NotPrincipal", value) => elements.not_principal = Some(value),
                ("Action", value) => elements.action = Some(texts(value)?),
                ("NotAction", value) => elements.not_action = Some(texts(value)?),
                ("Resource", value) => elements.resource = Some(texts(value)?),
                ("NotResource", value) => elements.not_resource = Some(texts(value)?),
                ("Condition", Json::Object(conditions)) => elements.conditions = conditions,
                ("Sid" | "Effect" | "Condition", _) => return Err(MalformedPolicy::Syntax),
                _ => return Err(MalformedPolicy::UnknownElement(name)),
            }
        }
        Ok(elements)
    }
}

impl Grammar {
    fn statement(self, statement: Json) -> Result<Statement, MalformedPolicy> {
        let elements = Elements::read(statement)?;
        let effect = elements
            .effect
            .ok_or(MalformedPolicy::MissingElement("Effect"))?;
        // Key policies are known to carry names such as "Enable IAM User Permissions".
        let sid_is_free = self.kind == PolicyKind::Key;
        if let Some(sid) = &elements.sid
            && !sid_is_free
            && !sid.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            return Err(MalformedPolicy::Sid);
        }
        Ok(Statement {
            sid: elements.sid.map(Into::into),
            effect,
            principal: self.principal(effect, elements.principal, elements.not_principal)?,
            actions: self.actions(elements.action, elements.not_action)?,
            resources: self.resources(elements.resource, elements.not_resource)?,
            conditions: self.conditions(effect, elements.conditions)?,
        })
    }

    fn principal(
        self,
        effect: Effect,
        named: Option<Json>,
        excepted: Option<Json>,
    ) -> Result<Option<PrincipalElement>, MalformedPolicy> {
        let has_principals = self.kind != PolicyKind::Identity;
        match (named, excepted) {
            (None, None) if has_principals => Err(MalformedPolicy::MissingElement("Principal")),
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(MalformedPolicy::BothElements("Principal")),
            _ if !has_principals => Err(MalformedPolicy::ProhibitedElement("Principal")),
            (Some(named), None) => Ok(Some(PrincipalElement::In(principal_names::read(named)?))),
            (None, Some(_)) if effect == Effect::Allow => Err(MalformedPolicy::AllowNotPrincipal),
            (None, Some(excepted)) => Ok(Some(PrincipalElement::NotIn(principal_names::read(
                excepted,
            )?))),
        }
    }

    fn actions(
        self,
        named: Option<Vec<String>>,
        excepted: Option<Vec<String>>,
    ) -> Result<Actions, MalformedPolicy> {
        match (named, excepted) {
            (None, None) if self.kind == PolicyKind::Key => Ok(Actions::Missing),
            (None, None) => Err(MalformedPolicy::NoActions),
            (Some(_), Some(_)) => Err(MalformedPolicy::BothElements("Action")),
            (Some(named), None) if self.kind == PolicyKind::Trust => {
                let patterns = actions(&named)?;
                let is_of_sts = |name: &String| name.to_ascii_lowercase().starts_with("sts:");
                if !named.iter().all(is_of_sts) {
                    return Err(MalformedPolicy::TrustAction);
                }
                Ok(Actions::In(patterns))
            }
            (Some(named), None) => Ok(Actions::In(actions(&named)?)),
            (None, Some(excepted)) => Ok(Actions::NotIn(actions(&excepted)?)),
        }
    }

    fn resources(
        self,
        named: Option<Vec<String>>,
        excepted: Option<Vec<String>>,
    ) -> Result<Resources, MalformedPolicy> {
        match (named, excepted) {
            (Some(_), Some(_)) => Err(MalformedPolicy::BothElements("Resource")),
            (None, None) => match self.kind {
                PolicyKind::Key => Ok(Resources::Missing),
                PolicyKind::Identity => Err(MalformedPolicy::NoResources),
                PolicyKind::Trust => Ok(Resources::Own),
            },
            _ if self.kind == PolicyKind::Trust => {
                Err(MalformedPolicy::ProhibitedElement("Resource"))
            }
            (Some(named), None) => Ok(Resources::In(self.arns(&named)?)),
            (None, Some(excepted)) => Ok(Resources::NotIn(self.arns(&excepted)?)),
        }
    }

    fn arns(self, texts: &[String]) -> Result<Vec<ArnPattern>, MalformedPolicy> {
        let arns = texts.iter().map(|text| {
            ArnPattern::parse(text, self.variables).map_err(|bad| match bad {
                BadArn::Parts => MalformedPolicy::Resource(text.clone()),
                BadArn::Variable => MalformedPolicy::Variable,
            })
        });
        for text in texts.iter().filter(|text| text.starts_with("arn:")) {
            let partition = text.split(':').nth(1).unwrap_or_default();
            if !partition.starts_with("aws") && !partition.contains(['*', '?', '$']) {
                return Err(MalformedPolicy::Partition {
                    partition: partition.to_owned(),
                    resource: text.clone(),
                });
            }
        }
        arns.collect()
    }

    fn conditions(
        self,
        effect: Effect,
        operators: Members,
    ) -> Result<Vec<Condition>, MalformedPolicy> {
        let mut conditions = Vec::new();
        for (name, keys) in operators {
            let operator =
                Operator::by_name(&name).ok_or_else(|| MalformedPolicy::Operator(name.clone()))?;
            let Json::Object(keys) = keys else {
                return Err(MalformedPolicy::Syntax);
            };
            if keys.is_empty() {
                return Err(MalformedPolicy::Syntax);
            }
            for (key, values) in keys {
                let condition = self.condition(operator, &key, values)?;
                if self.kind == PolicyKind::Key && is_overly_permissive(effect, &condition) {
                    return Err(MalformedPolicy::OverlyPermissiveCondition(key));
                }
                conditions.push(condition);
            }
        }
        Ok(conditions)
    }

    fn condition(
        self,
        operator: Operator,
        key: &str,
        values: Json,
    ) -> Result<Condition, MalformedPolicy> {
        let operands = texts(values)?.into_iter().map(|text| {
            Operand::parse(&text, operator.comparison, self.variables).map_err(|_| {
                MalformedPolicy::ConditionValue {
                    operator: operator.name(),
                    key: key.to_owned(),
                }
            })
        });
        Ok(Condition {
            operator,
            key: KeyName::parse(key),
            operands: operands.collect::<Result<_, _>>()?,
        })
    }
}

/// `ForAllValues` is met by a request that has no value, which on a key of one value is seldom meant.
fn is_overly_permissive(effect: Effect, condition: &Condition) -> bool {
    effect == Effect::Allow
        && condition.operator.quantifier == Some(Quantifier::All)
        && matches!(
            condition.key,
            KeyName::Suffixed(
                ConditionKey::KmsEncryptionContext | ConditionKey::AwsRequestTag,
                _
            )
        )
}

fn actions(texts: &[String]) -> Result<Vec<Pattern>, MalformedPolicy> {
    let reading = Reading {
        wildcards: true,
        variables: false,
    };
    let patterns = texts.iter().map(|text| {
        check_action(text)?;
        Pattern::parse(&text.to_ascii_lowercase(), reading).map_err(|_| MalformedPolicy::Action)
    });
    patterns.collect()
}

/// `*`, or a service and an action with a colon between them.
fn check_action(text: &str) -> Result<(), MalformedPolicy> {
    if text == "*" {
        return Ok(());
    }
    let is_of_service = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    match text.split_once(':') {
        Some((service, action)) if !service.is_empty() && !action.is_empty() => {
            if action.contains(':') {
                Err(MalformedPolicy::Colons)
            } else if service.bytes().all(is_of_service) {
                Ok(())
            } else {
                Err(MalformedPolicy::Vendor(service.to_owned()))
            }
        }
        _ => Err(MalformedPolicy::Action),
    }
}

/// One text or several. Numbers and flags are read as the text that they would be in quotes.
pub(crate) fn texts(value: Json) -> Result<Vec<String>, MalformedPolicy> {
    let list = match value {
        Json::List(list) => list,
        one => vec![one],
    };
    if list.is_empty() {
        return Err(MalformedPolicy::Syntax);
    }
    let texts = list.into_iter().map(|one| match one {
        Json::Text(text) | Json::Number(text) => Ok(text),
        Json::Boolean(flag) => Ok(flag.to_string()),
        Json::Null | Json::List(_) | Json::Object(_) => Err(MalformedPolicy::Syntax),
    });
    texts.collect()
}
