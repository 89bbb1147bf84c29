//! `C_DecapsulateKey`.

use std::sync::Arc;

use hsm_algorithms::pkcs11::CKA_DECAPSULATE_TEMPLATE;
use hsm_algorithms::{Algorithm, Attributes, Parameters, Purpose};
use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;
use hsmd_keys::{Object, ObjectId, PartitionId};

use super::encapsulate_key::{Agreement, implied};
use super::{check_algorithm, check_input};
use crate::attributes::check_decryption;
use crate::making;
use crate::{Dependencies, Error, Operation};

/// Makes the secret key that another made by the public half, and keeps it as a new object.
pub struct DecapsulateKey {
    /// Where the private key is and the new one will be.
    pub partition: PartitionId,
    /// The private key.
    pub private_key: ObjectId,
    /// How.
    pub algorithm: Algorithm,
    /// What the algorithm is told.
    pub parameters: Parameters,
    /// What the other side sent.
    pub ciphertext: Vec<u8>,
    /// What the caller says of the key.
    pub template: Attributes,
}

impl Operation for DecapsulateKey {
    type Permits = (Permit<key_use::Decapsulate>, Permit<key_use::Create>);
    type Output = Arc<Object>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::DECAPSULATE_KEY.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        check_algorithm(self.algorithm, Purpose::Encapsulate, &self.parameters)?;
        check_input(&self.ciphertext)?;
        let needs = making::creation_by_key(
            &actions::DECAPSULATE_KEY,
            self.partition,
            self.private_key,
            (&self.template, implied(&self.template)),
        );
        Ok(needs.with_algorithm(self.algorithm))
    }

    async fn execute(
        self,
        permits: &Self::Permits,
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<Arc<Object>, Error> {
        check_decryption(self.algorithm, permits.1.partition().profile)?;
        let agreement = Agreement {
            key: &permits.0.object().attributes,
            required: CKA_DECAPSULATE_TEMPLATE,
            partition: permits.1.partition(),
        };
        let (draft, target) = agreement.draft(self.template, caller)?;
        let generated = with
            .vault
            .decapsulate(
                &permits.0,
                &permits.1,
                self.algorithm,
                &self.parameters,
                &self.ciphertext,
                target,
            )
            .await?;
        agreement.keep(draft, generated, caller, with).await
    }

    fn made(object: &Arc<Object>) -> Option<[u8; 16]> {
        Some(*object.id.as_bytes())
    }
}
