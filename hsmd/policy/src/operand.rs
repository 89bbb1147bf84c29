//! The values of a condition, compiled for its operator, and how a request's value is compared with them.

use std::cmp::Ordering;
use std::net::{IpAddr, Ipv6Addr};

use crate::arn::{ArnPattern, BadArn};
use crate::date;
use crate::operator::{Comparison, Relation};
use crate::pattern::{BadVariable, Pattern, Reading, Unresolved};
use crate::request::RequestKeys;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operand {
    Text(Pattern),
    TextIgnoringCase(Pattern),
    Number(Relation, Decimal),
    Date(Relation, i64),
    Boolean(bool),
    Binary(Box<str>),
    Address(Network),
    Arn(ArnPattern),
    /// A text that is no ARN, given to an ARN operator: equal to nothing.
    NoArn,
}

/// A comparison that cannot be made: a variable of the policy has no value, or the request's value is not of the kind
/// that the operator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unclear;

impl From<Unresolved> for Unclear {
    fn from(Unresolved: Unresolved) -> Self {
        Self
    }
}

/// A value that its operator cannot be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadOperand;

impl From<BadVariable> for BadOperand {
    fn from(BadVariable: BadVariable) -> Self {
        Self
    }
}

impl Operand {
    /// Compiles a value of a condition for its operator.
    ///
    /// # Errors
    ///
    /// [`BadOperand`] when the text is not a value that the operator compares.
    pub(crate) fn parse(
        text: &str,
        comparison: Comparison,
        variables: bool,
    ) -> Result<Self, BadOperand> {
        let pattern = |wildcards| {
            Pattern::parse(
                text,
                Reading {
                    wildcards,
                    variables,
                },
            )
        };
        Ok(match comparison {
            Comparison::Text => Self::Text(pattern(false)?),
            Comparison::TextIgnoringCase => Self::TextIgnoringCase(pattern(false)?),
            Comparison::TextLike => Self::Text(pattern(true)?),
            Comparison::Number(relation) => {
                Self::Number(relation, Decimal::parse(text).ok_or(BadOperand)?)
            }
            Comparison::Date(relation) => {
                Self::Date(relation, date::milliseconds(text).ok_or(BadOperand)?)
            }
            Comparison::Boolean | Comparison::Null => {
                Self::Boolean(boolean(text).ok_or(BadOperand)?)
            }
            Comparison::Binary if is_base64(text) => Self::Binary(text.into()),
            Comparison::Binary => return Err(BadOperand),
            Comparison::Address => Self::Address(Network::parse(text).ok_or(BadOperand)?),
            Comparison::Arn => match ArnPattern::parse(text, variables) {
                Ok(pattern) => Self::Arn(pattern),
                Err(BadArn::Parts) => Self::NoArn,
                Err(BadArn::Variable) => return Err(BadOperand),
            },
        })
    }

    /// Whether the request's value stands to this one as the operator, without its negation, says.
    ///
    /// # Errors
    ///
    /// [`Unclear`] when the two cannot be compared.
    pub(crate) fn matches(&self, value: &str, keys: &RequestKeys) -> Result<bool, Unclear> {
        Ok(match self {
            Self::Text(pattern) => pattern.matches(value, keys)?,
            Self::TextIgnoringCase(pattern) => {
                pattern.text(keys)?.to_lowercase() == value.to_lowercase()
            }
            Self::Number(relation, number) => {
                relation.holds(Decimal::parse(value).ok_or(Unclear)?.cmp(number))
            }
            Self::Date(relation, date) => {
                relation.holds(date::milliseconds(value).ok_or(Unclear)?.cmp(date))
            }
            Self::Boolean(flag) => boolean(value).ok_or(Unclear)? == *flag,
            Self::Binary(bytes) => **bytes == *value,
            Self::Address(network) => network.contains(address(value).ok_or(Unclear)?),
            Self::Arn(pattern) => pattern.matches(value, keys)?,
            Self::NoArn => return Err(Unclear),
        })
    }
}

impl Relation {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// A decimal number of up to 18 digits before the point and as many after it, compared exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Decimal(i128);

impl Decimal {
    const DIGITS: usize = 18;

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_number = |digits: &str| {
            (1..=Self::DIGITS).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
        };
        if !is_number(whole) || !is_number(part) {
            return None;
        }
        let all = format!("{whole}{part:0<width$}", width = Self::DIGITS);
        let value: i128 = all.parse().ok()?;
        Some(Self(if is_negative { -value } else { value }))
    }
}

/// An address, or a range of them in CIDR notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    address: u128,
    prefix_bits: u32,
}

impl Network {
    /// How many leading bits all IPv4 addresses share when they are written as IPv6 addresses.
    const IPV4_PREFIX_BITS: u32 = 96;

