//! Text with wildcards and policy variables, as `Action`, `Resource` and condition values have it.

use std::borrow::Cow;

use crate::condition_keys::KeyName;
use crate::request::ConditionValues;

/// A text of a policy, compiled: what is fixed, where wildcards stand, and which variables of the request it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(Box<str>),
    AnyCharacter,
    AnyText,
    Variable {
        name: KeyName,
        default: Option<Box<str>>,
    },
}

/// How a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Whether `*` and `?` are wildcards.
    pub(crate) wildcards: bool,
    /// Whether `${…}` names a variable, which policies of version 2008-10-17 do not have.
    pub(crate) variables: bool,
}

/// A variable of a pattern has no single value in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unresolved;

impl Pattern {
    /// Compiles a text.
    ///
    /// # Errors
    ///
    /// What is wrong with a `${…}`: not closed, no name, or a default that is not quoted.
    pub(crate) fn parse(text: &str, reading: Reading) -> Result<Self, BadVariable> {
        let mut pieces = Vec::new();
        let mut fixed = String::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            if reading.variables && rest.starts_with("${") {
                let (inside, after) = rest[2..].split_once('}').ok_or(BadVariable)?;
                rest = after;
                match inside {
                    "*" | "?" | "$" => fixed.push_str(inside),
                    _ => {
                        flush(&mut fixed, &mut pieces);
                        pieces.push(variable(inside)?);
                    }
                }
                continue;
            }
            rest = &rest[character.len_utf8()..];
            match character {
                '*' if reading.wildcards => {
                    flush(&mut fixed, &mut pieces);
                    if pieces.last() != Some(&Piece::AnyText) {
                        pieces.push(Piece::AnyText);
                    }
                }
                '?' if reading.wildcards => {
                    flush(&mut fixed, &mut pieces);
                    pieces.push(Piece::AnyCharacter);
                }
                _ => fixed.push(character),
            }
        }
        flush(&mut fixed, &mut pieces);
        Ok(Self { pieces })
    }

    /// Whether the pattern matches the whole of `text`.
    ///
    /// # Errors
    ///
    /// [`Unresolved`] when a variable has no value, or several.
    pub(crate) fn matches(
        &self,
        text: &str,
        keys: &dyn ConditionValues,
    ) -> Result<bool, Unresolved> {
        match self.pieces.as_slice() {
            [Piece::Text(fixed)] => return Ok(**fixed == *text),
            [Piece::AnyText] => return Ok(true),
            [Piece::Text(start), Piece::AnyText] => return Ok(text.starts_with(&**start)),
            _ => {}
        }
        let pieces = self.resolve(keys)?;
        Ok(matches_pieces(&pieces, text))
    }

    /// The text with its variables replaced; wildcards stand as they were written.
    ///
    /// # Errors
    ///
    /// [`Unresolved`] when a variable has no value, or several.
    pub(crate) fn text(&self, keys: &dyn ConditionValues) -> Result<Cow<'_, str>, Unresolved> {
        match self.pieces.as_slice() {
            [] => return Ok(Cow::Borrowed("")),
            [Piece::Text(fixed)] => return Ok(Cow::Borrowed(fixed)),
            _ => {}
        }
        let pieces = self.resolve(keys)?;
        Ok(pieces
            .iter()
            .map(|piece| match piece {
                Resolved::Text(text) => text,
                Resolved::AnyCharacter => "?",
                Resolved::AnyText => "*",
            })
            .collect())
    }

    fn resolve<'a>(
        &'a self,
        keys: &'a dyn ConditionValues,
    ) -> Result<Vec<Resolved<'a>>, Unresolved> {
        let resolved = self.pieces.iter().map(|piece| {
            Ok(match piece {
                Piece::Text(text) => Resolved::Text(text),
                Piece::AnyCharacter => Resolved::AnyCharacter,
                Piece::AnyText => Resolved::AnyText,
                Piece::Variable { name, default } => {
                    Resolved::Text(match (keys.gathered().values(name), default) {
                        ([value], _) => value,
                        ([], Some(default)) => default,
                        _ => return Err(Unresolved),
                    })
                }
            })
        });
        resolved.collect()
    }
}

/// A piece with its variable replaced. What a variable brings is text: its wildcards are not wildcards.
#[derive(Debug, Clone, Copy)]
enum Resolved<'a> {
    Text(&'a str),
    AnyCharacter,
    AnyText,
}

/// What stands between `${` and `}` is not a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadVariable;

fn flush(fixed: &mut String, pieces: &mut Vec<Piece>) {
    if !fixed.is_empty() {
        pieces.push(Piece::Text(std::mem::take(fixed).into()));
    }
}

