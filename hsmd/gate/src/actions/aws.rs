//! What operations of AWS need of policies, which keys they take, and what they answer in each key state.

use hsm_algorithms::KmsKeyUsage;
use hsmd_keys::KeyState;
use hsmd_policy::GrantOperation;

/// What the table says of an operation of AWS besides its [`Row`](super::Row).
#[derive(Debug, PartialEq, Eq)]
pub struct AwsRow {
    /// What must be allowed, each by its own permission: all of them.
    pub asks: &'static [Ask],
    /// Whether it works with keys of other accounts at all.
    pub crosses_accounts: bool,
    /// The usages of a key that it goes with; empty if every one.
    pub usages: &'static [KmsKeyUsage],
    /// Whether it goes with symmetric keys alone.
    pub is_symmetric_alone: bool,
}

/// One permission of an operation, and on what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// On a key: its policy, the identity policies that it lets in, and grants. Each takes the next key of the request.
    Key(KeyAsk),
    /// On the alias of the request, by identity policies alone.
    Alias(&'static str),
    /// On the resource that the request names, else on `*`, by identity policies alone.
    Account(&'static str),
    /// On the role that the request names: by its trust policy, and the identity policies that it lets in.
    Role(&'static str),
    /// On a grant: by what the grant says of its retiring, and identity policies.
    Grant(&'static str),
}

/// One permission on a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyAsk {
    /// What policies call it.
    pub permission: &'static str,
    /// How the key may be named.
    pub identifier: Identifier,
    /// What is answered in each state.
    pub states: States,
    /// What a grant must list to allow it.
    pub grant: Option<GrantOperation>,
}

/// How a request may name a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identifier {
    /// Key id, key ARN, alias name or alias ARN.
    Any,
    /// Key id or key ARN.
    IdOrArn,
}

/// What an operation answers in each state of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct States {
    /// Enabled.
    pub enabled: StateAnswer,
    /// Disabled.
    pub disabled: StateAnswer,
    /// Waiting for deletion, of a replica too.
    pub pending_deletion: StateAnswer,
    /// Waiting for material.
    pub pending_import: StateAnswer,
    /// Its key store is disconnected.
    pub unavailable: StateAnswer,
    /// Being replicated.
    pub creating: StateAnswer,
    /// Changing its primary Region.
    pub updating: StateAnswer,
}

/// What an operation answers in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateAnswer {
    /// Goes on.
    Works,
    /// `DisabledException`.
    Disabled,
    /// `KMSInvalidStateException`.
    InvalidState,
    /// `UnsupportedOperationException`.
    Unsupported,
}

impl States {
    /// What is answered in this state.
    #[must_use]
    pub const fn answer(&self, state: KeyState) -> StateAnswer {
        match state {
            KeyState::Enabled => self.enabled,
            KeyState::Disabled => self.disabled,
            KeyState::PendingImport => self.pending_import,
            KeyState::PendingDeletion | KeyState::PendingReplicaDeletion => self.pending_deletion,
            KeyState::Unavailable => self.unavailable,
            KeyState::Creating => self.creating,
            KeyState::Updating => self.updating,
            KeyState::Destroyed => StateAnswer::InvalidState,
        }
    }
}

impl AwsRow {
    /// The permissions on keys, in the order in which the request names the keys.
    pub fn keys(&self) -> impl Iterator<Item = &KeyAsk> {
        self.asks.iter().filter_map(|ask| match ask {
            Ask::Key(key) => Some(key),
            Ask::Alias(_) | Ask::Account(_) | Ask::Role(_) | Ask::Grant(_) => None,
        })
    }

    /// What policies call everything that it needs, in its order.
    pub(crate) fn permissions(&self) -> impl Iterator<Item = &'static str> {
        self.asks.iter().map(|ask| match ask {
            Ask::Key(key) => key.permission,
            Ask::Alias(name) | Ask::Account(name) | Ask::Role(name) | Ask::Grant(name) => *name,
        })
    }
}
