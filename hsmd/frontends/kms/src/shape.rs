//! Constraints of the service model, and the exact texts of AWS when they are broken.
//!
//! All constraints of a request are checked before it is refused, and all that are broken are told.

use std::fmt;

use regex::Regex;
use serde::de::DeserializeOwned;

use crate::sent::{Bytes, Many, Text, Whole};

/// A shape of the model that requests are made of.
pub(crate) trait Shape {
    /// As it was sent: the JSON type is right, nothing else is known.
    type Sent: DeserializeOwned;
    /// What is known to keep the constraints.
    type Value;

    /// Checks what was sent at this place. `None` only after something was added to `failures`.
    fn check(sent: Self::Sent, at: &Place<'_>, failures: &mut Failures) -> Option<Self::Value>;
}

/// A string of which the model lists the values.
pub(crate) trait Listed: Copy + 'static {
    /// Every value.
    const ALL: &'static [Self];

    /// As the model writes it.
    fn as_str(self) -> &'static str;

    /// The value with this name.
    fn by_name(name: &str) -> Option<Self>;
}

/// Where a value stands in a request.
pub(crate) struct Place<'a> {
    parent: Option<&'a Self>,
    step: Step,
}

enum Step {
    Top,
    Member(&'static str),
    Element(usize),
}

impl Place<'_> {
    /// The request itself.
    pub(crate) const TOP: Place<'static> = Place {
        parent: None,
        step: Step::Top,
    };

    /// A member of the structure at this place.
    pub(crate) fn member(&self, name: &'static str) -> Place<'_> {
        Place {
            parent: Some(self),
            step: Step::Member(name),
        }
    }

    /// An element of the list at this place, counted from 1.
    fn element(&self, number: usize) -> Place<'_> {
        Place {
            parent: Some(self),
            step: Step::Element(number),
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent
            && !matches!(parent.step, Step::Top)
        {
            write!(f, "{parent}.")?;
        }
        match self.step {
            Step::Top => Ok(()),
            Step::Member(name) => f.write_str(name),
            Step::Element(number) => write!(f, "{number}.member"),
        }
    }
}

/// What is wrong with a request.
#[derive(Default)]
pub(crate) struct Failures {
    count: usize,
    text: String,
}

/// The most failures that are told one by one: a hostile request could have a million.
const FAILURES_TOLD_MAX: usize = 50;

impl Failures {
    /// The message, if anything failed.
    pub(crate) fn message(&self) -> Option<String> {
        let plural = match self.count {
            0 => return None,
            1 => "",
            _ => "s",
        };
        Some(format!(
            "{} validation error{plural} detected: {}",
            self.count, self.text
        ))
    }

    /// `value` is left out for what is secret, long or absent.
    fn add(
        &mut self,
        value: Option<&dyn fmt::Display>,
        at: &Place<'_>,
        constraint: fmt::Arguments<'_>,
    ) {
        use fmt::Write as _;
        self.count += 1;
        if self.count > FAILURES_TOLD_MAX {
            return;
        }
        if self.count > 1 {
            self.text.push_str("; ");
        }
        // Writing to a String cannot fail.
        let _ = match value {
            Some(value) => write!(self.text, "Value '{value}' at '{at}'"),
            None => write!(self.text, "Value at '{at}'"),
        };
        let _ = write!(
            self.text,
            " failed to satisfy constraint: Member must {constraint}"
        );
    }
}

/// Bounds of a length or a number.
pub(crate) struct Range {
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
}

impl Range {
    /// Whether the number is within the bounds; `what` is `length` or `value`.
    fn check(
        &self,
        number: i64,
        what: &str,
        value: Option<&dyn fmt::Display>,
        at: &Place<'_>,
        failures: &mut Failures,
    ) -> bool {
        if let Some(max) = self.max.filter(|max| number > *max) {
            failures.add(
                value,
                at,
                format_args!("have {what} less than or equal to {max}"),
            );
            return false;
        }
        if let Some(min) = self.min.filter(|min| number < *min) {
            failures.add(
                value,
                at,
                format_args!("have {what} greater than or equal to {min}"),
            );
            return false;
        }
        true
    }
}

