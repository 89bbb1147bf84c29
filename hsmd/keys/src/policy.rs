//! Policies as their owners wrote them, each kept once: most keys of an account have the same one.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

/// A policy: the text as it was put, which is what is given back.
#[derive(Debug, PartialEq, Eq)]
pub struct StoredPolicy {
    text: Box<str>,
}

/// The text is no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the text is no policy document")]
pub struct InvalidPolicy;

impl StoredPolicy {
    /// The policy that says `text`.
    ///
    /// # Errors
    ///
    /// [`InvalidPolicy`] if it is no policy document.
    pub fn new(text: &str) -> Result<Self, InvalidPolicy> {
        Ok(Self { text: text.into() })
    }

    /// The text as it was put, byte for byte.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Every policy that a key has, once.
#[derive(Default)]
pub(crate) struct Policies {
    by_text: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    policies: HashMap<Box<str>, Weak<StoredPolicy>>,
    /// When so many are kept, those that no key has any more are dropped.
    cleaning_at: usize,
}

impl Policies {
    /// The policy that says `text`.
    pub(crate) fn policy(&self, text: &str) -> Result<Arc<StoredPolicy>, InvalidPolicy> {
        let mut kept = self.by_text.lock();
        if let Some(policy) = kept.policies.get(text).and_then(Weak::upgrade) {
            return Ok(policy);
        }
        let policy = Arc::new(StoredPolicy::new(text)?);
        if kept.policies.len() >= kept.cleaning_at {
            kept.policies.retain(|_, policy| policy.strong_count() > 0);
            kept.cleaning_at = (2 * kept.policies.len()).max(CLEANING_MIN);
        }
        kept.policies.insert(text.into(), Arc::downgrade(&policy));
        Ok(policy)
    }
}

/// Below so many policies, none is dropped.
const CLEANING_MIN: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_kept_once_and_as_long_as_it_is_used() {
        let policies = Policies::default();
        let text =
            |number: usize| format!(r#"{{"Version":"2012-10-17","Id":"{number}","Statement":[]}}"#);
        let first = policies.policy(&text(0)).unwrap();
        assert!(Arc::ptr_eq(&first, &policies.policy(&text(0)).unwrap()));
        for number in 1..5 * CLEANING_MIN {
            policies.policy(&text(number)).unwrap();
        }
        assert!(policies.by_text.lock().policies.len() <= CLEANING_MIN);
        assert!(Arc::ptr_eq(&first, &policies.policy(&text(0)).unwrap()));
    }
}
