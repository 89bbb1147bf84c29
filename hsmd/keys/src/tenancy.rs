//! Whose partition it is, for partitions that belong to an account: the account, the Region, and the names made of them.

use std::fmt::Write as _;

use crate::{AccountId, KeyId, RegionName, alias};

/// The account and Region that a partition belongs to. There is at most one partition for each pair.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tenancy {
    /// The account.
    pub account: AccountId,
    /// The Region.
    pub region: RegionName,
}

impl Tenancy {
    /// The ARN of a key: `arn:aws:kms:us-east-1:111122223333:key/…`.
    #[must_use]
    pub fn key_arn(&self, key: KeyId) -> String {
        let mut arn = self.arn_prefix();
        // A String takes everything.
        let _ = write!(arn, ":key/{key}");
        arn
    }

    /// The ARN of an alias, whose name is given without `alias/`.
    #[must_use]
    pub fn alias_arn(&self, name: &str) -> String {
        format!("{}:{}{name}", self.arn_prefix(), alias::PREFIX)
    }

    /// The ARN of the account's root user: `arn:aws:iam::111122223333:root`.
    #[must_use]
    pub fn root_arn(&self) -> String {
        format!(
            "arn:{}:iam::{}:root",
            self.region.aws_partition(),
            self.account
        )
    }

    /// What the ARNs of keys and aliases begin with: `arn:aws:kms:us-east-1:111122223333`.
    #[must_use]
    pub fn arn_prefix(&self) -> String {
        let Self { account, region } = self;
        let mut arn = String::with_capacity(ARN_BYTES);
        for part in [
            "arn:",
            region.aws_partition(),
            ":kms:",
            region.as_str(),
            ":",
            account.as_str(),
        ] {
            arn.push_str(part);
        }
        arn
    }
}

/// Room for the ARN of a key, which is written many times for each request.
const ARN_BYTES: usize = 96;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ObjectId;

    fn tenancy(region: &str) -> Tenancy {
        Tenancy {
            account: "111122223333".parse().unwrap(),
            region: region.parse().unwrap(),
        }
    }

    #[test]
    fn arns_are_written_as_aws_writes_them() {
        let key = KeyId {
            object: ObjectId::from_bytes([0xab; 16]),
            is_multi_region: false,
        };
        assert_eq!(
            tenancy("us-east-1").key_arn(key),
            "arn:aws:kms:us-east-1:111122223333:key/abababab-abab-abab-abab-abababababab"
        );
        assert_eq!(
            tenancy("cn-north-1").alias_arn("x/y"),
            "arn:aws-cn:kms:cn-north-1:111122223333:alias/x/y"
        );
        assert_eq!(
            tenancy("us-gov-west-1").root_arn(),
            "arn:aws-us-gov:iam::111122223333:root"
        );
    }
}
