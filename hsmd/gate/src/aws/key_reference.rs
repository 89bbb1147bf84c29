//! The four ways in which a request names a KMS key: key id, key ARN, alias name and alias ARN.

use std::fmt;

use hsmd_keys::{AccountId, KeyId};

/// How a request names a key, as text and as what it says.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyReference {
    text: String,
    named: Named,
}

/// What a reference says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// A key id: of the caller's account and Region.
    Key(Resource),
    /// An alias, with `alias/`: of the caller's account and Region.
    Alias(String),
    /// An ARN of KMS.
    Arn {
        /// The Region's name.
        region: String,
        /// The account's digits.
        account: String,
        /// What is named there.
        resource: Resource,
    },
    /// The key of a ciphertext, of the Region of the request.
    ByCiphertext {
        /// The account.
        account: AccountId,
        /// The key.
        key: KeyId,
    },
    /// An ARN, but none of a key or alias.
    InvalidArn,
    /// None of these.
    Unknown,
}

/// What is named within an account and Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// A key.
    Key(KeyId),
    /// An alias, with `alias/`.
    Alias(String),
}

impl KeyReference {
    /// Reads what a request says. Text that names nothing is refused when the key is looked for.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let named = if let Some(rest) = text.strip_prefix("arn:") {
            arn(rest).unwrap_or(Named::InvalidArn)
        } else if text.starts_with(ALIAS_PREFIX) {
            Named::Alias(text.to_owned())
        } else {
            key(text).map_or(Named::Unknown, Named::Key)
        };
        Self {
            text: text.to_owned(),
            named,
        }
    }

    /// The key that a ciphertext names, in the Region of the request. Unlike one that a request names, a key that is not
    /// there is not told from one that may not be used.
    #[must_use]
    pub fn of_ciphertext(account: AccountId, key: KeyId) -> Self {
        Self {
            text: String::new(),
            named: Named::ByCiphertext { account, key },
        }
    }

    /// The text of the request; none if a ciphertext names the key.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it says.
    #[must_use]
    pub fn named(&self) -> &Named {
        &self.named
    }

    /// Whether a ciphertext names the key, and not the request.
    #[must_use]
    pub fn is_of_ciphertext(&self) -> bool {
        matches!(self.named, Named::ByCiphertext { .. })
    }

    /// The alias that it names, with `alias/`.
    #[must_use]
    pub fn alias(&self) -> Option<&str> {
        match &self.named {
            Named::Alias(name)
            | Named::Arn {
                resource: Resource::Alias(name),
                ..
            } => Some(name),
            Named::Key(_)
            | Named::Arn { .. }
            | Named::ByCiphertext { .. }
            | Named::InvalidArn
            | Named::Unknown => None,
        }
    }
}

impl fmt::Debug for KeyReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.named.fmt(f)
    }
}

fn key(text: &str) -> Option<Resource> {
    text.parse().ok().map(Resource::Key)
}

/// `aws:kms:<region>:<account>:key/<id>`, or `alias/<name>` at its end.
fn arn(rest: &str) -> Option<Named> {
    let mut parts = rest.splitn(5, ':');
    let mut next = || parts.next();
    let (partition, service) = (next()?, next()?);
    let (region, account, resource) = (next()?, next()?, next()?);
    let is_account = account.len() == 12 && account.bytes().all(|digit| digit.is_ascii_digit());
    if partition != "aws" || service != "kms" || region.is_empty() || !is_account {
        return None;
    }
    let resource = match resource.strip_prefix("key/") {
        Some(id) => key(id)?,
        None if resource.starts_with(ALIAS_PREFIX) => Resource::Alias(resource.to_owned()),
        None => return None,
    };
    Some(Named::Arn {
        region: region.to_owned(),
        account: account.to_owned(),
        resource,
    })
}

/// What the name of every alias begins with.
const ALIAS_PREFIX: &str = "alias/";

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    fn resource(text: &str) -> Option<Resource> {
        match KeyReference::parse(text).named {
            Named::Key(resource) | Named::Arn { resource, .. } => Some(resource),
            Named::Alias(name) => Some(Resource::Alias(name)),
            Named::ByCiphertext { .. } | Named::InvalidArn | Named::Unknown => None,
        }
    }

    #[test]
    fn the_four_forms_are_read() {
        let regional = Some(Resource::Key(ID.parse().unwrap()));
        assert_eq!(resource(ID), regional);
        let arn = format!("arn:aws:kms:us-east-1:111122223333:key/{ID}");
        assert_eq!(resource(&arn), regional);
        let multi_region = "mrk-1234abcd12ab34cd56ef1234567890ab";
        assert_eq!(
            resource(multi_region),
            Some(Resource::Key(multi_region.parse().unwrap()))
        );
        for alias in ["alias/x", "arn:aws:kms:us-east-1:111122223333:alias/x"] {
            assert_eq!(resource(alias), Some(Resource::Alias("alias/x".to_owned())));
            assert_eq!(KeyReference::parse(alias).alias(), Some("alias/x"));
        }
    }

    #[test]
    fn what_names_no_key_is_told() {
        for text in [
            "",
            "key",
            "1234ABCD-12ab-34cd-56ef-1234567890ab",
            "1234abcd12ab34cd56ef1234567890ab",
            "1234abcd-12ab-34cd-56ef-1234567890a",
            "mrk-1234abcd-12ab-34cd-56ef-1234567890ab",
            "é234abcd-12ab-34cd-56ef-1234567890a",
        ] {
            assert_eq!(KeyReference::parse(text).named, Named::Unknown, "{text}");
        }
        for text in [
            "arn:",
            "arn:aws-cn:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:s3:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:us-east-1:11112222333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms::111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:us-east-1:111122223333:key/alias/x",
            "arn:aws:kms:us-east-1:111122223333:1234abcd-12ab-34cd-56ef-1234567890ab",
        ] {
            assert_eq!(KeyReference::parse(text).named, Named::InvalidArn, "{text}");
        }
    }
}
