//! A policy as its owner wrote it.

use std::sync::Arc;

/// A policy: the text as it was put, which is what is given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPolicy {
    text: Box<str>,
}

impl StoredPolicy {
    /// The policy that says `text`.
    #[must_use]
    pub fn new(text: &str) -> Arc<Self> {
        Arc::new(Self { text: text.into() })
    }

    /// The text as it was put, byte for byte.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}