/// `aws:username`, or `aws:PrincipalTag/team, 'none'`.
fn variable(inside: &str) -> Result<Piece, BadVariable> {
    let (name, default) = match inside.split_once(',') {
        None => (inside, None),
        Some((name, default)) => {
            let default = default.trim();
            let quoted = default
                .strip_prefix('\'')
                .and_then(|text| text.strip_suffix('\''))
                .filter(|text| !text.contains('\''))
                .ok_or(BadVariable)?;
            (name, Some(quoted.into()))
        }
    };
    let name = name.trim();
    if name.is_empty() || name.contains(['$', '{', '\'']) {
        return Err(BadVariable);
    }
    Ok(Piece::Variable {
        name: KeyName::parse(name),
        default,
    })
}

/// Matches from the left, and after a mismatch goes back to the last `*` and lets it take one character more. That is
/// enough, because an earlier `*` could only have taken text that a later one can take as well.
fn matches_pieces(pieces: &[Resolved<'_>], text: &str) -> bool {
    let mut piece = 0;
    let mut rest = text;
    let mut last_star: Option<(usize, &str)> = None;
    loop {
        let advanced = match pieces.get(piece) {
            None => rest.is_empty().then_some(rest),
            Some(Resolved::AnyText) => {
                if piece + 1 == pieces.len() {
                    return true;
                }
                last_star = Some((piece, rest));
                Some(rest)
            }
            Some(Resolved::Text(fixed)) => rest.strip_prefix(fixed),
            Some(Resolved::AnyCharacter) => without_first(rest),
        };
        match advanced {
            Some(_) if piece == pieces.len() => return true,
            Some(after) => {
                rest = after;
                piece += 1;
            }
            None => {
                let Some((star, taken_to)) = last_star else {
                    return false;
                };
                let Some(after) = without_first(taken_to) else {
                    return false;
                };
                last_star = Some((star, after));
                rest = after;
                piece = star + 1;
            }
        }
    }
}

fn without_first(text: &str) -> Option<&str> {
    let first = text.chars().next()?;
    Some(&text[first.len_utf8()..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition_keys::ConditionKey;
    use crate::request::RequestKeys;

    const ALL: Reading = Reading {
        wildcards: true,
        variables: true,
    };

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::parse(pattern, ALL)
            .unwrap()
            .matches(text, &RequestKeys::new())
            .unwrap()
    }

    #[test]
    fn wildcards_take_what_they_should() {
        for (pattern, text) in [
            ("*", ""),
            ("*", "anything"),
            ("", ""),
            ("kms:*", "kms:"),
            ("kms:*crypt", "kms:ReEncrypt"),
            ("a*b*c", "axxbxbxc"),
            ("a?c", "aéc"),
            ("*ab", "aab"),
            ("*a*b?", "zzaqqbabz"),
            ("**", "x"),
            ("${*}${?}${$}", "*?$"),
        ] {
            assert!(matches(pattern, text), "{pattern} should match {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("a", ""),
            ("?", ""),
            ("a?c", "ac"),
            ("kms:Encrypt", "kms:Encrypted"),
            ("*ab", "aba"),
            ("a*b*c", "axxbxbx"),
            ("${*}", "x"),
        ] {
            assert!(!matches(pattern, text), "{pattern} should not match {text}");
        }
    }

    #[test]
    fn a_variable_brings_text_and_no_wildcards() {
        let pattern = Pattern::parse("key/${aws:username}/*", ALL).unwrap();
        let mut keys = RequestKeys::new();
        assert_eq!(pattern.matches("key/ada/x", &keys), Err(Unresolved));
        keys.insert(ConditionKey::AwsUserName, "*");
        assert_eq!(pattern.matches("key/ada/x", &keys), Ok(false));
        assert_eq!(pattern.matches("key/*/x", &keys), Ok(true));
        keys.insert(ConditionKey::AwsUserName, "ada");
        assert_eq!(pattern.matches("key/ada/x", &keys), Err(Unresolved));
    }

    #[test]
    fn a_default_stands_in_for_what_is_absent() {
        let pattern = Pattern::parse("${aws:PrincipalTag/team, 'none'}", ALL).unwrap();
        let mut keys = RequestKeys::new();
        assert_eq!(pattern.matches("none", &keys), Ok(true));
        keys.insert("aws:PrincipalTag/Team", "blue");
        assert_eq!(pattern.matches("none", &keys), Ok(false));
        assert_eq!(pattern.matches("blue", &keys), Ok(true));
    }

    #[test]
    fn a_variable_that_is_none_is_refused() {
        for text in [
            "${",
            "${}",
            "${aws:username",
            "${a, b}",
            "${a, 'b}",
            "${ }",
            "${${a}}",
        ] {
            assert_eq!(Pattern::parse(text, ALL), Err(BadVariable), "{text}");
        }
        let old = Reading {
            wildcards: true,
            variables: false,
        };
        let pattern = Pattern::parse("${aws:username", old).unwrap();
        assert_eq!(
            pattern.matches("${aws:username", &RequestKeys::new()),
            Ok(true)
        );
    }
}
