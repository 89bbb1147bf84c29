//! What names, paths, tags and ids may look like, and how many there may be of what.

use hsmd_keys::AccountId;

use super::entities::Tag;
use super::error::AccountError;
use crate::errors::Error;

/// The longest inline policy, in characters that are no white space: AWS counts all of one role together.
pub(super) const INLINE_POLICY_BYTES_MAX: usize = 10_240;

/// The longest managed policy, in bytes.
pub(super) const MANAGED_POLICY_BYTES_MAX: usize = 6_144;

/// The longest name of an account, in bytes.
const ACCOUNT_NAME_BYTES_MAX: usize = 128;

/// Characters of ids: those of base32 (RFC 4648 §6).
const ID_LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

pub(super) fn check_account_name(name: &str) -> Result<(), AccountError> {
    let is_plain = |character: char| !character.is_control();
    if name.len() <= ACCOUNT_NAME_BYTES_MAX && name.chars().all(is_plain) {
        Ok(())
    } else {
        Err(AccountError::Invalid {
            member: "name",
            rule: "It has at most 128 bytes and no control characters.",
        })
    }
}

/// The name of a user, role or policy.
pub(super) fn check_name(
    member: &'static str,
    name: &str,
    length_max: usize,
) -> Result<(), AccountError> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    if (1..=length_max).contains(&name.len()) && name.bytes().all(is_plain) {
        Ok(())
    } else {
        Err(AccountError::Invalid {
            member,
            rule: "It must contain only alphanumeric characters and/or the following: +=,.@_-",
        })
    }
}

/// The name of a service of AWS, as `s3.amazonaws.com`.
pub(super) fn check_service(name: &str) -> Result<(), AccountError> {
    let is_plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
    let first = name.strip_suffix(".amazonaws.com").unwrap_or_default();
    if (1..=64).contains(&first.len()) && first.bytes().all(is_plain) {
        Ok(())
    } else {
        Err(AccountError::Invalid {
            member: "service",
            rule: "It is the name of a service, as s3.amazonaws.com.",
        })
    }
}

/// `/`, or words between slashes.
pub(super) fn check_path(path: &str) -> Result<(), AccountError> {
    let is_plain = path.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    let has_slashes =
        path == "/" || (path.len() > 2 && path.starts_with('/') && path.ends_with('/'));
    if path.len() <= 512 && is_plain && has_slashes && !path.contains("//") {
        Ok(())
    } else {
        Err(AccountError::Invalid {
            member: "path",
            rule: "It must begin and end with / and contain only alphanumeric characters and/or / characters.",
        })
    }
}

pub(super) fn check_text(
    member: &'static str,
    text: &str,
    length_max: usize,
) -> Result<(), AccountError> {
    if text.chars().count() <= length_max && !text.chars().any(|letter| letter == '\0') {
        Ok(())
    } else {
        Err(AccountError::Invalid {
            member,
            rule: "It is too long or has characters that it may not have.",
        })
    }
}

/// The most tags of one entity, and of one request.
const TAGS_MAX: usize = 50;

/// Whether tags are one whose keys differ in case alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyCase {
    /// They are two: those of managed policies.
    Counts,
    /// They are one: those of users, roles and sessions.
    Ignored,
}

impl KeyCase {
    pub(super) fn is_same(self, one: &str, other: &str) -> bool {
        one == other || (self == Self::Ignored && one.eq_ignore_ascii_case(other))
    }
}

/// Tags that replace those of the same key.
pub(super) fn with_tags(
    tags: &[Tag],
    new: &[Tag],
    case: KeyCase,
) -> Result<Vec<Tag>, AccountError> {
    check_tags(new, case)?;
    let tags = merged_tags(tags, new, case);
    check_count("TagsPerResource", tags.len().saturating_sub(1), TAGS_MAX)?;
    Ok(tags)
}

/// Both of them; where a key is the same, the new one.
pub(super) fn merged_tags(tags: &[Tag], new: &[Tag], case: KeyCase) -> Vec<Tag> {
    let mut tags = tags.to_vec();
    for (key, value) in new {
        let mut present = tags.iter_mut();
        match present.find(|(present, _)| case.is_same(present, key)) {
            Some(tag) => tag.1.clone_from(value),
            None => tags.push((key.clone(), value.clone())),
        }
    }
    tags.sort();
    tags
}

/// What AWS's model says of the tags of one request.
fn check_tags(tags: &[Tag], case: KeyCase) -> Result<(), AccountError> {
    let broken = |member: String, rule: &'static str| {
        Err(AccountError::Constraint {
            value: None,
            member,
            rule: rule.into(),
        })
    };
    if tags.len() > TAGS_MAX {
        return broken("tags".to_owned(), "have length less than or equal to 50");
    }
    for (index, (key, value)) in tags.iter().enumerate() {
        let member = |name| format!("tags.{}.member.{name}", index + 1);
        if key.is_empty() {
            return broken(member("key"), "have length greater than or equal to 1");
        }
        if key.chars().count() > 128 {
            return broken(member("key"), "have length less than or equal to 128");
        }
        if value.chars().count() > 256 {
            return broken(member("value"), "have length less than or equal to 256");
        }
        if !key.chars().all(is_of_tag) {
            let rule = r"satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+";
            return broken(member("key"), rule);
        }
        if !value.chars().all(is_of_tag) {
            let rule = r"satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]*";
            return broken(member("value"), rule);
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(AccountError::Invalid {
                member: "tags",
                rule: "Keys that begin with aws: are reserved.",
            });
        }
        if tags[..index]
            .iter()
            .any(|(earlier, _)| case.is_same(earlier, key))
        {
            return Err(AccountError::DuplicateTags {
                is_case_ignored: case == KeyCase::Ignored,
            });
        }
    }
    Ok(())
}

/// Letters, separators and numbers of Unicode, and some marks.
fn is_of_tag(character: char) -> bool {
    let is_separator = character.is_whitespace() && !character.is_control();
    character.is_alphanumeric() || is_separator || "_.:/=+-@".contains(character)
}

/// Refuses one more when there are as many as there may be.
pub(super) fn check_count(
    quota: &'static str,
    present: usize,
    maximum: usize,
) -> Result<(), AccountError> {
    if present < maximum {
        Ok(())
    } else {
        Err(AccountError::LimitExceeded { quota, maximum })
    }
}

/// The account and the resource of an ARN of IAM or STS.
pub(super) fn split_arn(arn: &str) -> Option<(AccountId, &str)> {
    let mut parts = arn.splitn(6, ':');
    let is_arn = parts.next() == Some("arn") && parts.next()?.starts_with("aws");
    let is_of_service = matches!(parts.next()?, "iam" | "sts") && parts.next() == Some("");
    let account = parts.next()?.parse().ok()?;
    (is_arn && is_of_service).then_some((account, parts.next()?))
}

/// A new id: `AIDA`, `AROA`, `ANPA`, `AKIA` or `ASIA` and random letters and digits.
pub(super) fn new_id(prefix: &str, length: usize) -> Result<String, AccountError> {
    let mut bytes = vec![0; length - prefix.len()];
    random(&mut bytes)?;
    let letters = bytes
        .iter()
        .map(|byte| char::from(ID_LETTERS[usize::from(byte & 31)]));
    Ok(prefix.chars().chain(letters).collect())
}

pub(super) fn random(bytes: &mut [u8]) -> Result<(), AccountError> {
    getrandom::fill(bytes).map_err(|_| {
        AccountError::Store(Error::Resources {
            task: "draw random bytes",
        })
    })
}
