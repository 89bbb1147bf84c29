//! One policy and one request: which statements apply, and what they come to.

use crate::document::{Actions, Document, Effect, Resources, Statement};
use crate::pattern::Pattern;
use crate::principal_element::Naming;
use crate::request::Request;

/// What one policy says about one request. Statements are counted from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Evaluation {
    /// The first statement that denies.
    pub denied_by: Option<usize>,
    /// The statement that allows by the closest naming of the caller; the first of several.
    pub allowed_by: Option<Allowing>,
}

/// A statement that allows, and how it names the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowing {
    /// Which statement.
    pub statement: usize,
    /// How it names the caller.
    pub naming: Naming,
}

/// Why a statement does not apply. They are asked in this order, and the first is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    /// It is about other principals.
    Principal,
    /// It is about other actions, or has no `Action`.
    Action,
    /// It is about other resources, or has no `Resource`.
    Resource,
    /// This one of its conditions, counted from 0, is not met.
    Condition(usize),
}

/// Asks one policy.
#[must_use]
pub fn evaluate(document: &Document, request: &Request<'_>) -> Evaluation {
    let action = request.action.to_ascii_lowercase();
    let mut evaluation = Evaluation::default();
    for (index, statement) in document.statements.iter().enumerate() {
        let Ok(naming) = statement.applies(document, request, &action) else {
            continue;
        };
        match statement.effect {
            Effect::Deny => {
                evaluation.denied_by.get_or_insert(index);
            }
            Effect::Allow => {
                if evaluation
                    .allowed_by
                    .is_none_or(|earlier| earlier.naming < naming)
                {
                    evaluation.allowed_by = Some(Allowing {
                        statement: index,
                        naming,
                    });
                }
            }
        }
    }
    evaluation
}

impl Statement {
    /// Whether the statement applies, and how it names the caller.
    ///
    /// # Errors
    ///
    /// [`Miss`]: why it does not.
    pub(crate) fn applies(
        &self,
        document: &Document,
        request: &Request<'_>,
        action_in_lower_case: &str,
    ) -> Result<Naming, Miss> {
        let naming = match &self.principal {
            None => Naming::Itself,
            Some(element) => element.names(&request.principal).ok_or(Miss::Principal)?,
        };
        if !self.is_about_action(action_in_lower_case, request) {
            return Err(Miss::Action);
        }
        if !self.is_about_resource(request) {
            return Err(Miss::Resource);
        }
        match self.conditions.iter().position(|condition| {
            let values = request.keys.gathered();
            !condition.is_met(document.kind, self.effect, values)
        }) {
            Some(index) => Err(Miss::Condition(index)),
            None => Ok(naming),
        }
    }

    fn is_about_action(&self, action: &str, request: &Request<'_>) -> bool {
        // Patterns of actions have no variables, so they always resolve.
        let is_one_of = |patterns: &[Pattern]| {
            patterns
                .iter()
                .any(|pattern| pattern.matches(action, request.keys) == Ok(true))
        };
        match &self.actions {
            Actions::Missing => false,
            Actions::In(patterns) => is_one_of(patterns),
            Actions::NotIn(patterns) => !is_one_of(patterns),
        }
    }

    fn is_about_resource(&self, request: &Request<'_>) -> bool {
        match &self.resources {
            Resources::Missing => false,
            Resources::Own => true,
            Resources::In(patterns) => patterns
                .iter()
                .any(|pattern| pattern.matches(request.resource, request.keys) == Ok(true)),
            // A variable without a value must not widen an Allow, nor narrow a Deny.
            Resources::NotIn(patterns) => patterns.iter().all(|pattern| {
                match pattern.matches(request.resource, request.keys) {
                    Ok(is_excepted) => !is_excepted,
                    Err(_) => self.effect == Effect::Deny,
                }
            }),
        }
    }
}
