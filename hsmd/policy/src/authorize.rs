//! Whether a caller may do something: key policy, identity policies, ceilings and grants, in the order that AWS
//! documents.

use std::sync::Arc;

use crate::decision::{Allowance, Decision, Denial, Layer};
use crate::document::{Document, StoredPolicy};
use crate::evaluate::{Allowing, evaluate};
use crate::grants::{GrantTerms, GrantUse, Grantee, principal_is};
use crate::principal_element::Naming;
use crate::request::{PrincipalKind, Request};

/// The policies that come with a caller.
#[derive(Debug, Clone, Copy, Default)]
pub struct CallerPolicies<'a> {
    /// Those of the user or role: any of them may allow.
    pub identity: &'a [Arc<StoredPolicy>],
    /// The permissions boundary: a ceiling.
    pub boundary: Option<&'a StoredPolicy>,
    /// Those given when the session began: together a ceiling, of which any may allow. None given is no ceiling.
    pub session: &'a [Arc<StoredPolicy>],
}

/// Everything that decides about the use of a key, or of another resource that has a policy of its own.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// Who asks for what.
    pub request: Request<'a>,
    /// The account that owns the resource.
    pub owner_account: &'a str,
    /// The policy of the key, or the trust policy of a role.
    pub key_policy: &'a Document,
    /// The policies of the caller.
    pub caller: CallerPolicies<'a>,
    /// The grants on the key that may concern the caller. Those of others are harmless here.
    pub grants: &'a [&'a GrantTerms],
    /// What the grants are asked; `None` for actions that no grant allows.
    pub grant_use: Option<GrantUse<'a>>,
    /// Whether the action works on another account's resources at all.
    pub works_across_accounts: bool,
}

/// Decides about the use of a key.
///
/// An explicit Deny in any policy refuses. Without one, the caller is let in by the key policy itself, by the key
/// policy's leave to the caller's account together with an identity policy, or by a grant; in another account than
/// the key's, by the key policy together with an identity policy, or by a grant.
pub fn authorize_key_use(inputs: &Inputs<'_>) -> Decision {
    let request = &inputs.request;
    let is_owner = is_of_account(request, inputs.owner_account);
    if !is_owner && !inputs.works_across_accounts {
        return Decision::Denied(Denial::OtherAccount);
    }
    let key_policy = evaluate(inputs.key_policy, request);
    let caller = CallerVerdict::of(&inputs.caller, request);
    if let Some(statement) = key_policy.denied_by {
        return if is_owner {
            Decision::denied_by(Layer::KeyPolicy, statement)
        } else {
            Decision::Denied(Denial::OtherAccount)
        };
    }
    if let Some(denial) = caller.denial {
        return Decision::Denied(denial);
    }
    let route = by_policies(is_owner, key_policy.allowed_by, caller.identity)
        .or_else(|| by_grants(inputs, caller.identity));
    match (route, caller.missing_ceiling) {
        (Some(route), None) => Decision::Allowed(route.allowance),
        (Some(route), Some(_)) if route.is_above_ceilings => Decision::Allowed(route.allowance),
        (Some(_), Some(ceiling)) => Decision::Denied(Denial::NoCeilingAllows(ceiling)),
        (None, _) if !is_owner => Decision::Denied(Denial::OtherAccount),
        (None, _) if key_policy.allowed_by.is_some() => {
            Decision::Denied(Denial::NoIdentityPolicyAllows)
        }
        (None, _) => Decision::Denied(Denial::NoKeyPolicyAllows),
    }
}

/// Decides about an action that belongs to the caller's own account and touches no resource with a policy, as
/// `kms:CreateKey` and `kms:ListKeys` do. The root user of the account may do all of them.
pub fn authorize_by_identity(
    request: &Request<'_>,
    owner_account: &str,
    caller: &CallerPolicies<'_>,
) -> Decision {
    if request.principal.account != owner_account {
        return Decision::Denied(Denial::OtherAccount);
    }
    let verdict = CallerVerdict::of(caller, request);
    match (verdict.denial, verdict.identity, verdict.missing_ceiling) {
        (Some(denial), _, _) => Decision::Denied(denial),
        (None, None, _) => Decision::Denied(Denial::NoIdentityPolicyAllows),
        (None, Some(_), Some(ceiling)) => Decision::Denied(Denial::NoCeilingAllows(ceiling)),
        (None, Some(IdentityLeave::Root), None) => Decision::Allowed(Allowance::Root),
        (None, Some(IdentityLeave::Policy { policy, statement }), None) => {
            Decision::Allowed(Allowance::IdentityPolicy { policy, statement })
        }
    }
}

/// A grant that is to be retired, besides its terms.
#[derive(Debug, Clone, Copy)]
pub struct Retirement<'a> {
    /// The grant.
    pub terms: &'a GrantTerms,
    /// The principal that it names for this.
    pub retiring_principal: Option<&'a str>,
    /// The account that made it.
    pub issuing_account: &'a str,
}

