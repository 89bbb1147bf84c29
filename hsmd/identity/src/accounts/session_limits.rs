//! How long sessions last, and what they may be given.

use std::ops::RangeInclusive;

use hsmd_policy::{PolicyKind, StoredPolicy};

use super::entities::Role;
use super::error::AccountError;

/// How long a session lasts when nothing is said, in seconds.
pub(super) const ROLE_SECONDS_DEFAULT: u32 = 3_600;

/// The shortest session, in seconds.
const SECONDS_MIN: u32 = 900;

/// The longest session of a role, in seconds, if the role says so.
const ROLE_SECONDS_MAX: u32 = 43_200;

/// The longest session of a user, in seconds.
pub(super) const USER_SECONDS_MAX: u32 = 129_600;

/// The longest session policy, in bytes.
pub(super) const POLICY_BYTES_MAX: usize = 2_048;

/// Refuses a session of a role that is too short or too long; one that a session of another role asks for is short.
pub(super) fn check_role_seconds(
    seconds: u32,
    role: &Role,
    is_by_role: bool,
) -> Result<(), AccountError> {
    check(DURATION, seconds, SECONDS_MIN..=ROLE_SECONDS_MAX)?;
    let limit = if seconds > role.session_seconds_max {
        "MaxSessionDuration set for this role."
    } else if is_by_role && seconds > ROLE_SECONDS_DEFAULT {
        "1 hour session limit for roles assumed by role chaining."
    } else {
        return Ok(());
    };
    Err(AccountError::SessionTooLong { limit })
}

/// Refuses a session of a user that is too short or too long.
pub(super) fn check_user_seconds(seconds: u32) -> Result<(), AccountError> {
    check(DURATION, seconds, SECONDS_MIN..=USER_SECONDS_MAX)
}

/// Refuses what cannot be the longest session of a role.
pub(super) fn check_maximum(seconds: u32) -> Result<(), AccountError> {
    check(
        "maxSessionDuration",
        seconds,
        ROLE_SECONDS_DEFAULT..=ROLE_SECONDS_MAX,
    )
}

/// The member that says how long a session is to last.
const DURATION: &str = "durationSeconds";

fn check(member: &str, seconds: u32, allowed: RangeInclusive<u32>) -> Result<(), AccountError> {
    let rule = if seconds < *allowed.start() {
        format!("have value greater than or equal to {}", allowed.start())
    } else if seconds > *allowed.end() {
        format!("have value less than or equal to {}", allowed.end())
    } else {
        return Ok(());
    };
    Err(AccountError::Constraint {
        value: Some(seconds.to_string()),
        member: member.to_owned(),
        rule: rule.into(),
    })
}

/// Refuses a name that is none, of a session or of a source.
pub(super) fn check_session_name(member: &'static str, name: &str) -> Result<(), AccountError> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    let rule = match name.len() {
        0 | 1 => "have length greater than or equal to 2",
        2..=64 if name.bytes().all(is_plain) => return Ok(()),
        2..=64 => r"satisfy regular expression pattern: [\w+=,.@-]*",
        _ => "have length less than or equal to 64",
    };
    Err(AccountError::Constraint {
        value: Some(name.to_owned()),
        member: member.to_owned(),
        rule: rule.into(),
    })
}

/// Refuses policies that are none, or too long together.
pub(super) fn check_policies(texts: &[String]) -> Result<(), AccountError> {
    if texts.iter().map(String::len).sum::<usize>() > POLICY_BYTES_MAX {
        return Err(AccountError::LimitExceeded {
            quota: "bytes of session policies",
            maximum: POLICY_BYTES_MAX,
        });
    }
    for text in texts {
        StoredPolicy::parse(text, PolicyKind::Identity)?;
    }
    Ok(())
}
