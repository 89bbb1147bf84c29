//! When a key of an account was used last.

use std::borrow::Cow;

/// The last use of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastUse {
    /// The operation, as the API names it.
    pub operation: Cow<'static, str>,
    /// When, in milliseconds since 1970.
    pub at_unix_milliseconds: u64,
    /// The id of its record in the audit log.
    pub event_id: String,
    /// The id of the request.
    pub request_id: String,
}
