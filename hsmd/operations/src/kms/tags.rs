//! Rules of tags.

use hsmd_gate::Needs;
use hsmd_policy::{ConditionKey, KeyName};

use super::Error;
use crate::limits;

/// Checks the tags of a new key: all of them come at once.
pub(super) fn check_new(tags: &[(String, String)]) -> Result<(), Error> {
    check(tags.iter().map(|(key, _)| key.as_str()))?;
    if tags.len() > limits::KMS_TAGS_MAX {
        return Err(Error::Tag("Too many tags"));
    }
    Ok(())
}

/// Checks the names of tags that are to be set or removed.
pub(super) fn check<'a>(keys: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    let mut seen = std::collections::BTreeSet::new();
    for key in keys {
        let is_reserved = key
            .get(..RESERVED.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(RESERVED));
        if is_reserved {
            return Err(Error::Tag("Tags beginning with aws: are reserved"));
        }
        if !seen.insert(key) {
            return Err(Error::Tag("Duplicate tag keys"));
        }
    }
    Ok(())
}

/// `aws:RequestTag/…` and `aws:TagKeys`.
pub(super) fn with_conditions<P>(mut needs: Needs<P>, tags: &[(String, String)]) -> Needs<P> {
    for (key, value) in tags {
        needs = needs.with_condition(
            KeyName::suffixed(ConditionKey::AwsRequestTag, key),
            value.clone(),
        );
    }
    let keys = tags.iter().map(|(key, _)| key.clone()).collect();
    needs.with_condition_values("aws:TagKeys", keys)
}

const RESERVED: &str = "aws:";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_and_repeated_names_are_refused() {
        for keys in [&["aws:x"][..], &["AWS:x"], &["a", "b", "a"]] {
            assert!(check(keys.iter().copied()).is_err(), "{keys:?}");
        }
        assert_eq!(check(["aws", "awsx", "äöü", "a:aws:"].into_iter()), Ok(()));
    }
}
