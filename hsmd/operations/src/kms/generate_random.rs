//! `GenerateRandom`.

use hsmd_gate::{Detail, Needs, Row, actions};
use hsmd_identity::Caller;
use hsmd_secret_memory::Plaintext;

use super::Error;
use crate::{Dependencies, Operation};

/// Gives random bytes.
pub struct GenerateRandom {
    /// How many, 1 to 1024.
    pub length_bytes: usize,
}

impl Operation for GenerateRandom {
    type Permits = ();
    type Output = Plaintext;
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::GENERATE_RANDOM.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        let length = Detail::Number(self.length_bytes as u64);
        Ok(Needs::aws_service(&actions::kms::GENERATE_RANDOM).with_detail("numberOfBytes", length))
    }

    async fn execute(self, (): &(), _: &Caller, with: &Dependencies) -> Result<Plaintext, Error> {
        Ok(with
            .vault
            .random(self.length_bytes)
            .map_err(crate::Error::from)?)
    }
}
