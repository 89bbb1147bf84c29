//! When each key was used last, since the daemon started. It is kept in memory alone: writing it down would cost each use
//! as much again.

use std::collections::HashMap;

use parking_lot::Mutex;

/// The last use of each key.
pub struct LastUsages {
    since_unix_milliseconds: u64,
    by_key: Mutex<HashMap<String, LastUsage>>,
}

/// The last use of a key.
#[derive(Debug, Clone)]
pub struct LastUsage {
    /// The operation, as the API names it.
    pub operation: &'static str,
    /// When, in milliseconds since 1970.
    pub at_unix_milliseconds: u64,
    /// The id of its record in the audit log.
    pub event_id: String,
    /// The id of the request.
    pub request_id: String,
}

impl LastUsages {
    /// None yet.
    #[must_use]
    pub fn new(now_unix_milliseconds: u64) -> Self {
        Self {
            since_unix_milliseconds: now_unix_milliseconds,
            by_key: Mutex::default(),
        }
    }

    /// Notes a use of the keys with these ARNs.
    pub(crate) fn note(&self, key_arns: &[String], usage: &LastUsage) {
        let mut by_key = self.by_key.lock();
        for arn in key_arns {
            if let Some(kept) = by_key.get_mut(arn) {
                *kept = usage.clone();
            } else if by_key.len() < KEYS_MAX {
                by_key.insert(arn.clone(), usage.clone());
            }
        }
    }

    /// The last use of the key with this ARN.
    pub(super) fn of(&self, key_arn: &str) -> Option<LastUsage> {
        self.by_key.lock().get(key_arn).cloned()
    }

    /// Since when uses are noted.
    pub(super) fn since_unix_milliseconds(&self) -> u64 {
        self.since_unix_milliseconds
    }
}

/// Of so many keys at most.
const KEYS_MAX: usize = 200_000;
