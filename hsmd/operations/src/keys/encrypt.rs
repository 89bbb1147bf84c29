//! `C_Encrypt` with a secret key.

use hsm_algorithms::{Algorithm, Parameters, Purpose};
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{ObjectId, PartitionId};
use hsmd_secret_memory::Plaintext;

use super::{check_algorithm, check_input};
use crate::{Dependencies, Error, Operation};

/// Encrypts with a secret key. Encryption with public keys is done in the client.
pub struct Encrypt {
    /// Where the key is.
    pub partition: PartitionId,
    /// The secret key.
    pub key: ObjectId,
    /// How to encrypt.
    pub algorithm: Algorithm,
    /// What the algorithm is told.
    pub parameters: Parameters,
    /// What to encrypt.
    pub plaintext: Plaintext,
}

impl Operation for Encrypt {
    type Permits = Permit<key_use::Encrypt>;
    type Output = Vec<u8>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::ENCRYPT.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        check_algorithm(self.algorithm, Purpose::Encrypt, &self.parameters)?;
        check_input(self.plaintext.as_bytes())?;
        Ok(Needs::key(&actions::ENCRYPT, self.partition, self.key).with_algorithm(self.algorithm))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<Vec<u8>, Error> {
        Ok(with
            .vault
            .encrypt(
                permit,
                self.algorithm,
                &self.parameters,
                self.plaintext.as_bytes(),
            )
            .await?)
    }
}
