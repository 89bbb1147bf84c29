//! `C_Verify` with a secret key: message authentication codes.

use hsm_algorithms::{Algorithm, Parameters, Purpose};
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{ObjectId, PartitionId};
use hsmd_secret_memory::Plaintext;

use super::{check_algorithm, check_input};
use crate::attributes::check_code_length;
use crate::{Dependencies, Error, Operation};

/// Checks a message authentication code. Signatures with public keys are checked in the client.
pub struct VerifyMac {
    /// Where the key is.
    pub partition: PartitionId,
    /// The secret key.
    pub key: ObjectId,
    /// How the code was made.
    pub algorithm: Algorithm,
    /// What the algorithm is told.
    pub parameters: Parameters,
    /// The message.
    pub message: Plaintext,
    /// The code.
    pub mac: Vec<u8>,
}

impl Operation for VerifyMac {
    type Permits = Permit<key_use::Verify>;
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::VERIFY_MAC.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        check_algorithm(self.algorithm, Purpose::Sign, &self.parameters)?;
        if !self.algorithm.is_mac() {
            return Err(Error::AlgorithmUnknown);
        }
        check_input(self.message.as_bytes())?;
        Ok(Needs::key(&actions::VERIFY_MAC, self.partition, self.key)
            .with_algorithm(self.algorithm))
    }

    async fn execute(
        self,
        permit: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<(), Error> {
        check_code_length(&self.parameters, permit.partition().profile)?;
        Ok(with
            .vault
            .verify_mac(
                permit,
                self.algorithm,
                &self.parameters,
                self.message.as_bytes(),
                &self.mac,
            )
            .await?)
    }
}
