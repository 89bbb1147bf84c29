//! One condition of a statement: an operator, a condition key and the values that it is compared with.

use crate::condition_keys::KeyName;
use crate::document::{Effect, PolicyKind};
use crate::operand::{Operand, Unclear};
use crate::operator::{Comparison, Operator, Quantifier};
use crate::request::{KeyValues, RequestKeys};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) operator: Operator,
    pub(crate) key: KeyName,
    pub(crate) operands: Vec<Operand>,
}

impl Condition {
    /// Whether the condition is met. What cannot be judged fails closed: it keeps an Allow from allowing and lets a
    /// Deny deny. That is so for keys that the product does not know, for keys that do not count in this kind of
    /// policy, and for keys whose values the request cannot give.
    pub(crate) fn is_met(&self, kind: PolicyKind, effect: Effect, keys: &RequestKeys) -> bool {
        let counts = self
            .key
            .row()
            .is_some_and(|row| kind == PolicyKind::Identity || !row.identity_policies_only);
        let values = match keys.find(&self.key) {
            _ if !counts => return effect == Effect::Deny,
            Some(KeyValues::Unusable) => return effect == Effect::Deny,
            Some(KeyValues::Values(values)) => values.as_slice(),
            None => &[],
        };
        if self.operator.comparison == Comparison::Null {
            return self.is_null_met(values.is_empty());
        }
        let is_met_by = |value: &str| self.is_met_by(value, effect, keys);
        match self.operator.quantifier {
            _ if values.is_empty() => self.operator.is_met_by_absence(),
            Some(Quantifier::All) => values.iter().all(|value| is_met_by(value)),
            Some(Quantifier::Any) => values.iter().any(|value| is_met_by(value)),
            None if self.operator.is_negated => values.iter().all(|value| is_met_by(value)),
            None => values.iter().any(|value| is_met_by(value)),
        }
    }

    fn is_null_met(&self, is_absent: bool) -> bool {
        self.operands.contains(&Operand::Boolean(is_absent))
    }

    /// Whether one value of the request meets it: equal to one of the operands, or to none if negated.
    fn is_met_by(&self, value: &str, effect: Effect, keys: &RequestKeys) -> bool {
        let mut is_unclear = false;
        for operand in &self.operands {
            match operand.matches(value, keys) {
                Ok(true) => return !self.operator.is_negated,
                Ok(false) => {}
                Err(Unclear) => is_unclear = true,
            }
        }
        // `StringNotEquals` with a variable that has no value would otherwise be true of everything.
        self.operator.is_negated && (!is_unclear || effect == Effect::Deny)
    }
}
