//! AWS policies: what they say, and who may do what under them.
//!
//! Everything here is a pure function of its arguments: no input or output, no clock, no secrets. Whoever asks brings
//! the policies, the grants, the caller and what is known of the request; the answer says whether it is allowed, and
//! by which statement.

#![forbid(unsafe_code)]

mod arn;
mod condition;
mod condition_keys;
mod date;
mod document;
mod grants;
mod json;
mod operand;
mod operator;
mod parse;
mod pattern;
mod principal_element;
mod principal_names;
mod request;

pub use condition_keys::{ConditionKey, ConditionKeyRow, KeyName, ValueKind};
pub use document::{
    Binding, Document, Effect, KEY_POLICY_LENGTH_MAX_BYTES, PolicyKind, StoredPolicy,
    parse_identity_policy, parse_key_policy, parse_trust_policy,
};
pub use grants::{GrantConstraints, GrantOperation, GrantOperations, GrantTerms, GrantUse};
pub use operator::operator_names;
pub use parse::MalformedPolicy;
pub use request::{EncryptionContext, Principal, PrincipalKind, Request, RequestKeys};
