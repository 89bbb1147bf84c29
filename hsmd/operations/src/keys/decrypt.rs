//! `C_Decrypt`.

use hsm_algorithms::{Algorithm, Parameters, Purpose};
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{ObjectId, PartitionId};
use hsmd_secret_memory::Plaintext;

use super::{check_algorithm, check_input};
use crate::attributes::check_decryption;
use crate::{Dependencies, Error, Operation};

/// Decrypts with a private or secret key.
pub struct Decrypt {
    /// Where the key is.
    pub partition: PartitionId,
    /// The private or secret key.
    pub key: ObjectId,
    /// How the plaintext was encrypted.
    pub algorithm: Algorithm,
    /// What the algorithm is told.
    pub parameters: Parameters,
    /// What to decrypt.
    pub ciphertext: Vec<u8>,
}

impl Operation for Decrypt {
    type Permits = Permit<key_use::Decrypt>;
    type Output = Plaintext;
    type Error = Error;

    fn action() -> &'static Row {
        actions::DECRYPT.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        check_algorithm(self.algorithm, Purpose::Encrypt, &self.parameters)?;
        check_input(&self.ciphertext)?;
        Ok(Needs::key(&actions::DECRYPT, self.partition, self.key).with_algorithm(self.algorithm))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<Plaintext, Error> {
        check_decryption(self.algorithm, permit.partition().profile)?;
        Ok(with
            .vault
            .decrypt(permit, self.algorithm, &self.parameters, &self.ciphertext)
            .await?)
    }
}
