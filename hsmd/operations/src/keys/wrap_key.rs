//! `C_WrapKey` with a secret key, or with a public key that the daemon holds.

use hsm_algorithms::{Algorithm, Parameters, Purpose};
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{ObjectId, PartitionId};

use super::check_algorithm;
use crate::attributes::check_wrapping;
use crate::{Dependencies, Error, Operation};

/// Wraps one key under another of the same partition.
pub struct WrapKey {
    /// Where both keys are.
    pub partition: PartitionId,
    /// The key that wraps.
    pub wrapping_key: ObjectId,
    /// The key that leaves.
    pub key: ObjectId,
    /// How to wrap.
    pub algorithm: Algorithm,
    /// What the algorithm is told.
    pub parameters: Parameters,
}

impl Operation for WrapKey {
    type Permits = (Permit<key_use::Wrap>, Permit<key_use::Export>);
    type Output = Vec<u8>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::WRAP_KEY.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        check_algorithm(self.algorithm, Purpose::Wrap, &self.parameters)?;
        Ok(Needs::keys(
            &actions::WRAP_KEY,
            self.partition,
            self.wrapping_key,
            self.key,
        )
        .with_algorithm(self.algorithm))
    }

    async fn execute(
        self,
        permits: &Self::Permits,
        _: &Caller,
        with: &Dependencies,
    ) -> Result<Vec<u8>, Error> {
        let (wrapping, key) = (permits.0.object(), permits.1.object());
        let wrapping_spec = wrapping.spec.ok_or(Error::WrappingKeyTypeInconsistent)?;
        let spec = key.spec.ok_or(Error::KeyNotWrappable)?;
        if !self.algorithm.takes(wrapping_spec.kind()) {
            return Err(Error::WrappingKeyTypeInconsistent);
        }
        let profile = permits.0.partition().profile;
        check_wrapping(
            (&wrapping.attributes, wrapping_spec),
            (&key.attributes, spec),
            self.algorithm,
            profile,
        )?;
        Ok(with
            .vault
            .wrap(&permits.0, &permits.1, self.algorithm, &self.parameters)
            .await?)
    }
}
