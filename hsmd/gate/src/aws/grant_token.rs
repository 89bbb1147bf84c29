//! Grant tokens: opaque text that names a grant. Whoever has one has no more rights by it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hsmd_keys::{GrantId, ObjectId, PartitionId};

/// What a grant token names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantToken {
    /// The partition of the key's account and Region.
    pub partition: PartitionId,
    /// The key.
    pub key: ObjectId,
    /// The grant.
    pub grant: GrantId,
}

impl GrantToken {
    /// The text: base64 of version, `salt`, partition, key and grant. Each answer of `CreateGrant` has a token of its own, so
    /// `salt` is random.
    #[must_use]
    pub fn to_text(&self, salt: [u8; SALT_BYTES]) -> String {
        let mut bytes = Vec::with_capacity(TOKEN_BYTES);
        bytes.push(VERSION);
        bytes.extend_from_slice(&salt);
        bytes.extend_from_slice(self.partition.as_bytes());
        bytes.extend_from_slice(self.key.as_bytes());
        bytes.extend_from_slice(self.grant.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What `text` names. `None` if it is no token.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > TEXT_BYTES_MAX {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let bytes: &[u8; TOKEN_BYTES] = bytes.as_slice().try_into().ok()?;
        let (head, rest) = bytes.split_at(1 + SALT_BYTES);
        let (partition, rest) = rest.split_at(16);
        let (key, grant) = rest.split_at(16);
        if head[0] != VERSION {
            return None;
        }
        Some(Self {
            partition: PartitionId::from_slice(partition)?,
            key: ObjectId::from_slice(key)?,
            grant: GrantId::from_bytes(grant.try_into().ok()?),
        })
    }
}

const VERSION: u8 = 1;

/// Random bytes in a token.
pub const SALT_BYTES: usize = 15;

const TOKEN_BYTES: usize = 1 + SALT_BYTES + 16 + 16 + 32;

/// Longer text is no token: 80 bytes in base64.
const TEXT_BYTES_MAX: usize = 108;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_is_written_and_nothing_else_is() {
        let token = GrantToken {
            partition: PartitionId::from_bytes([1; 16]),
            key: ObjectId::from_bytes([2; 16]),
            grant: GrantId::from_bytes([3; 32]),
        };
        let text = token.to_text([9; SALT_BYTES]);
        assert_eq!(GrantToken::parse(&text), Some(token));
        assert_ne!(token.to_text([8; SALT_BYTES]), text);
        let other_version = format!("B{}", &text[1..]);
        for wrong in [
            "",
            "x",
            &text[1..],
            &format!("{text}A"),
            &other_version,
            "é",
        ] {
            assert_eq!(GrantToken::parse(wrong), None, "{wrong}");
        }
    }
}
