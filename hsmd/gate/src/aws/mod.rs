//! What requests of AWS principals ask for, and how policies and grants decide on it.

mod key_reference;
mod refusal;
mod request;

pub use key_reference::{KeyReference, Named, Resource, key_id, key_id_text};
pub use refusal::{AwsRefusal, Denial};
pub(crate) use request::AwsRequest;
pub use request::{AskedKey, GrantReference};
