//! What authorization decides, and in which words a refusal says so.

use std::fmt;

/// Whether a request is allowed, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Decision {
    /// It is allowed.
    Allowed(Allowance),
    /// It is refused.
    Denied(Denial),
}

/// What allowed a request. Policies and statements are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowance {
    /// A statement of the key policy let the caller in by itself.
    KeyPolicy {
        /// Which statement.
        statement: usize,
    },
    /// The key policy leaves it to the caller's account, and an identity policy allows it.
    Delegated {
        /// The statement of the key policy.
        key_statement: usize,
        /// Which identity policy.
        policy: usize,
        /// Its statement.
        identity_statement: usize,
    },
    /// An identity policy, where no key is asked.
    IdentityPolicy {
        /// Which policy.
        policy: usize,
        /// Its statement.
        statement: usize,
    },
    /// The caller is the root user of the account, where no key is asked.
    Root,
    /// A grant.
    Grant {
        /// Its id.
        id: Box<str>,
    },
    /// The caller is one of those who may retire the grant.
    Retirement,
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial {
    /// A statement denies, which nothing can override.
    ExplicitDeny {
        /// In which policy.
        layer: Layer,
        /// Its statement, counted from 0.
        statement: usize,
    },
    /// The key policy leaves the decision to identity policies, and none allows.
    NoIdentityPolicyAllows,
    /// The key policy does not let the caller in, nor its account, and no grant does.
    NoKeyPolicyAllows,
    /// A ceiling is there and does not allow.
    NoCeilingAllows(Layer),
    /// The key is another account's; which of the reasons holds is not told.
    OtherAccount,
    /// The caller is none of those who may retire the grant.
    NotForRetiring,
}

/// A policy among those that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layer {
    /// The policy of the key.
    KeyPolicy,
    /// The n-th identity policy of the caller.
    IdentityPolicy(usize),
    /// The caller's permissions boundary.
    PermissionsBoundary,
    /// The n-th session policy.
    SessionPolicy(usize),
}

impl Decision {
    pub(crate) fn denied_by(layer: Layer, statement: usize) -> Self {
        Self::Denied(Denial::ExplicitDeny { layer, statement })
    }

    /// Whether the request is allowed.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed(_))
    }
}

impl Layer {
    /// The words for this kind of policy in messages of refusal.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::KeyPolicy => "resource-based policy",
            Self::IdentityPolicy(_) => "identity-based policy",
            Self::PermissionsBoundary => "permissions boundary",
            Self::SessionPolicy(_) => "session policy",
        }
    }
}

impl Denial {
    /// The end of a message of refusal, after `User: … is not authorized to perform: kms:Decrypt on resource: …`.
    ///
    /// It names the kind of policy and no more: which statement denied is for the owner of the policies.
    #[must_use]
    pub fn reason<'a>(&'a self, action: &'a str) -> impl fmt::Display + 'a {
        Reason {
            denial: self,
            action,
        }
    }
}

struct Reason<'a> {
    denial: &'a Denial,
    action: &'a str,
}

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nobody_allows = |f: &mut fmt::Formatter<'_>, layer: Layer| {
            write!(
                f,
                "because no {} allows the {} action",
                layer.kind(),
                self.action
            )
        };
        match self.denial {
            Denial::ExplicitDeny { layer, .. } => {
                let article = match layer {
                    Layer::IdentityPolicy(_) => "an",
                    Layer::KeyPolicy | Layer::PermissionsBoundary | Layer::SessionPolicy(_) => "a",
                };
                write!(f, "with an explicit deny in {article} {}", layer.kind())
            }
            Denial::NoIdentityPolicyAllows => nobody_allows(f, Layer::IdentityPolicy(0)),
            Denial::NoKeyPolicyAllows | Denial::NotForRetiring => {
                nobody_allows(f, Layer::KeyPolicy)
            }
            Denial::NoCeilingAllows(layer) => nobody_allows(f, *layer),
            Denial::OtherAccount => f.write_str(
                "because the resource does not exist in this Region, no resource-based policies allow access, \
                 or a resource-based policy explicitly denies access",
            ),
        }
    }
}
