//! `C_Sign`: signatures and message authentication codes.

use hsm_algorithms::{Algorithm, Parameters, Purpose};
use hsm_aws_lc::Message;
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{ObjectId, PartitionId};
use hsmd_secret_memory::Plaintext;

use super::{check_algorithm, check_input};
use crate::attributes::check_code_length;
use crate::{Dependencies, Error, Operation};

/// Signs a message, or makes its authentication code.
pub struct Sign {
    /// Where the key is.
    pub partition: PartitionId,
    /// The private or secret key.
    pub key: ObjectId,
    /// How to sign.
    pub algorithm: Algorithm,
    /// What the algorithm is told.
    pub parameters: Parameters,
    /// The message, or its digest.
    pub message: Plaintext,
    /// Whether `message` is the algorithm's digest of the message.
    pub is_digest: bool,
}

impl Operation for Sign {
    type Permits = Permit<key_use::Sign>;
    type Output = Vec<u8>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::SIGN.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        check_algorithm(self.algorithm, Purpose::Sign, &self.parameters)?;
        check_input(self.message.as_bytes())?;
        Ok(Needs::key(&actions::SIGN, self.partition, self.key).with_algorithm(self.algorithm))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<Vec<u8>, Error> {
        check_code_length(&self.parameters, permit.partition().profile)?;
        let message = if self.is_digest {
            Message::Digest(self.message.as_bytes())
        } else {
            Message::Whole(self.message.as_bytes())
        };
        Ok(with
            .vault
            .sign(permit, self.algorithm, &self.parameters, message)
            .await?)
    }
}
