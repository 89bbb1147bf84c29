//! Aliases: names of an account and Region that point to a key.

use crate::ObjectId;

/// What the API writes before every name.
pub(crate) const PREFIX: &str = "alias/";

/// The longest name of an alias in bytes, without `alias/`.
pub const ALIAS_NAME_BYTES_MAX: usize = 250;

/// A name that points to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The name without `alias/`: 1 to 250 of `[a-zA-Z0-9/_-]`.
    pub name: Box<str>,
    /// The key that it points to.
    pub target: ObjectId,
    /// When it was made, in milliseconds since 1970.
    pub created_at_unix_milliseconds: u64,
    /// When it was made to point where it points, in milliseconds since 1970.
    pub updated_at_unix_milliseconds: u64,
    /// Larger with every change; 0 in an alias that was never stored. [`Repository`](crate::Repository) sets it.
    pub revision: u64,
}

impl Alias {
    /// The name as the API writes it: `alias/…`.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{PREFIX}{}", self.name)
    }
}

/// The name without `alias/`. `None` if `full_name` does not begin so, or the rest is no name of an alias.
#[must_use]
pub fn alias_name(full_name: &str) -> Option<&str> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-');
    full_name.strip_prefix(PREFIX).filter(|name| {
        !name.is_empty() && name.len() <= ALIAS_NAME_BYTES_MAX && name.bytes().all(is_allowed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_a_prefix_and_plain_characters() {
        assert_eq!(alias_name("alias/Shop/web_1-a"), Some("Shop/web_1-a"));
        let long = format!("alias/{}", "a".repeat(251));
        for name in ["alias/", "Alias/x", "x", "alias/a:b", "alias/ä", &long] {
            assert_eq!(alias_name(name), None, "{name}");
        }
    }
}
