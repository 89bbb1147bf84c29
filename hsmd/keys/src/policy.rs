//! Key policies, each kept once: most keys of an account have the same one.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use hsmd_policy::{Binding, MalformedPolicy, PolicyKind, StoredPolicy};
use parking_lot::Mutex;

/// Every policy that a key has, once.
#[derive(Default)]
pub(crate) struct Policies {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    policies: HashMap<Box<str>, Weak<StoredPolicy>>,
    /// When so many are kept, those that no key has any more are dropped.
    cleaning_at: usize,
}

impl Policies {
    /// The policy that says `text`, with these principals bound to their ids.
    pub(crate) fn policy(
        &self,
        text: &str,
        bindings: &[Binding],
    ) -> Result<Arc<StoredPolicy>, MalformedPolicy> {
        let name = name(text, bindings);
        let mut kept = self.kept.lock();
        if let Some(policy) = kept.policies.get(&*name).and_then(Weak::upgrade) {
            return Ok(policy);
        }
        let policy = StoredPolicy::parse_bound(text, PolicyKind::Key, bindings)?;
        if kept.policies.len() >= kept.cleaning_at {
            kept.policies.retain(|_, policy| policy.strong_count() > 0);
            kept.cleaning_at = (2 * kept.policies.len()).max(CLEANING_MIN);
        }
        kept.policies.insert(name, Arc::downgrade(&policy));
        Ok(policy)
    }
}

/// What tells a policy from others. No policy has a zero in it.
fn name(text: &str, bindings: &[Binding]) -> Box<str> {
    let bound = bindings
        .iter()
        .flat_map(|binding| ["\0", &binding.arn, "\0", &binding.unique_id]);
    std::iter::once(text)
        .chain(bound)
        .collect::<String>()
        .into_boxed_str()
}

/// Below so many policies, none is dropped.
const CLEANING_MIN: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn text(number: usize) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Id":"{number}","Statement":[{{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}}]}}"#
        )
    }

    #[test]
    fn a_policy_is_kept_once_and_as_long_as_it_is_used() {
        let policies = Policies::default();
        let first = policies.policy(&text(0), &[]).unwrap();
        for number in 1..5 * CLEANING_MIN {
            drop(policies.policy(&text(number), &[]).unwrap());
        }
        assert!(policies.kept.lock().policies.len() <= CLEANING_MIN);
        assert!(Arc::ptr_eq(
            &first,
            &policies.policy(&text(0), &[]).unwrap()
        ));
    }

    #[test]
    fn policies_of_one_text_and_other_principals_are_others() {
        let policies = Policies::default();
        let binding = Binding {
            arn: "arn:aws:iam::111122223333:user/ada".into(),
            unique_id: "AIDA1".into(),
        };
        let bound = policies.policy(&text(0), &[binding]).unwrap();
        assert!(!Arc::ptr_eq(
            &bound,
            &policies.policy(&text(0), &[]).unwrap()
        ));
    }
}
