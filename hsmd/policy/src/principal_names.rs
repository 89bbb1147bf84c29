//! The forms in which policies name principals.

use crate::json::Json;
use crate::parse::{MalformedPolicy, texts};
use crate::principal_element::NamedPrincipal;

/// Reads the value of `Principal` or `NotPrincipal`.
///
/// # Errors
///
/// [`MalformedPolicy::Principal`] for a name of no such form, with wildcards in an ARN, or of a group.
pub(crate) fn read(value: Json) -> Result<Vec<NamedPrincipal>, MalformedPolicy> {
    let kinds = match value {
        Json::Text(text) if text == "*" => return Ok(vec![NamedPrincipal::Everyone]),
        Json::Object(kinds) if !kinds.is_empty() => kinds,
        _ => return Err(MalformedPolicy::Principal),
    };
    let mut named = Vec::new();
    for (kind, names) in kinds {
        for name in texts(names)? {
            let principal = match kind.as_str() {
                "AWS" => aws(&name),
                "Service" => service(&name),
                "Federated" => Some(NamedPrincipal::Federated),
                _ => None,
            };
            named.push(principal.ok_or(MalformedPolicy::Principal)?);
        }
    }
    Ok(named)
}

/// `*`, an account id, or the ARN of an account's root, a user, a role, a session or a federated user.
fn aws(name: &str) -> Option<NamedPrincipal> {
    if name == "*" {
        return Some(NamedPrincipal::Everyone);
    }
    if is_account(name) {
        return Some(NamedPrincipal::Account {
            id: name.into(),
            partition: "aws".into(),
        });
    }
    let mut parts = name.splitn(6, ':');
    let ("arn", partition, service, "", account, resource) = (
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
    ) else {
        return None;
    };
    let is_partition = partition == "aws" || partition.starts_with("aws-");
    if !is_partition || !is_account(account) || !resource.chars().all(is_name_character) {
        return None;
    }
    if (service, resource) == ("iam", "root") {
        return Some(NamedPrincipal::Account {
            id: account.into(),
            partition: partition.into(),
        });
    }
    let (kind, rest) = resource.split_once('/')?;
    let is_principal = match (service, kind) {
        ("iam", "user" | "role") => !rest.is_empty() && !rest.ends_with('/'),
        ("sts", "assumed-role") => rest.split_once('/').is_some_and(|(role, session)| {
            !role.is_empty() && !session.is_empty() && !session.contains('/')
        }),
        ("sts", "federated-user") => !rest.is_empty() && !rest.contains('/'),
        _ => false,
    };
    is_principal.then(|| NamedPrincipal::Arn {
        arn: name.into(),
        unique_id: None,
    })
}

/// The name of a service, as `s3.amazonaws.com`.
fn service(name: &str) -> Option<NamedPrincipal> {
    let is_host = name.contains('.')
        && name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte)
        });
    is_host.then(|| NamedPrincipal::Service(name.into()))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The characters of user, role and session names and of their paths; a wildcard is none.
fn is_name_character(character: char) -> bool {
    matches!(character, '!'..='~') && !matches!(character, '*' | '?' | '"' | '\\' | '$' | '{' | '}')
}
