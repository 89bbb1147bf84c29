//! Partitions and the tokens that PKCS#11 sees in them: making and destroying them, PINs, logins.

mod create_partition;
mod create_token;
mod destroy_partition;
mod init_pin;
mod init_token;
mod list_tokens;
mod login;
mod logout;
mod set_pin;
mod token;

pub use create_partition::{CreatePartition, NewToken};
pub use create_token::CreateToken;
pub use destroy_partition::DestroyPartition;
pub use init_pin::InitPin;
pub use init_token::InitToken;
pub use list_tokens::ListTokens;
pub use login::{Login, LoginForObject};
pub use logout::Logout;
pub use set_pin::SetPin;
pub use token::Token;
pub(crate) use token::{check_room, free_slot};
