//! `Principal` and `NotPrincipal` of a statement.

use crate::request::{Principal, PrincipalKind};

/// Whom a statement is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PrincipalElement {
    /// One of these.
    In(Vec<NamedPrincipal>),
    /// Everybody but these.
    NotIn(Vec<NamedPrincipal>),
}

/// One principal as a policy names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NamedPrincipal {
    /// `*`: everybody, of other accounts too.
    Everyone,
    /// An account, by its id or by the ARN of its root.
    Account { id: Box<str>, partition: Box<str> },
    /// A user, role, session or federated user.
    Arn {
        arn: Box<str>,
        /// The id that it had when the policy was put, if the policy is bound.
        unique_id: Option<Box<str>>,
    },
    /// A service.
    Service(Box<str>),
    /// An identity provider. Nobody comes from one here.
    Federated,
}

/// How a statement names a principal, from the loosest to the closest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Naming {
    /// As one of its account, which leaves the decision to identity policies.
    Account,
    /// As itself, its role or everyone.
    Itself,
    /// As this very session, which session policies do not bound.
    Session,
}

impl PrincipalElement {
    pub(crate) fn principals(&self) -> impl Iterator<Item = &NamedPrincipal> {
        let (Self::In(named) | Self::NotIn(named)) = self;
        named.iter()
    }

    pub(crate) fn principals_mut(&mut self) -> impl Iterator<Item = &mut NamedPrincipal> {
        let (Self::In(named) | Self::NotIn(named)) = self;
        named.iter_mut()
    }

    /// How the element names this principal, if it does.
    pub(crate) fn names(&self, principal: &Principal<'_>) -> Option<Naming> {
        match self {
            Self::In(named) => named.iter().filter_map(|one| one.names(principal)).max(),
            // An account among the exceptions spares its root user alone, so that the others must be named.
            Self::NotIn(named) => named
                .iter()
                .all(|one| {
                    one.names(principal)
                        .is_none_or(|naming| naming == Naming::Account)
                })
                .then_some(Naming::Itself),
        }
    }
}

impl NamedPrincipal {
    /// The ARN of what must exist for this name to mean somebody.
    pub(crate) fn to_arn(&self) -> Option<String> {
        match self {
            Self::Everyone | Self::Service(_) | Self::Federated => None,
            Self::Account { id, partition } => Some(format!("arn:{partition}:iam::{id}:root")),
            Self::Arn { arn, .. } => Some(arn.to_string()),
        }
    }

    fn names(&self, principal: &Principal<'_>) -> Option<Naming> {
        match self {
            Self::Everyone => Some(Naming::Itself),
            Self::Service(service) => (principal.kind == PrincipalKind::Service
                && **service == *principal.arn)
                .then_some(Naming::Itself),
            Self::Account { id, .. } => {
                (**id == *principal.account).then_some(match principal.kind {
                    PrincipalKind::Root => Naming::Itself,
                    _ => Naming::Account,
                })
            }
            Self::Arn { arn, unique_id } => {
                let is_same = unique_id
                    .as_ref()
                    .is_none_or(|id| **id == *principal.unique_id);
                let naming = match principal.kind {
                    PrincipalKind::Session { role_arn } if **arn == *role_arn => Naming::Itself,
                    PrincipalKind::Session { .. } | PrincipalKind::FederatedUser
                        if **arn == *principal.arn =>
                    {
                        Naming::Session
                    }
                    PrincipalKind::User if **arn == *principal.arn => Naming::Itself,
                    _ => return None,
                };
                is_same.then_some(naming)
            }
            Self::Federated => None,
        }
    }
}
