//! AWS policies: what they say, and who may do what under them.
//!
//! Everything here is a pure function of its arguments: no input or output, no clock, no secrets. Whoever asks brings
//! the policies, the grants, the caller and what is known of the request; the answer says whether it is allowed, and
//! by which statement.

#![forbid(unsafe_code)]

mod arn;
mod authorize;
mod condition;
mod condition_keys;
mod date;
mod decision;
mod document;
mod evaluate;
#[cfg(test)]
mod grammar_tests;
mod grants;
mod json;
mod operand;
mod operator;
mod parse;
mod pattern;
mod principal_element;
mod principal_names;
mod request;

#[cfg(test)]
mod tests;
mod trace;

pub use authorize::{
    CallerPolicies, Inputs, Retirement, authorize_by_identity, authorize_key_use,
    authorize_retirement, is_lockout_safe,
};
pub use condition_keys::{ConditionKey, ConditionKeyRow, KeyName, ValueKind};
pub use decision::{Allowance, Decision, Denial, Layer};
pub use document::{
    Binding, Document, Effect, KEY_POLICY_LENGTH_MAX_BYTES, PolicyKind, StoredPolicy,
    parse_identity_policy, parse_key_policy, parse_trust_policy,
};
pub use evaluate::{Allowing, Evaluation, Miss, evaluate};
pub use grants::{
    GrantConstraints, GrantOperation, GrantOperations, GrantTerms, GrantUse, Grantee,
};
pub use operator::operator_names;
pub use parse::MalformedPolicy;
pub use principal_element::Naming;
pub use request::{
    ConditionValues, EncryptionContext, Principal, PrincipalKind, Request, RequestKeys,
};
pub use trace::{
    GrantOutcome, GrantTrace, PolicyTrace, StatementTrace, Trace, explain_by_identity,
    explain_key_use,
};
