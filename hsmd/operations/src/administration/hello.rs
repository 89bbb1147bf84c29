//! Beginning an application.

use hsmd_gate::{Detail, Needs, Row, actions};
use hsmd_identity::{Caller, Peer, Token};

use crate::{Dependencies, Error, Operation, limits};

/// Makes an application for the peer: the holder of logins and session objects.
pub struct Hello {
    /// Whose application it will be.
    pub peer: Peer,
    /// The program's name as it says, for the audit log.
    pub program: String,
    /// The program's process as it says.
    pub process_id: u32,
}

impl Operation for Hello {
    type Permits = ();
    type Output = Token;
    type Error = Error;

    fn action() -> &'static Row {
        actions::HELLO.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        if self.program.len() > limits::NAME_BYTES_MAX {
            return Err(Error::TooLarge {
                what: "the program's name",
                length_bytes: self.program.len() as u64,
                limit_bytes: limits::NAME_BYTES_MAX as u64,
            });
        }
        Ok(Needs::daemon(&actions::HELLO)
            .with_detail("program", Detail::Text(self.program.clone())))
    }

    async fn execute(self, (): &(), _: &Caller, with: &Dependencies) -> Result<Token, Error> {
        Ok(with
            .authenticator
            .hello(&self.peer, &self.program, self.process_id)?)
    }
}