    fn parse(text: &str) -> Option<Self> {
        let (text, prefix) = match text.split_once('/') {
            Some((text, prefix)) => (text, Some(prefix)),
            None => (text, None),
        };
        let parsed: IpAddr = text.parse().ok()?;
        let own_bits = if parsed.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok()?
            }
            Some(_) => return None,
            None => own_bits,
        };
        (prefix <= own_bits).then_some(Self {
            address: address_bits(parsed),
            prefix_bits: prefix
                + if parsed.is_ipv4() {
                    Self::IPV4_PREFIX_BITS
                } else {
                    0
                },
        })
    }

    fn contains(self, address: u128) -> bool {
        // A range of no bits holds every address; shifting by the whole width is not defined.
        let shift = u128::BITS - self.prefix_bits;
        shift == u128::BITS || (self.address >> shift) == (address >> shift)
    }
}

fn address(text: &str) -> Option<u128> {
    text.parse().ok().map(address_bits)
}

/// An IPv4 address as the IPv6 address that stands for it, so that `::ffff:192.0.2.1` is the same as `192.0.2.1`.
fn address_bits(address: IpAddr) -> u128 {
    let address: Ipv6Addr = match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    };
    address.to_bits()
}

fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len() - body.len() <= 2
        && body
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(comparison: Comparison, operand: &str, value: &str) -> Result<bool, Unclear> {
        Operand::parse(operand, comparison, true)
            .unwrap()
            .matches(value, &RequestKeys::new())
    }

    #[test]
    fn numbers_are_compared_exactly() {
        let less = Comparison::Number(Relation::Less);
        let equal = Comparison::Number(Relation::Equal);
        assert_eq!(matches(less, "10", "9"), Ok(true));
        assert_eq!(matches(less, "10", "10.0"), Ok(false));
        assert_eq!(matches(less, "-1", "-1.5"), Ok(true));
        assert_eq!(
            matches(equal, "9007199254740993", "9007199254740992"),
            Ok(false)
        );
        assert_eq!(matches(equal, "07.50", "7.5"), Ok(true));
        assert_eq!(matches(equal, "7", "seven"), Err(Unclear));
        for text in [
            "",
            "-",
            "1.",
            ".5",
            "1e3",
            "NaN",
            "inf",
            "0x10",
            "1234567890123456789",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn addresses_are_in_their_ranges() {
        let inside = |range, address| matches(Comparison::Address, range, address);
        assert_eq!(inside("192.0.2.0/24", "192.0.2.255"), Ok(true));
        assert_eq!(inside("192.0.2.0/24", "192.0.3.0"), Ok(false));
        assert_eq!(inside("192.0.2.7", "192.0.2.7"), Ok(true));
        assert_eq!(inside("192.0.2.0/24", "::ffff:192.0.2.9"), Ok(true));
        assert_eq!(inside("2001:db8::/32", "2001:db8:1::1"), Ok(true));
        assert_eq!(inside("2001:db8::/32", "192.0.2.1"), Ok(false));
        assert_eq!(inside("0.0.0.0/0", "192.0.2.1"), Ok(true));
        assert_eq!(inside("0.0.0.0/0", "2001:db8::1"), Ok(false));
        assert_eq!(inside("::/0", "2001:db8::1"), Ok(true));
        assert_eq!(inside("::/0", "AWS Internal"), Err(Unclear));
        for text in [
            "192.0.2.0/33",
            "192.0.2/24",
            "::/129",
            "192.0.2.0/+8",
            "192.0.2.0/",
            "x",
        ] {
            assert!(
                Operand::parse(text, Comparison::Address, true).is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn text_is_compared_as_the_operator_says() {
        assert_eq!(matches(Comparison::Text, "a*", "abc"), Ok(false));
        assert_eq!(matches(Comparison::Text, "a*", "a*"), Ok(true));
        assert_eq!(matches(Comparison::TextLike, "a*", "abc"), Ok(true));
        assert_eq!(matches(Comparison::TextLike, "a*", "Abc"), Ok(false));
        assert_eq!(
            matches(Comparison::TextIgnoringCase, "Ärger", "äRGER"),
            Ok(true)
        );
        assert_eq!(
            matches(Comparison::Text, "${aws:username}", "ada"),
            Err(Unclear)
        );
    }

    #[test]
    fn flags_and_bytes_are_checked_when_the_policy_is_put() {
        assert_eq!(matches(Comparison::Boolean, "True", "true"), Ok(true));
        assert_eq!(matches(Comparison::Boolean, "false", "true"), Ok(false));
        assert_eq!(
            matches(Comparison::Binary, "QmluYXJ5", "QmluYXJ5"),
            Ok(true)
        );
        for (text, comparison) in [
            ("yes", Comparison::Boolean),
            ("", Comparison::Null),
            ("Qm=", Comparison::Binary),
            ("Q===", Comparison::Binary),
            ("Qm!u", Comparison::Binary),
        ] {
            assert_eq!(
                Operand::parse(text, comparison, true),
                Err(BadOperand),
                "{text}"
            );
        }
    }
}
