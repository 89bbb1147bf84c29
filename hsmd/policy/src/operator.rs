//! The condition operators, by name.

/// An operator as a policy names it: `ForAllValues:StringNotEqualsIfExists`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) comparison: Comparison,
    pub(crate) is_negated: bool,
    pub(crate) quantifier: Option<Quantifier>,
    /// Whether the name ends in `IfExists`: met when the request does not have the key.
    pub(crate) if_exists: bool,
}

/// How several values of a request count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Text,
    TextIgnoringCase,
    TextLike,
    Number(Relation),
    Date(Relation),
    Boolean,
    Binary,
    Address,
    Arn,
    Null,
}

/// How the request's value stands to the policy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The operators without their prefixes and suffixes: name, comparison, whether negated.
const OPERATORS: &[(&str, Comparison, bool)] = &[
    ("StringEquals", Comparison::Text, false),
    ("StringNotEquals", Comparison::Text, true),
    (
        "StringEqualsIgnoreCase",
        Comparison::TextIgnoringCase,
        false,
    ),
    (
        "StringNotEqualsIgnoreCase",
        Comparison::TextIgnoringCase,
        true,
    ),
    ("StringLike", Comparison::TextLike, false),
    ("StringNotLike", Comparison::TextLike, true),
    ("NumericEquals", Comparison::Number(Relation::Equal), false),
    (
        "NumericNotEquals",
        Comparison::Number(Relation::Equal),
        true,
    ),
    ("NumericLessThan", Comparison::Number(Relation::Less), false),
    (
        "NumericLessThanEquals",
        Comparison::Number(Relation::LessOrEqual),
        false,
    ),
    (
        "NumericGreaterThan",
        Comparison::Number(Relation::Greater),
        false,
    ),
    (
        "NumericGreaterThanEquals",
        Comparison::Number(Relation::GreaterOrEqual),
        false,
    ),
    ("DateEquals", Comparison::Date(Relation::Equal), false),
    ("DateNotEquals", Comparison::Date(Relation::Equal), true),
    ("DateLessThan", Comparison::Date(Relation::Less), false),
    (
        "DateLessThanEquals",
        Comparison::Date(Relation::LessOrEqual),
        false,
    ),
    (
        "DateGreaterThan",
        Comparison::Date(Relation::Greater),
        false,
    ),
    (
        "DateGreaterThanEquals",
        Comparison::Date(Relation::GreaterOrEqual),
        false,
    ),
    ("Bool", Comparison::Boolean, false),
    ("BinaryEquals", Comparison::Binary, false),
    ("IpAddress", Comparison::Address, false),
    ("NotIpAddress", Comparison::Address, true),
    ("ArnEquals", Comparison::Arn, false),
    ("ArnNotEquals", Comparison::Arn, true),
    ("ArnLike", Comparison::Arn, false),
    ("ArnNotLike", Comparison::Arn, true),
    ("Null", Comparison::Null, false),
];

/// The names of the operators, each of which also takes `ForAllValues:`, `ForAnyValue:` and, but for `Null`,
/// `IfExists`.
pub fn operator_names() -> impl Iterator<Item = &'static str> {
    OPERATORS.iter().map(|(name, _, _)| *name)
}

impl Operator {
    /// The operator of this name.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        let (quantifier, name) = if let Some(name) = name.strip_prefix("ForAllValues:") {
            (Some(Quantifier::All), name)
        } else if let Some(name) = name.strip_prefix("ForAnyValue:") {
            (Some(Quantifier::Any), name)
        } else {
            (None, name)
        };
        let (if_exists, name) = match name.strip_suffix("IfExists") {
            Some("Null") => return None,
            Some(name) => (true, name),
            None => (false, name),
        };
        let (_, comparison, is_negated) = *OPERATORS.iter().find(|(there, _, _)| *there == name)?;
        Some(Self {
            comparison,
            is_negated,
            quantifier,
            if_exists,
        })
    }

    /// Whether a request without the key meets a condition with this operator.
    pub(crate) fn is_met_by_absence(self) -> bool {
        self.if_exists
            || match self.quantifier {
                Some(Quantifier::All) => true,
                Some(Quantifier::Any) => false,
                None => self.is_negated,
            }
    }

    /// The name as policies write it.
    pub(crate) fn name(self) -> String {
        let quantifier = match self.quantifier {
            Some(Quantifier::All) => "ForAllValues:",
            Some(Quantifier::Any) => "ForAnyValue:",
            None => "",
        };
        let name = OPERATORS
            .iter()
            .find(|(_, comparison, is_negated)| {
                (*comparison, *is_negated) == (self.comparison, self.is_negated)
            })
            .map_or("", |(name, _, _)| name);
        let if_exists = if self.if_exists { "IfExists" } else { "" };
        format!("{quantifier}{name}{if_exists}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_is_found_with_its_prefixes_and_suffixes() {
        for name in operator_names() {
            for prefix in ["", "ForAllValues:", "ForAnyValue:"] {
                let plain = Operator::by_name(&format!("{prefix}{name}")).unwrap();
                assert!(!plain.if_exists);
                let if_exists = Operator::by_name(&format!("{prefix}{name}IfExists"));
                assert_eq!(if_exists.is_none(), name == "Null", "{name}");
            }
        }
    }

    #[test]
    fn an_operator_that_is_none_is_not_found() {
        for name in [
            "",
            "stringequals",
            "StringEqual",
            "IfExists",
            "ForAllValues:",
            "ForEachValue:Bool",
            "StringEqualsIfExistsIfExists",
            "ForAllValues:ForAnyValue:Bool",
            "NotBool",
        ] {
            assert_eq!(Operator::by_name(name), None, "{name}");
        }
    }
}
