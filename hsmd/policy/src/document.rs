//! A policy document, parsed: what it says, in the form in which it is evaluated.

use std::sync::Arc;

use crate::arn::ArnPattern;
use crate::condition::Condition;
use crate::parse;
use crate::parse::MalformedPolicy;
use crate::pattern::Pattern;
use crate::principal_element::{NamedPrincipal, PrincipalElement};

/// The most bytes that a key policy may have.
pub const KEY_POLICY_LENGTH_MAX_BYTES: usize = 32_768;

/// A policy: statements that allow or deny.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub(crate) kind: PolicyKind,
    pub(crate) is_of_2012: bool,
    pub(crate) statements: Vec<Statement>,
}

/// Where a policy lives, which decides what its statements must and may not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyKind {
    /// With a key: names principals.
    Key,
    /// With a user or role, or as a managed, boundary or session policy: names no principals.
    Identity,
    /// With a role: names who may take it on, and no resources.
    Trust,
}

/// Whether a statement allows or denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It lets in, unless something denies.
    Allow,
    /// It refuses, whatever allows.
    Deny,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) sid: Option<Box<str>>,
    pub(crate) effect: Effect,
    /// `None` in identity policies: whoever has the policy.
    pub(crate) principal: Option<PrincipalElement>,
    pub(crate) actions: Actions,
    pub(crate) resources: Resources,
    pub(crate) conditions: Vec<Condition>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Actions {
    /// No `Action` at all: the statement has no effect.
    Missing,
    /// One of these. Patterns in lower case.
    In(Vec<Pattern>),
    /// None of these.
    NotIn(Vec<Pattern>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Resources {
    /// No `Resource` at all: the statement has no effect.
    Missing,
    /// The resource that the policy belongs to, as in trust policies.
    Own,
    /// One of these.
    In(Vec<ArnPattern>),
    /// None of these.
    NotIn(Vec<ArnPattern>),
}

/// A policy with its text as it was put, because tools compare that byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPolicy {
    /// The text as it was put.
    pub text: Box<str>,
    /// What it says.
    pub document: Document,
}

/// A principal of a stored policy, and the unique id that it had when the policy was put. A user or role that is
/// deleted and made again has another id, and the policy no longer means it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The ARN as the policy names it.
    pub arn: Box<str>,
    /// The id: `AIDA…` of a user, `AROA…` of a role.
    pub unique_id: Box<str>,
}

/// Reads a key policy.
///
/// # Errors
///
/// [`MalformedPolicy`], which says what a policy like this may not say. Whether its principals exist, and whether it
/// locks everybody out, is for [`Document::named_principals`] and [`crate::is_lockout_safe`].
pub fn parse_key_policy(text: &str) -> Result<Document, MalformedPolicy> {
    parse::document(text, PolicyKind::Key)
}

/// Reads an identity policy: inline or managed, of a user, role or session, or a permissions boundary.
///
/// # Errors
///
/// [`MalformedPolicy`].
pub fn parse_identity_policy(text: &str) -> Result<Document, MalformedPolicy> {
    parse::document(text, PolicyKind::Identity)
}

/// Reads a role's trust policy.
///
/// # Errors
///
/// [`MalformedPolicy`].
pub fn parse_trust_policy(text: &str) -> Result<Document, MalformedPolicy> {
    parse::document(text, PolicyKind::Trust)
}

impl StoredPolicy {
    /// Reads a policy of this kind and keeps its text.
    ///
    /// # Errors
    ///
    /// [`MalformedPolicy`].
    pub fn parse(text: &str, kind: PolicyKind) -> Result<Arc<Self>, MalformedPolicy> {
        Self::parse_bound(text, kind, &[])
    }

    /// Reads a policy as storage has it: its text, and the ids that its principals had when it was put.
    ///
    /// # Errors
    ///
    /// [`MalformedPolicy`].
    pub fn parse_bound(
        text: &str,
        kind: PolicyKind,
        bindings: &[Binding],
    ) -> Result<Arc<Self>, MalformedPolicy> {
        let mut document = parse::document(text, kind)?;
        document.bind(bindings);
        Ok(Arc::new(Self {
            text: text.into(),
            document,
        }))
    }
}

impl Document {
    /// Whether it says that it is of the language's version 2012-10-17, which managed policies must.
    #[must_use]
    pub fn is_of_2012(&self) -> bool {
        self.is_of_2012
    }

    /// Binds principals to the ids that they have now, so that a successor of the same name is not meant.
    pub fn bind(&mut self, bindings: &[Binding]) {
        for principal in self.principals_mut() {
            if let NamedPrincipal::Arn { arn, unique_id } = principal {
                *unique_id = bindings
                    .iter()
                    .find(|binding| binding.arn == *arn)
                    .map(|binding| binding.unique_id.clone());
            }
        }
    }

    /// Where the policy lives.
    #[must_use]
    pub fn kind(&self) -> PolicyKind {
        self.kind
    }

    /// How many statements it has.
    #[must_use]
    pub fn statement_count(&self) -> usize {
        self.statements.len()
    }

    /// The ARNs of users, roles, sessions and accounts that the policy names, each of which must exist when it is put.
    /// Account ids are given as the ARN of the account's root.
    pub fn named_principals(&self) -> impl Iterator<Item = String> {
        let elements = self
            .statements
            .iter()
            .filter_map(|statement| statement.principal.as_ref());
        elements
            .flat_map(PrincipalElement::principals)
            .filter_map(NamedPrincipal::to_arn)
    }

    fn principals_mut(&mut self) -> impl Iterator<Item = &mut NamedPrincipal> {
        let elements = self
            .statements
            .iter_mut()
            .filter_map(|statement| statement.principal.as_mut());
        elements.flat_map(PrincipalElement::principals_mut)
    }
}
