//! Accounts and Regions, as AWS names them: whose a partition is, and where.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// An AWS account's id: twelve decimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId([u8; DIGITS]);

/// The name of a Region, as `us-east-1`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegionName(Arc<str>);

/// The text is not an account's id: twelve decimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an account id is {DIGITS} decimal digits")]
pub struct InvalidAccountId;

/// The text is not a Region's name: 1 to 32 lower-case letters, digits and hyphens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a Region's name has 1 to {REGION_BYTES_MAX} lower-case letters, digits and hyphens")]
pub struct InvalidRegionName;

impl AccountId {
    /// The account with this number, if it has at most twelve digits.
    #[must_use]
    pub fn from_number(number: u64) -> Option<Self> {
        format!("{number:012}").parse().ok()
    }

    /// The twelve digits.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "only digits are stored")]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("digits are ASCII")
    }

    /// The twelve digits as bytes, which sort as the numbers do.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; DIGITS] {
        &self.0
    }
}

impl RegionName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The partition of AWS that the Region belongs to, as ARNs write it: `aws`, `aws-cn`, `aws-us-gov`…
    #[must_use]
    pub fn aws_partition(&self) -> &'static str {
        let of_prefix = |(prefix, _): &&(&str, &str)| self.0.starts_with(prefix);
        AWS_PARTITIONS
            .iter()
            .find(of_prefix)
            .map_or("aws", |(_, partition)| partition)
    }
}

impl FromStr for AccountId {
    type Err = InvalidAccountId;

    fn from_str(text: &str) -> Result<Self, InvalidAccountId> {
        let digits: [u8; DIGITS] = text.as_bytes().try_into().map_err(|_| InvalidAccountId)?;
        if digits.iter().all(u8::is_ascii_digit) {
            Ok(Self(digits))
        } else {
            Err(InvalidAccountId)
        }
    }
}

impl FromStr for RegionName {
    type Err = InvalidRegionName;

    fn from_str(text: &str) -> Result<Self, InvalidRegionName> {
        let is_plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=REGION_BYTES_MAX).contains(&text.len()) && text.bytes().all(is_plain) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidRegionName)
        }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Display for RegionName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for RegionName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

const DIGITS: usize = 12;

/// The longest name of a Region, in bytes.
const REGION_BYTES_MAX: usize = 32;

/// Which Regions are not of the partition `aws`.
const AWS_PARTITIONS: &[(&str, &str)] = &[
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("us-iso-", "aws-iso"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_twelve_digits() {
        let account: AccountId = "000000000012".parse().unwrap();
        assert_eq!(account.to_string(), "000000000012");
        assert_eq!(AccountId::from_number(12), Some(account));
        assert_eq!(AccountId::from_number(1_000_000_000_000), None);
        for text in [
            "",
            "12345678901",
            "1234567890123",
            "12345678901x",
            "+12345678901",
        ] {
            assert_eq!(text.parse::<AccountId>(), Err(InvalidAccountId), "{text}");
        }
    }

    #[test]
    fn a_region_is_of_one_partition() {
        for (region, partition) in [
            ("us-east-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-isob-east-1", "aws-iso-b"),
            ("local", "aws"),
        ] {
            let region: RegionName = region.parse().unwrap();
            assert_eq!(region.aws_partition(), partition, "{region}");
        }
        for text in ["", "US-EAST-1", "us east", "é", &"a".repeat(33)] {
            assert_eq!(text.parse::<RegionName>(), Err(InvalidRegionName), "{text}");
        }
    }
}
