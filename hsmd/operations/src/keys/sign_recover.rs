//! `C_SignRecover`: signatures that give their message back.

use hsm_algorithms::{Algorithm, Parameters, Purpose};
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{ObjectId, PartitionId};
use hsmd_secret_memory::Plaintext;

use super::{check_algorithm, check_input};
use crate::{Dependencies, Error, Operation};

/// Signs a message so that the signature holds it.
pub struct SignRecover {
    /// Where the key is.
    pub partition: PartitionId,
    /// The private key.
    pub key: ObjectId,
    /// How to sign.
    pub algorithm: Algorithm,
    /// The message.
    pub message: Plaintext,
}

impl Operation for SignRecover {
    type Permits = Permit<key_use::SignRecover>;
    type Output = Vec<u8>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::SIGN_RECOVER.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        check_algorithm(self.algorithm, Purpose::Recover, &Parameters::None)?;
        check_input(self.message.as_bytes())?;
        Ok(Needs::key(&actions::SIGN_RECOVER, self.partition, self.key)
            .with_algorithm(self.algorithm))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<Vec<u8>, Error> {
        Ok(with
            .vault
            .sign_recover(permit, self.algorithm, self.message.as_bytes())
            .await?)
    }
}
