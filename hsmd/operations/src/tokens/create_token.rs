//! `C_InitToken` on the free slot.

use hsmd_gate::{Detail, Needs, Row, actions};
use hsmd_identity::Caller;
use secrecy::SecretSlice;

use super::create_partition::{NewToken, create};
use super::token::{Token, check_label, free_slot};
use crate::{Dependencies, Error, Operation};

/// Makes a token in the free slot, and a partition for it.
pub struct CreateToken {
    /// The free slot.
    pub slot: u64,
    /// The token's label.
    pub label: String,
    /// The security officer's PIN.
    pub so_pin: SecretSlice<u8>,
}

impl Operation for CreateToken {
    type Permits = ();
    type Output = Token;
    type Error = Error;

    fn action() -> &'static Row {
        actions::CREATE_TOKEN.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        check_label(&self.label)?;
        Ok(Needs::daemon(&actions::CREATE_TOKEN).with_detail("slot", Detail::Number(self.slot)))
    }

    async fn execute(self, (): &(), _: &Caller, with: &Dependencies) -> Result<Token, Error> {
        if self.slot != free_slot(with) {
            return Err(Error::Conflict);
        }
        let token = NewToken {
            label: self.label,
            so_pin: self.so_pin,
            user_pin: None,
        };
        create(
            format!("slot-{}", self.slot),
            None,
            self.slot,
            Some(token),
            with,
        )
        .await
    }

    fn made(token: &Token) -> Option<[u8; 16]> {
        token.partition.map(|partition| *partition.as_bytes())
    }
}
