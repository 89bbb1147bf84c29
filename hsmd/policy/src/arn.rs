//! ARNs in policies: principals, and patterns that are compared part by part.

use crate::pattern::{BadVariable, Pattern, Reading, Unresolved};
use crate::request::ConditionValues;

/// How many parts an ARN has: `arn:partition:service:region:account:resource`. The last may have colons of its own.
const PARTS: usize = 6;

/// A pattern of an ARN. Each part is compared by itself, so a wildcard never reaches across a colon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ArnPattern {
    Any,
    Parts(Vec<Pattern>),
}

/// Why a text is not the pattern of an ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadArn {
    Parts,
    Variable,
}

impl From<BadVariable> for BadArn {
    fn from(BadVariable: BadVariable) -> Self {
        Self::Variable
    }
}

impl ArnPattern {
    /// Compiles `*` or an ARN with wildcards and variables.
    ///
    /// # Errors
    ///
    /// [`BadArn`] when it has fewer than six parts, or a variable that is none.
    pub(crate) fn parse(text: &str, variables: bool) -> Result<Self, BadArn> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let reading = Reading {
            wildcards: true,
            variables,
        };
        let parts = split(text, variables);
        if parts.len() != PARTS || parts[0] != "arn" {
            return Err(BadArn::Parts);
        }
        let compiled: Result<_, BadVariable> = parts
            .into_iter()
            .map(|part| Pattern::parse(part, reading))
            .collect();
        Ok(Self::Parts(compiled?))
    }

    /// Whether the pattern matches this ARN. What is no ARN is matched by `*` alone.
    ///
    /// # Errors
    ///
    /// [`Unresolved`] when a variable has no value, or several.
    pub(crate) fn matches(
        &self,
        arn: &str,
        keys: &dyn ConditionValues,
    ) -> Result<bool, Unresolved> {
        let Self::Parts(patterns) = self else {
            return Ok(true);
        };
        let mut parts = arn.splitn(PARTS, ':');
        // A part that certainly differs settles it, whatever a variable elsewhere might have been.
        let mut outcome = Ok(true);
        for pattern in patterns {
            match parts.next().map(|part| pattern.matches(part, keys)) {
                None | Some(Ok(false)) => return Ok(false),
                Some(Ok(true)) => {}
                Some(Err(unresolved)) => outcome = Err(unresolved),
            }
        }
        outcome
    }
}

/// Splits at the colons that do not stand inside `${…}`.
fn split(text: &str, variables: bool) -> Vec<&str> {
    let mut parts = Vec::with_capacity(PARTS);
    let mut start = 0;
    let mut in_variable = false;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'$' if variables && text[index..].starts_with("${") => in_variable = true,
            b'}' => in_variable = false,
            b':' if !in_variable && parts.len() + 1 < PARTS => {
                parts.push(&text[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, arn: &str) -> bool {
        ArnPattern::parse(pattern, true)
            .unwrap()
            .matches(arn, &crate::request::RequestKeys::new())
            .unwrap()
    }

    #[test]
    fn a_wildcard_does_not_reach_across_a_colon() {
        let key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd";
        assert!(matches("*", key));
        assert!(matches("arn:aws:kms:*:111122223333:key/*", key));
        assert!(matches("arn:*:kms:us-*-1:*:key/1234????", key));
        assert!(!matches("arn:aws:kms:us*:*:alias/*", key));
        assert!(!matches("arn:aws:*:us-west-1:*:key/*", key));
        assert!(!matches("arn:aws:kms:*:111122223333:key/*", "*"));
    }

    #[test]
    fn the_last_part_may_have_colons() {
        assert!(matches(
            "arn:aws:logs:*:*:log-group:a:*",
            "arn:aws:logs:us-east-1:111122223333:log-group:a:b"
        ));
    }

    #[test]
    fn what_is_no_arn_is_refused() {
        for text in [
            "",
            "key",
            "arn:aws:kms:*",
            "arn:aws:kms:us-east-1:key/*",
            "a:b:c:d:e:f",
        ] {
            assert_eq!(ArnPattern::parse(text, true), Err(BadArn::Parts), "{text}");
        }
        assert_eq!(
            ArnPattern::parse("arn:aws:kms:*:*:key/${", true),
            Err(BadArn::Variable)
        );
        assert!(ArnPattern::parse("arn:aws:kms:*:*:key/${aws:PrincipalTag/key}", true).is_ok());
    }
}
