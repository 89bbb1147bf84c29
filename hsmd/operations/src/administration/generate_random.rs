//! `C_GenerateRandom`.

use hsmd_gate::{Detail, Needs, Row, actions};
use hsmd_identity::Caller;
use hsmd_secret_memory::Plaintext;

use crate::{Dependencies, Error, Operation, limits};

/// Gives random bytes.
pub struct GenerateRandom {
    /// How many, at most [`limits::RANDOM_BYTES_MAX`].
    pub length_bytes: usize,
}

impl Operation for GenerateRandom {
    type Permits = ();
    type Output = Plaintext;
    type Error = Error;

    fn action() -> &'static Row {
        actions::GENERATE_RANDOM.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        if self.length_bytes > limits::RANDOM_BYTES_MAX {
            return Err(Error::TooLarge {
                what: "the random output",
                length_bytes: self.length_bytes as u64,
                limit_bytes: limits::RANDOM_BYTES_MAX as u64,
            });
        }
        let length = Detail::Number(self.length_bytes as u64);
        Ok(Needs::daemon(&actions::GENERATE_RANDOM).with_detail("lengthBytes", length))
    }

    async fn execute(self, (): &(), _: &Caller, with: &Dependencies) -> Result<Plaintext, Error> {
        Ok(with.vault.random(self.length_bytes)?)
    }
}
