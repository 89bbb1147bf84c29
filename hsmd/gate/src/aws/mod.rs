//! What requests of AWS principals ask for, and how policies and grants decide on it.

mod admission;
pub(crate) mod cloudtrail;
mod condition_values;
mod explanation;
mod finding;
mod grant_token;
mod key_policy;
mod key_reference;
mod lockout;
mod principals;
mod refusal;
mod request;
pub(crate) mod service_event;
#[cfg(test)]
mod tests;

pub(crate) use admission::{Admission, ResolvedKey, Subjects, counted};
pub use explanation::{ExplainedAsk, Explanation, Supposed, SupposedAction};
pub use grant_token::{GrantToken, SALT_BYTES};
pub(crate) use key_policy::KeyPolicyCheck;
pub use key_reference::{KeyReference, Named, Resource};
pub use lockout::may_put_policy_again;
pub(crate) use principals::NoPrincipals;
pub use principals::{Principals, Trust, policy_principal};
pub use refusal::AwsRefusal;
pub use request::{AskedKey, GrantReference};
pub(crate) use request::{AwsRequest, ResolvedResource};