/// Decides about `kms:RetireGrant`, which key policies can only deny: it is for the retiring principal, for the grantee
/// if the grant lists it, and for the account that made the grant or is named for retiring it, which leaves it to its
/// identity policies.
pub fn authorize_retirement(inputs: &Inputs<'_>, retirement: &Retirement<'_>) -> Decision {
    let request = &inputs.request;
    let verdict = CallerVerdict::of(&inputs.caller, request);
    if let Some(statement) = evaluate(inputs.key_policy, request).denied_by {
        return Decision::denied_by(Layer::KeyPolicy, statement);
    }
    if let Some(denial) = verdict.denial {
        return Decision::Denied(denial);
    }
    let principal = &request.principal;
    let named = retirement
        .retiring_principal
        .and_then(|named| principal_is(named, principal));
    let is_grantee_that_may = inputs.grant_use.is_some_and(|asked| {
        retirement.terms.permits(&asked)
            && retirement.terms.grantee(principal) == Some(Grantee::Itself)
    });
    let is_left_to_account =
        named == Some(Grantee::Account) || principal.account == retirement.issuing_account;
    let may_retire = named == Some(Grantee::Itself)
        || is_grantee_that_may
        || (is_left_to_account && verdict.identity.is_some());
    match verdict.missing_ceiling {
        _ if !may_retire => Decision::Denied(Denial::NotForRetiring),
        Some(ceiling) => Decision::Denied(Denial::NoCeilingAllows(ceiling)),
        None => Decision::Allowed(Allowance::Retirement),
    }
}

/// Whether a policy that is to be put lets the caller put another one later: directly, or by its leave to the
/// caller's account. `request` is the caller's `kms:PutKeyPolicy` on the key.
#[must_use]
pub fn is_lockout_safe(key_policy: &Document, request: &Request<'_>) -> bool {
    let evaluation = evaluate(key_policy, request);
    evaluation.denied_by.is_none() && evaluation.allowed_by.is_some()
}

fn is_of_account(request: &Request<'_>, owner_account: &str) -> bool {
    request.principal.account == owner_account || request.principal.kind == PrincipalKind::Service
}

/// A way in, and whether ceilings bound it: they do not bound what a policy gives to this very session.
struct Route {
    allowance: Allowance,
    is_above_ceilings: bool,
}

fn by_policies(
    is_owner: bool,
    key_policy: Option<Allowing>,
    identity: Option<IdentityLeave>,
) -> Option<Route> {
    let Allowing { statement, naming } = key_policy?;
    let is_let_in_itself = is_owner && naming != Naming::Account;
    let allowance = match identity {
        _ if is_let_in_itself => Allowance::KeyPolicy { statement },
        None => return None,
        Some(IdentityLeave::Root) => Allowance::KeyPolicy { statement },
        Some(IdentityLeave::Policy {
            policy,
            statement: identity_statement,
        }) => Allowance::Delegated {
            key_statement: statement,
            policy,
            identity_statement,
        },
    };
    Some(Route {
        allowance,
        is_above_ceilings: is_let_in_itself && naming == Naming::Session,
    })
}

fn by_grants(inputs: &Inputs<'_>, identity: Option<IdentityLeave>) -> Option<Route> {
    let asked = inputs.grant_use?;
    let grant = inputs.grants.iter().find(|grant| {
        grant.permits(&asked)
            && match grant.grantee(&inputs.request.principal) {
                None => false,
                Some(Grantee::Itself) => true,
                Some(Grantee::Account) => identity.is_some(),
            }
    })?;
    Some(Route {
        allowance: Allowance::Grant {
            id: grant.id.clone(),
        },
        is_above_ceilings: false,
    })
}

/// What allows on the caller's own side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IdentityLeave {
    Root,
    Policy { policy: usize, statement: usize },
}

/// What the policies that come with the caller say together.
struct CallerVerdict {
    denial: Option<Denial>,
    identity: Option<IdentityLeave>,
    missing_ceiling: Option<Layer>,
}

impl CallerVerdict {
    fn of(caller: &CallerPolicies<'_>, request: &Request<'_>) -> Self {
        let mut verdict = Self {
            denial: None,
            identity: (request.principal.kind == PrincipalKind::Root)
                .then_some(IdentityLeave::Root),
            missing_ceiling: None,
        };
        for (index, policy) in caller.identity.iter().enumerate() {
            let evaluation = evaluate(&policy.document, request);
            verdict.deny(Layer::IdentityPolicy(index), evaluation.denied_by);
            if let Some(Allowing { statement, .. }) = evaluation.allowed_by {
                verdict.identity.get_or_insert(IdentityLeave::Policy {
                    policy: index,
                    statement,
                });
            }
        }
        if let Some(boundary) = caller.boundary {
            let evaluation = evaluate(&boundary.document, request);
            verdict.deny(Layer::PermissionsBoundary, evaluation.denied_by);
            if evaluation.allowed_by.is_none() {
                verdict.missing_ceiling = Some(Layer::PermissionsBoundary);
            }
        }
        let mut does_session_allow = caller.session.is_empty();
        for (index, policy) in caller.session.iter().enumerate() {
            let evaluation = evaluate(&policy.document, request);
            verdict.deny(Layer::SessionPolicy(index), evaluation.denied_by);
            does_session_allow |= evaluation.allowed_by.is_some();
        }
        if !does_session_allow {
            verdict
                .missing_ceiling
                .get_or_insert(Layer::SessionPolicy(0));
        }
        verdict
    }

    fn deny(&mut self, layer: Layer, statement: Option<usize>) {
        if let Some(statement) = statement {
            self.denial
                .get_or_insert(Denial::ExplicitDeny { layer, statement });
        }
    }
}