/// A member that must be there.
pub(crate) fn required<S: Shape>(
    sent: Option<S::Sent>,
    at: &Place<'_>,
    failures: &mut Failures,
) -> Option<S::Value> {
    if let Some(sent) = sent {
        return S::check(sent, at, failures);
    }
    failures.add(None, at, format_args!("not be null"));
    None
}

/// A member that may be left out.
#[expect(
    clippy::option_option,
    reason = "the outer says whether the check was passed, the inner whether it is there"
)]
pub(crate) fn optional<S: Shape>(
    sent: Option<S::Sent>,
    at: &Place<'_>,
    failures: &mut Failures,
) -> Option<Option<S::Value>> {
    match sent {
        Some(sent) => S::check(sent, at, failures).map(Some),
        None => Some(None),
    }
}

/// A pattern as the model writes it, and as it is matched.
pub(crate) type Pattern = (&'static str, fn() -> &'static Regex);

/// Text: its length in characters, and its pattern.
pub(crate) fn check_text(
    sent: Text,
    is_sensitive: bool,
    range: &Range,
    pattern: Option<Pattern>,
    at: &Place<'_>,
    failures: &mut Failures,
) -> Option<String> {
    let Text(text) = sent;
    let value: Option<&dyn fmt::Display> = if is_sensitive { None } else { Some(&text) };
    // UTF-16 units, as the service counts. Counted only when the bytes do not decide.
    let length = if text.is_ascii() {
        text.len()
    } else {
        text.encode_utf16().count()
    };
    let mut is_kept = range.check(bounded(length), "length", value, at, failures);
    if let Some((java, regex)) = pattern
        && !regex().is_match(&text)
    {
        failures.add(
            value,
            at,
            format_args!("satisfy regular expression pattern: {java}"),
        );
        is_kept = false;
    }
    is_kept.then_some(text)
}

/// Text that must be one of the listed values.
pub(crate) fn check_listed<L: Listed>(
    sent: Text,
    is_sensitive: bool,
    at: &Place<'_>,
    failures: &mut Failures,
) -> Option<L> {
    let Text(text) = sent;
    let found = L::by_name(&text);
    if found.is_none() {
        let names: Vec<_> = L::ALL.iter().map(|value| value.as_str()).collect();
        let value: Option<&dyn fmt::Display> = if is_sensitive { None } else { Some(&text) };
        failures.add(
            value,
            at,
            format_args!("satisfy enum value set: [{}]", names.join(", ")),
        );
    }
    found
}

/// Bytes: their number.
pub(crate) fn check_blob(
    sent: Bytes,
    range: &Range,
    at: &Place<'_>,
    failures: &mut Failures,
) -> Option<Vec<u8>> {
    let Bytes(bytes) = sent;
    range
        .check(bounded(bytes.len()), "length", None, at, failures)
        .then_some(bytes)
}

/// A whole number.
pub(crate) fn check_whole(
    sent: Whole,
    range: &Range,
    at: &Place<'_>,
    failures: &mut Failures,
) -> Option<u32> {
    let Whole(number) = sent;
    let range = Range {
        min: Some(range.min.unwrap_or(0)),
        max: Some(range.max.unwrap_or(i64::from(u32::MAX))),
    };
    let is_kept = range.check(number, "value", Some(&number), at, failures);
    is_kept.then(|| u32::try_from(number).ok()).flatten()
}

/// A list: its length, and each element.
pub(crate) fn check_list<S: Shape>(
    sent: Many<S::Sent>,
    range: &Range,
    at: &Place<'_>,
    failures: &mut Failures,
) -> Option<Vec<S::Value>> {
    let Many(elements) = sent;
    let mut is_kept = range.check(bounded(elements.len()), "length", None, at, failures);
    let mut values = Vec::with_capacity(elements.len());
    for (index, element) in elements.into_iter().enumerate() {
        match S::check(element, &at.element(index + 1), failures) {
            Some(value) => values.push(value),
            None => is_kept = false,
        }
    }
    is_kept.then_some(values)
}

/// A length as a number that bounds are compared with.
fn bounded(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
